"""What happened on the air, whatever layer it was captured at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection began."""

    time: float
    link: int
    address: str


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection ended."""

    time: float
    link: int


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A connection was encrypted; `readable` is False if its content cannot be read."""

    time: float
    link: int
    readable: bool


@dataclass(frozen=True, slots=True)
class Advertised:
    """A device advertised."""

    time: float
    address: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of an L2CAP frame; `sent` by the phone, None if the capture does not say."""

    time: float
    link: int
    sent: bool | None
    start: bool
    data: bytes


type Event = Connected | Disconnected | Encrypted | Advertised | Fragment


def address_text(octets: bytes) -> str:
    """Return an address as people write it; the air has it in reverse."""
    return ":".join(f"{octet:02X}" for octet in reversed(octets))
