"""Velasco, invented: it asks a question, and its frames end with a carriage return."""

from __future__ import annotations

from random import Random
from typing import override

from custom_components.backhug.device.protocols.described.checksums import CHECKSUMS
from kit.notes import Note

from .vendor import Vendor

STATES = {"standby": 0x10, "treating": 0x20, "paused": 0x30}
AREAS = ("full_back", "upper_back", "lower_back")
ACTIONS = {"stop": "4000", "pause": "4101", "resume": "4102"}


class Velasco(Vendor):
    """Fletcher's checksum without the header; the answer is the question XOR 5C."""

    name = "VLS-Relax"
    write_uuid = "fff6"
    notify_uuid = "fff7"
    response = True
    advertised = ("fff0",)
    keep_alive_every = 4.0
    reconnects = True
    sets_minutes = False

    def __init__(self) -> None:
        """Begin in standby."""
        super().__init__()
        self._chance = Random(4)

    @staticmethod
    def _frame(payload: bytes) -> bytes:
        inner = bytes([len(payload)]) + payload
        value = CHECKSUMS["fletcher16"][1](inner)
        return b"\x3a" + inner + value.to_bytes(2) + b"\x0d"

    def _send(self, payload: bytes) -> None:
        self.write(self._frame(payload))
        self.notify(self._frame(bytes([0xA0, payload[0], 0])))

    @override
    def opening(self) -> None:
        question = self._chance.randbytes(4)
        self.write(self._frame(b"\x01"))
        self.notify(self._frame(b"\x81" + question))
        self.recorder.wait(0.1)
        answer = bytes(octet ^ 0x5C for octet in question)
        self.write(self._frame(b"\x02" + answer))
        self.notify(self._frame(b"\x82\0"))

    @override
    def alive(self) -> None:
        self._send(b"\x0f")

    @override
    def say(self, action: str, value: str | int | None) -> None:
        match action:
            case "start":
                payload = bytes([0x40, 1])
            case "strength":
                payload = bytes([0x42, int(value or 0)])
            case "area":
                payload = bytes([0x43, AREAS.index(str(value))])
            case _:
                payload = bytes.fromhex(ACTIONS[action])
        self._send(payload)

    @override
    def status(self) -> bytes:
        state = self.state
        values = [STATES[state.running], state.strength, AREAS.index(state.area)]
        return self._frame(b"\x90" + bytes(values))

    @override
    def evening(self, offset: float = 61.2) -> list[Note]:
        return super().evening(offset)
