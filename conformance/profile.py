"""The bytes of the open BackHug profile 1.0, as a client reads them.

Written from `docs/profile.md` alone: nothing here is shared with the integration or the simulator, so that a
mistake of theirs cannot hide behind the same mistake here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from struct import unpack_from

_UUID = "6b0f000{}-3c5d-4f0e-9b1a-7d2e8c41f5a6"
SERVICE, FEATURES, STATUS, TENSION_STREAM, CONTROL_POINT, TENSION_RECORD = (
    _UUID.format(number) for number in range(1, 7)
)
PROPERTIES = {
    FEATURES: {"read"},
    STATUS: {"read", "notify"},
    TENSION_STREAM: {"notify"},
    CONTROL_POINT: {"write", "indicate"},
    TENSION_RECORD: {"read"},
}
NAMES = {
    FEATURES: "Features",
    STATUS: "Status",
    TENSION_STREAM: "Tension stream",
    CONTROL_POINT: "Control point",
    TENSION_RECORD: "Tension record",
}
INFORMATION = {
    f"0000{short}-0000-1000-8000-00805f9b34fb": name
    for short, name in {
        "2a29": "manufacturer",
        "2a24": "model",
        "2a25": "serial number",
        "2a26": "firmware",
        "2a27": "hardware",
    }.items()
}

NEEDS_ENCRYPTION = frozenset({0x05, 0x0F})
INDICATIONS_NOT_ENABLED = 0xFD
RESPONSE = 0x80
AS_SHOWN = 255
LONGEST = 60
"""Minutes that nobody exceeds."""


def is_name(name: str) -> bool:
    """Return whether a local name is that of a BackHug."""
    return name == "BackHug" or name.startswith(("BackHug ", "BackHug-"))


class Opcode(IntEnum):
    """The requests of the control point."""

    START = 1
    STOP = 2
    PAUSE = 3
    RESUME = 4
    SET_STRENGTH = 5
    SET_AREA = 6
    SET_FLOW = 7
    SET_LENGTH = 8
    UNKNOWN = 200
    """An opcode that the profile does not list."""


class Result(IntEnum):
    """The results of requests."""

    DONE = 0
    UNKNOWN_OPCODE = 1
    INVALID_PARAMETER = 2
    NOT_IN_THIS_STATE = 3
    NOBODY_ON_IT = 4
    FAULT = 5
    BUSY = 6


class State(IntEnum):
    """The states of a device."""

    STANDBY = 0
    SCANNING = 1
    TREATING = 2
    PAUSED = 3
    FINISHING = 4
    FAULT = 5


RUNNING = frozenset({State.SCANNING, State.TREATING, State.PAUSED})
STOPPED_BY_CLIENT = 2


@dataclass(frozen=True)
class Features:
    """The 12 octets of Features, unchecked."""

    major: int
    minor: int
    strengths: int
    fingers: int
    areas: tuple[int, ...]
    flows: tuple[int, ...]
    shortest: int
    longest: int
    flags: int

    @classmethod
    def read(cls, value: bytes) -> Features:
        """Read Features; ValueError if they are too short."""
        if len(value) < 12:
            raise ValueError(f"{len(value)} octets instead of 12")
        major, minor, strengths, fingers, areas, flows, shortest, longest, flags = (
            unpack_from("<BBBBHHBBH", value)
        )
        return cls(
            major,
            minor,
            strengths,
            fingers,
            _codes(areas),
            _codes(flows),
            shortest,
            longest,
            flags,
        )

    @property
    def can_pause(self) -> bool:
        """Bit 0."""
        return bool(self.flags & 1)

    @property
    def senses_occupancy(self) -> bool:
        """Bit 1."""
        return bool(self.flags & 2)

    @property
    def reports_leg_rest(self) -> bool:
        """Bit 2."""
        return bool(self.flags & 4)

    @property
    def measures_tension(self) -> bool:
        """Bit 3."""
        return bool(self.flags & 8)

    @property
    def can_resume(self) -> bool:
        """Whether resume is a known opcode."""
        return self.can_pause or self.senses_occupancy

    def contradictions(self) -> list[str]:
        """Return what is out of the bounds of the profile."""
        checks = {
            f"strength levels: {self.strengths}, not 1 to 20": (
                1 <= self.strengths <= 20
            ),
            f"fingers: {self.fingers}, not an even number from 2 to 64": (
                2 <= self.fingers <= 64 and self.fingers % 2 == 0
            ),
            "no area is offered": bool(self.areas),
            "no flow is offered": bool(self.flows),
            f"shortest session: {self.shortest} minutes, not 1 to 60": (
                1 <= self.shortest <= LONGEST
            ),
            f"longest session: {self.longest} minutes, below the shortest": (
                self.longest >= self.shortest
            ),
        }
        return [message for message, holds in checks.items() if not holds]


@dataclass(frozen=True)
class Status:
    """The 16 octets of Status, unchecked."""

    state: int
    fault: int
    strength: int
    area: int
    flow: int
    flags: int
    length: int
    seconds_left: int
    session: int
    last_end: int
    reserved: int

    @classmethod
    def read(cls, value: bytes) -> Status:
        """Read Status; ValueError if it is too short."""
        if len(value) < 16:
            raise ValueError(f"{len(value)} octets instead of 16")
        return cls(*unpack_from("<BBBBBBHHIBB", value))

    @property
    def running(self) -> bool:
        """Whether a session runs."""
        return self.state in RUNNING

    @property
    def settings(self) -> tuple[int, int, int, int]:
        """Strength, area, flow, and length in seconds."""
        return self.strength, self.area, self.flow, self.length

    @property
    def occupied(self) -> bool:
        """Whether somebody lies on the device."""
        return bool(self.flags & 1)

    @property
    def person_left(self) -> bool:
        """Whether it paused because the person left."""
        return bool(self.flags & 4)

    def contradictions(self, features: Features) -> list[str]:
        """Return what is out of the ranges of the profile."""
        allowed = 1 * features.senses_occupancy | 2 * features.reports_leg_rest
        allowed |= 4 * features.senses_occupancy
        checks = {
            f"state {self.state} is not listed": self.state <= 5,
            f"fault {self.fault} in state {self.state}": (
                1 <= self.fault <= 4 if self.state == State.FAULT else not self.fault
            ),
            f"flags {self.flags:#04x}: a bit of a missing feature, or a reserved one": (
                not self.flags & ~allowed
            ),
            f"the person left, in state {self.state}": (
                not self.person_left or self.state == State.PAUSED
            ),
            f"length of {self.length} seconds, more than 3600": self.length <= 3600,
            f"{self.seconds_left} seconds left in state {self.state}": (
                self.running or not self.seconds_left
            ),
            f"{self.seconds_left} seconds left of {self.length}": (
                self.seconds_left <= self.length
            ),
            f"end {self.last_end} is not listed": self.last_end <= 7,
            f"octet 15 is {self.reserved}, not 0": not self.reserved,
        }
        return [message for message, holds in checks.items() if not holds]


def _codes(bits: int) -> tuple[int, ...]:
    return tuple(code for code in range(16) if bits >> code & 1)
