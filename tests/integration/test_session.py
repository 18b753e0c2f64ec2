"""The entities of a session: state, end, occupancy, tension; and what is not written."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from homeassistant.components.sensor import ATTR_STATE_CLASS
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
from simulator.model import End
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .conftest import shown

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
REGIONS = [
    "left_upper",
    "left_mid",
    "left_lower",
    "right_upper",
    "right_mid",
    "right_lower",
]


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


async def arrived(back_hug: SimulatedBackHug) -> None:
    """Wait until what the device has notified is known here."""
    left = back_hug.back.seconds_left

    def status_known() -> bool:
        status = back_hug.coordinator.controller.back_hug.reported.status
        return status is not None and (
            status.seconds_left == left
            and status.state == back_hug.back.state.name.lower()
        )

    await until(status_known, "the device's status is known here")
    await back_hug.hass.async_block_till_done()


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


# The course of a session


async def test_session_goes_through_its_states(back_hug: SimulatedBackHug) -> None:
    """A session goes through its states; leg rest, counter and end follow."""
    states = shown(back_hug.hass, back_hug.entity_id("sensor", "state"))
    leg_rest = shown(back_hug.hass, back_hug.entity_id("binary_sensor", "leg_rest"))
    session = shown(back_hug.hass, back_hug.entity_id("switch", "session"))
    await back_hug.treat(20)
    assert back_hug.value("binary_sensor", "leg_rest") == "on"
    assert back_hug.coordinator.history.number == 1
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(2)
    await back_hug.shows("sensor", "state", "finishing")
    assert back_hug.value("sensor", "last_session_ended_by") == "completed"
    back_hug.clock.advance(15)
    await back_hug.shows("sensor", "state", "standby")
    assert states == ["scanning", "treating", "finishing", "standby"]
    assert leg_rest == ["on", "off"]
    assert session == ["on", "off"]
    assert back_hug.value("sensor", "session_ends") == "unknown"


@in_one_home(
    ("ended", "shown"),
    [
        (End.NONE, "none"),
        (End.COMPLETED, "completed"),
        (End.STOPPED_BY_CLIENT, "stopped_by_client"),
        (End.STOPPED_AT_DEVICE, "stopped_at_device"),
        (End.PERSON_LEFT, "person_left"),
        (End.FAULT, "fault"),
        (End.PAUSED_TOO_LONG, "paused_too_long"),
        (End.POWER_LOST, "power_lost"),
        (99, "unknown"),
    ],
)
async def test_end_of_a_session_is_shown(
    back_hug: SimulatedBackHug, ended: int, shown: str
) -> None:
    """Each end of the profile is shown; any other is unknown."""
    # A change that is shown too: a value that was there before would prove nothing.
    back_hug.back.strength = back_hug.back.strength % 10 + 1
    back_hug.back.last_end = ended  # type: ignore[assignment]
    back_hug.peripheral.status_changed()
    await back_hug.shows("number", "strength", str(back_hug.back.strength))
    assert back_hug.value("sensor", "last_session_ended_by") == shown


async def test_getting_up_pauses_then_ends(back_hug: SimulatedBackHug) -> None:
    """Getting up pauses the session, and ends it unless somebody lies down again."""
    await back_hug.treat()
    assert back_hug.value("binary_sensor", "occupied") == "on"
    back_hug.back.get_up()
    await back_hug.shows("sensor", "state", "paused")
    assert back_hug.value("binary_sensor", "occupied") == "off"
    assert back_hug.value("switch", "session") == "on"
    assert back_hug.value("sensor", "session_ends") == "unknown"
    attributes = back_hug.state("sensor", "state").attributes
    assert attributes["seconds_left"] == 20 * 60 - 21
    left = (attributes["pause_ends"] - dt_util.utcnow()).total_seconds()
    assert 55 < left <= 60
    back_hug.clock.advance(60)
    await back_hug.shows("sensor", "state", "finishing")
    assert back_hug.value("switch", "session") == "off"
    assert back_hug.value("sensor", "last_session_ended_by") == "person_left"
    attributes = back_hug.state("sensor", "state").attributes
    assert (attributes["seconds_left"], attributes["pause_ends"]) == (None, None)


@in_one_home(
    ("fault", "named"),
    [
        ("block_finger", "finger_blocked"),
        ("block_leg_rest", "leg_rest_blocked"),
        ("overheat", "too_hot"),
        ("fail_internally", "internal"),
    ],
)
async def test_fault_is_shown_by_name(
    back_hug: SimulatedBackHug, fault: str, named: str
) -> None:
    """A fault is shown by its name until it ends."""
    await back_hug.treat()
    getattr(back_hug.back, fault)()
    await back_hug.shows("binary_sensor", "problem", "on")
    assert back_hug.state("binary_sensor", "problem").attributes["fault"] == named
    assert back_hug.value("sensor", "fault") == named
    assert back_hug.value("sensor", "state") == "fault"
    assert back_hug.value("switch", "session") == "off"
    assert back_hug.value("sensor", "last_session_ended_by") == "fault"
    back_hug.back.clear_fault()
    await back_hug.shows("binary_sensor", "problem", "off")
    assert back_hug.state("binary_sensor", "problem").attributes["fault"] is None
    assert back_hug.value("sensor", "fault") == "none"
    back_hug.clock.advance(20)
    await back_hug.shows("sensor", "state", "standby")


async def test_unknown_fault_is_a_problem(back_hug: SimulatedBackHug) -> None:
    """An unknown fault is still a problem."""
    back_hug.back.block_finger()
    back_hug.back.fault = 77  # type: ignore[assignment]
    back_hug.peripheral.status_changed()
    await until(
        lambda: (
            back_hug.state("binary_sensor", "problem").attributes["fault"] == "unknown"
        ),
        "the fault is shown",
    )
    assert back_hug.value("binary_sensor", "problem") == "on"
    assert back_hug.value("sensor", "fault") == "unknown"


# When it ends


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


# State writes


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


# Tension


@pytest.mark.usefixtures("all_enabled")
async def test_tension_follows_the_scans(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tension is unknown until measured, then before, live and after; never 0."""
    monkeypatch.setattr(coordinator, "LIVE_INTERVAL", 0)
    keys = ["tension", *(f"tension_{region}" for region in REGIONS)]
    history = {
        key: shown(back_hug.hass, back_hug.entity_id("sensor", key)) for key in keys
    }

    def measured() -> str | None:
        phase: str | None = back_hug.state("sensor", "tension").attributes["measured"]
        return phase

    assert {back_hug.value("sensor", key) for key in keys} == {"unknown"}
    assert measured() is None
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(10)
    await arrived(back_hug)
    assert {back_hug.value("sensor", key) for key in keys} == {"unknown"}

    back_hug.clock.advance(9)
    await until(lambda: measured() == "before", "the tension before is shown")
    record = back_hug.back.record
    assert record.before
    expected = {"tension": per_cent(record.before)} | {
        f"tension_{region}": per_cent(efforts)
        for region, efforts in in_regions(record.before).items()
    }
    assert {key: back_hug.value("sensor", key) for key in keys} == expected
    before = int(expected["tension"])

    back_hug.clock.advance(5)
    await until(lambda: measured() == "live", "the live tension is shown")
    back_hug.skip(20 * 60 - 27)
    back_hug.clock.advance(3)
    await back_hug.shows("sensor", "state", "finishing")
    back_hug.clock.advance(15)
    await until(lambda: measured() == "after", "the tension after is shown")
    assert back_hug.back.record.after
    assert back_hug.value("sensor", "tension") == per_cent(back_hug.back.record.after)
    assert int(back_hug.value("sensor", "tension")) < before
    for key in keys:
        assert all(0 < int(value) <= 100 for value in history[key]), key
        attributes = back_hug.state("sensor", key).attributes
        assert attributes["unit_of_measurement"] == "%"
        assert attributes[ATTR_STATE_CLASS] == "measurement"


