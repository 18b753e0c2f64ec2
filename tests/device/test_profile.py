"""The codec, against bytes written by hand from docs/profile.md."""

from __future__ import annotations

from copy import replace

import pytest

from custom_components.backhug.device.errors import (
    MalformedError,
)
from custom_components.backhug.device.model import (
    Area,
    Fault,
    Flow,
    SessionEnd,
    State,
    Status,
)
from custom_components.backhug.device.protocols import open_profile as profile

from .profile_values import DECODED, STANDBY, TREATING, changed

# Hypothesis warns of its own way to keep a random generator.
pytestmark = pytest.mark.filterwarnings("ignore:.*register_random")


# Status


def test_status() -> None:
    """Every field of Status stands where the profile says."""
    status = profile.decode_status(TREATING, DECODED)
    assert status == Status(
        state=State.TREATING,
        fault=None,
        strength=5,
        area=Area.SHOULDER_BLADES,
        flow=Flow.WAVE,
        occupied=True,
        leg_rest_raised=True,
        paused_by_leaving=False,
        length=1200,
        seconds_left=599,
        session=65543,
        last_end=SessionEnd.PAUSED_TOO_LONG,
    )
    assert status.seconds_left == 599
    assert status.running


@pytest.mark.parametrize(
    ("code", "state", "running"),
    [
        (0, State.STANDBY, False),
        (1, State.SCANNING, True),
        (2, State.TREATING, True),
        (3, State.PAUSED, True),
        (4, State.FINISHING, False),
        (5, State.FAULT, False),
        (6, State.UNKNOWN, False),
        (255, State.UNKNOWN, False),
    ],
)
def test_state(code: int, state: State, running: bool) -> None:
    """Each state has its code; another one is unknown, and never the nearest."""
    status = profile.decode_status(changed(STANDBY, {0: code}), DECODED)
    assert status.state is state
    assert status.running is running


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (0, Fault.UNKNOWN),
        (1, Fault.FINGER_BLOCKED),
        (2, Fault.LEG_REST_BLOCKED),
        (3, Fault.TOO_HOT),
        (4, Fault.INTERNAL),
        (5, Fault.UNKNOWN),
        (255, Fault.UNKNOWN),
    ],
)
def test_fault(code: int, fault: Fault) -> None:
    """Each fault has its code."""
    status = profile.decode_status(changed(STANDBY, {0: 5, 1: code}), DECODED)
    assert status.fault is fault


@pytest.mark.parametrize(
    ("code", "end"),
    [
        (0, SessionEnd.NONE),
        (1, SessionEnd.COMPLETED),
        (2, SessionEnd.STOPPED_BY_CLIENT),
        (3, SessionEnd.STOPPED_AT_DEVICE),
        (4, SessionEnd.PERSON_LEFT),
        (5, SessionEnd.FAULT),
        (6, SessionEnd.PAUSED_TOO_LONG),
        (7, SessionEnd.POWER_LOST),
        (8, SessionEnd.UNKNOWN),
        (255, SessionEnd.UNKNOWN),
    ],
)
def test_last_end(code: int, end: SessionEnd) -> None:
    """Each way in which a session ends has its code."""
    status = profile.decode_status(changed(STANDBY, {14: code}), DECODED)
    assert status.last_end is end


@pytest.mark.parametrize(
    ("code", "area"),
    [
        (0, Area.FULL_BACK),
        (1, Area.UPPER_BACK),
        (2, Area.MID_BACK),
        (3, Area.LOWER_BACK),
        (4, Area.SHOULDER_BLADES),
        (5, Area.ALONG_SPINE),
        (6, Area.LEFT_SIDE),
        (7, Area.RIGHT_SIDE),
        (8, None),
        (255, None),
    ],
)
def test_area(code: int, area: Area | None) -> None:
    """Each area has its code."""
    assert profile.decode_status(changed(STANDBY, {3: code}), DECODED).area is area


@pytest.mark.parametrize(
    ("code", "flow"),
    [
        (0, Flow.SLOW),
        (1, Flow.MEDIUM),
        (2, Flow.FAST),
        (3, Flow.WAVE),
        (4, Flow.PULSE),
        (5, None),
        (255, None),
    ],
)
def test_flow(code: int, flow: Flow | None) -> None:
    """Each flow has its code."""
    assert profile.decode_status(changed(STANDBY, {4: code}), DECODED).flow is flow


PAUSED_BY_LEAVING = changed(TREATING, {0: 3, 5: 0xFF})


def test_flags() -> None:
    """Each flag has its bit; those that the profile does not name are ignored."""
    status = profile.decode_status(PAUSED_BY_LEAVING, DECODED)
    assert (status.occupied, status.leg_rest_raised, status.paused_by_leaving) == (
        True,
        True,
        True,
    )
    for bit, name in enumerate(("occupied", "leg_rest_raised", "paused_by_leaving")):
        status = profile.decode_status(
            changed(PAUSED_BY_LEAVING, {5: 0xFF & ~(1 << bit)}), DECODED
        )
        assert getattr(status, name) is False


