"""Nachtwerk, invented: frames between two delimiters, and a token that each connection gets and each command repeats.

A frame is C0, the payload with its CRC-8 (Dallas), C0; C0 is written as DB DC, DB as DB DD. A payload is an operation, the token, and a value.
"""

from collections.abc import Callable
import struct
from typing import override

from bumble.core import UUID

from ..clock import Clock
from ..radio import Radio
from .bed import VendorBed

_HELLO = b"\x01NW1"
_LOCKED = 0x0E
_TOKEN = 4


def _checked(payload: bytes) -> int:
    """Return CRC-8/MAXIM, bit by bit."""
    value = 0
    for octet in payload:
        for bit in range(8):
            value = value >> 1 ^ (0x8C if (value ^ octet >> bit) & 1 else 0)
    return value


def _framed(payload: bytes) -> bytes:
    inner = payload + bytes((_checked(payload),))
    return (
        b"\xc0"
        + inner.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        + b"\xc0"
    )


class Nachtwerk(VendorBed):
    """The bed; it obeys nobody without the token of the connection."""

    service = UUID("a3c70010-91d0-4f2e-8b55-6c0de1a90042")
    written = UUID("a3c70011-91d0-4f2e-8b55-6c0de1a90042")
    notified = UUID("a3c70012-91d0-4f2e-8b55-6c0de1a90042")
    with_response = False

    def __init__(
        self, radio: Radio, clock: Clock, *, address: str = "C4:00:00:00:1A:03"
    ) -> None:
        """Put a bed on a radio, at rest."""
        super().__init__("NW-Liege 2", address, radio, clock)
        self.greets = False
        """Whether it gives the token by itself, as soon as somebody listens."""
        self.gives = True
        self.expects: Callable[[bytes], bytes] = bytes
        """What it wants to see of a token that it has given."""
        self.running = False
        self.level = 30
        self.tokens: list[bytes] = []
        """Those that it has given, one a connection."""
        self.strangers = 0
        """Commands without the right token."""
        self.alive = 0
        """Signs of life with the right token."""
        self._begun = b""
        self._outgoing.on("subscription", self._on_subscription)

    @override
    def forget_client(self) -> None:
        self._begun = b""

    @override
    def take(self, value: bytes) -> None:
        self._begun += value
        while (end := self._begun.find(b"\xc0", 1)) > 0:
            frame, self._begun = self._begun[: end + 1], self._begun[end + 1 :]
            inner = (
                frame[1:-1].replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
            )
            if _checked(inner[:-1]) == inner[-1]:
                self._obey(inner[:-1])

    def say(self, payload: bytes) -> None:
        """Send a payload."""
        self.notify(_framed(payload))

    def _on_subscription(self, *_: object) -> None:
        if self.greets:
            self._give(0x80)

    def _give(self, operation: int) -> None:
        # Both octets that are escaped are in it.
        self.tokens.append(b"\xc0\xdb" + struct.pack("<H", 517 + len(self.tokens)))
        token = self.tokens[-1] if self.gives else b""
        self.say(bytes((operation, 0)) + token)

    def _obey(self, payload: bytes) -> None:
        if payload == _HELLO:
            self._give(0x81)
            return
        operation, token, value = payload[0], payload[1 : 1 + _TOKEN], payload[5:]
        if not self.tokens or token != self.expects(self.tokens[-1]):
            self.strangers += 1
            self.say(bytes((operation | 0x80, _LOCKED)))
            return
        match operation:
            case 0x02:
                self.alive += 1
            case 0x10:
                self.running = True
            case 0x11:
                self.running = False
            case 0x20:
                self.level = value[0]
        self.say(bytes((operation | 0x80, 0)))
        self.say(bytes((0x55, 0x11 if self.running else 0, self.level)))
