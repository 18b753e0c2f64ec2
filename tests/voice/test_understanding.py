"""What is understood by its words: tables of sentences, without Home Assistant."""

from pathlib import Path
import re
from time import perf_counter
from typing import Any

import pytest
import yaml

from custom_components.backhug.voice.grammar import SENTENCES
from custom_components.backhug.voice.understanding.meaning import Meaning, Moment
from custom_components.backhug.voice.understanding.rules import understand
from custom_components.backhug.voice.understanding.vocabulary import (
    Vocabulary,
    transcribed,
)

from .in_session import NOBODY, meaning
from .language import FOLDER, LANGUAGES


@pytest.fixture(scope="module", params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Vocabulary:
    """Return the words of a language."""
    return Vocabulary.load(SENTENCES / request.param / "words.yaml")


def table(words: Vocabulary) -> list[tuple[Moment, Meaning | None, str]]:
    """Return the sentences of a language, with what they mean."""
    path: Path = FOLDER / f"words.{words.language}.yaml"
    blocks: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    return [
        (
            Moment[block["moment"].upper()],
            block["intent"] and Meaning(block["intent"], block.get("slots", {})),
            sentence,
        )
        for block in blocks
        for sentence in block["say"]
    ]


def test_sentences_mean(words: Vocabulary) -> None:
    """Each is understood as in the table, or declined."""
    wrong = [
        (moment.name, sentence, found)
        for moment, expected, sentence in table(words)
        if (found := understand(sentence, words, moment, NOBODY)) != expected
    ]
    assert wrong == []


def test_session_words_are_in_the_sentences(words: Vocabulary) -> None:
    """Home Assistant asks about each sentence that means something in a session."""
    # An apostrophe ends no word.
    spoken = re.compile(
        rf"(?<!\S)(?:{'|'.join(re.escape(each.casefold()) for each in words.session_words)})(?:'s)?(?!\S)"
    )
    missed = [
        sentence
        for moment, expected, sentence in table(words)
        if moment is not Moment.IDLE
        and expected is not None
        and not spoken.search(re.sub(r"[,.?!:]", "", sentence.casefold()))
    ]
    assert missed == []


def test_a_sentence_takes_no_time(words: Vocabulary) -> None:
    """Measured on two shared cores: 0.3 ms each in English, 0.45 ms in German."""
    said = table(words)
    began = perf_counter()
    for moment, _, sentence in said:
        understand(sentence, words, moment, NOBODY)
    assert (perf_counter() - began) / len(said) < 0.02


@pytest.mark.parametrize(
    ("name", "sentence", "stops"),
    [
        ("Zorblax", "stop the Zorblax", False),
        ("Anna's Zorblax", "turn Anna's Zorblax off", False),
        # It is called like something of ours.
        ("Massage", "turn the massage off for me dear", True),
        ("Zorblax", "stop the massage", True),
    ],
)
def test_names_of_others(name: str, sentence: str, *, stops: bool) -> None:
    """What Home Assistant controls under a name is not meant for us."""
    words = Vocabulary.load(SENTENCES / "en" / "words.yaml")
    found = understand(sentence, words, Moment.RUNNING, frozenset({transcribed(name)}))
    assert (found is not None) is stops


@pytest.mark.parametrize(
    ("sentence", "certain", "named"),
    [
        ("stop the massage", True, True),
        ("stop it", True, False),
        ("stop BackHug 2", False, True),
        ("stop Anna's BackHug", False, True),
    ],
)
def test_certain(sentence: str, *, certain: bool, named: bool) -> None:
    """Nobody else is meant if all words are known, and no number is part of a name."""
    found = meaning("en", sentence)
    assert found is not None
    assert (found.certain, found.names_device) == (certain, named)
