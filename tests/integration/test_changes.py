"""A change is told only to those whom it concerns: nobody may be left out."""

from collections.abc import Callable

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
import pytest

from simulator.back import Area, Flow, Status
from tests.home import Home, SimulatedBackHug, until

from .conftest import shown

STEPS: dict[str, Callable[[SimulatedBackHug], object]] = {
    "gets up": lambda back_hug: back_hug.back.get_up(),
    "lies down": lambda back_hug: back_hug.back.lie_down(),
    "strength": lambda back_hug: back_hug.back.set_at_device(strength=7),
    "area": lambda back_hug: back_hug.back.set_at_device(area=Area.LOWER_BACK),
    "flow": lambda back_hug: back_hug.back.set_at_device(flow=Flow.FAST),
    "length": lambda back_hug: back_hug.back.set_at_device(minutes=25),
    "starts": lambda back_hug: back_hug.back.start_at_device(20),
    "is scanned": lambda back_hug: back_hug.clock.advance(21),
    "live tension": lambda back_hug: back_hug.clock.advance(5),
    "stronger": lambda back_hug: back_hug.back.set_at_device(strength=8),
    "longer": lambda back_hug: back_hug.back.set_at_device(minutes=30),
    "pauses": lambda back_hug: back_hug.back.pause_at_device(),
    "longer, paused": lambda back_hug: back_hug.back.set_at_device(minutes=40),
    "resumes": lambda back_hug: back_hug.back.resume_at_device(),
    "leaves": lambda back_hug: back_hug.back.get_up(),
    "comes back": lambda back_hug: back_hug.back.lie_down(),
    "stops": lambda back_hug: back_hug.back.stop_at_device(),
    "is at rest": lambda back_hug: back_hug.clock.advance(16),
    "overheats": lambda back_hug: back_hug.back.overheat(),
    "cools": lambda back_hug: back_hug.back.clear_fault(),
}


async def test_nobody_is_left_out(home: Home, back_hug: SimulatedBackHug) -> None:
    """After each change, telling everybody changes nothing more."""
    known = back_hug.coordinator.back_hug.known
    for step, act in STEPS.items():
        act(back_hug)
        status = back_hug.back.status()

        def arrived(status: Status = status) -> bool:
            return (
                known.status is not None
                and known.status.state.value == status.state.name.lower()
                and known.status.strength == status.strength
                and known.status.length == status.length
                and known.status.occupied == back_hug.back.occupied
                and known.status.seconds_left == status.seconds_left
            )

        await until(arrived, step)
        await home.hass.async_block_till_done()
        late: list[str] = []

        @callback
        def changed(
            event: Event[EventStateChangedData], late: list[str] = late
        ) -> None:
            late.append(event.data["entity_id"])

        stop = home.hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
        back_hug.coordinator.async_update_listeners()
        stop()
        assert late == [], step


@pytest.mark.parametrize(
    ("platform", "key", "act"),
    [
        ("binary_sensor", "occupied", STEPS["gets up"]),
        ("number", "strength", STEPS["strength"]),
        ("number", "session_length", STEPS["length"]),
        ("select", "area", STEPS["area"]),
        ("select", "flow", STEPS["flow"]),
    ],
)
async def test_it_is_told_to_whom_it_concerns(
    home: Home,
    back_hug: SimulatedBackHug,
    platform: str,
    key: str,
    act: Callable[[SimulatedBackHug], object],
) -> None:
    """One thing changes at the device: one entity writes its state, once."""
    states = shown(home.hass, back_hug.entity_id(platform, key))
    written: list[str] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        written.append(event.data["entity_id"])

    home.hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    act(back_hug)
    await until(lambda: states, "it is shown")
    await home.hass.async_block_till_done()
    assert written == [back_hug.entity_id(platform, key)]
