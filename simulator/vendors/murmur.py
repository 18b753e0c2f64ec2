"""Murmur, invented: lines of text with a check in hex, and not a word about what it does.

A line from the app is `!` and a command; the bed answers `=OK` or `=NO`. All lines end with `*`, the XOR of what is before it, and CR LF.
"""

from functools import reduce
from operator import xor
from typing import override

from bumble.core import UUID

from ..clock import Clock
from ..radio import Radio
from .bed import VendorBed

_FLOWS = ("CALM", "WAVE")
_LEVELS = 5


class Murmur(VendorBed):
    """The bed; it runs until it is stopped."""

    service = UUID("6e400001-b5a3-f393-e0a9-e50e24dcca9e")
    written = UUID("6e400002-b5a3-f393-e0a9-e50e24dcca9e")
    notified = UUID("6e400003-b5a3-f393-e0a9-e50e24dcca9e")
    with_response = True

    def __init__(
        self, radio: Radio, clock: Clock, *, address: str = "C4:00:00:00:1A:02"
    ) -> None:
        """Put a bed on a radio, at rest."""
        super().__init__("Murmur 3", address, radio, clock)
        self.running = False
        self.paused = False
        self.level = 1
        self.flow = "CALM"
        self.lines: list[str] = []
        """The commands that were understood."""
        self._begun = b""

    @override
    def forget_client(self) -> None:
        self._begun = b""

    @override
    def take(self, value: bytes) -> None:
        *lines, self._begun = (self._begun + value).split(b"\r\n")
        for line in lines:
            text, _, check = line.decode().rpartition("*")
            if check == f"{reduce(xor, text.encode(), 0):02X}":
                self._answer(text)

    def _answer(self, text: str) -> None:
        self.lines.append(text)
        answer = "=OK" if self._carry_out(*text.split(" ")) else "=NO"
        line = f"{answer}*{reduce(xor, answer.encode(), 0):02X}\r\n".encode()
        # Its buffer holds four octets.
        for start in range(0, len(line), 4):
            self.notify(line[start : start + 4])

    def _carry_out(self, command: str, argument: str = "") -> bool:
        match command:
            case "!RUN":
                self.running, self.paused = True, False
            case "!HALT":
                self.running = self.paused = False
            case "!HOLD" if self.running:
                self.paused = True
            case "!GO" if self.running:
                self.paused = False
            case "!FORCE" if argument.isdigit() and 1 <= int(argument) <= _LEVELS:
                self.level = int(argument)
            case "!WAY" if argument in _FLOWS:
                self.flow = argument
            case _:
                return False
        return True
