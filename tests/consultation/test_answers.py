"""Answers to each question, as people give them; see answers.en.yaml and answers.de.yaml."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from custom_components.backhug.consultant.dialogue import Dialogue
from custom_components.backhug.consultant.sayings import Say, Turn
from custom_components.backhug.consultant.understanding import understand
from custom_components.backhug.consultation.engine import consult
from custom_components.backhug.consultation.questionnaire import DayTime

from .dialogue_cases import DEFAULT

QUESTIONS = {
    "first": (),
    "cautions": ("hallo",),
    "feeling": ("nichts davon",),
    "where": ("steif",),
    "firmness": ("nirgends",),
    "experience": ("fest",),
    "minutes": ("jede Woche",),
    "offer": ("20",),
}
"""Each question, with the answer to the one before; German is understood in both languages."""


def answered(question: str, text: str, language: str) -> tuple[Dialogue, Turn, bool]:
    """Return the dialogue after an answer, its turn, and whether it will start something."""
    dialogue = Dialogue(
        DEFAULT,
        lambda questionnaire: consult(questionnaire, DEFAULT, (), None),
        DayTime.DAYTIME,
    )
    for topic, texts in QUESTIONS.items():
        for each in texts:
            dialogue.turn(understand(each, language, asked=dialogue.topic))
        if topic == question:
            break
    turn = dialogue.turn(understand(text, language, asked=dialogue.topic))
    return dialogue, turn, turn.start


def differences(question: str, case: dict[str, Any], language: str) -> dict[str, Any]:
    """Return what an answer gives instead of what the case expects."""
    dialogue, turn, starts = answered(question, case["say"], language)
    expected = dict(case.get("answers", {}))
    found: dict[str, Any] = {name: dialogue.answers.get(name) for name in expected}
    if "said" in case:
        keys = {each.key for each in turn.says if isinstance(each, Say)}
        expected["said"] = case["said"]
        found["said"] = case["said"] if case["said"] in keys else keys
    if "topic" in case:
        expected["topic"], found["topic"] = case["topic"], dialogue.topic
    if "saves" in case:
        expected["saves"], found["saves"] = case["saves"], turn.save_as
    if "starts" in case:
        # Before it starts, it is saved by a name.
        expected["starts"], found["starts"] = True, starts or dialogue.topic == "name"
    if "advises" in case:
        assert dialogue.advice is not None
        expected["advises"], found["advises"] = case["advises"], dialogue.advice.minutes
    return {} if found == expected else found


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("language", ["en", "de"])
def test_answers(language: str, question: str) -> None:
    """Each answer is taken as it is meant, and nothing is read into it."""
    path = Path(__file__).parent / f"answers.{language}.yaml"
    cases = yaml.safe_load(path.read_text())[question]
    wrong = {
        case["say"]: found
        for case in cases
        if (found := differences(question, case, language))
    }
    assert wrong == {}


def test_mainly_in_the_next_sentence() -> None:
    """A side that is worse keeps the other one, with less discomfort."""
    dialogue, _, _ = answered("where", "the neck, very bad", "en")
    dialogue.turn(understand("actually more on the left", "en", asked=dialogue.topic))
    assert dialogue.answers["left_upper"] == 3
    assert dialogue.answers["right_upper"] == 2


@pytest.mark.parametrize(
    ("text", "ends"), [("ok, bye", True), ("none of these", False)]
)
def test_goodbye_after_a_refusal(text: str, *, ends: bool) -> None:
    """Whoever leaves after a refusal is not refused once more."""
    dialogue, _, _ = answered("cautions", "I have a pacemaker", "en")
    turn = dialogue.turn(understand(text, "en", asked=dialogue.topic))
    assert (turn.says == [Say("bye")]) is turn.ends is ends
    assert dialogue.topic == "refused"


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("hmm no, the right one is worse", {"right"}),
        ("the right one too", {"left", "right"}),
    ],
)
def test_side_of_the_row_before(text: str, sides: set[str]) -> None:
    """A side without a row is in the row that was named last."""
    dialogue, _, _ = answered("where", "left shoulder bad", "en")
    dialogue.turn(understand(text, "en", asked=dialogue.topic))
    named = {name for name in dialogue.answers if name.startswith(("left_", "right_"))}
    assert named == {f"{side}_upper" for side in sides}
