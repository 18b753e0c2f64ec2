"""A protocol described as data: what a description holds, see docs/protocol-description.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
import re
from typing import Final

from ...errors import MalformedError
from ...model import MAX_MINUTES, Area, Fault, Features, Flow, State
from ..protocol import Request, Values
from .answers import ComputedAnswer
from .framing import Endian, Framing
from .octets import from_octets

type Pattern = tuple[int | None, ...]
"""The beginning of a payload; None is any octet."""
type FieldValue = int | State | Area | Flow | Fault

STRENGTH: Final = "strength"
MINUTES: Final = "minutes"
AREA: Final = "area"
FLOW: Final = "flow"
TOKEN: Final = "token"  # noqa: S105
"""Octets that the device gives in the handshake, and that are written back."""
_SETTERS: Final = (
    (Request.SET_LENGTH, MINUTES),
    (Request.SET_STRENGTH, STRENGTH),
    (Request.SET_AREA, AREA),
    (Request.SET_FLOW, FLOW),
)
_NUMBER: Final = re.compile(
    rb"(?:[A-Za-z_]{1,20}[=:])?([0-9]{1,6})(?:[.,]([0-9]{1,6})|:([0-5][0-9]))?"
)
"""A number in a line, with its name, with decimals, or as minutes and seconds."""


def fits(pattern: Pattern, payload: bytes) -> bool:
    """Return whether a payload begins as a pattern says."""
    return len(payload) >= len(pattern) and all(
        expected is None or expected == octet
        for expected, octet in zip(pattern, payload, strict=False)
    )


@dataclass(frozen=True, slots=True)
class Match:
    """Signals by which a device is recognised: all that are given must agree."""

    name: str = ""
    services: frozenset[str] = frozenset()
    manufacturer: int | None = None
    manufacturer_data: Pattern = ()
    characteristics: frozenset[str] = frozenset()
    model: str = ""

    def advertised(
        self, name: str, services: frozenset[str], manufacturer: Mapping[int, bytes]
    ) -> bool:
        """Return whether an advertisement agrees."""
        data = b""
        if self.manufacturer is not None:
            if self.manufacturer not in manufacturer:
                return False
            data = manufacturer[self.manufacturer]
        return (
            name.startswith(self.name)
            and self.services <= services
            and fits(self.manufacturer_data, data)
        )


@dataclass(frozen=True, slots=True)
class Link:
    """Service and characteristics, and how they are written."""

    service: str
    write: str
    response: bool
    notify: str | None
    chunk: int
    gap: float
    pairing: bool
    notify_more: tuple[str, ...] = ()
    """Further characteristics that notify."""
    read: str | None = None
    """The characteristic in which the state can be read."""

    @property
    def notifying(self) -> tuple[str, ...]:
        """All characteristics that notify."""
        return () if self.notify is None else (self.notify, *self.notify_more)


@dataclass(frozen=True, slots=True)
class Parameter:
    """How a value is written into a command."""

    codes: Mapping[object, bytes]
    """Octets of each value that is offered, in the order of the file."""


@dataclass(frozen=True, slots=True)
class Template:
    """A payload with parameters in it."""

    parts: tuple[bytes | str, ...]

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters; the token is none."""
        return frozenset(part for part in self.parts if isinstance(part, str)) - {TOKEN}

    def fill(
        self, parameters: Mapping[str, Parameter], values: Mapping[str, object]
    ) -> bytes:
        """Return the payload. Raises KeyError for a value that is not offered."""
        return b"".join(
            part if isinstance(part, bytes) else parameters[part].codes[values[part]]
            for part in self.parts
        )


@dataclass(frozen=True, slots=True)
class Token:
    """Where an answer holds the token: octets, or a part of a line."""

    at: int
    size: int
    split: bytes
    answer: ComputedAnswer | None = None
    """What is computed of it, to be written instead."""

    @property
    def placeholder(self) -> bytes:
        """Octets that stand for it before it is known."""
        zeros = bytes(self.size) or b"0"
        return zeros if self.answer is None else self.answer.of(zeros)

    def of(self, payload: bytes) -> bytes | None:
        """Return what is written for the token of an answer; None if it is too short, or no number."""
        if self.split:
            parts = payload.split(self.split)
            token = parts[self.at].strip() if self.at < len(parts) else b""
        else:
            token = payload[self.at : self.at + self.size]
        if len(token) < max(self.size, 1):
            return None
        try:
            return token if self.answer is None else self.answer.of(token)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Reply:
    """Awaited answer; without a pattern, none is awaited."""

    pattern: Pattern | None
    refused: Pattern | None
    within: float
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the handshake; without a template it only waits."""

    write: Template | None
    reply: Reply


@dataclass(frozen=True, slots=True)
class DescribedCommand:
    """Payloads that are written for a command."""

    writes: tuple[Template, ...]
    release: Template | None
    hold: float
    times: int
    every: float
    reply: Reply
    repeat: float = 0.0
    """Seconds after which a key that is held is pressed again; 0: never."""
    same_counter: bool = False
    """Whether a repeated frame has the number of the first one."""
    toggle: bool = False
    """Whether its effect depends on the state: see `toggles`."""

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters in it."""
        written = self.writes if self.release is None else (*self.writes, self.release)
        return frozenset[str]().union(*(each.parameters for each in written))

    def set_before(self, values: Values) -> Iterator[tuple[Request, Values]]:
        """Yield the settings that this command does not take: they are set before it."""
        for setter, name in _SETTERS:
            value = getattr(values, name)
            if value is not None and name not in self.parameters:
                yield setter, Values(**{name: value})

    @property
    def duration(self) -> float:
        """Seconds that it takes to write it all."""
        hold = 0.0 if self.release is None else self.hold
        return self.times * (hold + self.every) - self.every


