"""Pallas: fixed frames, and a poll."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import ClassVar, override

from .vendor import Vendor


class Pallas(Vendor):
    """Writes of five octets and reports of nine, with XOR and without a length, and a poll."""

    name = "Pallas"
    service, write_uuid, notify_uuid = "aa10", "aa11", "aa12"
    areas = ("full_back", "left_side", "right_side")
    keep_alive_every = 1.5
    has_pause = False
    unasked = False
    zones: ClassVar = {"full_back": 3, "left_side": 1, "right_side": 2}

    def frame(self, payload: bytes) -> bytes:
        """Wrap a payload."""
        return payload + bytes([reduce(xor, payload, 0)])

    @override
    def opening(self) -> None:
        """Write what opens a connection."""
        self.alive()

    @override
    def alive(self) -> None:
        """Ask for the status."""
        self.write(self.frame(b"\x33\x00\x00\x00"))
        self.recorder.wait(0.06)
        self.notify(self.status())

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        number = self.zones[value] if isinstance(value, str) else value or 0
        code = {"start": 1, "stop": 2, "strength": 3, "area": 4, "minutes": 5}[action]
        self.write(self.frame(bytes([0x33, code, 0x00, number])))

    @override
    def status(self) -> bytes:
        """Return a report."""
        state = self.state
        on = 0x01 if state.running == "treating" else 0x00
        minutes = -int(-state.left // 60)
        return self.frame(
            bytes(
                [
                    0xCC,
                    on,
                    state.strength,
                    self.zones[state.area],
                    state.minutes,
                    minutes,
                    0x64,
                    0x00,
                ]
            )
        )
