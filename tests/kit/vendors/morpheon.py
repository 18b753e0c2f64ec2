"""Morpheon, invented: it greets with a number, which the app writes back."""

from __future__ import annotations

from typing import override

from custom_components.backhug.device.protocols.described.checksums import CHECKSUMS
from kit.notes import Note

from .vendor import LINK, Vendor

STATES = {"standby": "BEREIT", "treating": "AKTIV", "paused": "PAUSE"}
AREAS = {"full_back": "ALLES", "upper_back": "OBEN", "lower_back": "UNTEN"}


class Morpheon(Vendor):
    """Lines with a CRC behind a tilde, and a login that repeats the number of the greeting."""

    name = "MORPH-3F21"
    service = "4d6f7270-0001-4265-7474-0a1b2c3d4e5f"
    write_uuid = "4d6f7270-0002-4265-7474-0a1b2c3d4e5f"
    notify_uuid = "4d6f7270-0003-4265-7474-0a1b2c3d4e5f"
    size = 40

    def _line(self, text: str) -> bytes:
        return f"{text}~{CHECKSUMS['crc16_ccitt'][1](text.encode()):04x}\r\n".encode()

    @override
    def opening(self) -> None:
        number = 48213 + int(self.recorder.time * 7 % 4999)
        self.notify(self._line(f"HALLO MB2 {number}"))
        self.recorder.wait(0.1)
        self.write(self._line(f"LOGIN {number} 0815"))
        self.notify(self._line("OK LOGIN"))

    @override
    def say(self, action: str, value: str | int | None) -> None:
        match action:
            case "strength":
                text = f"STUFE {value}"
            case "area":
                text = f"ZONE {AREAS[str(value)]}"
            case "minutes":
                text = f"DAUER {value:03}"
            case _:
                text = {
                    "start": "LOS",
                    "stop": "HALT",
                    "pause": "PAUSE",
                    "resume": "WEITER",
                }[action]
        self.write(self._line(text))
        self.notify(self._line(f"OK {text.split()[0]}"))

    @override
    def status(self) -> bytes:
        state = self.state
        minutes = f"{state.left / 60:.1f}".replace(".", ",")
        return self._line(
            f"ST {STATES[state.running]} {state.strength} {AREAS[state.area]} {minutes}"
        )

    @override
    def press(self, action: str, value: str | int | None = None) -> None:
        if (action, self.state.minutes) == ("minutes", 30):
            # A new turn of the evening begins with another connection.
            self.recorder.disconnect(LINK)
            self.recorder.wait(2)
            self.connect()
            self.run(2)
        super().press(action, value)

    @override
    def evening(self, offset: float = 7.3) -> list[Note]:
        return super().evening(offset)
