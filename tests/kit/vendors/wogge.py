"""Wogge: fixed frames of key codes."""

from __future__ import annotations

from typing import ClassVar, override

from .vendor import Vendor


class Wogge(Vendor):
    """Fixed frames of key codes, press and release; steps only; nibbles; pairing; CRC."""

    name = "Wogge"
    service, write_uuid, notify_uuid = (
        "1b7e8251-2877-41c3-b46e-cf057c562023",
        "5e9bf2a8-f93f-4481-a67e-3b2f4a07891a",
        "8ac32d3f-5cb9-4d44-bec2-ee689169f626",
    )
    response = True
    absolute = False
    sets_minutes = False
    has_pause = False
    pairs = True
    keys: ClassVar = {
        "start": 0x0001,
        "stop": 0x8000,
        "strength_up": 0x0010,
        "strength_down": 0x0020,
    }
    zones: ClassVar = {"full_back": 0x0100, "upper_back": 0x0200, "lower_back": 0x0400}

    def frame(self, payload: bytes) -> bytes:
        """Wrap six octets."""
        value = 0xFFFF
        for octet in payload:
            value ^= octet
            for _ in range(8):
                value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
        return payload + value.to_bytes(2, "little")

    @override
    def opening(self) -> None:
        """Pairing is all that opens it."""

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        code = self.zones[str(value)] if action == "area" else self.keys[action]
        self.write(self.frame(b"\x0e\x02" + code.to_bytes(4)))
        self.recorder.wait(0.25)
        self.write(self.frame(b"\x0e\x02" + bytes(4)))

    @override
    def status(self) -> bytes:
        """Return a report."""
        state = self.state
        on = 0x80 if state.running == "treating" else 0x00
        zone = list(self.zones).index(state.area) + 1
        return self.frame(
            bytes([0x0E, 0x82, on | state.strength, zone << 4 | 0x05, 0x00, 0x11])
        )
