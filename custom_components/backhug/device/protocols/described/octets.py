"""Numbers as octets, binary or as decimal digits (BCD)."""

from __future__ import annotations

from .framing import Endian


def to_octets(number: int, size: int, endian: Endian, *, bcd: bool) -> bytes | None:
    """Return the octets of a number; None if it does not fit."""
    base = 100 if bcd else 256
    if not 0 <= number < base**size:
        return None
    if bcd:
        number = int(str(number), 16)
    return number.to_bytes(size, endian)


def from_octets(octets: bytes, endian: Endian, *, bcd: bool) -> int | None:
    """Return the number in octets; None if they are no decimal digits although they should be."""
    number = int.from_bytes(octets, endian)
    if not bcd:
        return number
    digits = f"{number:x}"
    return int(digits) if digits.isdecimal() else None
