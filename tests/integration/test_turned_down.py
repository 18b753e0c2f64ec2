"""What a person turns down in a programme stays an upper bound for the rest of that session."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.backhug.const import DOMAIN
from simulator.model import Opcode, Result
from tests.home import SimulatedBackHug, until

from .test_programmes import add_programme, pass_time, reload, start

AREAS = {"full_back": 0, "upper_back": 1, "mid_back": 2, "lower_back": 3}
STEPS = {
    "strength_levels": 10,
    "steps": [
        {"area": area, "strength": strength, "flow": "slow", "minutes": 4}
        for area, strength in zip(AREAS, (6, 6, 8, 4), strict=True)
    ],
}


async def begin(back_hug: SimulatedBackHug) -> None:
    """Begin the programme, at strength 6."""
    add_programme(back_hug, "Steps", STEPS)
    await start(back_hug, "Steps")
    assert back_hug.back.strength == 6


async def next_step(back_hug: SimulatedBackHug, area: str) -> None:
    """Have the next step begin, and all of it sent."""
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
    """Turn it down by an action, relative to what it is."""
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
    """Turn it down at the device while nobody is told."""
    await lose(back_hug)
    back_hug.back.set_at_device(strength=2)
    back_hug.peripheral.appear()
    await back_hug.live()


DOWN = [by_number, by_step, at_device, while_away]

type Do = Callable[[SimulatedBackHug], Awaitable[None]]


@pytest.mark.parametrize("turn_down", DOWN)
async def test_stays_down(back_hug: SimulatedBackHug, turn_down: Do) -> None:
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


async def test_step_that_begins_while_away(back_hug: SimulatedBackHug) -> None:
    """Nor does a step that began while the link was away."""
    await begin(back_hug)
    await lose(back_hug)
    back_hug.back.set_at_device(strength=3)
    back_hug.clock.advance(240)
    back_hug.peripheral.appear()
    await sent(back_hug, "upper_back")
    assert back_hug.back.strength == 3


async def test_weaker_step(back_hug: SimulatedBackHug) -> None:
    """A step that is weaker than the bound is as weak as it is; the steps' own changes are no bound."""
    await begin(back_hug)
    await back_hug.call("number", "set_value", "strength", value=5)
    await next_step(back_hug, "upper_back")
    await next_step(back_hug, "mid_back")
    assert back_hug.back.strength == 5
    await next_step(back_hug, "lower_back")
    assert back_hug.back.strength == 4


@pytest.mark.parametrize(("raised", "later"), [(4, 4), (6, 8), (7, 8)])
async def test_raised_again(
    back_hug: SimulatedBackHug, raised: int, later: int
) -> None:
    """Who raises it again moves the bound; at what the step asks, or above, they lift it."""
    await begin(back_hug)
    await back_hug.call("number", "set_value", "strength", value=2)
    await back_hug.call("number", "set_value", "strength", value=raised)
    await next_step(back_hug, "upper_back")
    assert back_hug.back.strength == min(raised, 6)
    await next_step(back_hug, "mid_back")
    assert back_hug.back.strength == later


async def test_raised_and_turned_down(back_hug: SimulatedBackHug) -> None:
    """What was raised by hand and turned down by hand again is turned down."""
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


async def test_over_a_restart(back_hug: SimulatedBackHug) -> None:
    """The bound outlives a restart."""
    await begin(back_hug)
    await back_hug.call("number", "set_value", "strength", value=2)
    await reload(back_hug)
    await back_hug.live()
    await next_step(back_hug, "upper_back")
    assert back_hug.back.strength == 2


async def test_turned_down_during_a_restart(back_hug: SimulatedBackHug) -> None:
    """So does what was turned down before Home Assistant was back."""
    await begin(back_hug)
    await lose(back_hug)
    await reload(back_hug)
    back_hug.back.set_at_device(strength=2)
    back_hug.peripheral.appear()
    await back_hug.live()
    await next_step(back_hug, "upper_back")
    assert back_hug.back.strength == 2


def as_after_a_power_cut(back_hug: SimulatedBackHug) -> dict[str, Any]:
    """Return what is stored of the programme as it runs."""
    run = back_hug.coordinator.stored.run
    assert run is not None
    return run


async def restart_with(back_hug: SimulatedBackHug, run: dict[str, Any]) -> None:
    """Restart with something else stored than what a regular stop stores."""
    memory = back_hug.coordinator.stored
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    memory.run = run
    await memory.async_save()
    await back_hug.set_up()


async def test_over_a_power_cut(back_hug: SimulatedBackHug) -> None:
    """The bound is stored at once; a weaker step that was stored before it was sent is none."""
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
async def test_stored_by_an_earlier_version(
    back_hug: SimulatedBackHug, strength: int
) -> None:
    """A run that was stored without a bound goes on; lower than its step is turned down."""
    await begin(back_hug)
    back_hug.back.set_at_device(strength=strength)
    stored = dict(as_after_a_power_cut(back_hug))
    del stored["strength"], stored["at_most"]
    await restart_with(back_hug, stored)
    await next_step(back_hug, "upper_back")
    await next_step(back_hug, "mid_back")
    assert back_hug.back.strength == (2 if strength == 2 else 8)


async def test_sent_before_a_restart(back_hug: SimulatedBackHug) -> None:
    """A weaker step that got through as Home Assistant stopped was turned down by nobody."""
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
    """Have somebody turn it down at the device the moment before it is told a level."""
    control_point = back_hug.back.control_point
    carry_out = control_point._carry_out

    def turned_down_first(opcode: int, parameters: bytes) -> Result:
        if (opcode, *parameters) == (Opcode.SET_STRENGTH, level):
            back_hug.back.set_at_device(strength=2)
        return carry_out(opcode, parameters)

    control_point._carry_out = turned_down_first


async def test_turned_down_while_a_step_is_on_its_way(
    back_hug: SimulatedBackHug,
) -> None:
    """A strength that overtakes the person is taken back."""
    await begin(back_hug)
    await next_step(back_hug, "upper_back")
    turn_down_as_it_arrives(back_hug, 8)
    await pass_time(back_hug, 240)
    await sent(back_hug, "mid_back")
    assert [
        request.parameters[0] for request in back_hug.requests(Opcode.SET_STRENGTH)
    ] == [8, 2]
    assert back_hug.back.strength == 2


async def test_step_does_not_replace_what_a_person_sets(
    back_hug: SimulatedBackHug,
) -> None:
    """A value that waits to be sent as a step begins is sent, and is the bound."""
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