@dataclass(frozen=True, slots=True)
class Field:
    """Where a message holds a value, and how it is read."""

    octet: int
    size: int
    endian: Endian
    bits: tuple[int, int] | None
    scale: int
    add: int
    codes: Mapping[bytes, FieldValue] | None
    bcd: bool = False
    """Whether its octets are decimal digits."""

    def of(self, payload: bytes, split: bytes) -> FieldValue | None:
        """Return the value in a payload; None if it is not known. Raises MalformedError."""
        if split:
            return self._of_text(payload.split(split))
        octets = payload[self.octet : self.octet + self.size]
        if len(octets) < self.size:
            raise MalformedError("too short")
        if self.bits is not None:
            lowest, highest = self.bits
            shifted = octets[0] >> lowest & (1 << highest - lowest + 1) - 1
            octets = bytes((shifted,))
        if self.codes is not None:
            return self.codes.get(octets)
        number = from_octets(octets, self.endian, bcd=self.bcd)
        return None if number is None else number * self.scale + self.add

    def _of_text(self, parts: list[bytes]) -> FieldValue | None:
        if self.octet >= len(parts):
            raise MalformedError("too short")
        part = parts[self.octet].strip()
        if self.codes is not None:
            return self.codes.get(part)
        if (found := _NUMBER.fullmatch(part)) is None:
            raise MalformedError("number")
        whole, decimals, seconds = found.groups()
        if seconds is not None:
            return 60 * int(whole) + int(seconds) + self.add
        number = float(whole + b"." + (decimals or b"0"))
        return round(number * self.scale) + self.add


@dataclass(frozen=True, slots=True)
class Message:
    """Message from a device, with the fields in it."""

    name: str
    pattern: Pattern
    size: int | None
    split: bytes
    fields: Mapping[str, Field]

    def explains(self, payload: bytes) -> bool:
        """Return whether a payload is such a message."""
        return self.size in (None, len(payload)) and fits(self.pattern, payload)

    def read(self, payload: bytes) -> dict[str, FieldValue | None]:
        """Return the values in a payload; None where they are not known. Raises MalformedError."""
        return {
            name: field.of(payload, self.split) for name, field in self.fields.items()
        }


@dataclass(frozen=True, slots=True)
class Description:
    """A protocol, as a file describes it."""

    name: str
    match: Match
    link: Link
    framing: Framing
    handshake: tuple[Step, ...]
    keep_alive: Template | None
    keep_alive_every: float
    parameters: Mapping[str, Parameter]
    commands: Mapping[str, DescribedCommand]
    messages: tuple[Message, ...]
    ends_after: int = MAX_MINUTES
    unconfirmed: tuple[str, ...] = field(default=())
    """What is not confirmed, by its name in the file."""

    def fill(
        self, template: Template, values: Mapping[str, object], token: bytes | None
    ) -> bytes:
        """Return the payload of a template. Raises KeyError for a value that is not offered, or a missing token."""
        parameters = {**self.parameters}
        if token is not None:
            parameters[TOKEN] = Parameter({TOKEN: token})
        return template.fill(parameters, {**values, TOKEN: TOKEN})

    def is_above_half(self, strength: int | None) -> bool:
        """Return whether a strength is allowed only after a supervised session."""
        return 2 * (strength or 0) > self.features.strength_levels

    def goes_with_start(self, request: Request) -> bool:
        """Return whether a start writes what a request sets."""
        start = self.commands.get("start")
        return start is not None and dict(_SETTERS).get(request) in start.parameters

    def starts_too(self, name: str) -> bool:
        """Return whether another command writes just what starts a session."""
        start, command = self.commands.get("start"), self.commands[name]
        return start is not None and name != "start" and command.writes == start.writes

    @property
    def reported(self) -> frozenset[str]:
        """The names of the fields that the device reports."""
        return frozenset(name for each in self.messages for name in each.fields)

    @property
    def states(self) -> frozenset[FieldValue]:
        """The states that the device reports by name."""
        return frozenset(
            value
            for message in self.messages
            for name, each in message.fields.items()
            if name == "state" and each.codes is not None
            for value in each.codes.values()
        )

    def message(self, payload: bytes) -> Message | None:
        """Return the message that explains a payload; the first one counts."""
        return next((each for each in self.messages if each.explains(payload)), None)

    @property
    def features(self) -> Features:
        """Capabilities of the device, in terms of the integration."""
        offered = {
            name: tuple(parameter.codes) for name, parameter in self.parameters.items()
        }
        sets_strength = "set_strength" in self.commands
        minutes = [each for each in offered.get(MINUTES, ()) if isinstance(each, int)]
        return Features(
            strength_levels=len(offered[STRENGTH]) if sets_strength else 0,
            fingers=0,
            areas=tuple(
                each
                for each in offered.get(AREA, ())
                if isinstance(each, Area) and "set_area" in self.commands
            ),
            flows=tuple(
                each
                for each in offered.get(FLOW, ())
                if isinstance(each, Flow) and "set_flow" in self.commands
            ),
            min_minutes=min(minutes, default=1),
            max_minutes=min(max(minutes, default=MAX_MINUTES), self.ends_after),
            can_pause={"pause", "resume"} <= self.commands.keys(),
            senses_occupancy="occupied" in self.reported,
            reports_leg_rest="leg_rest_raised" in self.reported,
            measures_tension=False,
            steps_strength="strength_up" in self.commands,
            reports_state="state" in self.reported,
            reports_faults=State.FAULT in self.states,
            numbers_sessions="session" in self.reported,
            ends_pauses=False,
        )
