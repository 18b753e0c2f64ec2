"""Invented vendors: a device and its app each, and the evening on which their owner records them.

They share nothing with each other or with the open profile, and know nothing of the kit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import ClassVar, override

from kit.notes import Note

from .recorder import Recorder, Service

ADDRESS = "C4:11:22:33:44:55"
NEIGHBOUR = "D0:AA:BB:CC:DD:EE"
NEIGHBOUR_VALUE = bytes.fromhex("a1b2c3d4e5f60718")
LINK, NEIGHBOUR_LINK = 0x40, 0x41


@dataclass(slots=True)
class State:
    """What a device is set to."""

    running: str = "standby"
    strength: int = 3
    area: str = "full_back"
    minutes: int = 15
    left: float = 0.0


class Vendor(ABC):
    """A device, its app, and the recording phone."""

    name = "Nameless"
    service = "fff0"
    write_uuid = "fff1"
    notify_uuid = "fff2"
    response = False
    advertised: tuple[str, ...] = ()
    strengths = range(1, 6)
    areas = ("full_back", "upper_back", "lower_back")
    has_pause = True
    keep_alive_every = 0.0
    pairs = False
    absolute = True
    sets_minutes = True
    unasked = True
    discovered = True
    size = 20

    def __init__(self) -> None:
        """Begin in standby."""
        self.state = State()
        self.recorder = Recorder()
        self.write_handle, self.notify_handle = 0x11, 0x13
        self._alive_at = 0.0
        self._report_at = 0.0

    # What each vendor says

    @abstractmethod
    def opening(self) -> None:
        """Write and answer what opens a connection."""

    @abstractmethod
    def say(self, action: str, value: str | int | None) -> None:
        """Write what the app writes for a press, and answer it."""

    @abstractmethod
    def status(self) -> bytes:
        """Return the frame of a report."""

    def alive(self) -> None:  # noqa: B027
        """Write what keeps the connection."""

    # The evening

    def write(self, frame: bytes) -> None:
        """Write a frame, in pieces if it is long."""
        for at in range(0, len(frame), self.size):
            self.recorder.write(
                LINK, self.write_handle, frame[at : at + self.size], self.response
            )

    def notify(self, frame: bytes) -> None:
        """Notify a frame, in pieces if it is long."""
        for at in range(0, len(frame), 20):
            self.recorder.notify(LINK, self.notify_handle, frame[at : at + 20])

    def connect(self) -> None:
        """Advertise, connect, discover, open."""
        recorder = self.recorder
        recorder.advertise(NEIGHBOUR, "Neighbour's pump")
        recorder.advertise(ADDRESS, self.name, self.advertised)
        recorder.connect(LINK, ADDRESS)
        characteristics = (
            (self.write_handle, self.write_uuid, 0x08 if self.response else 0x04),
            (self.notify_handle, self.notify_uuid, 0x10),
        )
        discover = recorder.discover if self.discovered else lambda *_: None
        discover(LINK, (Service(self.service, 0x10, 0x20, characteristics),))
        if self.pairs:
            recorder.encrypt(LINK)
        recorder.write(LINK, self.notify_handle + 1, b"\1\0", response=True)
        recorder.wait(0.3)
        self.opening()
        self._alive_at = self._report_at = recorder.time + 1

    def run(self, seconds: float) -> None:
        """Let time pass: reports each second, and what keeps the connection."""
        end = self.recorder.time + seconds
        while self.recorder.time < end:
            self.recorder.wait(0.1)
            if self.state.running == "treating":
                self.state.left = max(0.0, self.state.left - 0.1)
            if self.keep_alive_every and self.recorder.time >= self._alive_at:
                self._alive_at += self.keep_alive_every
                self.alive()
            if self.recorder.time >= self._report_at:
                self._report_at += 1
                if self.unasked:
                    self.notify(self.status())
                self.recorder.notify(NEIGHBOUR_LINK, 0x21, NEIGHBOUR_VALUE)

    def press(self, action: str, value: str | int | None = None) -> None:
        """Press a button of the app."""
        state = self.state
        match action, value:
            case "start", _:
                state.running, state.left = "treating", state.minutes * 60.0
            case "stop", _:
                state.running, state.left = "standby", 0.0
            case "pause", _:
                state.running = "paused"
            case "resume", _:
                state.running = "treating"
            case "strength_up", _:
                state.strength = min(self.strengths[-1], state.strength + 1)
            case "strength_down", _:
                state.strength = max(1, state.strength - 1)
            case ("strength", int()) | ("area", str()) | ("minutes", int()):
                setattr(state, action, value)
            case _:
                raise ValueError(action)
        self.say(action, value)

    @property
    def script(self) -> list[tuple[str, str | int | None]]:
        """What the owner presses, one thing after the other."""
        presses: list[tuple[str, str | int | None]] = []
        for turn in range(3):
            presses += (
                [("minutes", value) for value in (10 + 5 * turn, 20, 30)]
                if self.sets_minutes
                else []
            )
            presses.append(("start", None))
            if self.absolute:
                presses += [("strength", value) for value in self.strengths]
                presses.append(("strength", 2 + turn))
            else:
                presses += [("strength_down", None)] * 4 + [("strength_up", None)] * 3
            presses += [("area", area) for area in self.areas]
            presses += [("pause", None), ("resume", None)] if self.has_pause else []
            presses.append(("stop", None))
        return presses

    def evening(self, offset: float = -1234.5) -> list[Note]:
        """Record a whole evening; return the notes, by a clock that is wrong by `offset`."""
        self.recorder.connect(NEIGHBOUR_LINK, NEIGHBOUR)
        self.connect()
        self.run(4)
        notes = []
        for index, (action, value) in enumerate(self.script):
            notes.append(
                Note(
                    self.recorder.time + offset + (index * 7 % 5 - 2) * 0.15,
                    action,
                    value,
                )
            )
            self.press(action, value)
            self.run(2.2 + index * 5 % 3 * 0.7)
        self.recorder.write(NEIGHBOUR_LINK, 0x20, NEIGHBOUR_VALUE)
        self.run(5)
        return notes


@dataclass
class Numbers:
    """A counter."""

    value: int = 0

    def take(self) -> int:
        """Return the number and go on."""
        value = self.value
        self.value = (value + 1) % 256
        return value


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


class Lumbara(Vendor):
    """Lines of text with a checksum in hex."""

    name = "Lumbara 2"
    service = "49535343-fe7d-4ae5-8fa9-9fafd205e455"
    write_uuid = "49535343-8841-43f4-a8d4-ecbe34729bb3"
    notify_uuid = "49535343-1e4d-4bd9-ba61-23c647249616"
    advertised = ("49535343-fe7d-4ae5-8fa9-9fafd205e455",)
    strengths = range(1, 9)
    areas = ("full_back", "upper_back", "lower_back")
    has_pause = False
    words: ClassVar = {"full_back": "ALL", "upper_back": "TOP", "lower_back": "LOW"}

    def line(self, text: str) -> bytes:
        """Wrap a line."""
        return f"${text}*{reduce(xor, text.encode(), ord('$')):02X}\r\n".encode()

    @override
    def opening(self) -> None:
        """Write what opens a connection."""
        self.write(self.line("HELLO,APP"))
        self.recorder.wait(0.1)
        self.notify(self.line("WELCOME"))

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        match action:
            case "start" | "stop":
                self.write(self.line("RUN" if action == "start" else "HALT"))
            case "strength":
                self.write(self.line(f"LVL,{value}"))
            case "area":
                self.write(self.line(f"ZONE,{self.words[str(value)]}"))
            case _:
                self.write(self.line(f"TIME,{value}"))

    @override
    def status(self) -> bytes:
        """Return a report."""
        state = self.state
        run = "ON" if state.running == "treating" else "OFF"
        return self.line(
            f"ST,{run},{state.strength},{self.words[state.area]},{int(state.left)}"
        )


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


class Pallas(Vendor):
    """Writes of five octets and reports of nine, with XOR and without a length, and a poll."""

    name = "Pallas"
    service, write_uuid, notify_uuid = "aa10", "aa11", "aa12"
    areas = ("full_back", "left_side", "right_side")
    keep_alive_every = 1.5
    has_pause = False
    unasked = False
    zones: ClassVar = {"full_back": 3, "left_side": 1, "right_side": 2}

    def frame(self, payload: bytes) -> bytes:
        """Wrap a payload."""
        return payload + bytes([reduce(xor, payload, 0)])

    @override
    def opening(self) -> None:
        """Write what opens a connection."""
        self.alive()

    @override
    def alive(self) -> None:
        """Ask for the status."""
        self.write(self.frame(b"\x33\x00\x00\x00"))
        self.recorder.wait(0.06)
        self.notify(self.status())

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        number = self.zones[value] if isinstance(value, str) else value or 0
        code = {"start": 1, "stop": 2, "strength": 3, "area": 4, "minutes": 5}[action]
        self.write(self.frame(bytes([0x33, code, 0x00, number])))

    @override
    def status(self) -> bytes:
        """Return a report."""
        state = self.state
        on = 0x01 if state.running == "treating" else 0x00
        minutes = -int(-state.left // 60)
        return self.frame(
            bytes(
                [
                    0xCC,
                    on,
                    state.strength,
                    self.zones[state.area],
                    state.minutes,
                    minutes,
                    0x64,
                    0x00,
                ]
            )
        )


class Oken(Vendor):
    """Keys that are held, repeated as long as a finger lies on them, and then four times nothing; nothing is reported."""

    name = "OKEN-BLE00017"
    service = "62741523-52f9-8864-b1ab-3b3a8d65950b"
    write_uuid = "62741525-52f9-8864-b1ab-3b3a8d65950b"
    notify_uuid = "62741625-52f9-8864-b1ab-3b3a8d65950b"
    response = True
    absolute = False
    sets_minutes = False
    has_pause = False
    unasked = False
    keys: ClassVar = {
        "start": 0x100,
        "stop": 0x2000000,
        "strength_up": 0x800,
        "strength_down": 0x800000,
    }
    zones: ClassVar = {
        "full_back": 0x10000,
        "upper_back": 0x20000,
        "lower_back": 0x40000,
    }

    def __init__(self) -> None:
        """Begin in standby."""
        super().__init__()
        self.presses = 0

    @override
    def opening(self) -> None:
        """Write what opens a connection."""
        self.write(b"\4\2\0\0\0\0")

    @override
    def say(self, action: str, value: str | int | None) -> None:
        """Write what a press means."""
        code = self.zones[str(value)] if action == "area" else self.keys[action]
        self.presses += 1
        for _ in range(2 + self.presses % 3):
            self.write(b"\4\2" + code.to_bytes(4))
            self.recorder.wait(0.1)
        for _ in range(4):
            self.write(b"\4\2\0\0\0\0")
            self.recorder.wait(0.03)

    @override
    def status(self) -> bytes:
        """Return nothing."""
        return b""


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


VENDORS = (Knodo, Lumbara, Wogge, Tessel, Pallas, Oken, Pixa)
