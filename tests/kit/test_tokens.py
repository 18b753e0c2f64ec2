"""A device that greets with a number, which the app writes back; digits of a CRC, decimals."""

from __future__ import annotations

from typing import Any, override

import yaml

from custom_components.backhug.device.protocols.described.checksums import CHECKSUMS
from kit.analysis.tokens import find_token
from kit.analysis.wire import Message
from kit.capture.att import Connection
from kit.draft import Verdict
from kit.notes import Note

from .evenings import bench_of
from .vendors import LINK, Vendor

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


def test_greeting_and_login_are_described() -> None:
    """The number that is another one in each connection becomes the token."""
    bench = bench_of(Morpheon)
    bench.judge("commands.stop", Verdict.ACCEPTED)
    data: dict[str, Any] = yaml.safe_load(bench.describe().text)
    assert bench.play_back().wrong == []
    assert data["frame"]["checksum"] == {
        "name": "crc16_ccitt",
        "separator": "~",
        "case": "lower",
    }
    assert data["session"] == {
        "handshake": [
            {"await": "HALLO MB2 ", "token": {"split": " ", "part": 2}},
            {"write": "LOGIN {token} 0815", "await": "OK LOGIN", "within": 1.0},
        ]
    }
    assert data["parameters"]["minutes"] == {"min": 10, "max": 30, "digits": 3}
    (status,) = [one for one in data["messages"] if one["name"] == "status"]
    assert status["fields"]["seconds_left"] == {"part": 4, "scale": 60}


def said(*payloads: tuple[float, str]) -> list[Message]:
    """Return messages."""
    return [
        Message(time, bytes.fromhex(octets), b"", sent=True)
        for time, octets in payloads
    ]


def test_octets_that_are_repeated_are_found() -> None:
    """As many as are the same, wherever they are written; not what is always the same."""
    connections = [Connection(1, "", 0.0, 10.0), Connection(1, "", 20.0, 30.0)]
    received = said(
        (1, "8100a1b2c3d4"), (2, "5507"), (21, "8100e5f60718"), (22, "5507")
    )
    sent = said((0.5, "01"), (3, "10a1b2c3d405"), (20.5, "01"), (23, "11e5f60718"))
    token = find_token(connections, sent, received, is_text=False)
    assert token is not None
    assert (token.given, token.at, token.size, token.to) == (b"\x81\0", 2, 4, (1,))
    assert token.normalised(sent[3].payload, 23.0).hex() == "11a1b2c3d4"
    assert token.of(25.0).hex() == "e5f60718"
    assert token.written == 2
    assert find_token(connections[:1], sent, received, is_text=False) is None
    received[2] = received[0]
    assert find_token(connections, sent, received, is_text=False) is None