@pytest.mark.usefixtures("all_enabled")
async def test_scan_without_touch_is_unknown(home: Home) -> None:
    """A scan in which no finger touches anything is unknown, not 0."""
    back_hug = await home.add(Build(senses_occupancy=False), occupied=False)
    await home.seen(back_hug)
    await back_hug.set_up()
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(19)
    await until(
        lambda: back_hug.state("sensor", "tension").attributes["measured"] == "before",
        "the scan is shown",
    )
    assert back_hug.value("sensor", "tension") == "unknown"
    assert back_hug.value("sensor", "tension_left_upper") == "unknown"


@pytest.mark.usefixtures("all_enabled")
async def test_region_without_touch_is_unknown(back_hug: SimulatedBackHug) -> None:
    """A region that no finger touches is unknown; the others are shown."""
    fingers = back_hug.build.fingers
    rows = fingers // 2
    efforts = [127] * fingers
    for row in range(rows):
        if 3 * row < rows:
            efforts[row] = 255
    for first in (0, 16):
        part = efforts[first : first + 16]
        back_hug.peripheral.inject_stream(bytes([0, 7, first, fingers, *part]))
    await back_hug.shows("sensor", "tension", "50")
    assert back_hug.value("sensor", "tension_left_upper") == "unknown"
    assert back_hug.value("sensor", "tension_right_upper") == "50"


async def test_tension_record_is_read_at_start(home: Home) -> None:
    """The record of a session that ran before Home Assistant started is shown."""
    back_hug = await home.add()
    back_hug.back.start_at_device(20)
    back_hug.clock.advance(20 * 60 + 20)
    await home.seen(back_hug)
    await back_hug.set_up()
    assert back_hug.back.record.after
    assert back_hug.value("sensor", "tension") == per_cent(back_hug.back.record.after)
    assert back_hug.state("sensor", "tension").attributes["measured"] == "after"
    assert back_hug.coordinator.history.number == 1


def in_regions(efforts: tuple[int, ...]) -> dict[str, list[int]]:
    """Return the efforts of each region, as the profile's text divides the fingers."""
    rows = len(efforts) // 2
    regions: dict[str, list[int]] = {region: [] for region in REGIONS}
    for finger, effort in enumerate(efforts):
        side = "left" if finger < rows else "right"
        row = finger % rows
        height = "upper" if 3 * row < rows else "mid" if 3 * row < 2 * rows else "lower"
        regions[f"{side}_{height}"].append(effort)
    return regions


def per_cent(efforts: tuple[int, ...] | list[int]) -> str:
    """Return the tension of some fingers as it is to be shown."""
    touching = [effort for effort in efforts if effort != 255]
    return str(round(100 * sum(touching) / len(touching) / 254))
