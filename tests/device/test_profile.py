"""The codec, against bytes written by hand from docs/profile.md."""

from __future__ import annotations

from copy import replace
from itertools import combinations

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.backhug.device.errors import (
    BusyError,
    ContradictoryFeaturesError,
    IncompatibleError,
    InFaultError,
    InvalidParameterError,
    MalformedError,
    NobodyOnItError,
    NotSupportedError,
    RefusedError,
    RequestError,
    UnsupportedVersionError,
    WrongStateError,
)
from custom_components.backhug.device.model import (
    Area,
    DeviceInformation,
    Fault,
    Features,
    Flow,
    Phase,
    SessionEnd,
    State,
    Status,
    TensionRecord,
    TensionScan,
)
from custom_components.backhug.device.protocols import open_profile as profile
from custom_components.backhug.device.protocols.open_profile import (
    Opcode,
    Response,
    ScanAssembler,
)

# Hypothesis warns of its own way to keep a random generator.
pytestmark = pytest.mark.filterwarnings("ignore:.*register_random")

FEATURES = bytes.fromhex("01 00 0a 1c 3f 00 0f 00 05 3c 0f 00")
"""Version 1.0, 10 levels, 28 fingers, areas 0-5, flows 0-3, 5 to 60 minutes, all flags."""
DECODED = Features(
    strength_levels=10,
    fingers=28,
    areas=(
        Area.FULL_BACK,
        Area.UPPER_BACK,
        Area.MID_BACK,
        Area.LOWER_BACK,
        Area.SHOULDER_BLADES,
        Area.ALONG_SPINE,
    ),
    flows=(Flow.SLOW, Flow.MEDIUM, Flow.FAST, Flow.WAVE),
    min_minutes=5,
    max_minutes=60,
    can_pause=True,
    senses_occupancy=True,
    reports_leg_rest=True,
    measures_tension=True,
)

TREATING = bytes.fromhex("02 00 05 04 03 03 b0 04 57 02 07 00 01 00 06 00")
"""Strength 5, shoulder blades, wave, occupied, leg rest up, 599 of 1200 s left, session 65543."""
STANDBY = bytes.fromhex("00 00 05 04 03 00 b0 04 00 00 07 00 01 00 06 00")


def changed(value: bytes, octets: dict[int, int]) -> bytes:
    """Return a value with other octets at some offsets."""
    other = bytearray(value)
    for offset, octet in octets.items():
        other[offset] = octet
    return bytes(other)


# Features


def test_features() -> None:
    """Every field of Features stands where the profile says."""
    assert profile.decode_features(FEATURES) == DECODED


@pytest.mark.parametrize(
    ("octets", "field", "value"),
    [
        ({2: 1}, "strength_levels", 1),
        ({2: 20}, "strength_levels", 20),
        ({3: 2}, "fingers", 2),
        ({3: 64}, "fingers", 64),
        ({8: 1}, "min_minutes", 1),
        ({8: 60}, "min_minutes", 60),
        ({8: 7, 9: 7}, "max_minutes", 7),
        ({9: 61}, "max_minutes", 60),
        ({9: 255}, "max_minutes", 60),
        ({8: 60, 9: 255}, "max_minutes", 60),
        ({1: 255}, "profile_minor", 255),
        ({4: 0xC0}, "areas", (Area.LEFT_SIDE, Area.RIGHT_SIDE)),
        ({4: 1, 5: 0xFF}, "areas", (Area.FULL_BACK,)),
        ({4: 0, 5: 1}, "areas", ()),
        ({6: 0x10}, "flows", (Flow.PULSE,)),
        ({6: 0xE2, 7: 0xFF}, "flows", (Flow.MEDIUM,)),
        ({6: 0, 7: 0x80}, "flows", ()),
        ({10: 0b1110}, "can_pause", False),
        ({10: 0b1101}, "senses_occupancy", False),
        ({10: 0b1011}, "reports_leg_rest", False),
        ({10: 0b0111}, "measures_tension", False),
        ({10: 0xFF, 11: 0xFF}, "measures_tension", True),
    ],
)
def test_features_within_bounds(
    octets: dict[int, int], field: str, value: object
) -> None:
    """Values that the profile allows are accepted; unknown codes and flags are ignored."""
    features = profile.decode_features(changed(FEATURES, octets))
    assert getattr(features, field) == value


