"""Checksums that are variants of the usual ones."""

from __future__ import annotations

from binascii import crc32
import random
from typing import ClassVar, override

import pytest

from custom_components.backhug.device.protocols.described.checksums import (
    CHECKSUMS,
    Variant,
    of_variant,
)
from kit.analysis.checksums import find_checksum

from .evenings import described
from .vendors import Lumbara


@pytest.mark.parametrize(
    ("name", "size", "variant", "trailer"),
    [
        ("xor8", 1, Variant(0x5A), b""),
        ("sum8", 1, Variant(0x33), b"\x16"),
        ("sum16", 2, Variant(0x1234), b""),
        ("crc8", 1, Variant(0xFF, 0, 0x31), b""),
        ("crc8", 1, Variant(0, 0x55, 0x9B, reflected=True), b""),
        ("crc16_xmodem", 2, Variant(0xFFFF, 0, 0x8005), b""),
        ("crc16_xmodem", 2, Variant(0, 0xFFFF, 0x3D65, reflected=True), b""),
    ],
)
def test_variants_are_found(
    name: str, size: int, variant: Variant, trailer: bytes
) -> None:
    """A dozen frames of two lengths are enough."""
    chance = random.Random(3)
    frames = []
    for at in range(14):
        body = b"\xab" + chance.randbytes(4 + at % 2)
        value = of_variant(name, variant, body)
        frames.append(body + value.to_bytes(size, "little") + trailer)
    found = find_checksum(frames)
    assert found is not None
    assert (found.name, found.start, found.at) == (name, 0, -size - len(trailer))
    # Another variant may compute the same.
    assert all(found.fits(frame) for frame in frames)


@pytest.mark.parametrize("name", CHECKSUMS)
def test_checksum_behind_a_header_that_it_does_not_cover(name: str) -> None:
    """Found by name and range, written with the highest octet first."""
    chance = random.Random(5)
    frames = []
    for at in range(12):
        body = chance.randbytes(4 + at % 3)
        size, compute = CHECKSUMS[name]
        frames.append(b"\xa5\x57" + body + compute(body).to_bytes(size) + b"\x0d")
    found = find_checksum(frames)
    assert found is not None
    assert (found.name, found.start, found.at) == (name, 2, -found.size - 1)
    assert found.big == (found.size > 1)


def test_variant_before_what_it_covers() -> None:
    """The checksum stands behind the header, and covers all that follows."""
    chance = random.Random(7)
    variant = Variant(0x800D, 0, 0x8005)
    frames = []
    for at in range(14):
        body = chance.randbytes(4 + at % 3)
        value = of_variant("crc16_xmodem", variant, body)
        frames.append(b"\xc5" + value.to_bytes(2) + body)
    found = find_checksum(frames)
    assert found is not None
    assert (found.at, found.start, found.stop, found.big) == (1, 3, 0, True)
    assert found.variant == variant


def test_random_octets_have_none() -> None:
    """However many variants there are."""
    chance = random.Random(4)
    assert find_checksum([chance.randbytes(7) for _ in range(12)]) is None


class Reflected(Lumbara):
    """Digits of a CRC of eight bits with another polynomial."""

    checksum: ClassVar[dict[str, object]] = {
        "name": "crc8",
        "polynomial": "9b",
        "reflected": True,
    }
    variant = Variant(0, 0, 0x9B, reflected=True)

    @override
    def line(self, text: str) -> bytes:
        """Wrap a line."""
        return (
            f"{text}*{of_variant('crc8', self.variant, text.encode()):02x}\n".encode()
        )


class Long(Lumbara):
    """Eight digits without a separator."""

    checksum: ClassVar[dict[str, object]] = {"name": "crc32"}

    @override
    def line(self, text: str) -> bytes:
        """Wrap a line."""
        return f"{text}{crc32(text.encode()):08x}\n".encode()


@pytest.mark.parametrize("vendor", [Reflected, Long])
def test_digits_of_a_line(vendor: type[Reflected | Long]) -> None:
    """Any checksum that a frame of octets can have."""
    data = described(vendor)
    checksum = data["frame"]["checksum"]
    assert checksum.pop("case") == "lower"
    checksum.pop("separator", None)
    assert checksum == vendor.checksum
