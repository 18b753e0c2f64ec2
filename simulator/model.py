"""The values of the profile (Status and Control point).

Numbers that travel on the wire are enumerations with the wire's values; putting them
into bytes is `protocol`'s work.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag


class State(IntEnum):
    """The state of the device (Status, octet 0)."""

    STANDBY = 0
    SCANNING = 1
    TREATING = 2
    PAUSED = 3
    FINISHING = 4
    FAULT = 5


RUNNING = frozenset({State.SCANNING, State.TREATING, State.PAUSED})


class Fault(IntEnum):
    """The fault of the device (Status, octet 1)."""

    NONE = 0
    FINGER_BLOCKED = 1
    LEG_REST_BLOCKED = 2
    TOO_HOT = 3
    INTERNAL = 4


class Flags(IntFlag):
    """Status, octet 5."""

    OCCUPIED = 1
    LEG_REST_RAISED = 2
    PERSON_LEFT = 4


class End(IntEnum):
    """How the last session ended (Status, octet 14)."""

    NONE = 0
    COMPLETED = 1
    STOPPED_BY_CLIENT = 2
    STOPPED_AT_DEVICE = 3
    PERSON_LEFT = 4
    FAULT = 5
    PAUSED_TOO_LONG = 6
    POWER_LOST = 7


class Phase(IntEnum):
    """The phase of a tension scan (Tension stream, octet 0)."""

    BEFORE = 0
    LIVE = 1
    AFTER = 2


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


AS_SHOWN = 255
"""A parameter of start that means: as Status shows it."""


class Result(IntEnum):
    """How a request went (Control point)."""

    DONE = 0
    UNKNOWN_OPCODE = 1
    INVALID_PARAMETER = 2
    NOT_IN_THIS_STATE = 3
    NOBODY_ON_IT = 4
    FAULT = 5
    BUSY = 6


@dataclass(frozen=True)
class Status:
    """The values of Status at one moment."""

    state: State
    fault: Fault
    strength: int
    area: int
    flow: int
    flags: Flags
    length: int
    """Seconds."""
    seconds_left: int
    session_number: int
    last_end: End


@dataclass(frozen=True)
class Record:
    """The tension record; None for a scan that was not measured."""

    session_number: int = 0
    before: tuple[int, ...] | None = None
    after: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Request:
    """A request that the device received, and its result."""

    at: float
    """Device time of its arrival."""
    opcode: int
    token: int | None
    """None if the request had none."""
    parameters: bytes
    result: Result | None = None
    """None while it is not answered, and for ever if it never was."""
    session_number: int = 0
    """As the request was answered (a start's own), else as it arrived."""


@dataclass(frozen=True)
class Answer:
    """The answer to a request."""

    opcode: int
    token: int
    result: int
    """A `Result`, unless somebody spoiled it."""


class Observer:
    """Observer of a BackHug; each method may be overridden."""

    def status_changed(self) -> None:
        """Notify Status: it changed, or its second is over."""

    def scanned(self, phase: Phase, number: int, efforts: tuple[int, ...]) -> None:
        """Take a complete scan of the back: effort per finger, 255 where none touches."""

    def answer_waiting(self) -> None:
        """Come and `Back.take_answer`: there is one."""

    def power_changed(self) -> None:
        """See `Back.powered`: the device was switched off or on."""

    def request_received(self, entry: Request) -> None:
        """Take note of a request that has arrived."""
