"""Checksums by name, and the search for the one that frames carry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import xor
from zlib import adler32, crc32

from custom_components.backhug.device.protocols.described.checksums import (
    CHECKSUMS,
    Variant,
    of_variant,
)

from .variants import find_variants

LEAST_FRAMES = 3  # different ones
LEAST_SHARE = 0.95  # of the frames that must agree
SAMPLE = 40  # frames that a candidate is tried on before all
FURTHEST = 12  # offset from the front that a checksum may stand at
ALL = 0xFFFFFFFF
TRAILING = 3  # octets that may follow it


def _crc(
    size: int, polynomial: int, initial: int, final: int = 0
) -> Callable[[bytes], int]:
    """Return a CRC of 8, 16 or 32 bits that begins with the highest bit."""
    highest, mask = 1 << 8 * size - 1, (1 << 8 * size) - 1
    table = []
    for octet in range(256):
        value = octet << 8 * (size - 1)
        for _ in range(8):
            value = (value << 1 ^ (polynomial if value & highest else 0)) & mask
        table.append(value)

    def compute(data: bytes) -> int:
        value = initial
        for octet in data:
            value = (value << 8 & mask) ^ table[value >> 8 * (size - 1) ^ octet]
        return value ^ final

    return compute


def _crc_reflected(
    polynomial: int, initial: int, final: int = 0
) -> Callable[[bytes], int]:
    """Return a CRC that begins with the lowest bit; the polynomial is reflected, `final` inverts bits."""
    table = []
    for octet in range(256):
        value = octet
        for _ in range(8):
            value = value >> 1 ^ (polynomial if value & 1 else 0)
        table.append(value)

    def compute(data: bytes) -> int:
        value = initial
        for octet in data:
            value = value >> 8 ^ table[(value ^ octet) & 0xFF]
        return value ^ final

    return compute


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A checksum by name, as the description format knows it."""

    name: str
    size: int
    compute: Callable[[bytes], int]


ALGORITHMS = (
    Algorithm("xor8", 1, lambda data: reduce(xor, data, 0)),
    Algorithm("sum8", 1, lambda data: sum(data) & 0xFF),
    Algorithm("sum8_inverted", 1, lambda data: ~sum(data) & 0xFF),
    Algorithm("sum8_negated", 1, lambda data: -sum(data) & 0xFF),
    Algorithm("sum16", 2, lambda data: sum(data) & 0xFFFF),
    Algorithm("sum16_inverted", 2, lambda data: ~sum(data) & 0xFFFF),
    Algorithm("sum16_negated", 2, lambda data: -sum(data) & 0xFFFF),
    Algorithm("crc8", 1, _crc(1, 0x07, 0)),
    Algorithm("crc8_maxim", 1, _crc_reflected(0x8C, 0)),
    Algorithm("crc16_modbus", 2, _crc_reflected(0xA001, 0xFFFF)),
    Algorithm("crc16_ccitt", 2, _crc(2, 0x1021, 0xFFFF)),
    Algorithm("crc16_xmodem", 2, _crc(2, 0x1021, 0)),
    Algorithm("crc16_kermit", 2, _crc_reflected(0x8408, 0)),
    Algorithm("crc16_x25", 2, _crc_reflected(0x8408, 0xFFFF, 0xFFFF)),
    Algorithm("crc16_arc", 2, _crc_reflected(0xA001, 0)),
    Algorithm("fletcher16", *CHECKSUMS["fletcher16"]),
    Algorithm("fletcher16_256", *CHECKSUMS["fletcher16_256"]),
    Algorithm("crc32", 4, crc32),
    Algorithm("crc32_bzip2", 4, _crc(4, 0x04C11DB7, ALL, ALL)),
    Algorithm("crc32_mpeg2", 4, _crc(4, 0x04C11DB7, ALL)),
    Algorithm("crc32c", 4, _crc_reflected(0x82F63B78, ALL, ALL)),
    Algorithm("adler32", 4, adler32),
)
BY_NAME = {algorithm.name: algorithm for algorithm in ALGORITHMS}


