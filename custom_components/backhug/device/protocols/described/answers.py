"""Answers that are computed from a token: a description names one of these.

Another one is added here as a function of token and key, and to `FUNCTIONS` and the schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import re
from typing import Final

from .checksums import CHECKSUMS
from .framing import Endian


def _repeated(key: bytes, size: int) -> bytes:
    return ((key or b"\0") * size)[:size]


def _xor(token: bytes, key: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(token, _repeated(key, len(token)), strict=True))


def _add(token: bytes, key: bytes) -> bytes:
    return bytes(
        (a + b) & 0xFF for a, b in zip(token, _repeated(key, len(token)), strict=True)
    )


FUNCTIONS: Final[dict[str, Callable[[bytes, bytes], bytes]]] = {
    "xor": _xor,
    "add": _add,
    "reverse_xor": lambda token, key: _xor(token[::-1], key),
    "reverse_add": lambda token, key: _add(token[::-1], key),
}
"""Functions of token and key that give as many octets as the token has; the key is repeated."""
_HEX: Final = 16
_DIGITS: Final = {
    10: re.compile(rb"[0-9]{1,39}"),
    _HEX: re.compile(rb"[0-9A-Fa-f]{1,32}"),
}
ANSWERS: Final = (*FUNCTIONS, "add_number", *CHECKSUMS)


@dataclass(frozen=True, slots=True)
class Numeral:
    """How a token is read from a line of text, and its answer written: as numbers to a base."""

    read: int
    """10 or 16; 0 takes the characters as they are."""
    size: int
    """Octets of the number that is read."""
    write: int
    digits: int
    """The least number of digits, with zeros in front; 0: all digits of the octets if written in hex."""
    lower: bool = False
    """Whether hex digits are small letters."""

    def octets(self, text: bytes, endian: Endian) -> bytes:
        """Return the octets of a token. Raises ValueError if it is no such number."""
        if not self.read:
            return text
        if not _DIGITS[self.read].fullmatch(text):
            raise ValueError(text)
        try:
            return int(text, self.read).to_bytes(self.size, endian)
        except OverflowError as error:
            raise ValueError(text) from error

    def text(self, octets: bytes, endian: Endian) -> bytes:
        """Return octets as they are written."""
        number = int.from_bytes(octets, endian)
        if self.write != _HEX:
            return f"{number:0{self.digits or 1}}".encode()
        digits = f"{number:0{self.digits or 2 * len(octets)}x}"
        return (digits if self.lower else digits.upper()).encode()


@dataclass(frozen=True, slots=True)
class ComputedAnswer:
    """Answer that a device expects in place of its token."""

    name: str
    key: bytes = b""
    endian: Endian = "little"
    numeral: Numeral | None = None
    """Between lines of text."""

    def of(self, token: bytes) -> bytes:
        """Return the answer to a token. Raises ValueError if that is no number although it should be."""
        if (numeral := self.numeral) is None:
            return self._of(token)
        octets = self._of(numeral.octets(token, self.endian))
        return numeral.text(octets, self.endian)

    def _of(self, token: bytes) -> bytes:
        if self.name in FUNCTIONS:
            return FUNCTIONS[self.name](token, self.key)
        if self.name == "add_number":
            added = int.from_bytes(self.key, self.endian)
            number = int.from_bytes(token, self.endian) + added
            return (number % (1 << 8 * len(token))).to_bytes(len(token), self.endian)
        size, compute = CHECKSUMS[self.name]
        return compute(token + self.key).to_bytes(size, self.endian)
