"""Redaction of Bluetooth addresses in texts and octets that are shared, in any notation."""

from __future__ import annotations

import re
from typing import Final

_SEPARATOR: Final = "[-:_. ]?"
_HIDDEN: Final = ".."


def address_patterns(address: str) -> list[str]:
    """Return patterns of an address in both byte orders, and of its last octets as used in names."""
    octets = address.split(":")
    patterns = []
    for length in range(len(octets), 2, -1):
        part = octets[-length:]
        patterns += [_SEPARATOR.join(part), _SEPARATOR.join(reversed(part))]
    # Two octets could be part of a longer number.
    patterns.append(rf"(?<![0-9A-Z]){_SEPARATOR.join(octets[-2:])}(?![0-9A-Z])")
    return patterns


def redacted_hex(value: bytes, address: str) -> str:
    """Return octets in hex, with dots in place of the address, which may be there as octets or as text."""
    hidden: set[int] = set()
    octets = address.split(":")
    forms = [re.compile("|".join(address_patterns(address)).encode(), re.IGNORECASE)]
    for length in range(len(octets), 2, -1):
        part = bytes.fromhex("".join(octets[-length:]))
        forms += [re.compile(re.escape(each)) for each in (part, part[::-1])]
    for form in forms:
        for found in form.finditer(value):
            hidden.update(range(*found.span()))
    return " ".join(
        _HIDDEN if at in hidden else f"{octet:02x}" for at, octet in enumerate(value)
    )
