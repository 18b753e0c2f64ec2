"""HT-Rest, invented: the keys of a remote control over an encrypted link, in frames of twelve octets.

A frame is F1 (from the bed 1F), a number, nine octets filled up with FF, and their XOR that begins with A5. A frame with the number of the one before is ignored.
"""

import asyncio
from enum import IntEnum
from functools import reduce
from operator import xor
from typing import override

from bumble.core import UUID

from ..clock import Clock
from ..radio import Radio
from .bed import VendorBed

_SIZE = 12
_HIGHEST = 6
_DELAY = 0.03
"""Seconds after which a change is reported, twice."""


class Key(IntEnum):
    """What a frame is of."""

    ASK = 0x01
    ON = 0x11
    OFF = 0x12
    PAUSE = 0x13
    UP = 0x21
    DOWN = 0x22
    ALL = 0x31
    UPPER = 0x32
    LOWER = 0x33
    TIMER = 0x41


def framed(head: int, number: int, payload: bytes) -> bytes:
    """Return a frame."""
    body = bytes((number,)) + payload.ljust(_SIZE - 3, b"\xff")
    return bytes((head,)) + body + bytes((reduce(xor, body, 0xA5),))


class HtRest(VendorBed):
    """The bed; each session begins softly, and takes ten minutes until the timer is pressed."""

    service = UUID("00010203-0405-0607-0809-0a0b0c0d1910")
    written = UUID("00010203-0405-0607-0809-0a0b0c0d2b11")
    notified = UUID("00010203-0405-0607-0809-0a0b0c0d2b10")
    with_response = True
    encrypted = True

    def __init__(
        self, radio: Radio, clock: Clock, *, address: str = "C4:00:00:00:1A:05"
    ) -> None:
        """Put a bed on a radio, at rest."""
        super().__init__("HT-REST 06", address, radio, clock)
        self.running = self.paused = False
        self.level, self.area, self.minutes = 2, Key.ALL, 10
        self.keys: list[Key] = []
        """Those that were pressed, without questions."""
        self._number = 0x5B
        self._last = -1

    @override
    def forget_client(self) -> None:
        self._last = -1

    @override
    def take(self, value: bytes) -> None:
        number = value[1]
        if framed(0xF1, number, value[2:-1]) != value or number == self._last:
            return
        self._last = number
        key = Key(value[2])
        if key is Key.ASK:
            self.tell()
            return
        self.keys.append(key)
        before = self.status()
        self._press(key)
        if key is Key.OFF:
            self._say(bytes((0xA2, key)) + b"OK")
        if self.status() != before:
            self._spawn(self._tell_later())

    def _press(self, key: Key) -> None:
        if key is Key.ON and not self.running:
            self.running, self.paused, self.level, self.minutes = True, False, 2, 10
        elif key is Key.OFF:
            self.running = False
        elif key in (Key.ALL, Key.UPPER, Key.LOWER):
            self.area = key
        elif self.running:
            step = {Key.UP: 1, Key.DOWN: -1}.get(key, 0)
            self.level = min(max(self.level + step, 1), _HIGHEST)
            self.paused ^= key is Key.PAUSE
            self.minutes = self.minutes % 30 + 10 * (key is Key.TIMER)

    async def _tell_later(self) -> None:
        for _ in range(2):
            await asyncio.sleep(_DELAY)
            self.tell()

    def tell(self) -> None:
        """Report the state."""
        self._say(self.status())

    def status(self) -> bytes:
        """Return the payload of the state."""
        flags = 1 | 0x80 * self.running | 0x40 * (self.running and self.paused)
        area = self.area - Key.ALL + 1
        left = int(str(self.minutes * self.running), 16)
        return bytes((0x02, flags, self.level << 4 | area, left, self.minutes))

    def _say(self, payload: bytes) -> None:
        self._number = self._number % 255 + 1
        self.notify(framed(0x1F, self._number, payload))
