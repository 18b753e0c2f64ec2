"""A device that greets with a number, which the app writes back; digits of a CRC, decimals."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from custom_components.backhug.device.protocols.described.answers import ComputedAnswer
from kit.analysis.clocks import is_clock
from kit.analysis.rhythm import find_different
from kit.analysis.tokens import find_token
from kit.analysis.wire import Message
from kit.capture.att import Connection
from kit.proposal import Verdict

from .evenings import bench_of
from .vendors.morpheon import Morpheon

ADDED = ComputedAnswer("add_number", bytes.fromhex("01020f80"), "big")


def test_greeting_and_login_are_described() -> None:
    """The number that is another one in each connection becomes the token."""
    bench = bench_of(Morpheon)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    data: dict[str, Any] = yaml.safe_load(bench.describe().text)
    assert bench.play_back().wrong == []
    assert data["frame"]["checksum"] == {
        "name": "crc16_ccitt",
        "separator": "~",
        "case": "lower",
    }
    assert data["session"] == {
        "handshake": [
            {"await": "HALLO MB2 ", "token": {"split": " ", "part": 2}},
            {"write": "LOGIN {token} 0815", "await": "OK LOGIN", "within": 1.0},
        ]
    }
    assert data["parameters"]["minutes"] == {"min": 10, "max": 30, "digits": 3}
    (status,) = [one for one in data["messages"] if one["name"] == "status"]
    assert status["fields"]["seconds_left"] == {"part": 4, "scale": 60}


def said(*payloads: tuple[float, str]) -> list[Message]:
    """Return messages."""
    return [
        Message(time, bytes.fromhex(octets), b"", sent=True)
        for time, octets in payloads
    ]


def test_octets_that_are_repeated_are_found() -> None:
    """As many as are the same, wherever they are written; not what is always the same."""
    connections = [Connection(1, "", 0.0, 10.0), Connection(1, "", 20.0, 30.0)]
    received = said(
        (1, "8100a1b2c3d4"), (2, "5507"), (21, "8100e5f60718"), (22, "5507")
    )
    sent = said((0.5, "01"), (3, "10a1b2c3d405"), (20.5, "01"), (23, "11e5f60718"))
    token = find_token(connections, sent, received, is_text=False)
    assert token is not None
    assert (token.given, token.at, token.size, token.to) == (b"\x81\0", 2, 4, (1,))
    assert token.normalised(sent[3].payload, 23.0).hex() == "11a1b2c3d4"
    assert token.of(25.0).hex() == "e5f60718"
    assert token.written == 2
    assert find_token(connections[:1], sent, received, is_text=False) is None
    received[2] = received[0]
    assert find_token(connections, sent, received, is_text=False) is None


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (("fdee9f88", "b9aa5b44", "5d4e7f6e"), ComputedAnswer("xor", b"\x5c")),
        (("a2b3c4d5", "e6f70819", "02132433"), ComputedAnswer("add", b"\x01")),
        (("d4c3b2a1", "1807f6e5", "32231201"), ComputedAnswer("reverse_xor", b"\0")),
        (("a2b4d354", "e6f81698", "021432b2"), ADDED),
        (("02ea", "01fa", "0068"), ComputedAnswer("sum16", endian="big")),
        (("1234abcd", "5678ef01", "90ab3457"), None),
    ],
)
def test_computed_answers_are_found(
    answers: tuple[str, ...], expected: ComputedAnswer | None
) -> None:
    """Of three connections; the token is what is written."""
    connections = [Connection(1, "", at, at + 10.0) for at in (0.0, 20.0, 40.0)]
    given = ("a1b2c3d4", "e5f60718", "01122332")
    received = [
        message
        for at, octets in zip((1, 21, 41), given, strict=True)
        for message in said((at, "8100" + octets), (at + 1, "5507"))
    ]
    sent = [
        message
        for at, octets in zip((1, 21, 41), answers, strict=True)
        for message in said((at - 0.5, "01"), (at + 0.5, f"02{octets}"), (at + 3, "11"))
    ]
    token = find_token(connections, sent, received, is_text=False)
    if expected is None:
        assert token is None
        return
    assert token is not None
    assert token.answer is not None
    assert token.answer.computed == expected
    assert (token.given, token.at, token.to) == (b"\x81\0", 2, (1,))
    assert token.of(25.0).hex() == answers[1]
    # Two might agree by chance.
    assert find_token(connections[:2], sent, received, is_text=False) is None


def test_a_computed_answer_is_pointed_out() -> None:
    """It differs each time, and the device has not said it."""
    connections = [Connection(1, "", 0.0, 10.0), Connection(1, "", 20.0, 30.0)]

    def differs(first: str, second: str) -> bool:
        sent = said((1, first), (3, "20"), (21, second), (23, "20"))
        return bool(find_different(connections, sent, [2.5, 22.5], set(), set()))

    assert differs("0155aa", "0177bb")
    assert not differs("0155aa", "0155aa")
    assert not differs("0155aa", "02")


def test_it_is_pointed_out_also_after_a_greeting() -> None:
    """Both connections begin with the same octets, and go on with others."""
    connections = [Connection(1, "", 0.0, 10.0), Connection(1, "", 20.0, 30.0)]
    sent = said((1, "01"), (2, "0255aa"), (5, "20"), (21, "01"), (22, "0277bb"))
    found = find_different(connections, sent, [4.5, 24.5], set(), set())
    assert found == [sent[1], sent[4]]


def test_numbers_of_different_lengths_are_pointed_out_too() -> None:
    """In a line what stands before them is the same."""
    connections = [Connection(1, "", 0.0, 10.0), Connection(1, "", 20.0, 30.0)]
    hello, key = b"HELO".hex(), b"AUTH 9529".hex()
    other = b"AUTH 33343".hex()
    sent = said((1, hello), (2, key), (21, hello), (22, other))
    found = find_different(connections, sent, [5, 25], set(), set(), is_text=True)
    assert found == [sent[1], sent[3]]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("02ab6aa8ac80", "02ab6aa8ac94", True),
        ("02ab80aca86a", "02ab94aca86a", True),
        ("02ab6aa8ac80", "02ab6aa8aca4", False),
        ("02ab", "02ac", False),
        # Year, month, day, hour, minute, second; in decimal digits; backwards; in text; without seconds.
        ("031a0b1a130c37", "031a0b1a130d0f", True),
        ("03261126191255", "03261126191315", True),
        ("03370c13", "030f0d13", True),
        (b"T=19:12:55".hex(), b"T=19:13:15".hex(), True),
        (b"T191255".hex(), b"T191315".hex(), True),
        ("03130c", "03130d", True),
        ("031a0b1a130c37", "031a0b1a130e0f", False),
        # Something else differs as well.
        ("031a0b1a130c3700", "031a0b1a130d0f01", False),
    ],
)
def test_the_time_of_day_is_no_answer(first: str, second: str, expected: bool) -> None:
    """It goes on by as many seconds as lie between the connections."""
    assert is_clock(said((2, first), (22.3, second))) is expected
