"""Checksums by name, as descriptions use them."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import xor
from typing import Final


def _crc(polynomial: int, initial: int, bits: int, data: bytes) -> int:
    """Return a CRC that takes the highest bit first."""
    value, highest = initial, 1 << (bits - 1)
    for octet in data:
        value ^= octet << (bits - 8)
        for _ in range(8):
            value = (value << 1) ^ (polynomial if value & highest else 0)
            value &= (1 << bits) - 1
    return value


def _reflected(polynomial: int, initial: int, data: bytes) -> int:
    """Return a CRC that takes the lowest bit first."""
    value = initial
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return value


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
}
"""Size in octets and function of each checksum."""
