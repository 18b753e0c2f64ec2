"""Sessions started and adjusted by a language model, and their limits."""

import asyncio
from typing import Any

import pytest

from custom_components.backhug.device import timeouts
from simulator.build import Build
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug
from tests.integration.conftest import out_of_reach, requests
from tests.integration.models import ApiModel

from .arrange import AREA, FLOW, LENGTH, START, STRENGTH, Connect, get_up, refused


async def test_strength_rises_by_two_levels_at_most(
    connect: Connect, back_hug: SimulatedBackHug
) -> None:
    """Two levels stronger a call; any number softer."""
    async with connect() as model:
        assert "2" in await refused(model, "adjust_session", strength_step=3)
        sentence = await refused(model, "start_session", strength=6)
        assert "more than 2 levels above" in sentence
        assert requests(back_hug) == []
        await model.call("adjust_session", strength_step=2)
        await model.call("adjust_session", strength_step=-19)
        assert requests(back_hug) == [(STRENGTH, 5), (STRENGTH, 1)]
        answer = await model.call("adjust_session", strength_step=-1)
        assert answer["strength_level"] == 1
        assert "strength_level_before" not in answer


@in_one_home("step", [1.5, True, "one"])
async def test_fractional_step_is_refused(
    model: ApiModel, back_hug: SimulatedBackHug, step: Any
) -> None:
    """A fractional step is refused instead of rounded."""
    sentence = await refused(model, "adjust_session", strength_step=step)
    assert "expected a whole number" in sentence
    assert requests(back_hug) == []


def set_unheard(back_hug: SimulatedBackHug, strength: int) -> None:
    """Change the device without a notification that arrives."""
    back_hug.faults.drop_notifications = True
    back_hug.back.set_at_device(strength=strength)
    back_hug.faults.drop_notifications = False


async def test_limits_start_from_the_level_at_the_device(
    connect: Connect, back_hug: SimulatedBackHug
) -> None:
    """Two levels above the level at the device, not above the last known one."""
    await back_hug.call("number", "set_value", "strength", value=8)
    set_unheard(back_hug, 1)
    back_hug.back.requests.clear()
    async with connect() as model:
        assert "at most 3" in await refused(model, "start_session", strength=8)
        set_unheard(back_hug, 2)
        answer = await model.call("adjust_session", strength_step=2)
        assert (answer["strength_level_before"], answer["strength_level"]) == (2, 4)
        assert requests(back_hug) == [(STRENGTH, 4)]


async def test_parallel_calls_are_consecutive_steps(
    model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """Several calls at the same time are one step after the other."""
    await asyncio.gather(
        *(model.call("adjust_session", strength_step=2) for _ in range(3))
    )
    assert requests(back_hug) == [(STRENGTH, 5), (STRENGTH, 7), (STRENGTH, 9)]


async def test_unreadable_strength_prevents_a_stronger_start(
    model: ApiModel, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the current level nothing is started or armed at another one."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await out_of_reach(back_hug)
    assert "out of reach" in await refused(model, "start_session", strength=3)
    assert back_hug.coordinator.controller.start_on_occupancy.until is None


async def test_adjust_changes_settings(
    model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """Area, flow and length change too; an empty adjustment is refused."""
    answer = await model.call(
        "adjust_session", area="upper_back", flow="wave", minutes="30", device_name=" "
    )
    assert requests(back_hug) == [(AREA, 1), (FLOW, 3), (LENGTH, 30)]
    assert (answer["area"], answer["flow"]) == ("upper_back", "wave")
    assert "strength_level_before" not in answer
    assert "limit" not in answer
    assert "Say what to change" in await refused(model, "adjust_session")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, (START, 20, 255, 255, 255)),
        ({"strength": 5, "area": "mid_back", "flow": "fast"}, (START, 20, 5, 2, 2)),
        ({"programme": "short_break"}, (START, 10, 4, 1, 1)),
    ],
)
async def test_start_while_occupied_starts_at_once(
    model: ApiModel,
    back_hug: SimulatedBackHug,
    args: dict[str, Any],
    expected: tuple[int, ...],
) -> None:
    """Somebody who already lies there need not lie down again."""
    assert (await model.call("start_session", **args))["result"] == "started"
    assert requests(back_hug) == [expected]
    assert "present state" in await refused(model, "start_session")


async def test_waiting_and_session_are_limited(
    connect: Connect, back_hug: SimulatedBackHug
) -> None:
    """Waiting has a limit, and so has a session."""
    await get_up(back_hug)
    async with connect() as model:
        assert "120" in await refused(model, "start_session", wait_minutes=121)
        assert "60" in await refused(model, "start_session", minutes=61)
        assert "None, Gentle start" in await refused(
            model, "start_session", programme="other"
        )
        await model.call("start_session", wait_minutes=120)
    assert requests(back_hug) == []


async def test_start_needs_an_occupancy_sensor(
    model: ApiModel, home: Home, back_hug: SimulatedBackHug
) -> None:
    """Without an occupancy sensor a model starts nothing."""
    blind = await home.add(
        Build(name="Blind", address="C0:FF:EE:00:00:03", senses_occupancy=False)
    )
    await home.seen(blind)
    await blind.set_up()
    sentence = await refused(model, "start_session", device_name="Blind")
    assert "cannot sense" in sentence
    assert requests(blind) == requests(back_hug) == []
    assert "somebody_on_it" not in await model.call("get_status", device_name="Blind")
