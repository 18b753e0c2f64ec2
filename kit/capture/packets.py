"""Types that all capture readers share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

LONGEST_RECORD = 1 << 20  # octets; a longer one is a broken length


class CaptureError(Exception):
    """A capture cannot be read: says where and why."""

    def __init__(self, message: str, offset: int | None = None, name: str = "") -> None:
        """Take the reason, the octet, and the name of the file."""
        self.offset = offset
        place = "" if offset is None else f"at octet {offset}: "
        super().__init__(f"{name + ': ' if name else ''}{place}{message}")


class Layer(Enum):
    """The kind of packets in a capture."""

    HCI = "hci"
    NORDIC = "nordic"  # nRF sniffer, link type 272
    LINK = "link"  # link layer with a pseudo header, link type 256
    BARE_LINK = "bare link"  # link layer without one, link type 251


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of a capture; `data` of HCI begins with the H4 octet."""

    time: float  # seconds since the epoch, by the clock of the device that captured
    offset: int  # where the record begins in the file
    layer: Layer
    data: bytes
    sent: bool | None = None  # by the phone; None if the file does not say


@dataclass(slots=True)
class Capture:
    """Packets of one file, and remarks about what could not be read."""

    name: str
    kind: str
    packets: list[Packet] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Cursor:
    """Reads a file from front to back; says where it ends too early."""

    data: bytes
    position: int = 0

    @property
    def left(self) -> int:
        """Octets not yet read."""
        return len(self.data) - self.position

    def take(self, count: int) -> bytes | None:
        """Return the next `count` octets, or None if there are fewer."""
        if count < 0 or count > self.left:
            return None
        piece = self.data[self.position : self.position + count]
        self.position += count
        return piece

    def __iter__(self) -> Iterator[int]:
        """Yield the position as long as anything is left."""
        while self.left > 0:
            yield self.position
