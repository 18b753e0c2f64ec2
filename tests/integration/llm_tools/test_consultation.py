"""A consultation by a language model, and the programme that it saves."""

from typing import Any

import pytest

from custom_components.backhug.consultation.questionnaire import Caution
from tests.cases import in_one_home
from tests.home import SimulatedBackHug
from tests.integration.conftest import requests
from tests.integration.models import ApiModel
from tests.integration.programme_runs import add_programme

from .arrange import ANSWERS, START, STOP, STRENGTH, Connect, get_up, refused


async def test_from_complaint_to_session(
    connect: Connect, back_hug: SimulatedBackHug
) -> None:
    """A consultation, a saved programme, start on occupancy; the session is adjusted and stopped."""
    await get_up(back_hug)
    async with connect() as model:
        status = await model.call("get_status")
        assert status["device"] == "BackHug"
        assert (status["state"], status["somebody_on_it"]) == ("standby", False)

        advice = await model.call("consult", **ANSWERS)
        assert advice["minutes"] == 25
        assert max(step["strength"] for step in advice["steps"]) <= 5
        assert "shoulder_blades" in {step["area"] for step in advice["steps"]}
        assert len(advice["reasons_for_steps"]) == len(advice["steps"])
        assert all(advice["reasons_for_steps"])
        assert advice["reasons"]
        assert advice["plan"]
        assert requests(back_hug) == []

        saved = await model.call(
            "save_programme", name="Stiff shoulders", steps=advice["steps"]
        )
        assert (saved["saved"], saved["minutes"]) == ("Stiff shoulders", 25)
        options = back_hug.state("select", "programme").attributes["options"]
        assert "Stiff shoulders" in options

        started = await model.call("start_session", programme="Stiff shoulders")
        assert started["result"] == "armed"
        assert (await model.call("get_status"))["armed_until"] == started["armed_until"]
        assert requests(back_hug) == []

        # The person lies down.
        back_hug.back.lie_down()
        await back_hug.shows("switch", "session", "on")
        first = advice["steps"][0]
        ((start, minutes, strength, *_),) = requests(back_hug)
        assert (start, minutes, strength) == (START, 25, first["strength"])
        back_hug.clock.advance(21)
        await back_hug.shows("sensor", "state", "treating")
        # The device may treat before its answer to the start is taken.
        await back_hug.shows("sensor", "programme_step", "1")
        session = (await model.call("get_status"))["session"]
        assert session["programme"] == "Stiff shoulders"
        assert (session["step"], session["steps"]) == (1, len(advice["steps"]))
        assert session["minutes_left"] == 25

        adjusted = await model.call("adjust_session", strength_step=2)
        assert requests(back_hug) == [(STRENGTH, strength + 2)]
        assert adjusted["strength_level"] == strength + 2
        assert adjusted["strength_level_before"] == strength
        assert "At most 2 levels" in adjusted["limit"]

        assert (await model.call("stop_session"))["stopped"] == ["BackHug"]
        assert requests(back_hug) == [(STOP,)]
        assert not back_hug.back.running

        back_hug.clock.advance(20)
        await back_hug.shows("sensor", "state", "standby")
        (past,) = (await model.call("get_history", sessions=1))["sessions"]
        assert past["programme"] == "Stiff shoulders"
        assert past["ended_by"] == "stopped_by_client"
        assert past["tension_percent"]["before"]["back"] >= 0


@in_one_home("caution", [each.value for each in Caution])
async def test_consult_refuses_a_caution(model: ApiModel, caution: str) -> None:
    """A caution ends the consultation and refers to a physician."""
    answer = await model.call("consult", **{**ANSWERS, "cautions": [caution]})
    assert answer["refused"] is True
    assert len(answer["because"]) == 1
    assert "physician" in answer["next"]
    assert "steps" not in answer


async def test_consult_requires_the_safety_questions(connect: Connect) -> None:
    """Without the safety questions there is no programme, and the error names them."""
    async with connect() as model:
        sentence = await refused(
            model, "consult", **{**ANSWERS, "safety_questions_asked": False}
        )
        assert "Ask the person first" in sentence
        assert "pacemaker" in sentence


@pytest.mark.parametrize(
    ("hour", "minute", "closing"),
    [(8, 0, "medium"), (13, 0, "wave"), (20, 0, "slow")],
)
async def test_consult_uses_the_time_of_the_home(
    model: ApiModel, freezer: Any, hour: int, minute: int, closing: str
) -> None:
    """The time of day is that of the home unless given."""
    questionnaire = {key: value for key, value in ANSWERS.items() if key != "day_time"}
    # The tests' home is in California.
    freezer.move_to(f"2026-11-20T{hour:02}:{minute:02}:00-08:00")
    advice = await model.call("consult", **questionnaire)
    assert advice["steps"][-1]["flow"] == closing


@in_one_home(
    ("steps", "sentence"),
    [
        ([], "step"),
        (
            [{"area": "full_back", "flow": "slow", "strength": 7, "minutes": 9}],
            "Step 1 is too strong there: 6 at most",
        ),
        (
            [
                {"area": "full_back", "flow": "slow", "strength": 2, "minutes": 9},
                {"area": "full_back", "flow": "slow", "strength": 5, "minutes": 9},
            ],
            "Step 2 is too strong there: 4 at most",
        ),
        (
            [
                {"area": "full_back", "flow": "slow", "strength": 2, "minutes": 31},
                {"area": "full_back", "flow": "slow", "strength": 2, "minutes": 30},
            ],
            "60",
        ),
        ([{"area": "neck", "flow": "slow", "strength": 2, "minutes": 9}], "area"),
    ],
)
async def test_save_refuses_invalid_programmes(
    model: ApiModel,
    back_hug: SimulatedBackHug,
    steps: list[dict[str, Any]],
    sentence: str,
) -> None:
    """A programme that is too long, too strong or not offered is refused with the reason."""
    assert sentence in await refused(model, "save_programme", name="Mine", steps=steps)
    assert not back_hug.entry.subentries


async def test_save_refuses_a_name_in_use(
    model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """The existing programme is unchanged."""
    add_programme(back_hug)
    steps = [{"area": "full_back", "flow": "slow", "strength": 2, "minutes": 9}]
    for name in ("mine", "Kurze Pause", "short_break", "x" * 41, "\u2060", "a\nb"):
        assert await refused(model, "save_programme", name=name, steps=steps)
    assert len(back_hug.entry.subentries) == 1
