"""Reads the frame of a description."""

from __future__ import annotations

from .checksums import CHECKSUMS, VARIABLE, Variant
from .ciphers import CIPHERS, Cipher
from .document import Entry
from .framing import Checksum, Counter, Framing, Length
from .reading import boolean, choice, endian, integer, number_size, octets

_VARIANT = ("initial", "final", "polynomial", "reflected")


def read_framing(section: Entry | None) -> Framing:
    """Read what surrounds a payload."""
    if section is None:
        return Framing()
    allowed = {
        "raw": ("counter",),
        "fixed": ("header", "reply_header", "trailer", "counter", "size", "fill"),
        "length": ("header", "reply_header", "trailer", "counter", "length"),
        "delimited": (
            *("header", "reply_header", "trailer", "counter", "length", "escape"),
        ),
        "text": ("trailer",),
    }
    needed = {
        "fixed": ("size",),
        "length": ("length",),
        "delimited": ("header", "trailer"),
        "text": ("trailer",),
    }
    every = {key for keys in allowed.values() for key in keys}
    common = ("kind", "checksum", "cipher")
    entry = section.keys((*common, *sorted(every)), ("kind",))
    kind = entry["kind"].choice(tuple(allowed))
    keys = section.keys((*common, *allowed[kind]), needed.get(kind, ()))
    header = octets(keys.get("header"))
    reply_header = octets(keys.get("reply_header")) or header
    if len(reply_header) != len(header):
        raise keys["reply_header"].error("write as many octets as header has")
    size = keys.get("size")
    checksum = keys.get("checksum")
    return Framing(
        kind=kind,
        header=header,
        reply_header=reply_header,
        trailer=octets(keys.get("trailer")),
        size=0 if size is None else size.integer(1, 255),
        fill=_fill(keys.get("fill")),
        length=_length(keys.get("length"), len(header)),
        counter=_counter(keys.get("counter"), len(header)),
        checksum=None
        if checksum is None
        else _checksum(checksum, len(header), text=kind == "text"),
        escape=_escape(keys.get("escape")),
        cipher=_cipher(keys.get("cipher")),
    )


def _fill(entry: Entry | None) -> bytes:
    if len(fill := octets(entry) or b"\0") != 1:
        assert entry is not None
        raise entry.error("write one octet here")
    return fill


def _length(entry: Entry | None, at: int) -> Length | None:
    if entry is None:
        return None
    keys = entry.keys(("at", "size", "endian", "counts", "add"), ("counts",))
    return Length(
        at=integer(keys.get("at"), at, 255, at),
        size=integer(keys.get("size"), 1, 2, 1),
        endian=endian(keys.get("endian")),
        counts=keys["counts"].choice(("payload", "after", "frame")),
        add=integer(keys.get("add"), -16, 16, 0),
    )


def _counter(entry: Entry | None, at: int) -> Counter | None:
    if entry is None:
        return None
    keys = entry.keys(("at", "size", "endian", "first", "last"), ("at",))
    size = number_size(keys.get("size"))
    highest = (1 << 8 * size) - 1
    first = integer(keys.get("first"), 0, highest - 1, 0)
    return Counter(
        at=keys["at"].integer(at, 255),
        size=size,
        endian=endian(keys.get("endian")),
        first=first,
        last=integer(keys.get("last"), first + 1, highest, highest),
    )


def _checksum(entry: Entry, header: int, *, text: bool) -> Checksum:
    keys = entry.keys(
        ("name", "from", "to", "check", *_VARIANT, "separator", "case")
        if text
        else ("name", "from", "to", "at", "endian", "check", *_VARIANT),
        ("name",),
    )
    start = integer(keys.get("from"), 0, 255, 0)
    separator = keys.get("separator")
    name = keys["name"].choice(tuple(CHECKSUMS))
    return Checksum(
        name=name,
        start=start,
        to=_end(keys.get("to"), start + 1),
        at=_end(keys.get("at"), header),
        endian=endian(keys.get("endian")),
        check=boolean(keys.get("check"), default=True),
        separator=b"" if separator is None else separator.quoted().encode(),
        lower=choice(keys.get("case"), ("upper", "lower")) == "lower",
        variant=_variant(name, keys),
    )


def _variant(name: str, keys: dict[str, Entry]) -> Variant | None:
    given = [keys[key] for key in _VARIANT if key in keys]
    if not given:
        return None
    if name not in VARIABLE:
        raise given[0].error(
            f"this is allowed only with {', '.join(VARIABLE)}: delete it"
        )
    if VARIABLE[name] is None and (wrong := keys.keys() & {"polynomial", "reflected"}):
        raise keys[min(wrong)].error(f"{name} has none: delete this")

    def number(key: str) -> int:
        value = octets(keys.get(key))
        if key in keys and len(value) != CHECKSUMS[name][0]:
            raise keys[key].error(f"write as many octets as {name} has")
        return int.from_bytes(value)

    return Variant(
        number("initial"),
        number("final"),
        number("polynomial") if "polynomial" in keys else None,
        boolean(keys.get("reflected"), default=False),
    )


def _cipher(entry: Entry | None) -> Cipher | None:
    if entry is None:
        return None
    keys = entry.keys(("name", "key"), ("name", "key"))
    sizes, cipher = CIPHERS[keys["name"].choice(tuple(CIPHERS))]
    if len(key := keys["key"].octets()) not in sizes:
        raise keys["key"].error(
            f"write a key of {sizes[0]} to {sizes[-1]} octets"
            if len(sizes) > 1
            else f"write a key of {sizes[0]} octets"
        )
    return cipher(key)


def _end(entry: Entry | None, lowest: int) -> int | None:
    if entry is None or entry.scalar() == "end":
        return None
    return entry.integer(lowest, 255)


def _escape(entry: Entry | None) -> dict[int, bytes]:
    if entry is None:
        return {}
    escape = {}
    for key, value in entry.pairs():
        if len(octet := key.octets()) != 1:
            raise key.error("write one octet here")
        escape[octet[0]] = value.octets()
    return escape
