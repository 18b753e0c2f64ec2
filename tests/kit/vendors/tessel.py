"""Tessel: delimited frames with escapes."""

from __future__ import annotations

from typing import ClassVar, override

from .vendor import Vendor


class Tessel(Vendor):
    """Delimiters with escapes, two's-complement sum; a PIN again and again; strength and area in one write; no report."""

    name = "TS massage A0B1C2"
    service, write_uuid, notify_uuid = "ffe0", "ffe1", "ffe1"
    advertised = ("ffe0",)
    keep_alive_every = 12.5
    strengths = range(1, 5)
    has_pause = True
    zones: ClassVar = {"full_back": 0x3C, "upper_back": 0x40, "lower_back": 0x41}
    sets_minutes = False

    def __init__(self) -> None:
        """Begin in standby."""
        super().__init__()
        self.notify_handle = self.write_handle = 0x12

    def frame(self, payload: bytes) -> bytes:
        """Wrap a payload."""
        body = payload + bytes([-sum(payload) & 0xFF])
        return (
            b"\x40"
            + body.replace(b"\x3c", b"\x3c\x02").replace(b"\x40", b"\x3c\x01")
            + b"\x40"
        )

    @override
    def opening(self) -> None:
        """Write what opens a connection."""
        self.alive()

    @override
    def alive(self) -> None:
        """Write what keeps it."""
        self.write(self.frame(b"\x20\x43\x00\x04\x09\x08\x07\x06"))
        self.recorder.wait(0.05)
        self.notify(self.frame(b"\x21\x43\x00\x01\x01"))

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        if action in {"strength", "area"}:
            self.write(
                self.frame(
                    bytes(
                        [0x02, 0x73, self.state.strength, self.zones[self.state.area]]
                    )
                )
            )
        else:
            self.write(
                self.frame(
                    bytes(
                        [
                            0x02,
                            {
                                "start": 0x71,
                                "stop": 0x70,
                                "pause": 0x74,
                                "resume": 0x75,
                            }[action],
                        ]
                    )
                )
            )

    @override
    def status(self) -> bytes:
        """Return a report."""
        return self.frame(b"\x21\x73\x00\x02\x3c\x3c")
