"""A strength turned down during a programme is an upper bound for the rest of that session."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.backhug.const import DOMAIN
from simulator.model import Opcode, Result
from tests.home import SimulatedBackHug, until

from .programme_runs import add_programme, pass_time, reload, start
from .stops import stored as stored_state

AREAS = {"full_back": 0, "upper_back": 1, "mid_back": 2, "lower_back": 3}
STEPS = {
    "strength_levels": 10,
    "steps": [
        {"area": area, "strength": strength, "flow": "slow", "minutes": 4}
        for area, strength in zip(AREAS, (6, 6, 8, 4), strict=True)
    ],
}


async def begin(back_hug: SimulatedBackHug) -> None:
    """Start the programme, at strength 6."""
    add_programme(back_hug, "Steps", STEPS)
    await start(back_hug, "Steps")
    assert back_hug.back.strength == 6


async def next_step(back_hug: SimulatedBackHug, area: str) -> None:
    """Advance to the next step, and wait until it is sent."""
    await pass_time(back_hug, 240)
    await sent(back_hug, area)


async def sent(back_hug: SimulatedBackHug, area: str) -> None:
    """Wait until a step is sent."""
    await until(lambda: back_hug.back.area == AREAS[area], f"the step of {area}")
    await until(
        lambda: back_hug.coordinator.controller.runner._sender._task is None,
        "all of it is sent",
    )
    await back_hug.hass.async_block_till_done()


async def lose(back_hug: SimulatedBackHug) -> None:
    """Lose the link until the device appears again."""
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")


async def by_number(back_hug: SimulatedBackHug) -> None:
    """Turn it down in a dashboard."""
    await back_hug.call("number", "set_value", "strength", value=2)


async def by_step(back_hug: SimulatedBackHug) -> None:
    """Turn it down by an action, relatively."""
    await back_hug.hass.services.async_call(
        DOMAIN,
        "adjust_session",
        {"entity_id": back_hug.entity_id("switch", "session"), "strength_step": -4},
        blocking=True,
    )


async def at_device(back_hug: SimulatedBackHug) -> None:
    """Turn it down at the device."""
    back_hug.back.set_at_device(strength=2)
    await back_hug.shows("number", "strength", "2")


async def while_away(back_hug: SimulatedBackHug) -> None:
    """Turn it down at the device during a loss."""
    await lose(back_hug)
    back_hug.back.set_at_device(strength=2)
    back_hug.peripheral.appear()
    await back_hug.live()


DOWN = [by_number, by_step, at_device, while_away]

type Do = Callable[[SimulatedBackHug], Awaitable[None]]


@pytest.mark.parametrize("turn_down", DOWN)
async def test_later_steps_stay_below(
    back_hug: SimulatedBackHug, turn_down: Do
) -> None:
    """No later step goes above it, wherever it was turned down."""
    await begin(back_hug)
    await turn_down(back_hug)
    for area in ("upper_back", "mid_back", "lower_back"):
        await next_step(back_hug, area)
        assert back_hug.back.strength == 2
    levels = [
        request.parameters[0] for request in back_hug.requests(Opcode.SET_STRENGTH)
    ]
    assert set(levels) <= {2}


async def test_step_during_a_loss_stays_below(back_hug: SimulatedBackHug) -> None:
    """Nor does a step that began during a loss."""
    await begin(back_hug)
    await lose(back_hug)
    back_hug.back.set_at_device(strength=3)
    back_hug.clock.advance(240)
    back_hug.peripheral.appear()
    await sent(back_hug, "upper_back")
    assert back_hug.back.strength == 3


async def test_weaker_step_is_unchanged(back_hug: SimulatedBackHug) -> None:
    """A step below the bound is sent as it is; the steps' own changes are no bound."""
    await begin(back_hug)
    await back_hug.call("number", "set_value", "strength", value=5)
    await next_step(back_hug, "upper_back")
    await next_step(back_hug, "mid_back")
    assert back_hug.back.strength == 5
    await next_step(back_hug, "lower_back")
    assert back_hug.back.strength == 4


@pytest.mark.parametrize(("raised", "later"), [(4, 4), (6, 8), (7, 8)])
async def test_raising_moves_the_bound(
    back_hug: SimulatedBackHug, raised: int, later: int
) -> None:
    """Raising it again moves the bound; at the step's strength or above it ends."""
    await begin(back_hug)
    await back_hug.call("number", "set_value", "strength", value=2)
    await back_hug.call("number", "set_value", "strength", value=raised)
    await next_step(back_hug, "upper_back")
    assert back_hug.back.strength == min(raised, 6)
    await next_step(back_hug, "mid_back")
    assert back_hug.back.strength == later


async def test_raised_then_turned_down_is_bound(back_hug: SimulatedBackHug) -> None:
    """Raised and then turned down by hand is turned down."""
    await begin(back_hug)
    back_hug.back.set_at_device(strength=10)
    await back_hug.shows("number", "strength", "10")
    back_hug.back.set_at_device(strength=7)
    await back_hug.shows("number", "strength", "7")
    await next_step(back_hug, "upper_back")
    assert back_hug.back.strength == 6
    await next_step(back_hug, "mid_back")
    assert back_hug.back.strength == 7


async def test_next_session_is_not_bound(back_hug: SimulatedBackHug) -> None:
    """The next session begins as its programme says."""
    await begin(back_hug)
    await back_hug.call("number", "set_value", "strength", value=1)
    await back_hug.call("switch", "turn_off", "session")
    back_hug.clock.advance(20)
    await back_hug.shows("sensor", "state", "standby")
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", "treating")
    await next_step(back_hug, "upper_back")
    assert back_hug.back.strength == 6


