"""Oken: keys that are held."""

from __future__ import annotations

from typing import ClassVar, override

from .vendor import Vendor


class Oken(Vendor):
    """Keys that are held, repeated as long as a finger lies on them, and then four times nothing; nothing is reported."""

    name = "OKEN-BLE00017"
    service = "62741523-52f9-8864-b1ab-3b3a8d65950b"
    write_uuid = "62741525-52f9-8864-b1ab-3b3a8d65950b"
    notify_uuid = "62741625-52f9-8864-b1ab-3b3a8d65950b"
    response = True
    absolute = False
    sets_minutes = False
    has_pause = False
    unasked = False
    keys: ClassVar = {
        "start": 0x100,
        "stop": 0x2000000,
        "strength_up": 0x800,
        "strength_down": 0x800000,
    }
    zones: ClassVar = {
        "full_back": 0x10000,
        "upper_back": 0x20000,
        "lower_back": 0x40000,
    }

    def __init__(self) -> None:
        """Begin in standby."""
        super().__init__()
        self.presses = 0

    @override
    def opening(self) -> None:
        """Write what opens a connection."""
        self.write(b"\4\2\0\0\0\0")

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        code = self.zones[str(value)] if action == "area" else self.keys[action]
        self.presses += 1
        for _ in range(2 + self.presses % 3):
            self.write(b"\4\2" + code.to_bytes(4))
            self.recorder.wait(0.1)
        for _ in range(4):
            self.write(b"\4\2\0\0\0\0")
            self.recorder.wait(0.03)

    @override
    def status(self) -> bytes:
        """Return nothing."""
        return b""
