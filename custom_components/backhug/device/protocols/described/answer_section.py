"""Reads the answer that is computed from a token."""

from __future__ import annotations

from typing import Final

from .answers import ANSWERS, ComputedAnswer, Numeral
from .checksums import CHECKSUMS
from .document import Entry
from .reading import choice, endian, integer, octets

_LONGEST_KEY: Final = 16
_BASES: Final = {"decimal": 10, "hex": 16, "text": 0}
_MOST_DIGITS: Final = 32


def read_answer(entry: Entry, size: int, *, text: bool) -> ComputedAnswer:
    """Read the answer to a token, and check its example; `size`: octets of the token, if it is no text."""
    allowed = ("name", "key", "endian", "given", "written")
    numeral = ("read", "size", "write", "digits", "case") if text else ()
    keys = entry.keys((*allowed, *numeral), ("name", "given", "written"))
    name, key = keys["name"].choice(ANSWERS), octets(keys.get("key"))
    if not key and name not in CHECKSUMS and not name.startswith("reverse"):
        raise keys["name"].error(f"add key, the octets that {name} takes")
    if len(key) > _LONGEST_KEY:
        raise keys["key"].error(f"write a key of at most {_LONGEST_KEY} octets")
    if text:
        return _of_text(keys, name, key)
    answer = ComputedAnswer(name, key, endian(keys.get("endian")))
    given, written = keys["given"].octets(), keys["written"].octets()
    if len(given) != size:
        raise keys["given"].error(f"write the {size} octets of a token")
    if (made := answer.of(given)) != written:
        raise keys["written"].error(
            f"the description gives {made.hex(' ')} here: correct one of them"
        )
    return answer


def _of_text(keys: dict[str, Entry], name: str, key: bytes) -> ComputedAnswer:
    read = _BASES[choice(keys.get("read"), ("text", "decimal", "hex"))]
    if read and "size" not in keys:
        raise keys["read"].error("add size, the octets of the number")
    if not read and "size" in keys:
        raise keys["size"].error("this goes with read: decimal or hex only: delete it")
    usual = ("decimal", "hex") if read == _BASES["decimal"] else ("hex", "decimal")
    answer = ComputedAnswer(
        name,
        key,
        # Digits are written with the highest first.
        "little"
        if choice(keys.get("endian"), ("big", "little")) == "little"
        else "big",
        Numeral(
            read,
            integer(keys.get("size"), 1, _LONGEST_KEY, 0),
            _BASES[choice(keys.get("write"), usual)],
            integer(keys.get("digits"), 1, _MOST_DIGITS, 0),
            lower=choice(keys.get("case"), ("upper", "lower")) == "lower",
        ),
    )
    try:
        made = answer.of(keys["given"].quoted().encode())
    except ValueError as error:
        raise keys["given"].error(
            "write the token of an example, a number that fits into size"
        ) from error
    if made != keys["written"].quoted().encode():
        raise keys["written"].error(
            f"the description makes {made.decode()} of this: correct one of them"
        )
    return answer
