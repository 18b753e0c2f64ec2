"""The faster matcher of these tests finds what Hassil's own finds."""

from typing import Any

from hassil import TextSlotList, recognize_all
import pytest

from .language import LANGUAGES, sentences
from .narrowed import original
from .test_ways import AT_ANY_TIME, IN_A_SESSION, cases, installed, trigger

NONE = TextSlotList.from_strings(["zzz"], name="home")


def found(language: str, sentence: str) -> list[Any]:
    """Return every intent and its slots, of the sentences for any time and of the trigger in a session."""
    return [
        [
            (
                result.intent.name,
                [
                    (each.name, each.value, each.text_span)
                    for each in result.entities_list
                ],
            )
            for result in recognize_all(
                sentence,
                intents,
                slot_lists={"area": NONE, "floor": NONE, "name": NONE},
                language=language,
            )
        ]
        for intents in (installed(language), trigger(language))
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_finds_the_same(language: str) -> None:
    """All matches, in the same order, of sentences for us and for others."""
    said = [sentence for sentence, _ in sentences(language)][::40]
    for table in (IN_A_SESSION, AT_ANY_TIME):
        said += [sentence for of, sentence, _ in cases(table) if of == language][::20]
    with original():
        expected = [found(language, sentence) for sentence in said]
    assert [found(language, sentence) for sentence in said] == expected
    assert sum(map(any, expected)) > len(said) / 2