@pytest.mark.parametrize(
    ("octets", "what"),
    [
        ({2: 0}, "strength levels"),
        ({2: 21}, "strength levels"),
        ({2: 255}, "strength levels"),
        ({3: 0}, "fingers"),
        ({3: 1}, "fingers"),
        ({3: 27}, "fingers"),
        ({3: 65}, "fingers"),
        ({3: 66}, "fingers"),
        ({4: 0}, "areas"),
        ({6: 0}, "flows"),
        ({8: 0}, "session length"),
        ({8: 0, 9: 0}, "session length"),
        ({8: 31, 9: 30}, "session length"),
        ({8: 61, 9: 61}, "session length"),
        ({8: 61, 9: 255}, "session length"),
    ],
)
def test_features_out_of_bounds(octets: dict[int, int], what: str) -> None:
    """Features that contradict the profile are refused, with the contradiction."""
    with pytest.raises(ContradictoryFeaturesError, match=what):
        profile.decode_features(changed(FEATURES, octets))


def test_longer_features() -> None:
    """A later minor version may add to the value."""
    assert profile.decode_features(FEATURES + b"\xff\xff") == DECODED


@pytest.mark.parametrize("length", range(12))
def test_shorter_features(length: int) -> None:
    """Features that are too short cannot be trusted."""
    with pytest.raises(ContradictoryFeaturesError, match="too short"):
        profile.decode_features(FEATURES[:length])


@pytest.mark.parametrize(
    ("value", "version"),
    [
        (changed(FEATURES, {0: 2}), "2.0"),
        (changed(FEATURES, {0: 0, 1: 9}), "0.9"),
        (b"\x02\x07", "2.7"),
        (b"\x02", "2.x"),
        (b"\xff" * 30, "255.255"),
    ],
)
def test_other_major_version(value: bytes, version: str) -> None:
    """Another major version is refused by its number, whatever follows."""
    with pytest.raises(UnsupportedVersionError) as caught:
        profile.decode_features(value)
    assert caught.value.version == version


@pytest.mark.parametrize(
    ("flags", "can_resume"), [(0, False), (1, True), (2, True), (3, True)]
)
def test_can_resume(flags: int, can_resume: bool) -> None:
    """A session that somebody paused, or that the person left, can be resumed."""
    features = profile.decode_features(changed(FEATURES, {10: flags}))
    assert features.can_resume is can_resume


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


# Tension record

TWO = replace(DECODED, fingers=2)
RECORD = bytes.fromhex("07 00 01 00 03 02 10 ff 00 fe")
BEFORE = TensionScan(Phase.BEFORE, (16, None))
AFTER = TensionScan(Phase.AFTER, (0, 254))


@pytest.mark.parametrize(
    ("flags", "before", "after"),
    [
        (0, None, None),
        (1, BEFORE, None),
        (2, None, AFTER),
        (3, BEFORE, AFTER),
        (0xFF, BEFORE, AFTER),
        (0xFC, None, None),
    ],
)
def test_record(
    flags: int, before: TensionScan | None, after: TensionScan | None
) -> None:
    """The record says which of its scans were measured."""
    record = profile.decode_record(changed(RECORD, {4: flags}), TWO)
    assert record == TensionRecord(65543, before, after)
    assert profile.decode_record(changed(RECORD, {4: flags}) + b"\x01", TWO) == record


@pytest.mark.parametrize("length", range(10))
def test_shorter_record(length: int) -> None:
    """A record that is too short is malformed."""
    with pytest.raises(MalformedError, match="too short"):
        profile.decode_record(RECORD[:length], TWO)


@pytest.mark.parametrize("fingers", [0, 1, 4, 28, 255])
def test_record_of_other_fingers(fingers: int) -> None:
    """A record that disagrees with Features is malformed."""
    with pytest.raises(MalformedError, match="fingers"):
        profile.decode_record(changed(RECORD, {5: fingers}) + bytes(600), TWO)


# Tension stream


