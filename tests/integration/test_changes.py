"""State writes after changes, and listeners that fail."""

from collections.abc import Callable
import logging

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
import pytest

from simulator.back import Area, Flow
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


def coordinator_knows(back_hug: SimulatedBackHug) -> Callable[[], bool]:
    """Return a condition: the coordinator has the current status of the device."""
    status, occupied = back_hug.back.status(), back_hug.back.occupied
    client = back_hug.coordinator.controller.back_hug

    def knows() -> bool:
        known = client.reported.status
        return (
            known is not None
            and known.state.value == status.state.name.lower()
            and known.strength == status.strength
            and known.length == status.length
            and known.occupied == occupied
            and known.seconds_left == status.seconds_left
        )

    return knows


async def test_every_change_is_written(home: Home, back_hug: SimulatedBackHug) -> None:
    """After each change, another update of the listeners writes no state."""
    for step, act in STEPS.items():
        act(back_hug)
        await until(coordinator_knows(back_hug), step)
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
async def test_only_the_affected_entity_is_written(
    home: Home,
    back_hug: SimulatedBackHug,
    platform: str,
    key: str,
    act: Callable[[SimulatedBackHug], object],
) -> None:
    """One change at the device makes one entity write its state, once."""
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


def mistake(*_: object) -> None:
    """Fail, as a listener."""
    raise ValueError("failing listener")


async def test_failing_listener_stops_no_other(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Other listeners are called, whatever has changed."""
    coordinator = back_hug.coordinator
    seen: list[str] = []
    entities = dict(coordinator._listeners)
    coordinator._listeners.clear()
    coordinator.async_add_listener(mistake)
    coordinator._listeners.update(entities)
    coordinator.async_add_listener(lambda: seen.append("called"))
    for step, act in STEPS.items():
        seen.clear()
        act(back_hug)
        await until(lambda: seen, step)
    caplog.clear()


async def test_command_succeeds_despite_failing_listener(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A command is executed, and its result is shown."""
    back_hug.coordinator.async_add_listener(mistake)
    await back_hug.call("number", "set_value", "strength", value=5)
    assert back_hug.back.strength == 5
    await until(lambda: back_hug.value("number", "strength") == "5")
    await back_hug.call("switch", "turn_on", "session")
    await back_hug.call("switch", "turn_off", "session")
    assert not back_hug.back.running
    caplog.clear()


async def test_failing_listener_of_session_events_is_logged_once(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Other listeners are called for every event."""
    history = back_hug.coordinator.history
    listeners = list(history._listeners)
    history._listeners.clear()
    history.async_listen(mistake)
    history._listeners += listeners
    events = shown(back_hug.hass, back_hug.entity_id("event", "session"))
    await back_hug.treat()
    back_hug.back.pause_at_device()
    back_hug.back.resume_at_device()
    back_hug.back.stop_at_device()
    await until(lambda: len(events) >= 4, "all events")
    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(logged) == 1
    assert logged[0].exc_info is not None
    caplog.clear()
