"""Orbit, invented: the app says all its settings with every press, and every two seconds besides."""

from __future__ import annotations

from typing import override

from .vendor import Numbers, Vendor

CODES = {"start": 1, "resume": 1, "strength": 1, "area": 1, "pause": 2, "stop": 0}
STATES = ("standby", "treating", "paused")
AREAS = ("full_back", "upper_back", "lower_back")
REPEATED = 9


class Orbit(Vendor):
    """One frame with everything in it; the state is the first octet of a report."""

    name = "Orbit-22A1"
    service, write_uuid, notify_uuid = "ffe0", "ffe1", "ffe2"
    advertised = ("ffe0",)
    keep_alive_every = 2.0
    reconnects = True
    sets_minutes = False
    has_pause = False

    def __init__(self) -> None:
        """Begin to count."""
        super().__init__()
        self._numbers = Numbers()

    def _settings(self) -> bytes:
        return bytes([self.state.strength, AREAS.index(self.state.area) + 1])

    @staticmethod
    def _frame(inner: bytes) -> bytes:
        return inner + bytes([sum(inner) & 0xFF, 0x55])

    def _say(self, code: int) -> None:
        head = bytes([0xAA, self._numbers.take(), code])
        settings = self._settings() + bytes([self.state.minutes])
        self.write(self._frame(head + settings))

    @override
    def opening(self) -> None:
        self._numbers = Numbers()
        self._say(REPEATED)

    @override
    def alive(self) -> None:
        self._say(REPEATED)

    @override
    def say(self, action: str, value: str | int | None) -> None:
        if action in CODES:
            self._say(CODES[action])

    @override
    def status(self) -> bytes:
        state = bytes([0xAB, 0, STATES.index(self.state.running)])
        left = bytes([round(self.state.left / 60)])
        return self._frame(state + self._settings() + left)
