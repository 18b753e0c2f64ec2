"""Whole conversations with the consultant through Assist, as scripts in both languages."""

from pathlib import Path
from typing import Any

from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
import yaml

from custom_components.backhug.consultation.advise import advise
from custom_components.backhug.consultation.engine import Advice
from custom_components.backhug.consultation.questionnaire import DayTime, Questionnaire
from custom_components.backhug.programmes.editing import to_form, to_stored
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug

from .consultant import Person
from .consultations import own

FOLDER = Path(__file__).parents[1] / "consultation" / "conversations"
OFFERS = {"en": "I suggest", "de": "Ich schlage"}
ASKS_FOR_NAME = {"en": "save it as Other", "de": "speichere es als Anderes"}


def scripts(language: str) -> list[dict[str, Any]]:
    """Return the conversations in a language."""
    text = (FOLDER / f"{language}.yaml").read_text()
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


def essentials(turn: dict[str, Any]) -> list[str]:
    """Return what the answer to a turn must contain."""
    found = turn.get("it", [])
    return found if isinstance(found, list) else [found]


@pytest.fixture
async def empty(home: Home) -> SimulatedBackHug:
    """Return a live BackHug on which nobody lies, in a home with Assist."""
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(home.hass, component, {})
    back_hug = await home.add(occupied=False)
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


async def check_end(person: Person, end: Any) -> None:
    """Check what a conversation has led to, and that nothing else can come of it."""
    back_hug = person.back_hug
    waits = back_hug.coordinator.controller.start_on_occupancy.until is not None
    match end:
        case {"advice": answers}:
            stored = expected(back_hug, end, answers)
            assert waits is end.get("starts", False)
            assert own(back_hug) == ({end["saved"]: stored} if "saved" in end else {})
            if "saved" not in end:
                await person.say(ASKS_FOR_NAME[person.language])
                assert [*own(back_hug).values()] == [stored]
            return
        case "left":
            assert not person.is_asked()
        case {"refused": _} | "emergency":
            await person.say("save it as X", "start it", "ja", "none of these")
    assert not waits
    assert own(back_hug) == {}
    assert back_hug.requests(Opcode.START) == []


def expected(
    back_hug: SimulatedBackHug, end: dict[str, Any], answers: dict[str, Any]
) -> Any:
    """Return the steps that the form would save for the same answers."""
    now = DayTime.at(dt_util.now().hour)
    questionnaire = Questionnaire.from_answers(
        {"cautions": "none", "day_time": now, **answers}
    )
    advice = advise(back_hug.entry, questionnaire)
    assert isinstance(advice, Advice)
    strongest = max(each.step.strength for each in advice.steps)
    assert (advice.minutes, strongest) == (end["minutes"], end["strength"])
    features = back_hug.coordinator.features
    return to_stored(to_form(advice.programme, features), features)["steps"]


@pytest.mark.parametrize("language", ["en", "de"])
async def test_conversations(
    empty: SimulatedBackHug, language: str, subtests: pytest.Subtests
) -> None:
    """Each conversation gets the right answers, and ends in the right programme or refusal."""
    for script in scripts(language):
        person = Person(empty, language)
        stops = len(empty.requests(Opcode.STOP))
        with subtests.test(script["name"]):
            for turn in script["turns"]:
                answer = await person.say(turn["you"])
                for essential in essentials(turn):
                    assert essential in answer, turn
            await check_end(person, script["end"])
            said_stop = script["end"] in ("stopped", "emergency")
            assert len(empty.requests(Opcode.STOP)) - stops == said_stop
        empty.coordinator.controller.start_on_occupancy.async_disarm()
        for key in [*empty.entry.subentries]:
            empty.hass.config_entries.async_remove_subentry(empty.entry, key)
        await empty.hass.async_block_till_done()
