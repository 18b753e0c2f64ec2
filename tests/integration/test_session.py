"""The entities of a session: state, end, occupancy, faults."""

from homeassistant.util import dt as dt_util
import pytest

from simulator.build import Build
from simulator.model import End
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .conftest import shown


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


@pytest.mark.parametrize("mtu", [23, 247])
@pytest.mark.parametrize("fingers", [24, 26, 28])
async def test_session_on_every_kind_of_device(
    home: Home, mtu: int, fingers: int
) -> None:
    """A whole session, from lying down to the tension after, on every kind of device."""
    back_hug = await home.add(Build(mtu=mtu, fingers=fingers))
    await home.seen(back_hug)
    await back_hug.set_up()
    assert back_hug.peripheral.mtu == mtu
    assert back_hug.coordinator.features.fingers == fingers
    await back_hug.treat(20)
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(2)
    await back_hug.shows("sensor", "state", "finishing")
    back_hug.clock.advance(15)
    await back_hug.shows("sensor", "state", "standby")
    await until(
        lambda: (
            back_hug.state("sensor", "tension").attributes["measured"] == "after"
            and back_hug.coordinator.data.record
            and back_hug.coordinator.data.record.after
        ),
        "the tension after is shown",
    )
    record = back_hug.back.record
    assert record.before
    assert record.after
    touching = [effort for effort in record.after if effort != 255]
    tension = round(100 * sum(touching) / 254 / len(touching))
    assert back_hug.value("sensor", "tension") == str(tension)
    assert back_hug.value("sensor", "last_session_ended_by") == "completed"
    assert back_hug.coordinator.history.number == 1
