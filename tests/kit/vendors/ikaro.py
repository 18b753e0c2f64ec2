"""Ikaro, invented: the keys of a remote control, and one short message for each value that changed."""

from __future__ import annotations

from typing import override

from .vendor import LINK, Vendor

ASK, START, STOP, PAUSE, UP, DOWN, AREA = 0x0E, 0x31, 0x32, 0x33, 0x41, 0x42, 0x51
KEYS = {
    "start": START,
    "resume": START,
    "stop": STOP,
    "pause": PAUSE,
    "strength_up": UP,
    "strength_down": DOWN,
    "area": AREA,
}
RUNNING = {"standby": 0, "treating": 1, "paused": 2}


class Ikaro(Vendor):
    """Start also goes on from a pause, and *next area* goes round; a session has twelve minutes."""

    name = "Ikaro 2"
    service, write_uuid, notify_uuid = "ffb8", "ffb9", "ffba"
    advertised = ("ffb8",)
    absolute = False
    sets_minutes = False
    unasked = False
    reconnects = True
    runs_for = 12

    def __init__(self) -> None:
        """Begin at rest."""
        super().__init__()
        self._told: list[bytes] = []

    @staticmethod
    def _frame(header: int, code: int, value: int) -> bytes:
        return bytes([0x6B, header, code, value, 0x6B ^ header ^ code ^ value])

    def _values(self) -> list[bytes]:
        state = self.state
        left = 0 if state.running == "standby" else self.runs_for
        values = (
            RUNNING[state.running],
            state.strength,
            self.areas.index(state.area) + 1,
            left,
        )
        return [
            self._frame(2, code, value)
            for code, value in zip((1, 2, 3, 5), values, strict=True)
        ]

    def _tell(self, every: bool) -> None:
        """Report what has changed, or everything."""
        values = self._values()
        for value in values:
            if every or value not in self._told:
                self.recorder.wait(0.03)
                self.recorder.notify(LINK, self.notify_handle, value)
        self._told = values

    @override
    def opening(self) -> None:
        self.write(self._frame(1, ASK, 0))
        self.recorder.wait(0.05)
        self._tell(every=True)

    @override
    def say(self, action: str, value: str | int | None) -> None:
        self.write(self._frame(1, KEYS[action], 0))
        self.recorder.wait(0.04)
        self._tell(every=False)

    @override
    def status(self) -> bytes:
        return b""
