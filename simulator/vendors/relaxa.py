"""Relaxa LX, invented: a PIN before anything else, strength only up and down, its state told when it changes.

Frames from the app are `55 AA`, length, payload, sum of all; those from the bed begin with `55 AB`.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import override

from bumble.core import UUID

from ..clock import Clock, Timer
from ..radio import Radio
from .bed import VendorBed

PIN = bytes((1, 2, 3, 4))
STRONGEST = 8
SILENCE = 15
"""Seconds without any frame after which the bed ends the connection."""
FINISHING_TIME = 5
_HEAD, _REPLY_HEAD = b"\x55\xaa", b"\x55\xab"
_AREAS = 3
_SHORTEST, _LONGEST = 5, 30


class Command(IntEnum):
    """What begins a payload."""

    START = 0x10
    STOP = 0x11
    KEY = 0x20
    AREA = 0x21
    ASK = 0x30
    STATE = 0x80
    PIN = 0xF0
    ALIVE = 0xFE


class Mode(IntEnum):
    """What the bed does."""

    RESTING = 0
    WORKING = 1
    LOWERING = 2


class Relaxa(VendorBed):
    """The bed."""

    service = UUID.from_16_bits(0xFFE0)
    written = UUID.from_16_bits(0xFFE1)
    notified = UUID.from_16_bits(0xFFE2)
    with_response = False

    def __init__(
        self, radio: Radio, clock: Clock, *, address: str = "C4:00:00:00:1A:01"
    ) -> None:
        """Put a bed on a radio, resting."""
        super().__init__("RLX-0042", address, radio, clock)
        self.mode = Mode.RESTING
        self.strength = 2
        self.area = 0
        self.ends_at = 0.0
        self.sessions = 0
        self.unlocked = False
        self.key_down = False
        self.pin = PIN
        self.unheard = 0
        """Frames that were wrong, or came before the PIN."""
        self.silent: set[int] = set()
        """Commands that are carried out without an answer."""
        self.deaf = False
        """Whether nothing is taken at all."""
        self._end: Timer | None = None
        self._silence: Timer | None = None

    @property
    def left(self) -> int:
        """Seconds left of the session."""
        if self.mode is not Mode.WORKING:
            return 0
        return max(0, round(self.ends_at - self.clock.time()))

    @override
    def forget_client(self) -> None:
        self.unlocked = self.key_down = False
        if self._silence is not None:
            self._silence.cancel()

    @override
    def take(self, value: bytes) -> None:
        payload = value[3:-1]
        if (
            self.deaf
            or value[:2] != _HEAD
            or value[2] != len(payload)
            or value[-1] != sum(value[:-1]) % 256
        ):
            self.unheard += 1
            return
        if self._silence is not None:
            self._silence.cancel()
        self._silence = self.clock.call_later(SILENCE, self.drop_link)
        command, arguments = payload[0], payload[1:]
        if command == Command.PIN:
            self.unlocked = arguments == self.pin
            self._say(bytes((command, not self.unlocked)))
        elif not self.unlocked:
            self.unheard += 1
        elif command == Command.ALIVE:
            self._say(bytes((command,)))
        elif command == Command.KEY:
            self._key(arguments[0])
        elif command == Command.ASK:
            self.tell()
        else:
            result = self._carry_out(command, arguments)
            if command not in self.silent:
                self._say(bytes((command, result)))
            self.tell()

    def _carry_out(self, command: int, arguments: bytes) -> int:
        if command == Command.STOP:
            self.rest()
        elif command == Command.START:
            minutes = arguments[0]
            if self.mode is not Mode.RESTING or not _SHORTEST <= minutes <= _LONGEST:
                return 1
            self.work(minutes)
        elif command == Command.AREA:
            if arguments[0] >= _AREAS:
                return 1
            self.area = arguments[0]
        else:
            return 2
        return 0

    def _key(self, key: int) -> None:
        """Take a key that is pressed, or released with 0."""
        step = {1: 1, 2: -1}.get(key, 0)
        self.key_down = step != 0
        if step:
            self.strength = min(max(self.strength + step, 1), STRONGEST)
            self.tell()

    def work(self, minutes: int) -> None:
        """Begin a session, as from the bed's own remote control."""
        self.mode = Mode.WORKING
        self.sessions += 1
        self.ends_at = self.clock.time() + 60 * minutes
        self._after(60 * minutes, self.rest)
        self.tell()

    def rest(self) -> None:
        """End the session, if one runs."""
        if self.mode is Mode.WORKING:
            self.mode = Mode.LOWERING
            self._after(FINISHING_TIME, self._lowered)
            self.tell()

    def _lowered(self) -> None:
        self.mode = Mode.RESTING
        self.tell()

    def _after(self, seconds: float, then: Callable[[], None]) -> None:
        if self._end is not None:
            self._end.cancel()
        self._end = self.clock.call_later(seconds, then)

    def tell(self) -> None:
        """Notify the state."""
        if self.unlocked:
            self._say(
                bytes((Command.STATE, self.mode, 0x50 | self.strength, self.area))
                + self.left.to_bytes(2, "big")
                + b"\x07"
            )

    def _say(self, payload: bytes) -> None:
        frame = _REPLY_HEAD + bytes((len(payload),)) + payload
        self.notify(frame + bytes((sum(frame) % 256,)))