def fragment(phase: int, number: int, first: int, fingers: int, *efforts: int) -> bytes:
    """Return a fragment."""
    return bytes((phase, number, first, fingers, *efforts))


LIVE = TensionScan(Phase.LIVE, (1, 2, 3, None))


@pytest.mark.parametrize(
    ("code", "phase"), [(0, Phase.BEFORE), (1, Phase.LIVE), (2, Phase.AFTER)]
)
def test_scan_in_one_fragment(code: int, phase: Phase) -> None:
    """A scan whose every finger is there is complete; each phase has its code."""
    scan = ScanAssembler(4).add(fragment(code, 9, 0, 4, 0, 127, 254, 255))
    assert scan == TensionScan(phase, (0, 127, 254, None))


def test_scan_in_any_order() -> None:
    """Fragments come in any order, one of them twice, and overlap."""
    parts = [
        fragment(1, 7, 0, 4, 1),
        fragment(1, 7, 1, 4, 2, 3),
        fragment(1, 7, 3, 4, 255),
    ]
    for order in ([0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]):
        assembler = ScanAssembler(4)
        assert assembler.add(parts[order[0]]) is None
        assert assembler.add(parts[order[0]]) is None
        assert assembler.add(parts[order[1]]) is None
        assert assembler.add(parts[order[2]]) == LIVE
    overlapping = ScanAssembler(4)
    assert overlapping.add(fragment(1, 7, 1, 4, 2, 3, 255)) is None
    assert overlapping.add(fragment(1, 7, 0, 4, 1, 2)) == LIVE


def test_scan_is_returned_once() -> None:
    """Repeated fragments of a complete scan return nothing."""
    assembler = ScanAssembler(4)
    whole = fragment(1, 7, 0, 4, 1, 2, 3, 255)
    assert assembler.add(whole) == LIVE
    assert assembler.add(whole) is None
    assert assembler.add(fragment(1, 7, 0, 4, 1)) is None


def test_incomplete_scan_is_dropped() -> None:
    """Missing fragments are not taken from an older or a newer scan."""
    assembler = ScanAssembler(4)
    assert assembler.add(fragment(1, 7, 0, 4, 9, 9)) is None
    assert assembler.add(fragment(1, 8, 2, 4, 3, 255)) is None
    assert assembler.add(fragment(1, 7, 2, 4, 9, 9)) is None
    assert assembler.add(fragment(1, 9, 2, 4, 3, 255)) is None
    assert assembler.add(fragment(1, 9, 0, 4, 1, 2)) == LIVE


def test_scan_numbers_wrap() -> None:
    """0 follows 255."""
    assembler = ScanAssembler(2)
    for number in (254, 255, 0, 1):
        assert assembler.add(fragment(1, number, 0, 2, number % 200, 0)) == (
            TensionScan(Phase.LIVE, (number % 200, 0))
        )


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (b"", "no finger"),
        (b"\x01\x07\x00", "no finger"),
        (fragment(1, 7, 2, 4), "no finger"),
        (fragment(1, 7, 2, 2, 3, 255), "fingers"),
        (fragment(1, 7, 2, 6, 3, 255), "fingers"),
        (fragment(1, 7, 2, 0, 3, 255), "fingers"),
        (fragment(1, 7, 3, 4, 3, 255), "fingers"),
        (fragment(1, 7, 4, 4, 3), "fingers"),
        (fragment(1, 7, 255, 4, 3), "fingers"),
        (fragment(1, 8, 0, 4, *range(5)), "fingers"),
        (fragment(0, 7, 2, 4, 3, 255), "phase"),
        (fragment(2, 7, 2, 4, 3, 255), "phase"),
    ],
)
def test_malformed_fragment_changes_nothing(value: bytes, what: str) -> None:
    """A malformed fragment neither adds to the scan nor ends it."""
    assembler = ScanAssembler(4)
    assert assembler.add(fragment(1, 7, 0, 4, 1, 2)) is None
    with pytest.raises(MalformedError, match=what):
        assembler.add(value)
    assert assembler.add(fragment(1, 7, 2, 4, 3, 255)) == LIVE


