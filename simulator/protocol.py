"""The bytes of the open BackHug profile 1.0, as a device writes and reads them.

Written from the profile's text; nothing here is shared with any client.
"""

from collections.abc import Iterator
from struct import pack

from .back import NOT_TOUCHING, Answer, Build, Phase, Record, Status

SERVICE = "6b0f0001-3c5d-4f0e-9b1a-7d2e8c41f5a6"
FEATURES = "6b0f0002-3c5d-4f0e-9b1a-7d2e8c41f5a6"
STATUS = "6b0f0003-3c5d-4f0e-9b1a-7d2e8c41f5a6"
TENSION_STREAM = "6b0f0004-3c5d-4f0e-9b1a-7d2e8c41f5a6"
CONTROL_POINT = "6b0f0005-3c5d-4f0e-9b1a-7d2e8c41f5a6"
TENSION_RECORD = "6b0f0006-3c5d-4f0e-9b1a-7d2e8c41f5a6"

INSUFFICIENT_AUTHENTICATION = 0x05
INSUFFICIENT_ENCRYPTION = 0x0F
INDICATIONS_NOT_ENABLED = 0xFD

RESPONSE = 0x80
"""The first octet of every answer."""
FRAGMENT_FINGERS = 16
"""Fingers in a tension fragment: with its header of 4 octets, 20 in all."""


def encode_features(build: Build) -> bytes:
    """Return the 12 octets of Features."""
    flags = (
        build.can_pause
        | build.senses_occupancy << 1
        | build.reports_leg_rest << 2
        | build.measures_tension << 3
    )
    return pack(
        "<BBBBHHBBH",
        build.major,
        build.minor,
        build.strengths,
        build.fingers,
        _bits(build.areas),
        _bits(build.flows),
        build.shortest,
        build.longest,
        flags,
    )


def encode_status(status: Status) -> bytes:
    """Return the 16 octets of Status."""
    return pack(
        "<BBBBBBHHIBB",
        status.state,
        status.fault,
        status.strength,
        status.area,
        status.flow,
        status.flags,
        status.length,
        status.seconds_left,
        status.session_number,
        status.last_end,
        0,
    )


def encode_scan(phase: Phase, number: int, efforts: tuple[int, ...]) -> Iterator[bytes]:
    """Yield the fragments of a scan, each at most 20 octets long."""
    for first in range(0, len(efforts), FRAGMENT_FINGERS):
        header = bytes((phase, number, first, len(efforts)))
        yield header + bytes(efforts[first : first + FRAGMENT_FINGERS])


def encode_record(record: Record, fingers: int) -> bytes:
    """Return the 6 + 2F octets of the tension record."""
    nothing = (NOT_TOUCHING,) * fingers
    flags = (record.before is not None) | (record.after is not None) << 1
    header = pack("<IBB", record.session_number, flags, fingers)
    return header + bytes(record.before or nothing) + bytes(record.after or nothing)


def encode_answer(answer: Answer) -> bytes:
    """Return the 4 octets with which the control point answers a request."""
    return bytes((RESPONSE, answer.opcode, answer.token, answer.result))


def decode_request(value: bytes) -> tuple[int, int | None, bytes]:
    """Return opcode, token (None where it is missing) and parameters of a request.

    ValueError for a request without any octet.
    """
    if not value:
        raise ValueError("a request has an opcode")
    return value[0], value[1] if len(value) > 1 else None, bytes(value[2:])


def _bits(codes: tuple[int, ...]) -> int:
    return sum(1 << code for code in set(codes))
