"""Shapes of frames and presses that one direction, or one connection, does not show by itself."""

from __future__ import annotations

import pytest

from kit.analysis.counters import find_counter
from kit.analysis.encodings import describe_parameter
from kit.analysis.escapes import find_escape
from kit.analysis.features import find_split
from kit.analysis.framing import Frame, LengthField, families
from kit.analysis.rhythm import find_repeated
from kit.analysis.steps import chain_of
from kit.analysis.templates import Hole, Template, is_release
from kit.analysis.wire import Message
from kit.capture.att import Operation, Record


@pytest.mark.parametrize(
    ("bodies", "escape"),
    [
        (["c0 01 02 c0", "c0 2c 01 c0", "c0 2c 02 c0"], {0xC0: "db dc", 0xDB: "db dd"}),
        (["7e 01 7d 5e 7e"], {0x7E: "7d 5e", 0x7D: "7d 5d"}),
        (["c0 db 00 c0", "c0 2c 01 c0"], {0xC0: "2c 01", 0x2C: "2c 02"}),
        (["40 01 02 23"], {}),
    ],
)
def test_standard_escapes_go_first(bodies: list[str], escape: dict[int, str]) -> None:
    """What happens to follow an octet is no escape where the delimiter has a usual one."""
    found = find_escape([bytes.fromhex(body) for body in bodies])
    assert {octet: code.hex(" ") for octet, code in found.items()} == escape


def test_counter_begins_again_with_each_connection() -> None:
    """That is no early end of it, even if the connections are equally long."""
    frames = [
        Frame(100.0 * turn + number, octets, octets, sent=True)
        for turn in range(3)
        for number in range(1, 9)
        for octets in (bytes((0x55, number, 7)),)
    ]
    found = find_counter(frames, frozenset(), [0.0, 100.0, 200.0])
    assert found is not None
    assert (found.at, found.first, found.last) == (1, 1, None)
    early = find_counter(frames, frozenset())
    assert early is not None
    assert early.last == 8


def test_frames_of_one_size_in_two_pieces() -> None:
    """The length field is the one of the other direction."""
    frame = bytes((0x5A, 0xA5, 27, 0)) + bytes(range(27))
    records = [
        Record(float(at) + half / 10, Operation.NOTIFICATION, 3, piece)
        for at in range(4)
        for half, piece in enumerate((frame[:20], frame[20:]))
    ]
    (family,) = families(records, LengthField(2, 2, big=False, extra=4))
    assert [one.octets for one in family.frames] == [frame] * 4
    assert (family.header, family.joined) == (b"", 4)
    assert families(records)[0].kind != "length"


def test_series_of_presses_are_no_keep_alive() -> None:
    """A timer is regular to the second."""

    def said(gaps: list[float]) -> list[Message]:
        times = [sum(gaps[:at]) for at in range(len(gaps) + 1)]
        return [Message(time, b"\1", b"\1", sent=True) for time in times]

    assert find_repeated(said([48.0, 44.5, 51.0, 47.0, 50.5, 45.0])) == []
    (alive,) = find_repeated(said([48.0, 48.4, 47.9, 48.0, 48.2, 47.8]))
    assert alive.every == 48.0


@pytest.mark.parametrize(
    ("press", "release", "expected"),
    [
        ("02 22 01", "02 22 00", True),
        ("02 22 01", "02 22 02", False),
        ("02 22 00", "02 22 00", False),
        ("02 22 01", "03 22 00", False),
    ],
)
def test_release_with_a_parameter(press: str, release: str, *, expected: bool) -> None:
    """It is the press with zero at its end."""
    holes = [Hole("area", 1, 2)]
    templates = [Template(bytes.fromhex(text), holes) for text in (press, release)]
    assert is_release(templates[0], templates[1]) is expected


@pytest.mark.parametrize(
    ("words", "spec"),
    [
        ({5: b"5", 10: b"10"}, {"min": 5, "max": 10}),
        ({5: b"05", 10: b"10"}, {"min": 5, "max": 10, "digits": 2}),
        (
            {5: b"300", 10: b"600"},
            {"min": 5, "max": 10, "scale": 60, "size": 2},
        ),
        ({5: b"A", 10: b"B"}, {"map": {5: "A", 10: "B"}}),
        ({5: b"05", 10: b"010"}, {"map": {5: "05", 10: "010"}}),
        ({5: b"7", 10: b"8"}, {"map": {5: "7", 10: "8"}}),
    ],
)
def test_numbers_in_lines(words: dict[str | int, bytes], spec: object) -> None:
    """They are reckoned, so that values between those that were pressed are offered, too."""
    assert describe_parameter("minutes", words, is_text=True) == spec


@pytest.mark.parametrize(
    ("lines", "split"),
    [
        (["T=14:30;S=RUN;L=3", "T=00:00;S=IDLE;L=4"], ";"),
        (["a,b=c", "b,c=d"], ","),
        (["ST RUN 3", "ST OFF 4"], " "),
        (["OK"], ""),
        (["a;b", "a"], ""),
    ],
)
def test_lines_are_cut_into_named_values(lines: list[str], split: str) -> None:
    """A value keeps its name; else there are as many pieces as can be."""
    assert find_split([line.encode() for line in lines]) == split


@pytest.mark.parametrize(
    ("following", "chain"),
    [
        ({"01": "03", "03": "07"}, ["01", "03", "07"]),
        ({"01": "03", "07": "0f"}, []),
        ({"01": "03", "03": "01"}, []),
        # It goes round after the first one, and ends all the same.
        ({"01": "03", "03": "07", "07": "03"}, []),
    ],
)
def test_levels_are_one_chain(following: dict[str, str], chain: list[str]) -> None:
    """Each has one before it and one after it, but for the ends."""
    assert chain_of(following) == chain
