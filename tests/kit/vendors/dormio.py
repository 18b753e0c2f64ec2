"""Dormio, invented: keys of a remote control as bits, and lamps that show the level."""

from __future__ import annotations

from typing import override

from .vendor import Vendor

KEYS = {"start": 0x0100, "stop": 0x0200, "strength_up": 1, "strength_down": 2}


class Dormio(Vendor):
    """A key is repeated while it is held, for differently long; no key also opens the connection."""

    name = "Dormio"
    service = "62741523-52f9-8864-b1ab-3b3a8d65950b"
    write_uuid = "62741525-52f9-8864-b1ab-3b3a8d65950b"
    notify_uuid = "62741625-52f9-8864-b1ab-3b3a8d65950b"
    pairs = True
    reconnects = True
    absolute = False
    sets_minutes = False
    has_pause = False
    areas = ()

    def __init__(self) -> None:
        """Begin in standby."""
        super().__init__()
        self._pressed = 0

    def _keys(self, mask: int) -> None:
        self.write(b"\x04\x02" + mask.to_bytes(2) + b"\0\0")

    @override
    def opening(self) -> None:
        self._keys(0)

    @override
    def say(self, action: str, value: str | int | None) -> None:
        self._pressed += 1
        for _ in range(2 + self._pressed * 3 % 4):
            self._keys(KEYS[action])
            self.recorder.wait(0.13)
        self._keys(0)

    @override
    def status(self) -> bytes:
        lamps = (1 << self.state.strength) - 1
        running = 0x80 if self.state.running == "treating" else 0
        return bytes([7, running | lamps, 0, 0x11])

    @property
    @override
    def script(self) -> list[tuple[str, str | int | None]]:
        down, up = [("strength_down", None)] * 3, [("strength_up", None)] * 5
        return [("start", None), *down, *up, ("stop", None)] * 3
