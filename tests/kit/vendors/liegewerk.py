"""Liegewerk, invented: sentences as of a ship's compass, and percents with decimals."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import override

from .vendor import Vendor

NORDIC = "6e40000{}-b5a3-f393-e0a9-e50e24dcca9e"
STATES = {"standby": "IDLE", "treating": "RUN", "paused": "HOLD"}
AREAS = {"full_back": "ALL", "upper_back": "UP", "lower_back": "LOW"}


class Liegewerk(Vendor):
    """Lines with XOR between `$` and `*`; the state is asked for; start has the minutes, not the strength."""

    name = "LW Comfort"
    service, write_uuid, notify_uuid = map(NORDIC.format, "123")
    advertised = (service,)
    unasked = False
    keep_alive_every = 1.5

    @staticmethod
    def _line(text: str) -> bytes:
        return f"${text}*{reduce(xor, text.encode()):02X}\r\n".encode()

    @override
    def opening(self) -> None:
        self.write(self._line("LWQ,ID"))
        self.notify(self._line("LWID,Comfort 2,FW1.8"))

    @override
    def alive(self) -> None:
        self.write(self._line("LWQ,STA"))
        self.recorder.wait(0.05)
        self.notify(self.status())

    @override
    def say(self, action: str, value: str | int | None) -> None:
        match action:
            case "minutes":
                return  # the app keeps it until start
            case "start":
                text = f"RUN,{self.state.minutes}"
            case "strength":
                text = f"INT,{int(value or 0) * 12.5:.1f}"
            case "area":
                text = f"ZONE,{AREAS[str(value)]}"
            case _:
                text = {"stop": "OFF", "pause": "HOLD,1", "resume": "HOLD,0"}[action]
        self.write(self._line(f"LWC,{text}"))
        self.notify(self._line(f"LWOK,{text.split(',')[0]}"))

    @override
    def status(self) -> bytes:
        state = self.state
        return self._line(
            f"LWSTA,{STATES[state.running]},INT={state.strength * 12.5:.1f},{AREAS[state.area]},{state.left / 60:.2f}"
        )

    @property
    @override
    def script(self) -> list[tuple[str, str | int | None]]:
        presses = [press for press in super().script if press[0] != "minutes"]
        lengths = iter((15, 30, 45))
        return [
            each
            for press in presses
            for each in (
                [("minutes", next(lengths)), press] if press[0] == "start" else [press]
            )
        ]
