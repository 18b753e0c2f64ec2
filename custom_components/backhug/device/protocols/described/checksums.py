"""Checksums by name, as descriptions use them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final
from zlib import adler32, crc32


def _crc(polynomial: int, initial: int, bits: int, data: bytes) -> int:
    """Return a CRC that takes the highest bit first."""
    value, highest = initial, 1 << (bits - 1)
    for octet in data:
        value ^= octet << (bits - 8)
        for _ in range(8):
            value = (value << 1) ^ (polynomial if value & highest else 0)
            value &= (1 << bits) - 1
    return value


@dataclass(frozen=True, slots=True)
class Variant:
    """Parameters that change a named checksum."""

    initial: int = 0
    final: int = 0
    polynomial: int | None = None
    reflected: bool = False


_ALL: Final = 0xFFFFFFFF

VARIABLE: Final = {
    "xor8": None,
    "sum8": None,
    "sum16": None,
    "crc8": 0x07,
    "crc16_xmodem": 0x1021,
}
"""Checksums that have variants, with their usual polynomial."""


def of_variant(name: str, variant: Variant, data: bytes) -> int:
    """Return a checksum with its own initial value, polynomial and final inversion."""
    size = 8 * CHECKSUMS[name][0]
    if (usual := VARIABLE[name]) is None:
        value = CHECKSUMS[name][1](data)
        if name == "xor8":
            return value ^ variant.initial ^ variant.final
        return (value + variant.initial) % (1 << size) ^ variant.final
    polynomial = usual if variant.polynomial is None else variant.polynomial
    if variant.reflected:
        mirrored = int(f"{polynomial:0{size}b}"[::-1], 2)
        return _reflected(mirrored, variant.initial, data) ^ variant.final
    return _crc(polynomial, variant.initial, size, data) ^ variant.final


def _reflected(polynomial: int, initial: int, data: bytes) -> int:
    """Return a CRC that takes the lowest bit first."""
    value = initial
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return value


def _fletcher16(modulus: int, data: bytes) -> int:
    """Return the sum of octets, and in the upper octet the sum of those sums."""
    low = high = 0
    for octet in data:
        low = (low + octet) % modulus
        high = (high + low) % modulus
    return high << 8 | low


CHECKSUMS: Final[dict[str, tuple[int, Callable[[bytes], int]]]] = {
    "xor8": (1, lambda data: reduce(xor, data, 0)),
    "sum8": (1, lambda data: sum(data) & 0xFF),
    "sum8_inverted": (1, lambda data: ~sum(data) & 0xFF),
    "sum8_negated": (1, lambda data: -sum(data) & 0xFF),
    "sum16": (2, lambda data: sum(data) & 0xFFFF),
    "sum16_inverted": (2, lambda data: ~sum(data) & 0xFFFF),
    "sum16_negated": (2, lambda data: -sum(data) & 0xFFFF),
    "crc8": (1, lambda data: _crc(0x07, 0, 8, data)),
    "crc8_maxim": (1, lambda data: _reflected(0x8C, 0, data)),
    "crc16_arc": (2, lambda data: _reflected(0xA001, 0, data)),
    "crc16_modbus": (2, lambda data: _reflected(0xA001, 0xFFFF, data)),
    "crc16_ccitt": (2, lambda data: _crc(0x1021, 0xFFFF, 16, data)),
    "crc16_kermit": (2, lambda data: _reflected(0x8408, 0, data)),
    "crc16_x25": (2, lambda data: _reflected(0x8408, 0xFFFF, data) ^ 0xFFFF),
    "crc16_xmodem": (2, lambda data: _crc(0x1021, 0, 16, data)),
    "fletcher16": (2, lambda data: _fletcher16(255, data)),
    "fletcher16_256": (2, lambda data: _fletcher16(256, data)),
    "crc32": (4, crc32),
    "crc32_bzip2": (4, lambda data: _crc(0x04C11DB7, _ALL, 32, data) ^ _ALL),
    "crc32_mpeg2": (4, lambda data: _crc(0x04C11DB7, _ALL, 32, data)),
    "crc32c": (4, lambda data: _reflected(0x82F63B78, _ALL, data) ^ _ALL),
    "adler32": (4, adler32),
}
"""Size in octets and function of each checksum."""