async def test_bound_survives_a_restart(back_hug: SimulatedBackHug) -> None:
    """The bound survives a restart."""
    await begin(back_hug)
    await back_hug.call("number", "set_value", "strength", value=2)
    await reload(back_hug)
    await back_hug.live()
    await next_step(back_hug, "upper_back")
    assert back_hug.back.strength == 2


async def test_change_during_a_restart_is_a_bound(back_hug: SimulatedBackHug) -> None:
    """So does a level turned down before Home Assistant was back."""
    await begin(back_hug)
    await lose(back_hug)
    await reload(back_hug)
    back_hug.back.set_at_device(strength=2)
    back_hug.peripheral.appear()
    await back_hug.live()
    await next_step(back_hug, "upper_back")
    assert back_hug.back.strength == 2


def as_after_a_power_cut(back_hug: SimulatedBackHug) -> dict[str, Any]:
    """Return the stored state while the programme runs."""
    run = back_hug.coordinator.stored.run
    assert run is not None
    return run


async def restart_with(back_hug: SimulatedBackHug, run: dict[str, Any]) -> None:
    """Restart with another stored state than that of a regular shutdown."""
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    memory = await stored_state(back_hug)
    memory.run = run
    await memory.async_save()
    await back_hug.set_up()


async def test_bound_survives_a_power_cut(back_hug: SimulatedBackHug) -> None:
    """The bound is stored at once; a weaker step stored before it was sent is none."""
    await begin(back_hug)
    await back_hug.call("number", "set_value", "strength", value=7)
    await next_step(back_hug, "upper_back")
    stored = as_after_a_power_cut(back_hug)
    await restart_with(back_hug, stored)
    await next_step(back_hug, "mid_back")
    assert back_hug.back.strength == 8
    await back_hug.call("number", "set_value", "strength", value=3)
    stored = as_after_a_power_cut(back_hug)
    assert stored["at_most"] == 3
    await restart_with(back_hug, stored)
    await next_step(back_hug, "lower_back")
    assert back_hug.back.strength == 3


@pytest.mark.parametrize("strength", [2, 6])
async def test_run_of_an_earlier_version_goes_on(
    back_hug: SimulatedBackHug, strength: int
) -> None:
    """A run stored without a bound goes on; a level below its step is a bound."""
    await begin(back_hug)
    back_hug.back.set_at_device(strength=strength)
    stored = dict(as_after_a_power_cut(back_hug))
    del stored["strength"], stored["at_most"]
    await restart_with(back_hug, stored)
    await next_step(back_hug, "upper_back")
    await next_step(back_hug, "mid_back")
    assert back_hug.back.strength == (2 if strength == 2 else 8)


async def test_step_sent_during_shutdown_is_no_bound(
    back_hug: SimulatedBackHug,
) -> None:
    """A weaker step that arrived as Home Assistant stopped was turned down by nobody."""
    await begin(back_hug)
    stored = {
        **as_after_a_power_cut(back_hug),
        "step": 1,
        "steps": [
            {**step, "strength": strength}
            for step, strength in zip(
                as_after_a_power_cut(back_hug)["steps"], (6, 3, 8, 4), strict=True
            )
        ],
        "unsent": {"strength": 6},
    }
    await pass_time(back_hug, 230)
    back_hug.back.set_at_device(strength=3)
    await restart_with(back_hug, stored)
    await next_step(back_hug, "mid_back")
    assert back_hug.back.strength == 8


def turn_down_as_it_arrives(back_hug: SimulatedBackHug, level: int) -> None:
    """Turn it down at the device just before a level arrives."""
    control_point = back_hug.back.control_point
    carry_out = control_point._carry_out

    def turned_down_first(opcode: int, parameters: bytes) -> Result:
        if (opcode, *parameters) == (Opcode.SET_STRENGTH, level):
            back_hug.back.set_at_device(strength=2)
        return carry_out(opcode, parameters)

    control_point._carry_out = turned_down_first


async def test_step_that_overtakes_the_person_is_reverted(
    back_hug: SimulatedBackHug,
) -> None:
    """A strength that overtakes the person is reverted."""
    await begin(back_hug)
    await next_step(back_hug, "upper_back")
    turn_down_as_it_arrives(back_hug, 8)
    await pass_time(back_hug, 240)
    await sent(back_hug, "mid_back")
    assert [
        request.parameters[0] for request in back_hug.requests(Opcode.SET_STRENGTH)
    ] == [8, 2]
    assert back_hug.back.strength == 2


async def test_waiting_manual_value_is_sent_before_the_step(
    back_hug: SimulatedBackHug,
) -> None:
    """A value that waits as a step begins is sent, and is the bound."""
    await begin(back_hug)
    await next_step(back_hug, "upper_back")
    await back_hug.call("number", "set_value", "strength", value=6)
    back_hug.skip(239)
    # The second value of a drag waits a moment.
    setting = back_hug.hass.async_create_task(
        back_hug.call("number", "set_value", "strength", value=3)
    )
    back_hug.clock.advance(1)
    await setting
    await sent(back_hug, "mid_back")
    assert back_hug.back.strength == 3
    assert 8 not in [
        request.parameters[0] for request in back_hug.requests(Opcode.SET_STRENGTH)
    ]