def test_flags_of_absent_features() -> None:
    """A flag of an absent feature is ignored, and contradicts nothing."""
    without = replace(DECODED, senses_occupancy=False)
    status = profile.decode_status(PAUSED_BY_LEAVING, without)
    assert (status.occupied, status.leg_rest_raised, status.paused_by_leaving) == (
        False,
        True,
        False,
    )
    assert profile.decode_status(changed(TREATING, {5: 0xFF}), without).running
    without = replace(DECODED, reports_leg_rest=False)
    status = profile.decode_status(PAUSED_BY_LEAVING, without)
    assert (status.occupied, status.leg_rest_raised) == (True, False)


@pytest.mark.parametrize(
    ("octets", "field", "value"),
    [
        ({2: 0}, "strength", None),
        ({2: 1}, "strength", 1),
        ({2: 10}, "strength", 10),
        ({2: 11}, "strength", None),
        ({2: 255}, "strength", None),
        ({6: 0x10, 7: 0x0E}, "length", 3600),
        ({6: 0x57, 7: 0x02}, "length", 599),
        ({8: 0xB0, 9: 0x04}, "seconds_left", 1200),
        ({8: 0, 9: 0}, "seconds_left", 0),
        (dict.fromkeys(range(10, 14), 0xFF), "session", 2**32 - 1),
        ({15: 0xFF}, "session", 65543),
    ],
)
def test_status_within_bounds(
    octets: dict[int, int], field: str, value: object
) -> None:
    """Allowed values are accepted, ignoring the reserved octet; a level not offered is unknown."""
    status = profile.decode_status(changed(TREATING, octets), DECODED)
    assert getattr(status, field) == value


@pytest.mark.parametrize(
    ("value", "octets", "what"),
    [
        (TREATING, {1: 1}, "fault"),
        (STANDBY, {1: 4}, "fault"),
        (STANDBY, {0: 4, 1: 1}, "fault"),
        (TREATING, {6: 0x11, 7: 0x0E}, "length"),
        (STANDBY, {6: 0x11, 7: 0x0E}, "length"),
        (TREATING, {8: 0xB1, 9: 0x04}, "seconds left"),
        (STANDBY, {8: 1}, "seconds left"),
        (STANDBY, {0: 4, 8: 1}, "seconds left"),
        (STANDBY, {0: 5, 1: 1, 8: 1}, "seconds left"),
        (TREATING, dict.fromkeys(range(10, 14), 0), "session number"),
        (TREATING, {5: 4}, "paused by leaving"),
        (STANDBY, {5: 4}, "paused by leaving"),
    ],
)
def test_contradictory_status(value: bytes, octets: dict[int, int], what: str) -> None:
    """A status that contradicts itself, or the features, is malformed."""
    with pytest.raises(MalformedError, match=what):
        profile.decode_status(changed(value, octets), DECODED)


def test_no_session_yet() -> None:
    """Before the first session its number is 0."""
    status = profile.decode_status(
        changed(STANDBY, dict.fromkeys(range(10, 15), 0)), DECODED
    )
    assert status.session == 0
    assert status.last_end is SessionEnd.NONE


def test_unknown_state_contradicts_nothing() -> None:
    """Values that depend on an unknown state are unknown; a session's bounds hold."""
    value = changed(TREATING, {0: 6, 1: 9, 5: 0xFF, 8: 0xFF, 9: 0xFF})
    status = profile.decode_status(value, DECODED)
    assert status.state is State.UNKNOWN
    assert status.fault is None
    with pytest.raises(MalformedError, match="length"):
        profile.decode_status(changed(value, {7: 0xFF}), DECODED)


def test_longer_status() -> None:
    """A later minor version may add to the value."""
    assert profile.decode_status(TREATING + b"\xff", DECODED) == (
        profile.decode_status(TREATING, DECODED)
    )


@pytest.mark.parametrize("length", range(16))
def test_shorter_status(length: int) -> None:
    """A status that is too short is malformed."""
    with pytest.raises(MalformedError, match="too short"):
        profile.decode_status(TREATING[:length], DECODED)


def test_time_alone_is_no_difference() -> None:
    """Of statuses that differ in the seconds left only, one counts down from the other: nothing else happened."""
    before = profile.decode_status(TREATING, DECODED)
    later = profile.decode_status(changed(TREATING, {8: 0x56}), DECODED)
    assert later.seconds_left == 598
    assert later.counts_down(before)
    stronger = profile.decode_status(changed(TREATING, {2: 0x02}), DECODED)
    assert stronger.strength != before.strength
    assert not stronger.counts_down(before)
