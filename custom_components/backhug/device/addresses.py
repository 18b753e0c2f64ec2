"""Finds a Bluetooth address wherever it stands, to redact it."""

from __future__ import annotations

import re
from typing import Final

_SEPARATOR: Final = "[-:_. ]?"
HIDDEN: Final = "(address)"


def address_patterns(address: str) -> list[str]:
    """Return patterns of an address in both byte orders, and of its last octets as used in names.

    They ignore case, and must be tried in this order: the longest come first.
    """
    octets = address.split(":")
    patterns = []
    for length in range(len(octets), 2, -1):
        part = octets[-length:]
        patterns += [_SEPARATOR.join(part), _SEPARATOR.join(reversed(part))]
    # Two octets could be part of a longer number.
    patterns.append(rf"(?<![0-9A-Z]){_SEPARATOR.join(octets[-2:])}(?![0-9A-Z])")
    return patterns


def hex_without(address: str, value: bytes) -> str:
    """Return a value in hex without the address of its device, which may stand there in octets or as text."""
    secret = re.compile("|".join(address_patterns(address)), re.IGNORECASE)
    if secret.search(value.decode("latin-1")):
        return HIDDEN
    return secret.sub(HIDDEN, value.hex(" "))
