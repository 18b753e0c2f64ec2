"""The open BackHug profile, version 1.0: every fact about bytes.

Pure functions: bytes in, model out, and back. The text is docs/profile.md; section names below are its own.
All numbers are little-endian and unsigned. A longer value than its layout is accepted, the rest ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import IntEnum
import struct
from typing import Final, NamedTuple

from ..errors import (
    BusyError,
    ContradictoryFeaturesError,
    InFaultError,
    InvalidParameterError,
    MalformedError,
    NobodyOnItError,
    NotSupportedError,
    RefusedError,
    RequestError,
    UnsupportedVersionError,
    WrongStateError,
)
from ..model import (
    MAX_MINUTES,
    RUNNING,
    Area,
    DeviceInformation,
    Fault,
    Features,
    Flow,
    Phase,
    SessionEnd,
    State,
    Status,
    TensionRecord,
    TensionScan,
    clean_text,
)
from .protocol import Request, Values

MAJOR: Final = 1

SERVICE: Final = "6b0f0001-3c5d-4f0e-9b1a-7d2e8c41f5a6"
FEATURES: Final = "6b0f0002-3c5d-4f0e-9b1a-7d2e8c41f5a6"
STATUS: Final = "6b0f0003-3c5d-4f0e-9b1a-7d2e8c41f5a6"
TENSION_STREAM: Final = "6b0f0004-3c5d-4f0e-9b1a-7d2e8c41f5a6"
CONTROL_POINT: Final = "6b0f0005-3c5d-4f0e-9b1a-7d2e8c41f5a6"
TENSION_RECORD: Final = "6b0f0006-3c5d-4f0e-9b1a-7d2e8c41f5a6"

INFORMATION_SERVICE: Final = "0000180a-0000-1000-8000-00805f9b34fb"
INFORMATION: Final = {
    "manufacturer": "00002a29-0000-1000-8000-00805f9b34fb",
    "model": "00002a24-0000-1000-8000-00805f9b34fb",
    "serial": "00002a25-0000-1000-8000-00805f9b34fb",
    "firmware": "00002a26-0000-1000-8000-00805f9b34fb",
    "hardware": "00002a27-0000-1000-8000-00805f9b34fb",
}
"""Characteristics of the standard Device Information service, by field."""

ATT_ENCRYPTION_NEEDED: Final = frozenset({0x05, 0x0F})
"""ATT errors that require pairing: insufficient authentication, insufficient encryption."""

AS_SHOWN: Final = 255
"""A parameter of start that leaves a setting as Status shows it; not for minutes."""
_NOT_TOUCHING: Final = 255

_STATES: Final = (
    State.STANDBY,
    State.SCANNING,
    State.TREATING,
    State.PAUSED,
    State.FINISHING,
    State.FAULT,
)
_FAULTS: Final = {
    1: Fault.FINGER_BLOCKED,
    2: Fault.LEG_REST_BLOCKED,
    3: Fault.TOO_HOT,
    4: Fault.INTERNAL,
}
_AREAS: Final = tuple(Area)
_FLOWS: Final = tuple(Flow)
_ENDS: Final = tuple(end for end in SessionEnd if end is not SessionEnd.UNKNOWN)
_PHASES: Final = (Phase.BEFORE, Phase.LIVE, Phase.AFTER)

_FEATURES_LAYOUT: Final = struct.Struct("<BBBBHHBBH")
_STATUS_LAYOUT: Final = struct.Struct("<BBBBBBHHIBx")
_FRAGMENT_HEADER: Final = struct.Struct("<BBBB")
_RECORD_HEADER: Final = struct.Struct("<IBB")
_RESPONSE_LAYOUT: Final = struct.Struct("<BBBB")
_RESPONSE: Final = 0x80
_MAX_SECONDS: Final = 60 * MAX_MINUTES


class Opcode(IntEnum):
    """Requests of the control point."""

    START = 1
    STOP = 2
    PAUSE = 3
    RESUME = 4
    SET_STRENGTH = 5
    SET_AREA = 6
    SET_FLOW = 7
    SET_LENGTH = 8


class Response(NamedTuple):
    """An answer of the control point."""

    opcode: int
    token: int
    result: int


def is_advertised(service_uuids: Collection[str]) -> bool:
    """Return whether an advertisement offers the BackHug service."""
    return SERVICE in service_uuids


def decode_features(value: bytes) -> Features:
    """Decode Features.

    Raises UnsupportedVersionError for another major version (whose layout is not known),
    ContradictoryFeaturesError for values that are out of the profile's bounds.
    """
    if value and value[0] != MAJOR:
        raise UnsupportedVersionError(value[0], value[1] if len(value) > 1 else None)
    if len(value) < _FEATURES_LAYOUT.size:
        raise ContradictoryFeaturesError("too short")
    _, minor, levels, fingers, areas, flows, shortest, longest, flags = (
        _FEATURES_LAYOUT.unpack_from(value)
    )
    for what, within in (
        ("strength levels", 1 <= levels <= 20),
        ("fingers", fingers % 2 == 0 and 2 <= fingers <= 64),
        ("areas", areas != 0),
        ("flows", flows != 0),
        ("session length", 1 <= shortest <= longest and shortest <= MAX_MINUTES),
    ):
        if not within:
            raise ContradictoryFeaturesError(what)
    return Features(
        strength_levels=levels,
        fingers=fingers,
        areas=tuple(area for code, area in enumerate(_AREAS) if areas >> code & 1),
        flows=tuple(flow for code, flow in enumerate(_FLOWS) if flows >> code & 1),
        min_minutes=shortest,
        max_minutes=min(longest, MAX_MINUTES),
        can_pause=bool(flags & 1),
        senses_occupancy=bool(flags & 2),
        reports_leg_rest=bool(flags & 4),
        measures_tension=bool(flags & 8),
        profile_minor=minor,
    )


def decode_status(value: bytes, features: Features) -> Status:
    """Decode Status. Raises MalformedError if it is too short or inconsistent."""
    if len(value) < _STATUS_LAYOUT.size:
        raise MalformedError("too short")
    code, fault, strength, area, flow, flags, length, left, session, end = (
        _STATUS_LAYOUT.unpack_from(value)
    )
    state = _STATES[code] if code < len(_STATES) else State.UNKNOWN
    paused_by_leaving = flags & 4 != 0 and features.senses_occupancy
    if state in RUNNING:
        if left > length:
            raise MalformedError("seconds left")
        if session == 0:
            raise MalformedError("session number")
    elif left and state is not State.UNKNOWN:
        raise MalformedError("seconds left")
    if fault and state is not State.FAULT and state is not State.UNKNOWN:
        raise MalformedError("fault")
    if paused_by_leaving and state is not State.PAUSED and state is not State.UNKNOWN:
        raise MalformedError("paused by leaving")
    if length > _MAX_SECONDS:
        raise MalformedError("length")
    return Status(
        state=state,
        fault=_FAULTS.get(fault, Fault.UNKNOWN) if state is State.FAULT else None,
        strength=strength if 1 <= strength <= features.strength_levels else None,
        area=_AREAS[area] if area < len(_AREAS) else None,
        flow=_FLOWS[flow] if flow < len(_FLOWS) else None,
        occupied=flags & 1 != 0 and features.senses_occupancy,
        leg_rest_raised=flags & 2 != 0 and features.reports_leg_rest,
        paused_by_leaving=paused_by_leaving,
        length=length,
        session=session,
        last_end=_ENDS[end] if end < len(_ENDS) else SessionEnd.UNKNOWN,
        seconds_left=left,
    )


def decode_record(value: bytes, features: Features) -> TensionRecord:
    """Decode Tension record. Raises MalformedError if it is too short or inconsistent."""
    if len(value) < _RECORD_HEADER.size:
        raise MalformedError("too short")
    session, flags, fingers = _RECORD_HEADER.unpack_from(value)
    if fingers != features.fingers:
        raise MalformedError("fingers")
    before, after = (
        value[_RECORD_HEADER.size + n * fingers :][:fingers] for n in range(2)
    )
    if len(after) < fingers:
        raise MalformedError("too short")
    return TensionRecord(
        session=session,
        before=TensionScan(Phase.BEFORE, _efforts(before)) if flags & 1 else None,
        after=TensionScan(Phase.AFTER, _efforts(after)) if flags & 2 else None,
    )


def decode_information(field: str, value: bytes) -> dict[str, str]:
    """Decode one text of the Device Information service; nothing if it is empty."""
    text = clean_text(bytes(value).decode("utf-8", "ignore").partition("\0")[0])
    return {field: text} if text else {}


def information(values: Sequence[tuple[str, bytes]]) -> DeviceInformation:
    """Return the Device Information from the fields that were read."""
    fields: dict[str, str] = {}
    for field, value in values:
        fields |= decode_information(field, value)
    return DeviceInformation(**fields)


def decode_response(value: bytes) -> Response:
    """Decode an indication of the control point. Raises MalformedError for anything else."""
    if len(value) < _RESPONSE_LAYOUT.size or value[0] != _RESPONSE:
        raise MalformedError("response")
    _, opcode, token, result = _RESPONSE_LAYOUT.unpack_from(value)
    return Response(opcode, token, result)


def encode_request(opcode: Opcode, token: int, parameters: bytes = b"") -> bytes:
    """Encode a request to the control point; `token` is 1–255 (0 answers a stop without one)."""
    return bytes((opcode, token)) + parameters


def encode_start(
    minutes: int, strength: int | None, area: Area | None, flow: Flow | None
) -> bytes:
    """Encode the parameters of start; None is "as Status shows it"."""
    return bytes(
        (
            minutes,
            AS_SHOWN if strength is None else strength,
            AS_SHOWN if area is None else _AREAS.index(area),
            AS_SHOWN if flow is None else _FLOWS.index(flow),
        )
    )


def encode_setting(value: int | Area | Flow) -> bytes:
    """Encode the parameter of a setter: a level, minutes, an area or a flow."""
    match value:
        case Area():
            return bytes((_AREAS.index(value),))
        case Flow():
            return bytes((_FLOWS.index(value),))
        case _:
            return bytes((value,))


def encode_parameters(request: Request, values: Values) -> bytes:
    """Encode the parameters of a request."""
    if request is Request.START:
        assert values.minutes is not None
        return encode_start(values.minutes, values.strength, values.area, values.flow)
    return b"".join(encode_setting(value) for value in values if value is not None)


def refusal(result: int, fault: Fault | None) -> RequestError | None:
    """Return the error that a result stands for; None if the request was carried out.

    `fault` is the one that the device has, as of its status.
    """
    match result:
        case 0:
            return None
        case 1:
            return NotSupportedError()
        case 2:
            return InvalidParameterError()
        case 3:
            return WrongStateError()
        case 4:
            return NobodyOnItError()
        case 5:
            return InFaultError(fault or Fault.UNKNOWN)
        case 6:
            return BusyError()
        case _:
            return RefusedError(result)


class ScanAssembler:
    """Assembles the fragments of the Tension stream, at most one scan at a time."""

    def __init__(self, fingers: int) -> None:
        """Assemble scans of this many fingers."""
        self._fingers = fingers
        self._number: int | None = None
        self._phase: Phase | None = None
        self._complete = False
        self._efforts: dict[int, int | None] = {}

    def add(self, fragment: bytes) -> TensionScan | None:
        """Add a fragment; return the scan that it completes.

        Raises MalformedError for a fragment that holds no finger, reaches beyond the last one, or
        disagrees with Features or with the phase of its scan: it changes nothing.
        """
        if len(fragment) <= _FRAGMENT_HEADER.size:
            raise MalformedError("no finger")
        code, number, first, fingers = _FRAGMENT_HEADER.unpack_from(fragment)
        efforts = _efforts(fragment[_FRAGMENT_HEADER.size :])
        if fingers != self._fingers or first + len(efforts) > fingers:
            raise MalformedError("fingers")
        if code >= len(_PHASES):
            # An unknown phase is no error, but its scan is not usable.
            return None
        phase = _PHASES[code]
        if number != self._number:
            self._number, self._phase = number, phase
            self._complete = False
            self._efforts = {}
        elif phase is not self._phase:
            raise MalformedError("phase")
        if self._complete:
            # A duplicate fragment of a completed scan.
            return None
        self._efforts.update(enumerate(efforts, first))
        if len(self._efforts) < fingers:
            return None
        self._complete = True
        return TensionScan(phase, tuple(self._efforts[n] for n in range(fingers)))


def _efforts(values: bytes) -> tuple[int | None, ...]:
    return tuple(None if value == _NOT_TOUCHING else value for value in values)
