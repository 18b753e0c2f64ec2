"""A device and its app, and the evening on which their owner records them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from kit.notes import Note

from ..recorder import Recorder, Service

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
    areas: tuple[str, ...] = ("full_back", "upper_back", "lower_back")
    has_pause = True
    keep_alive_every = 0.0
    pairs = False
    reconnects = False
    """Whether the app closes the connection after a stop, and opens another one."""
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
        if action == "stop" and self.reconnects:
            self.run(2)
            self.recorder.disconnect(LINK)
            self.recorder.wait(2)
            self.connect()

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
