"""Frames, checksums and counters are found whatever they are."""

from collections.abc import Callable
import random

import pytest

from custom_components.backhug.device.protocols.described.checksums import CHECKSUMS
from kit.analysis.checksums import ALGORITHMS, BY_NAME, find_checksum
from kit.analysis.counters import constant_octets, find_counter
from kit.analysis.framing import Frame, LengthField, families
from kit.capture.att import Operation, Record


def records(*values: bytes) -> list[Record]:
    """Return writes, one a second."""
    return [
        Record(float(at), Operation.COMMAND, 0x12, value)
        for at, value in enumerate(values)
    ]


def frames(*values: bytes) -> list[Frame]:
    """Return frames, one a second."""
    return [
        Frame(float(at), value, value, sent=True) for at, value in enumerate(values)
    ]


@pytest.fixture
def chance() -> random.Random:
    """Return the same chance each time."""
    return random.Random(1)


def test_the_names_of_checksums_are_those_of_descriptions() -> None:
    """The kit finds exactly those that the integration knows, and computes the same."""
    assert {algorithm.name for algorithm in ALGORITHMS} == set(CHECKSUMS)
    for name, (size, compute) in CHECKSUMS.items():
        assert BY_NAME[name].size == size
        assert BY_NAME[name].compute(b"123456789") == compute(b"123456789")


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("start", [0, 2])
def test_a_checksum_at_the_end_is_found_by_name_and_range(
    chance: random.Random, name: str, start: int
) -> None:
    """Eight different frames are enough."""
    algorithm = BY_NAME[name]
    values = []
    for _ in range(8):
        body = b"\x55\xa1" + chance.randbytes(chance.randint(3, 12))
        values.append(
            body + algorithm.compute(body[start:]).to_bytes(algorithm.size, "little")
        )
    found = find_checksum(values, frozenset({0, 1}))
    assert found is not None
    assert (found.name, found.start, found.at, found.big) == (
        name,
        start,
        -algorithm.size,
        False,
    )
    assert found.matched == found.tried == 8


def test_a_checksum_in_front_of_the_payload_and_a_trailer_are_found(
    chance: random.Random,
) -> None:
    """Place and trailer are part of the finding."""
    compute = BY_NAME["crc16_ccitt"].compute
    front, behind = [], []
    for _ in range(8):
        payload = chance.randbytes(chance.randint(3, 12))
        front.append(b"\x55\xaa" + compute(payload).to_bytes(2, "big") + payload)
        behind.append(b"\x7b" + payload + bytes([sum(payload) & 0xFF]) + b"\x7d")
    found = find_checksum(front, frozenset({0, 1}))
    assert found is not None
    assert (found.name, found.start, found.at, found.big) == ("crc16_ccitt", 4, 2, True)
    found = find_checksum(behind)
    assert found is not None
    assert (found.name, found.start, found.at) == ("sum8", 1, -2)


def test_no_checksum_is_seen_where_none_is(chance: random.Random) -> None:
    """Random octets, few frames, and frames that hardly differ have none."""
    assert find_checksum([chance.randbytes(8) for _ in range(20)]) is None
    assert find_checksum([b"\1\2\3", b"\1\2\4"]) is None
    assert find_checksum([bytes([0x10, at, 0, 0]) for at in range(9)]) is None


def test_frames_with_a_length_are_put_together() -> None:
    """A frame may span values, and several makes may share a characteristic."""
    long = b"\xa5\x1e" + bytes(range(30))
    other = b"\x99\x01\x02"
    found = families(
        records(
            b"\xa5\x02ab",
            long[:20],
            long[20:],
            other,
            b"\xa5\x01c",
            b"\xa5\x02de",
            b"\xa5\x01f",
        )
    )
    assert [(family.kind, len(family.frames)) for family in found] == [
        ("length", 5),
        ("raw", 1),
    ]
    assert found[0].length == LengthField(1, 1, big=False, extra=2)
    assert [frame.octets for frame in found[0].frames][1] == long
    assert found[0].joined == 1


@pytest.mark.parametrize(("size", "order"), [(1, "little"), (2, "little"), (2, "big")])
def test_length_fields_of_either_order_are_found(size: int, order: str) -> None:
    """Lengths above 255 tell which octet is the high one."""
    values = []
    for count in (3, 260 if size == 2 else 60, 7, 1, 300 if size == 2 else 50):
        whole = (
            b"\x3a\x3b"
            + count.to_bytes(size, "big" if order == "big" else "little")
            + bytes(7 for _ in range(count))
        )
        values += [whole[at : at + 20] for at in range(0, len(whole), 20)]
    (family,) = families(records(*values))
    assert family.length == LengthField(2, size, order == "big", 2 + size)
    assert len(family.frames) == 5


def test_delimiters_with_escapes_are_found() -> None:
    """What is escaped is put back before anything else is looked for."""
    (family,) = families(
        records(b"\x40\x01\x3c\x01\x40", b"\x40\x02\x3c\x02\x07\x40", b"\x40\x09\x40")
    )
    assert (family.kind, family.escape) == (
        "delimited",
        {0x40: b"\x3c\x01", 0x3C: b"\x3c\x02"},
    )
    assert [frame.plain for frame in family.frames] == [
        b"\x40\x01\x40\x40",
        b"\x40\x02\x3c\x07\x40",
        b"\x40\x09\x40",
    ]


def test_lines_are_found_and_cut() -> None:
    """Lines may be cut anywhere."""
    (family,) = families(records(b"AT+ON\r\nAT+", b"OFF\r\n", b"AT+L=3\r\n"))
    assert (family.kind, family.trailer) == ("text", b"\r\n")
    assert [frame.octets for frame in family.frames] == [
        b"AT+ON\r\n",
        b"AT+OFF\r\n",
        b"AT+L=3\r\n",
    ]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ((b"\1\2\3\4", b"\1\2\4\4", b"\1\3\3\3"), "fixed"),
        ((b"\1", b"\2\3\4\5", b"\7\7"), "raw"),
    ],
)
def test_frames_of_one_size_are_fixed_and_others_raw(
    values: tuple[bytes, ...], kind: str
) -> None:
    """Without anything else, the size decides."""
    assert [family.kind for family in families(records(*values))] == [kind]


def test_a_counter_is_found_also_if_it_begins_again() -> None:
    """It wraps at its highest number, or earlier."""
    for numbers, last in (
        ([*range(250, 256), *range(6)], None),
        ([1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2], 5),
    ):
        found = find_counter(
            frames(*(bytes([9, number, 7]) for number in numbers)), frozenset()
        )
        assert found is not None
        assert (found.at, found.size, found.last) == (1, 1, last)
    wide = find_counter(
        frames(*((number).to_bytes(2, "big") for number in range(250, 262))),
        frozenset(),
    )
    assert wide is not None
    assert (wide.at, wide.size, wide.big) == (0, 2, True)


@pytest.mark.parametrize(
    "octet",
    [lambda _: 5, lambda at: at % 2, lambda at: at * at % 256, lambda at: 255 - at],
)
def test_what_does_not_count_is_no_counter(octet: Callable[[int], int]) -> None:
    """Constants, toggles and anything else are not taken for one."""
    assert (
        find_counter(frames(*(bytes([9, octet(at)]) for at in range(20))), frozenset())
        is None
    )


def test_constant_octets_are_those_of_all_frames() -> None:
    """Only offsets that every frame has are looked at."""
    assert constant_octets(frames(b"\1\2\3", b"\1\5\3\4")) == {0: 1, 2: 3}
    assert constant_octets([]) == {}
