"""Ciphers by name: a description names one of these, and has the key.

Another one is added here as a class with `encrypt` and `decrypt`, and to `CIPHERS` and the schema.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, override

from cryptography.hazmat.primitives.ciphers import (
    Cipher as Algorithm,
    algorithms,
    modes,
)

from ...errors import MalformedError


class Cipher(Protocol):
    """Encrypts whole frames, each by itself."""

    def encrypt(self, frame: bytes) -> bytes:
        """Return what is written. Raises ValueError if the frame cannot be encrypted."""

    def decrypt(self, value: bytes) -> bytes:
        """Return the frame. Raises MalformedError."""


@dataclass(frozen=True, slots=True)
class Aes128Ecb(Cipher):
    """AES with a fixed key, each block of 16 octets by itself: what many cheap devices use."""

    key: bytes

    @override
    def encrypt(self, frame: bytes) -> bytes:
        if not frame or len(frame) % _BLOCK:
            raise ValueError("a frame of this cipher has a multiple of 16 octets")
        encryptor = self._algorithm().encryptor()
        return encryptor.update(frame) + encryptor.finalize()

    @override
    def decrypt(self, value: bytes) -> bytes:
        if not value or len(value) % _BLOCK:
            raise MalformedError("length")
        decryptor = self._algorithm().decryptor()
        return decryptor.update(value) + decryptor.finalize()

    def _algorithm(self) -> Algorithm[modes.ECB]:
        # The device demands it: the mode is not ours to choose.
        return Algorithm(algorithms.AES(self.key), modes.ECB())  # noqa: S305


@dataclass(frozen=True, slots=True)
class Xor(Cipher):
    """Every octet XOR the next one of the key, which is repeated."""

    key: bytes

    @override
    def encrypt(self, frame: bytes) -> bytes:
        key = self.key
        return bytes(octet ^ key[at % len(key)] for at, octet in enumerate(frame))

    @override
    def decrypt(self, value: bytes) -> bytes:
        return self.encrypt(value)


_BLOCK: Final = 16
CIPHERS: Final[dict[str, tuple[range, Callable[[bytes], Cipher]]]] = {
    "aes128_ecb": (range(16, 17), Aes128Ecb),
    "xor": (range(1, 17), Xor),
}
"""Possible octets of the key, and the cipher with it."""