@dataclass(frozen=True, slots=True)
class Checksum:
    """A checksum and its place; negative offsets count from the end of the frame."""

    name: str
    start: int  # first octet that it covers
    stop: int | None  # first octet that it does not cover; None for its own place
    at: int
    big: bool = False
    matched: int = 0
    tried: int = 0
    variant: Variant | None = None

    def compute(self, data: bytes) -> int:
        """Return the checksum of octets."""
        if self.variant is not None:
            return of_variant(self.name, self.variant, data)
        return BY_NAME[self.name].compute(data)

    @property
    def size(self) -> int:
        """Octets of the checksum."""
        return BY_NAME[self.name].size

    @property
    def place(self) -> str:
        """Its place in words."""
        covers = f"octets {self.start} to " + (
            "its own place" if self.stop is None else f"{self.stop or 'the end'}"
        )
        where = f"octet {self.at}" if self.at >= 0 else f"{-self.at} from the end"
        order = (
            "" if self.size == 1 else ", big-endian" if self.big else ", little-endian"
        )
        return f"over {covers}, at {where}{order}"

    def covered(self, frame: bytes) -> tuple[bytes, bytes] | None:
        """Return the octets that it covers and those of the checksum, None if the frame is too short."""
        at = self.at if self.at >= 0 else len(frame) + self.at
        stop = (
            at
            if self.stop is None
            else len(frame) + self.stop
            if self.stop <= 0
            else self.stop
        )
        if at < 0 or at + self.size > len(frame) or stop < self.start:
            return None
        return frame[self.start : stop], frame[at : at + self.size]

    def fits(self, frame: bytes) -> bool:
        """Return whether the frame carries the right checksum."""
        parts = self.covered(frame)
        if parts is None:
            return False
        return self.compute(parts[0]) == int.from_bytes(
            parts[1], "big" if self.big else "little"
        )


def find_checksum(
    frames: Iterable[bytes], taken: frozenset[int] = frozenset()
) -> Checksum | None:
    """Return the checksum that different frames carry, or None.

    `taken` are octets with another purpose. Of candidates that fit equally, the
    one that stands last and covers most wins: that is the usual form.
    """
    different = sorted(set(frames), key=lambda frame: (len(frame), frame))
    if len(different) < LEAST_FRAMES:
        return None
    # Short frames first, and then some of every length: a wrong candidate fails early.
    sample = different[:6] + different[6 :: max(1, len(different) // SAMPLE)]
    best: Checksum | None = None
    for candidate in _candidates(min(len(frame) for frame in different), taken):
        if not _agrees(candidate, sample)[0]:
            continue
        agrees, matched, tried = _agrees(candidate, different)
        if agrees and (
            best is None or _rank(candidate, matched) > _rank(best, best.matched)
        ):
            best = replace(candidate, matched=matched, tried=tried)
    if best is None:
        for name, variant, start, at, big in find_variants(different):
            stop = None if at < 0 else 0
            candidate = Checksum(name, start, stop, at, big, variant=variant)
            agrees, matched, tried = _agrees(candidate, different)
            if agrees:
                return replace(candidate, matched=matched, tried=tried)
    return best


def _rank(candidate: Checksum, matched: int) -> tuple[int, int]:
    return matched, candidate.size


def _agrees(candidate: Checksum, frames: Sequence[bytes]) -> tuple[bool, int, int]:
    """Return whether it fits, how many it fits, and how many tell anything.

    A frame in which nothing is covered tells nothing: some devices write zeros
    there. Neither do many frames with the same checksum.
    """
    matched: set[tuple[bytes, bytes]] = set()
    tried: set[tuple[bytes, bytes]] = set()
    values: set[bytes] = set()
    missed = 0
    allowed = len(frames) * (1 - LEAST_SHARE)
    for frame in frames:
        parts = candidate.covered(frame)
        if parts is not None and not parts[0]:
            continue
        if parts is not None and candidate.fits(frame):
            matched.add(parts)
            tried.add(parts)
            values.add(parts[1])
        else:
            tried.add(parts or (frame, b""))
            missed += 1
            if missed > allowed:
                return False, 0, 0
    enough = len(tried) >= LEAST_FRAMES and len(matched) >= len(tried) * LEAST_SHARE
    if candidate.size == 2 and all(
        value[0 if candidate.big else 1] == 0 for value in values
    ):
        enough = False  # one octet explains it
    return enough and len(values) >= LEAST_FRAMES, len(matched), len(tried)


def _candidates(shortest: int, taken: frozenset[int]) -> Iterable[Checksum]:
    starts = range(min(7, shortest))
    for algorithm in ALGORITHMS:
        size = algorithm.size
        for big in (False, True) if size > 1 else (False,):
            for trailing in range(TRAILING + 1):
                at = -size - trailing
                if -at > shortest:
                    continue
                for start in starts:
                    yield Checksum(algorithm.name, start, None, at, big)
            for at in range(1, min(FURTHEST, shortest - size + 1)):
                if taken & set(range(at, at + size)):
                    continue
                for trailing in range(2):
                    yield Checksum(algorithm.name, at + size, -trailing, at, big)
                for start in range(min(at, 4)):
                    yield Checksum(algorithm.name, start, None, at, big)