@pytest.mark.parametrize("code", [3, 255])
def test_unknown_phase(code: int) -> None:
    """A scan of a phase that the profile does not name is of no use, and no error."""
    assembler = ScanAssembler(4)
    assert assembler.add(fragment(1, 7, 0, 4, 1, 2)) is None
    assert assembler.add(fragment(code, 8, 0, 4, 1, 2, 3, 4)) is None
    assert assembler.add(fragment(1, 7, 2, 4, 3, 255)) == LIVE


@given(st.data())
@settings(max_examples=30)
def test_any_partition_of_a_scan(data: st.DataObject) -> None:
    """However a scan is cut and shuffled, the last piece of it completes it."""
    fingers = 2 * data.draw(st.integers(1, 32))
    efforts = data.draw(st.binary(min_size=fingers, max_size=fingers))
    cuts = sorted(data.draw(st.sets(st.integers(1, fingers - 1))))
    pieces = [
        fragment(1, 3, first, fingers, *efforts[first:end])
        for first, end in zip([0, *cuts], [*cuts, fingers], strict=True)
    ]
    assembler = ScanAssembler(fingers)
    *others, last = data.draw(st.permutations(pieces))
    assert [assembler.add(piece) for piece in others] == [None] * len(others)
    assert assembler.add(last) == TensionScan(
        Phase.LIVE, tuple(None if effort == 255 else effort for effort in efforts)
    )


# Control point


def test_requests() -> None:
    """A request is opcode, token and parameters."""
    assert profile.encode_request(Opcode.STOP, 1) == b"\x02\x01"
    assert profile.encode_request(Opcode.PAUSE, 2) == b"\x03\x02"
    assert profile.encode_request(Opcode.RESUME, 255) == b"\x04\xff"
    assert [
        bytes((opcode,)) + profile.encode_setting(value)
        for opcode, value in (
            (Opcode.SET_STRENGTH, 20),
            (Opcode.SET_AREA, Area.RIGHT_SIDE),
            (Opcode.SET_AREA, Area.FULL_BACK),
            (Opcode.SET_FLOW, Flow.PULSE),
            (Opcode.SET_LENGTH, 60),
        )
    ] == [b"\x05\x14", b"\x06\x07", b"\x06\x00", b"\x07\x04", b"\x08\x3c"]


def test_start() -> None:
    """Start carries minutes, strength, area and flow; 255 is "as Status shows it"."""
    start = profile.encode_start
    assert start(20, 5, Area.SHOULDER_BLADES, Flow.WAVE) == b"\x14\x05\x04\x03"
    assert start(60, None, None, None) == b"\x3c\xff\xff\xff"
    assert start(5, None, Area.FULL_BACK, None) == b"\x05\xff\x00\xff"
    assert profile.encode_request(Opcode.START, 7, start(5, 1, None, Flow.SLOW)) == (
        b"\x01\x07\x05\x01\xff\x00"
    )


@pytest.mark.parametrize("more", [b"", b"\x00", b"\xff" * 16])
def test_response(more: bytes) -> None:
    """An answer repeats opcode and token, and says how it went."""
    assert profile.decode_response(b"\x80\x01\x07\x04" + more) == Response(1, 7, 4)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x80",
        b"\x80\x01\x07",
        b"\x01\x07\x00\x00",
        b"\x00\x01\x07\x04",
        b"\x81" * 8,
    ],
)
def test_malformed_response(value: bytes) -> None:
    """Anything else that the control point says is malformed."""
    with pytest.raises(MalformedError):
        profile.decode_response(value)


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (1, NotSupportedError),
        (2, InvalidParameterError),
        (3, WrongStateError),
        (4, NobodyOnItError),
        (5, InFaultError),
        (6, BusyError),
        (7, RefusedError),
        (128, RefusedError),
        (255, RefusedError),
    ],
)
def test_refusal(result: int, error: type[RequestError]) -> None:
    """Each result has a reason for the user."""
    assert type(profile.refusal(result, None)) is error


def test_refusal_names_the_fault() -> None:
    """A device with a fault refuses by that fault; 0 is no refusal."""
    assert profile.refusal(0, Fault.TOO_HOT) is None
    for fault, named in ((Fault.TOO_HOT, Fault.TOO_HOT), (None, Fault.UNKNOWN)):
        refusal = profile.refusal(5, fault)
        assert isinstance(refusal, InFaultError)
        assert refusal.fault is named


