"""The bytes, written by hand from the tables of the profile."""

from dataclasses import replace

import pytest

from simulator import protocol
from simulator.advertising import advertisement, scan_response
from simulator.back import (
    Answer,
    Build,
    End,
    Fault,
    Flags,
    Phase,
    Record,
    Result,
    State,
    Status,
)


def test_uuids() -> None:
    """They differ in their second group only."""
    uuids = (
        protocol.SERVICE,
        protocol.FEATURES,
        protocol.STATUS,
        protocol.TENSION_STREAM,
        protocol.CONTROL_POINT,
        protocol.TENSION_RECORD,
    )
    expected = [f"6b0f000{n}-3c5d-4f0e-9b1a-7d2e8c41f5a6" for n in range(1, 7)]
    assert list(uuids) == expected


def test_features() -> None:
    """12 octets."""
    build = Build(
        minor=3,
        strengths=12,
        fingers=26,
        areas=(0, 3, 7),
        flows=(1, 4, 15),
        shortest=10,
        longest=90,
        can_pause=True,
        senses_occupancy=False,
        reports_leg_rest=True,
        measures_tension=True,
    )
    assert protocol.encode_features(build) == bytes.fromhex(
        "01 03 0c 1a 89 00 12 80 0a 5a 0d 00"
    )


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("can_pause", 0x0E),
        ("senses_occupancy", 0x0D),
        ("reports_leg_rest", 0x0B),
        ("measures_tension", 0x07),
    ],
)
def test_feature_flags(name: str, flags: int) -> None:
    """Each feature has its bit."""
    build = replace(Build(), **{name: False})  # type: ignore[arg-type]
    assert protocol.encode_features(build)[10:] == bytes((flags, 0))


def test_status() -> None:
    """16 octets, the last reserved."""
    status = Status(
        state=State.PAUSED,
        fault=Fault.NONE,
        strength=7,
        area=4,
        flow=3,
        flags=Flags.OCCUPIED | Flags.LEG_REST_RAISED | Flags.PERSON_LEFT,
        length=3600,
        seconds_left=1234,
        session_number=0x01020304,
        last_end=End.POWER_LOST,
    )
    assert protocol.encode_status(status) == bytes.fromhex(
        "03 00 07 04 03 07 100e d204 04030201 07 00"
    )


def test_scan() -> None:
    """Fragments of at most 20 octets with phase, number, first finger and F."""
    efforts = tuple(range(100, 128))
    fragments = list(protocol.encode_scan(Phase.AFTER, 255, efforts))
    assert fragments == [
        bytes((2, 255, 0, 28)) + bytes(range(100, 116)),
        bytes((2, 255, 16, 28)) + bytes(range(116, 128)),
    ]


@pytest.mark.parametrize("fingers", range(2, 66, 2))
def test_scan_of_any_size(fingers: int) -> None:
    """Every finger comes once, in fragments that fit the smallest MTU."""
    efforts = tuple(range(fingers))
    fragments = list(protocol.encode_scan(Phase.LIVE, 3, efforts))
    assert all(4 < len(fragment) <= 20 for fragment in fragments)
    assert b"".join(fragment[4:] for fragment in fragments) == bytes(efforts)
    assert [fragment[2] for fragment in fragments] == list(range(0, fingers, 16))


def test_record() -> None:
    """6 + 2F octets, 255 where not measured."""
    before, after = (1, 255, 3, 4), (5, 6, 7, 254)
    encode = protocol.encode_record
    assert encode(Record(), 4) == bytes(4) + b"\x00\x04" + b"\xff" * 8
    assert encode(Record(7, before), 4) == (
        b"\x07\x00\x00\x00\x01\x04" + bytes(before) + b"\xff" * 4
    )
    assert encode(Record(0x01020304, before, after), 4) == (
        b"\x04\x03\x02\x01\x03\x04" + bytes(before) + bytes(after)
    )


def test_answer() -> None:
    """0x80, opcode, token, result."""
    answer = Answer(3, 0xFE, Result.BUSY)
    assert protocol.encode_answer(answer) == b"\x80\x03\xfe\x06"


def test_request() -> None:
    """Opcode, token, parameters."""
    decode = protocol.decode_request
    assert decode(b"\x02") == (2, None, b"")
    assert decode(b"\x02\x07") == (2, 7, b"")
    assert decode(b"\x01\x07\x14\xff\xff\xff") == (1, 7, b"\x14\xff\xff\xff")
    with pytest.raises(ValueError, match="opcode"):
        decode(b"")


def test_advertisement() -> None:
    """Flags and the 128-bit UUID, little-endian; the full name in the response."""
    build = Build()
    assert advertisement(build) == bytes.fromhex(
        "02 01 06 11 07 a6f5418c2e7d 1a9b 0e4f 5d3c 01000f6b"
    )
    assert scan_response(build) == b"\x0d\x09BackHug-7F2A"
    assert len(scan_response(Build(name="BackHug " + "x" * 21))) == 31


def test_too_long_a_name() -> None:
    """31 octets are all there is."""
    with pytest.raises(ValueError, match="32 octets"):
        scan_response(Build(name="BackHug " + "x" * 22))


def test_other_protocol() -> None:
    """A BackHug by name only."""
    data = advertisement(Build(), other_protocol=True)
    assert bytes.fromhex("a6f5418c2e7d") not in data
