"""Answers that are computed from a token: a description names one of these.

Another one is added here as a function of token and key, and to `FUNCTIONS` and the schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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
ANSWERS: Final = (*FUNCTIONS, "add_number", *CHECKSUMS)


@dataclass(frozen=True, slots=True)
class ComputedAnswer:
    """Answer that a device expects in place of its token."""

    name: str
    key: bytes = b""
    endian: Endian = "little"

    def of(self, token: bytes) -> bytes:
        """Return the answer to a token."""
        if self.name in FUNCTIONS:
            return FUNCTIONS[self.name](token, self.key)
        if self.name == "add_number":
            added = int.from_bytes(self.key, self.endian)
            number = int.from_bytes(token, self.endian) + added
            return (number % (1 << 8 * len(token))).to_bytes(len(token), self.endian)
        size, compute = CHECKSUMS[self.name]
        return compute(token + self.key).to_bytes(size, self.endian)
