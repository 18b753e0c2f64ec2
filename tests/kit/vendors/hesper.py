"""Hesper: a picture of a remote control, and reports of changes only."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import ClassVar, override

from .vendor import Vendor


class Hesper(Vendor):
    """Keys, one for pause and resume and one for the next time; numbered frames, of which stop is sent twice."""

    name = "HESPER 12"
    service, write_uuid, notify_uuid = "a1b0", "a1b1", "a1b2"
    strengths = range(1, 7)
    absolute = False
    unasked = False
    keys: ClassVar = {
        "start": 0x11,
        "stop": 0x12,
        "pause": 0x13,
        "resume": 0x13,
        "strength_up": 0x21,
        "strength_down": 0x22,
        "minutes": 0x41,
    }
    zones: ClassVar = {"full_back": 0x31, "upper_back": 0x32, "lower_back": 0x33}

    def __init__(self) -> None:
        """Begin with the first number."""
        super().__init__()
        self.number = self.replied = 0

    @override
    @property
    def script(self) -> list[tuple[str, str | int | None]]:
        """Each session begins with level 2 and 10 minutes."""
        presses: list[tuple[str, str | int | None]] = []
        for turn in range(3):
            presses += [("start", None), ("strength_down", None)]
            presses += [("strength_up", None)] * (2 + turn)
            presses += [("area", area) for area in self.areas]
            presses += [("minutes", 20), ("minutes", 30)][: turn + 1]
            presses += [("pause", None), ("resume", None), ("stop", None)]
        return presses

    def frame(self, head: int, number: int, payload: bytes) -> bytes:
        """Wrap a payload."""
        body = bytes([number]) + payload.ljust(9, b"\xff")
        return bytes([head]) + body + bytes([reduce(xor, body, 0xA5)])

    def tell(self, key: int, times: int = 1) -> None:
        """Press a key."""
        self.number = self.number % 255 + 1
        for _ in range(times):
            self.write(self.frame(0xF1, self.number, bytes([key, 0])))
            self.recorder.wait(0.06)

    def report(self) -> None:
        """Report a change, twice."""
        self.recorder.wait(0.3)
        self.replied = self.replied % 255 + 1
        self.notify(self.status())
        self.notify(self.status())

    @override
    def opening(self) -> None:
        """Ask for the state."""
        self.tell(0x01)
        self.report()

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Press a key; a change is reported."""
        if action == "start":
            self.state.strength, self.state.minutes = 2, 10
        key = self.zones[str(value)] if action == "area" else self.keys[action]
        self.tell(key, 2 if action == "stop" else 1)
        if action == "stop":
            self.notify(self.frame(0x1F, self.replied, b"\xa2\x12OK"))
        self.report()

    @override
    def status(self) -> bytes:
        """Return a report."""
        state = self.state
        flags = {"standby": 1, "treating": 0x81, "paused": 0xC1}[state.running]
        flags |= self.replied % 2 << 2
        setting = state.strength << 4 | [*self.zones].index(state.area) + 1
        payload = bytes([0x02, flags, setting, 0x10, state.minutes])
        return self.frame(0x1F, self.replied, payload)

    @override
    def run(self, seconds: float) -> None:
        """Report in the midst of a long silence, too."""
        super().run(seconds)
        if seconds > 3.5:
            self.report()
            self.recorder.wait(2)
