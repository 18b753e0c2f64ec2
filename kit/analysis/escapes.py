"""Finds how a delimiter is written inside a frame."""

from __future__ import annotations

from collections.abc import Sequence

# What follows the mark instead of the delimiter, and instead of the mark itself.
ESCAPES = ((1, 2), (0xDC, 0xDD), (0x5E, 0x5D))
STANDARD_ESCAPES = {
    0xC0: {0xC0: b"\xdb\xdc", 0xDB: b"\xdb\xdd"},  # SLIP
    0x7E: {0x7E: b"\x7d\x5e", 0x7D: b"\x7d\x5d"},  # HDLC
}


def find_escape(frames: Sequence[bytes]) -> dict[int, bytes]:
    """Return the escapes of frames: the standard ones of a delimiter unless something speaks against them."""
    bodies = [frame[1:-1] for frame in frames]
    first, last = frames[0][0], frames[0][-1]
    standard = STANDARD_ESCAPES.get(first, {}) if first == last else {}
    if standard and _followers(bodies, [*standard][1]) <= {
        code[1] for code in standard.values()
    }:
        return standard
    for mark in range(256):
        if mark in {first, last}:
            continue
        followers = _followers(bodies, mark)
        for own, other in ESCAPES:
            if own in followers and followers <= {own, other}:
                return {first: bytes([mark, own]), mark: bytes([mark, other])}
    return {}


def _followers(bodies: Sequence[bytes], mark: int) -> set[int]:
    """Return all octets that follow a mark; -1 for none."""
    followers = set()
    for body in bodies:
        position = body.find(mark)
        while position >= 0:
            followers.add(body[position + 1] if position + 1 < len(body) else -1)
            position = body.find(mark, position + 2)
    return followers


def unescape(octets: bytes, escape: dict[int, bytes]) -> bytes:
    """Return a delimited frame as it was before escaping."""
    if not escape:
        return octets
    back = {code: plain for plain, code in escape.items()}
    body = octets[1:-1]
    out = bytearray()
    position = 0
    while position < len(body):
        pair = body[position : position + 2]
        if pair in back:
            out.append(back[pair])
            position += 2
        else:
            out.append(body[position])
            position += 1
    return octets[:1] + bytes(out) + octets[-1:]
