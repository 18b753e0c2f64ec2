"""Pixa: one write that carries everything."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import ClassVar, override

from .vendor import Vendor


class Pixa(Vendor):
    """One write that carries everything; a 16-bit length; a clock that is set; polls at no steady pace; bits."""

    name = "PX9"
    service, write_uuid, notify_uuid = "fff0", "fff2", "fff1"
    strengths = range(1, 4)
    keep_alive_every = 3.0
    unasked = False
    zones: ClassVar = {"full_back": 0x10, "upper_back": 0x20, "lower_back": 0x30}

    def __init__(self) -> None:
        """Begin in standby."""
        super().__init__()
        self.polls = 0

    def frame(self, payload: bytes) -> bytes:
        """Wrap a payload."""
        body = len(payload).to_bytes(2, "little") + payload
        return b"\xf0" + body + bytes([reduce(xor, body, 0)])

    @override
    def opening(self) -> None:
        """Write what opens a connection."""
        self.write(self.frame(b"\x01\x19\x0b\x1c\x14\x21"))
        self.recorder.wait(0.2)
        self.notify(self.frame(b"\x81\0"))

    @override
    def alive(self) -> None:
        """Ask for the status, some time."""
        self.polls += 1
        self._alive_at += 0.3 * (self.polls % 5)
        self.write(self.frame(b"\x10"))
        self.recorder.wait(0.08)
        self.notify(self.status())

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        state = self.state
        running = {"standby": 0, "treating": 1, "paused": 2}[state.running]
        self.write(
            self.frame(
                bytes(
                    [
                        0x20,
                        running,
                        state.strength,
                        self.zones[state.area],
                        state.minutes,
                    ]
                )
            )
        )
        self.recorder.wait(0.1)
        self.notify(self.frame(b"\xa0\0"))

    @override
    def status(self) -> bytes:
        """Return a report."""
        state = self.state
        running = {"standby": 0, "treating": 1, "paused": 3}[state.running]
        left = int(state.left).to_bytes(2, "little")
        return self.frame(
            bytes([0x90, self.zones[state.area] | running, state.strength << 4 | 0x0C])
            + left
            + b"\x55"
        )
