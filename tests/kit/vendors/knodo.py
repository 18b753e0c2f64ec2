"""Knodo: acknowledged frames with a counter and a sum."""

from __future__ import annotations

from typing import ClassVar, override

from .vendor import Numbers, Vendor


class Knodo(Vendor):
    """Header, length, counter and inverted sum; a PIN; a keep-alive; acknowledgements; long reports."""

    name = "KNODO-4F21"
    service, write_uuid, notify_uuid = "ffe5", "ffe9", "ffe4"
    areas = ("full_back", "shoulder_blades", "lower_back")
    keep_alive_every = 4.0
    codes: ClassVar = {"full_back": 0x10, "shoulder_blades": 0x11, "lower_back": 0x14}

    def __init__(self) -> None:
        """Begin in standby."""
        super().__init__()
        self.numbers = Numbers()
        self.replies = Numbers(7)

    def frame(
        self, payload: bytes, header: bytes = b"\x5a\xc3", number: int | None = None
    ) -> bytes:
        """Wrap a payload."""
        number = self.numbers.take() if number is None else number
        body = header + bytes([len(payload), number]) + payload
        return body + bytes([~sum(body) & 0xFF])

    def tell(self, payload: bytes) -> None:
        """Write a payload, and acknowledge it."""
        self.write(self.frame(payload))
        self.recorder.wait(0.04)
        self.notify(
            self.frame(bytes([0xA0, payload[0], 0]), b"\x5a\xc4", self.replies.take())
        )

    @override
    def opening(self) -> None:
        """Write what opens a connection."""
        self.tell(bytes([0x01, 1, 2, 3, 4]))
        self.recorder.wait(0.2)
        self.tell(bytes([0x02, 0]))

    @override
    def alive(self) -> None:
        """Write what keeps it."""
        self.write(self.frame(b"\x7e"))

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        match action:
            case "start" | "stop" | "pause" | "resume":
                self.tell(
                    bytes(
                        [0x20, {"start": 1, "stop": 0, "pause": 2, "resume": 3}[action]]
                    )
                )
            case "strength":
                self.tell(bytes([0x21, 10 * int(value or 0)]))
            case "area":
                self.tell(bytes([0x22, self.codes[str(value)]]))
            case _:
                self.tell(bytes([0x23]) + (60 * int(value or 0)).to_bytes(2))

    @override
    def status(self) -> bytes:
        """Return a report."""
        state = self.state
        code = {"standby": 0, "treating": 1, "paused": 2}[state.running]
        payload = bytes(
            [0xB0, code, 0x33, state.strength, self.codes[state.area]]
        ) + int(state.left).to_bytes(2)
        payload += bytes([state.minutes]) + bytes(14) + b"\x09"
        return self.frame(payload, b"\x5a\xc4", self.replies.take())
