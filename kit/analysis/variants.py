"""Finds checksums that begin with another value, or have another polynomial, than the usual ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from custom_components.backhug.device.protocols.described.checksums import (
    VARIABLE,
    Variant,
    of_variant,
)

LEAST = 4  # different frames of one length
MOST = 8
FRONT = 5  # octets from the front that one may stand at, which covers what follows
POLYNOMIALS = (
    *(0x1021, 0x8005, 0x3D65, 0x8BB7, 0xC867, 0xA097, 0x0589, 0x5935, 0x755B, 0x1DCF),
)
INITIALS = (0x0000, 0xFFFF, 0x1D0F, 0x800D, 0xB2AA, 0x89EC, 0xC6C6, 0x554D, 0xAAAA)
# The longer ones first: half of one may look like a shorter one.
SIZES = {"sum16": 2, "crc16_xmodem": 2, "xor8": 1, "sum8": 1, "crc8": 1}

type Place = tuple[int, int, bool]
"""First octet that is covered, place (negative: from the end), big-endian."""
type Found = tuple[str, Variant, int, int, bool]
type Pairs = list[tuple[bytes, int]]
"""Covered octets, and the checksum that they have."""


def find_variants(frames: Sequence[bytes]) -> Iterator[Found]:
    """Yield variants that explain frames of one length; the caller tries them on all."""
    by_size: dict[int, list[bytes]] = {}
    for frame in frames:
        by_size.setdefault(len(frame), []).append(frame)
    groups = sorted(by_size.values(), key=len, reverse=True)
    if not groups or len(groups[0]) < LEAST:
        return
    for name, size in SIZES.items():
        for place in _places(size, min(map(len, frames))):
            pairs = [_pairs(group[:MOST], place, size) for group in groups]
            search = _sums if VARIABLE[name] is None else _crcs
            for variant in search(name, size, pairs):
                yield name, variant, *place


def _places(size: int, shortest: int) -> Iterator[Place]:
    for trailing in (0, 1):
        for start in range(min(4, shortest - size - trailing)):
            for big in (False, True) if size > 1 else (False,):
                yield start, -size - trailing, big
    for at in range(min(FRONT, shortest - size)):
        for big in (False, True) if size > 1 else (False,):
            yield at + size, at, big


def _pairs(group: Sequence[bytes], place: Place, size: int) -> Pairs:
    start, at, big = place
    return [
        (
            frame[start : at if at < 0 else None],
            int.from_bytes(frame[at:][:size], "big" if big else "little"),
        )
        for frame in group
    ]


def _sums(name: str, size: int, groups: Sequence[Pairs]) -> Iterator[Variant]:
    """Yield the constant by which all differ from a plain sum."""
    pairs = [pair for group in groups for pair in group]
    plain = [of_variant(name, Variant(), data) for data, _ in pairs]
    differences = {
        value ^ base if name == "xor8" else (value - base) % (1 << 8 * size)
        for (_, value), base in zip(pairs, plain, strict=True)
    }
    if len(differences) == 1 and (initial := differences.pop()):
        yield Variant(initial)


def _crcs(name: str, size: int, groups: Sequence[Pairs]) -> Iterator[Variant]:
    """Yield CRCs: the difference of two frames does not depend on where they begin."""
    first = groups[0]
    differences = [
        (
            bytes(one ^ other for one, other in zip(data, first[0][0], strict=True)),
            value ^ first[0][1],
        )
        for data, value in first[1:]
    ]
    if not any(value for _, value in differences):
        return  # a constant is explained by anything
    for polynomial in range(1, 256) if size == 1 else POLYNOMIALS:
        for reflected in (False, True):
            variant = Variant(0, 0, polynomial, reflected)
            if all(
                of_variant(name, variant, data) == value for data, value in differences
            ):
                yield from _beginnings(name, size, variant, groups)


def _beginnings(
    name: str, size: int, variant: Variant, groups: Sequence[Pairs]
) -> Iterator[Variant]:
    """Yield the initial values and the inversions that serve all lengths, the usual ones first."""
    usual = (0, 0xFF, *range(1, 0xFF)) if size == 1 else INITIALS
    found = []
    for initial in usual:
        finals = {
            of_variant(
                name, Variant(initial, 0, variant.polynomial, variant.reflected), data
            )
            ^ value
            for group in groups
            for data, value in group[:1]
        }
        if len(finals) == 1:
            final = finals.pop()
            found.append(Variant(initial, final, variant.polynomial, variant.reflected))
    found.sort(key=lambda one: one.final not in {0, (1 << 8 * size) - 1})
    yield from found[:2]
