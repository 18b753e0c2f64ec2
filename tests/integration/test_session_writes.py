"""The states that a session writes: few, and nothing where nothing visible changes."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
)
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug import coordinator
from custom_components.backhug.device import state
from custom_components.backhug.device.model import Phase, TensionScan
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until

from .conftest import arrived, shown

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)


class Wall:
    """The wall clock as the device package reads it, moved by the test."""

    def __init__(self) -> None:
        """Begin now."""
        self.time = NOW

    def posix(self) -> float:
        """Return what it shows, in seconds."""
        return self.time.timestamp()

    def tick(self, seconds: float) -> None:
        """Move on."""
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    """Let the clock on the wall stand still; the event loop's goes on."""
    wall = Wall()
    monkeypatch.setattr(state, "time", wall.posix)
    return wall


async def pass_time(back_hug: SimulatedBackHug, wall: Wall, seconds: int) -> None:
    """Let time pass for device and home, second by second."""
    for _ in range(seconds):
        wall.tick(1)
        back_hug.clock.advance(1)
        await arrived(back_hug)


def end(back_hug: SimulatedBackHug) -> datetime:
    """Return when the session ends."""
    parsed = dt_util.parse_datetime(back_hug.value("sensor", "session_ends"))
    assert parsed
    return parsed


class Written:
    """Counts what is written of the states of our entities."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin to count."""
        self.changed: Counter[str] = Counter()
        self.reported: Counter[str] = Counter()
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)
        hass.bus.async_listen(
            EVENT_STATE_REPORTED, self._reported, event_filter=callback(lambda _: True)
        )

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        self.changed[event.data["entity_id"]] += 1

    @callback
    def _reported(self, event: Event[EventStateReportedData]) -> None:
        self.reported[event.data["entity_id"]] += 1


async def test_end_is_written_once(home: Home, wall: Wall) -> None:
    """The end is a timestamp, not a countdown: it is written once until it changes."""
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    ends = shown(home.hass, back_hug.entity_id("sensor", "session_ends"))
    await back_hug.call("number", "set_value", "session_length", value=20)
    await back_hug.call("switch", "turn_on", "session")
    await pass_time(back_hug, wall, 90)
    assert back_hug.value("sensor", "state") == "treating"
    assert len(ends) == 1
    assert abs(end(back_hug) - (NOW + timedelta(minutes=20))) <= timedelta(seconds=2)

    # One second of radio jitter does not move it.
    for jitter in (1, -1, 1, -1):
        wall.tick(jitter)
        back_hug.peripheral.status_changed()
        await back_hug.hass.async_block_till_done()
    assert len(ends) == 1

    # A longer session moves it, once.
    await back_hug.call("number", "set_value", "session_length", value=30)
    await pass_time(back_hug, wall, 10)
    assert len(ends) == 2
    assert abs(end(back_hug) - (NOW + timedelta(minutes=30))) <= timedelta(seconds=2)

    # Unknown while paused; afterwards later by the pause.
    await back_hug.call("button", "press", "pause_resume")
    assert back_hug.value("sensor", "session_ends") == "unknown"
    await pass_time(back_hug, wall, 60)
    await back_hug.call("button", "press", "pause_resume")
    await pass_time(back_hug, wall, 10)
    assert abs(end(back_hug) - (NOW + timedelta(minutes=31))) <= timedelta(seconds=2)
    assert len(ends) == 4

    await back_hug.call("switch", "turn_off", "session")
    assert back_hug.value("sensor", "session_ends") == "unknown"
    assert len(ends) == 5


async def test_nothing_visible_writes_nothing(home: Home, wall: Wall) -> None:
    """A minute of a session has some 60 Status notifications: none writes a state."""
    back_hug = await home.add(Build(measures_tension=False))
    await home.seen(back_hug)
    await back_hug.set_up()
    await back_hug.call("switch", "turn_on", "session")
    await pass_time(back_hug, wall, 25)
    assert back_hug.value("sensor", "state") == "treating"
    written = Written(home.hass)
    await pass_time(back_hug, wall, 60)
    assert back_hug.back.seconds_left == 20 * 60 - 85
    assert written.changed == {}
    assert written.reported == {}


async def test_one_change_writes_one_state(
    back_hug: SimulatedBackHug,
) -> None:
    """A changed setting writes one state."""
    await back_hug.treat()
    written = Written(back_hug.hass)
    back_hug.back.set_at_device(strength=9)
    await back_hug.shows("number", "strength", "9")
    await arrived(back_hug)
    assert written.changed == {back_hug.entity_id("number", "strength"): 1}
    assert written.reported == {}


async def test_live_tension_is_written_every_half_minute(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live scans come twice a second; the recorder gets one value in half a minute."""
    await back_hug.treat(40)
    tension = shown(back_hug.hass, back_hug.entity_id("sensor", "tension"))
    for _ in range(30):
        back_hug.clock.advance(10)
        await arrived(back_hug)
    assert back_hug.state("sensor", "tension").attributes["measured"] == "before"
    assert tension == []
    # Half a minute later by the event loop's clock.
    monkeypatch.setattr(coordinator, "LIVE_INTERVAL", 0)
    back_hug.clock.advance(1)
    await until(
        lambda: back_hug.state("sensor", "tension").attributes["measured"] == "live",
        "a live tension is shown",
    )


async def test_live_scans_are_published_every_ten_seconds(
    back_hug: SimulatedBackHug, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live scans that no entity shows are known, but the entities need not look at them."""
    now = 1000.0
    monkeypatch.setattr(coordinator, "monotonic", lambda: now)
    await back_hug.treat(40)
    await pass_time(back_hug, wall, 1)
    published: list[TensionScan | None] = []
    back_hug.coordinator.async_add_listener(
        lambda: published.append(back_hug.coordinator.data.tension)
    )
    now += coordinator.PUBLISH_INTERVAL - 0.1
    before = back_hug.coordinator.data.tension
    await pass_time(back_hug, wall, 5)
    assert published == []
    assert back_hug.coordinator.data.tension != before
    assert (
        back_hug.coordinator.data is back_hug.coordinator.controller.back_hug.snapshot
    )

    now += 0.1
    await pass_time(back_hug, wall, 5)
    (scan,) = published
    assert scan is not None
    assert scan.phase is Phase.LIVE

    # A change is published at once.
    back_hug.back.set_at_device(strength=9)
    await back_hug.shows("number", "strength", "9")
    assert len(published) == 2
