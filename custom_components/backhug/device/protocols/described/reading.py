"""How the values of a description are written."""

from __future__ import annotations

import re

from .description import Pattern, Template
from .document import Entry
from .framing import Endian


class Payloads:
    """Reads payloads: octets in hex or, for text lines, text."""

    def __init__(self, *, text: bool) -> None:
        """Take whether the frames are lines of text."""
        self.text = text

    def payload(self, entry: Entry) -> bytes:
        """Return a payload."""
        return entry.quoted().encode() if self.text else entry.octets()

    def pattern(self, entry: Entry) -> Pattern:
        """Return the beginning of a payload."""
        return tuple(entry.quoted().encode()) if self.text else hex_pattern(entry)

    def template(self, entry: Entry, allowed: tuple[str, ...]) -> Template:
        """Return a payload in which some parameters may be."""
        parts: list[bytes | str] = []
        for at, part in enumerate(re.split(r"\{(\w+)\}", entry.quoted())):
            if at % 2:
                if part not in allowed:
                    raise entry.error(
                        f"{{{part}}} has no place here: describe it under parameters, or delete it"
                    )
                parts.append(part)
            elif self.text:
                parts.append(part.encode())
            elif part.strip():
                if not re.fullmatch(r"\s*(?:[0-9A-Fa-f]{2}\s*)+", part):
                    raise entry.error(
                        'write octets with two hex digits each: "05 {strength}"'
                    )
                parts.append(bytes.fromhex(part))
        return Template(tuple(parts))


def items(entry: Entry | None) -> list[Entry]:
    """Return the values of a list; none if it is missing."""
    return [] if entry is None else entry.items()


def octets(entry: Entry | None) -> bytes:
    """Return octets; none if they are missing."""
    return b"" if entry is None else entry.octets()


def hex_pattern(entry: Entry) -> Pattern:
    """Return a pattern, written in hex."""
    text = entry.quoted()
    if not re.fullmatch(r"(?:(?:[0-9A-Fa-f]{2}|\.\.) *)+", text):
        raise entry.error('write two hex digits for each octet, or .. for any: "81 .."')
    return tuple(
        None if octet == ".." else int(octet, 16)
        for octet in re.findall(r"[0-9A-Fa-f]{2}|\.\.", text)
    )


def integer(entry: Entry | None, lowest: int, highest: int, default: int) -> int:
    """Return a whole number, or the default."""
    return default if entry is None else entry.integer(lowest, highest)


def number(entry: Entry | None, lowest: float, highest: float, default: float) -> float:
    """Return a number, or the default."""
    return default if entry is None else entry.number(lowest, highest)


def choice(entry: Entry | None, allowed: tuple[str, ...]) -> str:
    """Return one of several words; the first is the default."""
    return allowed[0] if entry is None else entry.choice(allowed)


def boolean(entry: Entry | None, *, default: bool) -> bool:
    """Return true or false, or the default."""
    return default if entry is None else entry.choice(("true", "false")) == "true"


def number_size(entry: Entry | None) -> int:
    """Return the octets of a number, 1 to 4."""
    return integer(entry, 1, 4, 1)


def is_bcd(entry: Entry | None) -> bool:
    """Return whether a number is written in decimal digits, two an octet."""
    return choice(entry, ("binary", "bcd")) == "bcd"


def endian(entry: Entry | None) -> Endian:
    """Return the order of octets."""
    return "big" if choice(entry, ("little", "big")) == "big" else "little"
