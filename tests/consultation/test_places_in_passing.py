"""Places that are said in passing: left out, compared, on one side, or less of them."""

import pytest

from .dialogue_cases import Person
from .offer import OFFERED, offered, strongest

SIDES = ("left", "right")


@pytest.mark.parametrize(
    ("language", "text", "degrees"),
    [
        (
            "en",
            "skip the upper back, i just want mid",
            {"left_upper": 0, "left_mid": 2},
        ),
        (
            "en",
            "can i get the lower back left out",
            {"left_upper": 2, "left_lower": 0},
        ),
        ("de", "Lass die untere Hälfte weg", {"left_upper": 2, "left_lower": 0}),
        ("de", "oben links hab ich nix", {"left_upper": 0, "right_upper": 2}),
        ("en", "just the left lower back", {"left_lower": 2}),
    ],
)
def test_areas_left_out(language: str, text: str, degrees: dict[str, int]) -> None:
    """An area that is left out has no discomfort; the others stay."""
    person = offered(language)
    person.say(text)
    assert person.dialogue.answers | degrees == person.dialogue.answers


@pytest.mark.parametrize(
    ("language", "text", "degrees"),
    [
        (
            "en",
            "between the shoulder blades, and a bit up by the neck. right side's worse",
            {"left_upper": 1, "right_upper": 2},
        ),
        (
            "en",
            "upper only. right side more, left side little bit",
            {"left_upper": 1, "right_upper": 2},
        ),
        (
            "de",
            "die linke Schulter, und ein bisschen im Kreuz",
            {"left_upper": 2, "left_lower": 1, "right_lower": 1},
        ),
    ],
)
def test_degrees_belong_to_their_place(
    language: str, text: str, degrees: dict[str, int]
) -> None:
    """A side that is compared is in the rows named before, and a degree belongs to the place after it."""
    person = Person(language)
    person.say(*OFFERED[language][:3], text)
    known = person.dialogue.answers
    assert {name: known[name] for name in degrees} == degrees
    assert sum("_" in name and name != "day_time" for name in known) == len(degrees)


def test_correction_of_one_place() -> None:
    """Only the place that is denied is taken back: "I didn't say lower"."""
    person = Person()
    person.say(*OFFERED["en"][:3], "upper and lower back", "wait, I didn't say lower")
    degrees = {"left_upper": 2, "right_upper": 2, "left_lower": 0, "right_lower": 0}
    assert person.dialogue.answers | degrees == person.dialogue.answers


@pytest.mark.parametrize(
    ("language", "text", "left", "right"),
    [
        ("en", "low down, left more than right", 2, 1),
        ("de", "unten links mehr als rechts", 2, 1),
    ],
)
def test_one_side_more(language: str, text: str, left: int, right: int) -> None:
    """The side that is named first is the worse one."""
    person = Person(language)
    person.say(*OFFERED[language][:3], text)
    answers = person.dialogue.answers
    assert (answers["left_lower"], answers["right_lower"]) == (left, right)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("lower back, left side", {"left_lower": 2}),
        ("left side, lower back", {"left_lower": 2}),
        ("lower back mostly, left side, about a 7", {"left_lower": 2}),
        ("down in the back, right side, much pain", {"right_lower": 3}),
        (
            "lower back and left side",
            dict.fromkeys(("left_upper", "left_mid", "left_lower", "right_lower"), 2),
        ),
    ],
)
def test_side_of_a_row(text: str, degrees: dict[str, int]) -> None:
    """A side after a row, or before it, is the row's; after "and" it is another place."""
    person = Person()
    person.say(*OFFERED["en"][:3], text)
    known = person.dialogue.answers
    found = {name: known[name] for name in known if name.partition("_")[0] in SIDES}
    assert found == degrees


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "can you do a bit less on the left, it's my carrying side?"),
        ("en", "gentler on the right side please"),
        ("de", "bitte etwas weniger links"),
        ("de", "ein bisschen sanfter rechts"),
    ],
)
def test_less_on_one_side(language: str, text: str) -> None:
    """It is gentler everywhere, and no other place is forgotten: the strength never rises by it."""
    person = offered(language)
    before, places = strongest(person), person.dialogue.answers["right_upper"]
    person.say(text)
    assert strongest(person) < before
    assert person.dialogue.answers["right_upper"] == places


def test_only_below() -> None:
    """The lower back is meant, and not the upper one."""
    person = offered("en")
    person.say("but pain is only down, not up")
    degrees = {"left_upper": 0, "right_upper": 0, "left_lower": 2, "right_lower": 2}
    assert person.dialogue.answers | degrees == person.dialogue.answers


def test_only_one_area() -> None:
    """After "just" the other areas have no discomfort any more."""
    person = offered("en")
    person.say("just the left lower back")
    assert not {"left_upper", "right_upper"} & person.dialogue.answers.keys()
