"""The Tension record and stream, the control point and device information, as the profile encodes them."""

from __future__ import annotations

from copy import replace

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.backhug.device.errors import (
    IncompatibleError,
    MalformedError,
)
from custom_components.backhug.device.model import (
    Phase,
    TensionRecord,
    TensionScan,
)
from custom_components.backhug.device.protocols import open_profile as profile
from custom_components.backhug.device.protocols.open_profile import (
    ScanAssembler,
)

from .profile_values import DECODED, FEATURES, STANDBY, TREATING, changed

# Hypothesis warns of its own way to keep a random generator.
pytestmark = pytest.mark.filterwarnings("ignore:.*register_random")


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
