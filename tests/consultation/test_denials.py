"""Answers to the question about cautions: only a clear denial counts."""

from pathlib import Path

import pytest
import yaml

from custom_components.backhug.consultant.dialogue import Dialogue
from custom_components.backhug.consultant.sayings import Topic
from custom_components.backhug.consultant.understanding import understand
from custom_components.backhug.consultation.engine import consult
from custom_components.backhug.consultation.questionnaire import DayTime

from .dialogue_cases import DEFAULT

CASES = yaml.safe_load((Path(__file__).parent / "denials.yaml").read_text())


def asked(*texts: str, language: str) -> Dialogue:
    """Return the dialogue after texts; the first one is said before any question."""
    dialogue = Dialogue(
        DEFAULT,
        lambda questionnaire: consult(questionnaire, DEFAULT, (), None),
        DayTime.DAYTIME,
    )
    for text in texts:
        dialogue.turn(understand(text, language, asked=dialogue.topic))
    return dialogue


@pytest.mark.parametrize("language", ["en", "de"])
def test_denials(language: str) -> None:
    """A denial in a clause of its own answers the question."""
    missed = [
        text
        for text in CASES[language]["denials"]
        if asked("hallo", text, language=language).answers.get("cautions") != ["none"]
    ]
    assert missed == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_denials(language: str) -> None:
    """A denial of something else, a question, a doubt or an unknown remark does not."""
    taken = [
        text
        for text in CASES[language]["others"]
        if "cautions" in asked("hallo", text, language=language).answers
    ]
    assert taken == []


@pytest.mark.parametrize(
    ("language", "text", "denies"),
    [
        ("en", "stiff, none of the cautions apply", True),
        ("en", "lower back, no contraindications. Firm", True),
        ("en", "none of the cautions apply, or do they?", False),
        ("en", "none", False),
        ("en", "no, none of these", False),
        ("en", "no massage is too hard for me", False),
        ("de", "verspannt, keiner der Punkte trifft zu", True),
        ("de", "keiner der Warnhinweise trifft zu, glaube ich", False),
        ("de", "nichts", False),
    ],
)
def test_denial_in_the_first_sentence(
    language: str, text: str, *, denies: bool
) -> None:
    """Before the question, only a denial counts that names the cautions as such."""
    answers = asked(text, language=language).answers
    assert (answers.get("cautions") == ["none"]) is denies


def test_all_in_the_first_sentence() -> None:
    """Whoever answers everything at once is shown the programme at once."""
    text = "stiff lower back, firm please, every week, 20 minutes. None of the cautions apply."
    assert asked(text, language="en").topic is Topic.OFFER
