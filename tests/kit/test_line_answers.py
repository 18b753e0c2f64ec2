"""What an app computes of a number in a line, and how it is written."""

from typing import override
from zlib import crc32

import pytest

from custom_components.backhug.device.protocols.described.answers import ComputedAnswer
from kit.analysis.line_answers import find_line_answer
from kit.analysis.tokens import find_token
from kit.analysis.wire import Message
from kit.capture.att import Connection

from .evenings import described
from .vendors.morpheon import Morpheon

NUMBERS = (32517, 55299, 777, 41001)


@pytest.mark.parametrize(
    ("given", "written", "found"),
    [
        (
            [f"{number}" for number in NUMBERS],
            [f"{number ^ 0x5A3C}" for number in NUMBERS],
            {"name": "xor", "key": "5a 3c", "read": "decimal", "size": 2}
            | {"write": "decimal"},
        ),
        (
            [f"{number:04X}" for number in NUMBERS],
            [f"{(number + 472) & 0xFFFF:04x}" for number in NUMBERS],
            {"name": "add_number", "key": "01 d8", "read": "hex", "size": 2}
            | {"write": "hex", "case": "lower"},
        ),
        (
            [f"{number:05}" for number in NUMBERS],
            [f"{number ^ 0x0101:06}" for number in NUMBERS],
            {"name": "xor", "key": "01", "read": "decimal", "size": 2}
            | {"write": "decimal", "digits": 6},
        ),
        (
            ["KUMQUAT", "PAPAYAS", "LEMONEN"],
            [
                f"{crc32(word.encode()):08X}"
                for word in ("KUMQUAT", "PAPAYAS", "LEMONEN")
            ],
            {"name": "crc32", "write": "hex"},
        ),
    ],
)
def test_known_functions_are_found(
    given: list[str], written: list[str], found: dict[str, object]
) -> None:
    """As a description has them, with the first connection as the example."""
    answer = find_line_answer(given, written)
    assert answer is not None
    example = {"given": given[0], "written": written[0]}
    assert answer.described() == found | example


def test_another_function_is_not_found() -> None:
    """Nothing explains a product."""
    given = [f"{number}" for number in NUMBERS]
    written = [f"{number * number % 65537}" for number in NUMBERS]
    assert find_line_answer(given, written) is None
    assert find_line_answer(given, ["one", "two", "three", "four"]) is None


def said(*lines: tuple[float, str]) -> list[Message]:
    """Return lines at times."""
    return [Message(at, line.encode(), b"", sent=False) for at, line in lines]


def test_the_answer_is_a_token_of_each_connection() -> None:
    """Lines differ in it alone, wherever it stands, and whatever its length."""
    connections = [Connection(1, "", at, at + 10.0) for at in (0, 20, 40)]
    received, sent = [], []
    for connection, number in zip(connections, NUMBERS, strict=False):
        received += said((connection.start + 2, f"CHAL {number}"))
        sent += said(
            (connection.start + 1, "HELO"),
            (connection.start + 3, f"AUTH={number ^ 0x5A3C};A"),
            (connection.start + 4, "GO"),
        )
    token = find_token(connections, sent, received, is_text=True)
    assert token is not None
    assert (token.given, token.split, token.at, token.written) == (b"CHAL ", " ", 1, 3)
    assert token.answer is not None
    assert token.answer.computed == ComputedAnswer("xor", b"\x5a\x3c")
    first, second = sent[1].payload, sent[4].payload
    assert token.normalised(second, 24.0) == first
    assert token.marked(first) == [(5, 9)]
    assert find_token(connections[:2], sent, received, is_text=True) is None


class Counting(Morpheon):
    """The app writes what it makes of the number."""

    @override
    def opening(self) -> None:
        number = 48213 + int(self.recorder.time * 7 % 4999)
        self.notify(self._line(f"HALLO MB2 {number}"))
        self.recorder.wait(0.1)
        self.write(self._line(f"LOGIN {number ^ 0xBEEF} 0815"))
        self.notify(self._line("OK LOGIN"))


def test_a_description_with_the_answer_is_read() -> None:
    """With its example, and a device made of it takes the answer."""
    greeting, login = described(Counting)["session"]["handshake"]
    assert login["write"] == "LOGIN {token} 0815"
    token = greeting["token"]
    assert (token["split"], token["part"]) == (" ", 2)
    assert (token["answer"]["name"], token["answer"]["key"]) == ("xor", "be ef")
    given, written = (int(token["answer"][key]) for key in ("given", "written"))
    assert given ^ 0xBEEF == written
