"""Tells payloads that an app encrypts: their octets look like chance."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from math import log2

LEAST_OCTETS = 200
LEAST_SIZE = 8  # octets of a payload
LEAST_DIFFERENT = 0.9  # share of payloads that are others than all before
ALMOST = 0.97  # of the entropy that chance gives


def looks_encrypted(payloads: Sequence[bytes]) -> bool:
    """Return whether no octet of different payloads is likelier than another."""
    different = {payload for payload in payloads if len(payload) >= LEAST_SIZE}
    octets = Tally(octet for payload in different for octet in payload)
    total = octets.total()
    if total < LEAST_OCTETS:
        return False
    entropy = -sum(n / total * log2(n / total) for n in octets.values())
    # What a sample of this size has on average if all octets are equally likely (Miller and Madow).
    expected = 8 - 255 / (2 * total * 0.6931)
    return entropy >= ALMOST * expected


def never_repeats(payloads: Sequence[bytes]) -> bool:
    """Return whether nearly all payloads differ: the same press writes something else each time."""
    return len(set(payloads)) >= LEAST_DIFFERENT * len(payloads)
