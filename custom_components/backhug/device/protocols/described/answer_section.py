"""Reads the answer that is computed from a token."""

from __future__ import annotations

from typing import Final

from .answers import ANSWERS, ComputedAnswer
from .checksums import CHECKSUMS
from .document import Entry
from .reading import endian, octets

_LONGEST_KEY: Final = 16


def read_answer(entry: Entry, size: int) -> ComputedAnswer:
    """Read the answer to a token of so many octets, and check its example."""
    keys = entry.keys(
        ("name", "key", "endian", "given", "written"), ("name", "given", "written")
    )
    name, key = keys["name"].choice(ANSWERS), octets(keys.get("key"))
    if not key and name not in CHECKSUMS and not name.startswith("reverse"):
        raise keys["name"].error(f"add key, the octets that {name} takes")
    if len(key) > _LONGEST_KEY:
        raise keys["key"].error(f"write a key of at most {_LONGEST_KEY} octets")
    answer = ComputedAnswer(name, key, endian(keys.get("endian")))
    given, written = keys["given"].octets(), keys["written"].octets()
    if len(given) != size:
        raise keys["given"].error(f"write the {size} octets of a token")
    if (made := answer.of(given)) != written:
        raise keys["written"].error(
            f"the description gives {made.hex(' ')} here: correct one of them"
        )
    return answer
