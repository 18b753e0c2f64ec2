"""Difficult people: each conversation ends in the right programme or the right refusal."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from custom_components.backhug.consultant.sayings import Topic
from custom_components.backhug.consultation.questionnaire import Caution
from custom_components.backhug.consultation.reasons import Refusal

from .dialogue_cases import Person, advised

FOLDER = Path(__file__).parent / "conversations"
BEFORE = {
    "en": ["hello", "none of these", "stiff", "nowhere", "firm", "every week"],
    "de": ["hallo", "nichts davon", "steif", "nirgends", "fest", "jede Woche"],
}
"""Answers to the questions before the one that a case answers."""


def scripts() -> list[Any]:
    """Return the conversations in both languages, each with its language."""
    return [
        pytest.param(language, script, id=f"{language}-{script['name']}")
        for language in ("en", "de")
        for script in yaml.safe_load(
            (FOLDER / f"difficult.{language}.yaml").read_text()
        )
    ]


@pytest.mark.parametrize(("language", "script"), scripts())
def test_difficult_people(language: str, script: dict[str, Any]) -> None:
    """A conversation ends in the advice of the form, saved by its name, or in the refusal."""
    person = Person(language)
    saved: list[tuple[str, bool]] = []
    refusals: list[Refusal] = []
    for text in script["turns"]:
        person.say(text)
        refusals += [each for each in person.turn.says if isinstance(each, Refusal)]
        if person.turn.save_as is not None:
            saved.append((person.turn.save_as, person.turn.start))
    match script["end"]:
        case {"refused": cautions}:
            assert person.dialogue.topic is Topic.REFUSED
            assert {*refusals} == {Refusal(tuple(map(Caution, cautions)))}
            assert saved == []
        case {"advice": answers, "saved": name, **rest}:
            assert person.advice == advised(**answers)
            assert saved == [(name, rest.get("starts", False))]


@pytest.mark.parametrize(
    ("language", "before", "texts", "answers"),
    [
        # A firmness that is denied is not taken as asked for.
        ("en", 4, ["nothing too vigorous please"], {"firmness": "gentle"}),
        ("en", 4, ["never hard"], {"firmness": "gentle"}),
        ("en", 1, ["firm please, but not brutal"], {"firmness": "firm"}),
        ("de", 4, ["nichts allzu Kräftiges"], {"firmness": "gentle"}),
        ("de", 4, ["ohne harten Druck"], {"firmness": "gentle"}),
        # A question does not hide the answer beside it.
        ("en", 1, ["none of these. Why do you ask?"], {"cautions": ["none"]}),
        ("en", 2, ["stiff, but why do you ask?"], {"feeling": "stiff"}),
        # Thanks do not hide an answer either.
        ("en", 1, ["none of these, thank you"], {"cautions": ["none"]}),
        ("de", 2, ["müde, danke"], {"feeling": "tired"}),
        # A place is narrowed, and of several the exact one counts.
        ("en", 1, ["neck", "only on the left"], {"left_upper": 2}),
        ("en", 1, ["left shoulder bad, neck a bit"], {"left_upper": 3}),
        ("en", 1, ["everywhere bad, left shoulder a bit"], {"left_upper": 1}),
        ("de", 1, ["linke Schulter schlimm, rechts etwas"], {"right_upper": 1}),
        # What is denied or counted after the place does not mean the place.
        ("en", 1, ["left shoulder bad. No pacemaker."], {"left_upper": 3}),
        ("en", 1, ["the lower back. Nothing else"], {"left_lower": 2}),
        ("en", 1, ["neck sometimes", "once I used it"], {"experience": "first_time"}),
        # The last of several lengths.
        ("en", 6, ["twenty, forget it, ten"], {"minutes": 10}),
        ("de", 6, ["eine Stunde, ach was, zwanzig Minuten"], {"minutes": 20}),
        # A curt answer.
        ("en", 5, ["new."], {"experience": "first_time"}),
        ("de", 5, ["Neu!"], {"experience": "first_time"}),
        ("de", 3, ["alles"], {"left_mid": 2, "right_lower": 2}),
    ],
)
def test_answer(
    language: str, before: int, texts: list[str], answers: dict[str, Any]
) -> None:
    """An answer is taken from a sentence that says more than it."""
    person = Person(language)
    person.say(*BEFORE[language][:before], *texts)
    found = person.dialogue.answers
    assert {name: found.get(name) for name in answers} == answers


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "no, just a bit"),
        ("en", "no, I don't believe so"),
        ("en", "everything is fine"),
        ("de", "nein, nur ein bisschen"),
        ("de", "ich darf alles"),
        ("en", "ich glaube nicht"),
    ],
)
def test_no_denial_of_cautions(language: str, text: str) -> None:
    """A half-hearted answer does not deny the cautions, nor does it name a place."""
    person = Person(language)
    person.say(BEFORE[language][0], text)
    assert person.dialogue.topic is Topic.CAUTIONS
    assert {*person.dialogue.answers} == {"day_time"}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "none of these, but what's wrong with my back?"),
        ("en", "why does it hurt"),
        ("en", "is it something serious?"),
        ("de", "Woher kommen die Schmerzen?"),
        ("de", "Geht das davon weg?"),
    ],
)
def test_no_diagnosis(language: str, text: str) -> None:
    """Whoever asks for a diagnosis is referred to a physician, from the first sentence on."""
    person = Person(language)
    person.say(text)
    assert person.said[:2] == ["intro", "medical"]
    person.say(text)
    assert person.said[0] == "medical"


def test_thanks() -> None:
    """Thanks alone end a conversation; a name may be in another language."""
    person = Person()
    person.say("hello", "thank you")
    assert person.turn.ends
    person.say("hello", *BEFORE["en"][1:], "20", "save it", "Mittelfest")
    assert person.turn.save_as == "Mittelfest"