def test_refusals_have_reasons_of_their_own() -> None:
    """No two results share a reason."""
    reasons = [
        refusal.reason
        for result in range(1, 8)
        if (refusal := profile.refusal(result, None))
    ]
    assert len(reasons) == 7
    assert all(one != other for one, other in combinations(reasons, 2))


# Device information


def test_information() -> None:
    """The texts of the Device Information service, those that are there."""
    assert profile.information(
        [
            ("manufacturer", b"A maker"),
            ("model", b"BackHug\x00\xff\xff"),
            ("serial", b""),
            ("firmware", b"\xff\xfe1.2"),
            ("hardware", b"<b>B</b>"),
        ]
    ) == DeviceInformation("A maker", "BackHug", None, "1.2", "b B /b")
    assert profile.information([]) == DeviceInformation()


def test_advertised() -> None:
    """The service UUID in the advertisement is that of the profile."""
    service = "6b0f0001-3c5d-4f0e-9b1a-7d2e8c41f5a6"
    assert profile.is_advertised(["0000180a-0000-1000-8000-00805f9b34fb", service])
    assert not profile.is_advertised(["6b0f0002-3c5d-4f0e-9b1a-7d2e8c41f5a6"])
    assert not profile.is_advertised([])


# Arbitrary input

ANYTHING = st.binary(max_size=80)
LIKELY = st.one_of(
    ANYTHING,
    st.builds(
        changed,
        st.sampled_from([FEATURES + bytes(4), TREATING, STANDBY]),
        st.dictionaries(st.integers(0, 15), st.integers(0, 255), max_size=4),
    ),
)


@given(LIKELY)
def test_features_of_anything(value: bytes) -> None:
    """Any octets are within the profile's bounds, or refused."""
    try:
        features = profile.decode_features(value)
    except IncompatibleError:
        return
    assert value[0] == 1
    assert 1 <= features.strength_levels <= 20
    assert features.fingers in range(2, 65, 2)
    assert 1 <= features.min_minutes <= features.max_minutes <= 60


@given(LIKELY)
def test_status_of_anything(value: bytes) -> None:
    """Any octets are within the profile's bounds, or malformed."""
    try:
        status = profile.decode_status(value, DECODED)
    except MalformedError:
        return
    assert status.strength is None or 1 <= status.strength <= 10
    assert status.length <= 3600
    if status.running:
        assert status.seconds_left <= status.length


@given(st.one_of(ANYTHING, st.binary(min_size=10, max_size=10)))
def test_record_of_anything(value: bytes) -> None:
    """Any octets have the device's fingers, or are malformed."""
    try:
        record = profile.decode_record(
            changed(value, {5: 2}) if value[5:] else value, TWO
        )
    except MalformedError:
        return
    for scan in (record.before, record.after):
        assert scan is None or len(scan.efforts) == 2


@given(ANYTHING)
def test_response_of_anything(value: bytes) -> None:
    """Any octets are an answer, or malformed."""
    try:
        response = profile.decode_response(value)
    except MalformedError:
        return
    assert value[:4] == bytes((0x80, response.opcode, response.token, response.result))


@given(ANYTHING)
def test_information_of_anything(value: bytes) -> None:
    """Any octets are a short text without markup, or nothing."""
    text = profile.information([("model", value)]).model
    assert text is None or 0 < len(text) <= 40
    assert not set(text or "") & set('<>&`"\\{}[]$\n\r\t\0')


@given(st.lists(st.one_of(ANYTHING, st.binary(min_size=5, max_size=8)), max_size=20))
def test_stream_of_anything(values: list[bytes]) -> None:
    """A scan always has the device's fingers, and no more is kept."""
    assembler = ScanAssembler(4)
    for value in values:
        likely = (
            changed(value, {0: value[0] % 4, 2: value[2] % 5, 3: 4})
            if value[3:]
            else value
        )
        try:
            scan = assembler.add(likely)
        except MalformedError:
            continue
        assert scan is None or len(scan.efforts) == 4
        assert len(assembler._efforts) <= 4
