"""Numbers and words that a payload can be taken apart into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import re

REACH = 40  # octets that are looked at
SPLITS = (",", ";", "|", "=", ":", " ", "/")
NUMBER = re.compile(
    r"(?:[A-Za-z_]{1,20}[=:])?([0-9]{1,6})(?:[.,]([0-9]{1,6})|:([0-5][0-9]))?"
)
NAMED = re.compile(r"[^=:]*[A-Za-z_]+[=:][^=]*")  # a piece such as L=3
BITS = (
    (0, 3),
    (4, 7),
    (0, 1),
    (0, 0),
    (1, 1),
    (2, 2),
    (3, 3),
    (4, 4),
    (5, 5),
    (6, 6),
    (7, 7),
    (4, 5),
    (6, 7),
)
LAMPS = ((0, 4), (0, 5), (0, 6))  # one more is lit at each level


@dataclass(frozen=True, slots=True)
class Feature:
    """One place in a payload: an octet, two of them, bits, or a piece of a line."""

    octet: int = 0
    size: int = 1
    big: bool = False
    bits: tuple[int, int] | None = None
    part: int | None = None
    split: str = ""

    @property
    def octets(self) -> frozenset[tuple[int, int]]:
        """The bits that it is made of, as octet and bit; pieces of a line count as octets."""
        if self.part is not None:
            return frozenset((self.part, bit) for bit in range(8))
        low, high = self.bits or (0, 7)
        return frozenset(
            (self.octet + at, bit)
            for at in range(self.size)
            for bit in range(low, high + 1)
        )

    @property
    def rank(self) -> tuple[int, int, int]:
        """Simple features first."""
        width = 8 * self.size if self.bits is None else self.bits[1] - self.bits[0] + 1
        kind = 0 if self.bits is None and self.size == 1 else 1 if self.bits else 2
        return (
            kind,
            -width if self.bits else width,
            self.part if self.part is not None else self.octet,
        )

    @property
    def place(self) -> str:
        """In words."""
        if self.part is not None:
            return f"piece {self.part} of the line"
        if self.bits:
            return f"octet {self.octet}, bits {self.bits[0]} to {self.bits[1]}"
        if self.size == 1:
            return f"octet {self.octet}"
        return f"octets {self.octet} and {self.octet + 1}, {'big' if self.big else 'little'}-endian"

    def of(self, payload: bytes) -> str | None:
        """Return its value as the description writes it: hex octets, or a piece of text."""
        if self.part is not None:
            pieces = payload.decode("latin-1").split(self.split)
            if self.part >= len(pieces):
                return None
            piece = pieces[self.part].strip()
            # A description has nothing else.
            return piece if piece.isascii() and piece.isprintable() and piece else None
        if self.octet + self.size > len(payload):
            return None
        number = self._number(payload)
        return (
            f"{number:0{2 * self.size}x}"
            if self.big or self.size == 1
            else payload[self.octet :][:2].hex()
        )

    def number(self, payload: bytes) -> float | None:
        """Return its value as a number."""
        if self.part is not None:
            return _number(self.of(payload) or "")
        return None if self.octet + self.size > len(payload) else self._number(payload)

    def _number(self, payload: bytes) -> int:
        number = int.from_bytes(
            payload[self.octet : self.octet + self.size],
            "big" if self.big else "little",
        )
        if self.bits:
            number = number >> self.bits[0] & (1 << self.bits[1] - self.bits[0] + 1) - 1
        return number

    def described(self) -> dict[str, object]:
        """Return the keys by which a description names this place."""
        if self.part is not None:
            return {"part": self.part}
        keys: dict[str, object] = {"octet": self.octet}
        if self.size == 2:
            keys |= {"size": 2} | ({"endian": "big"} if self.big else {})
        if self.bits:
            keys["bits"] = list(self.bits)
        return keys


def _number(piece: str) -> float | None:
    """Return the number in a piece of a line, also with decimals, or as minutes and seconds."""
    if not (found := NUMBER.fullmatch(piece.strip())):
        return None
    whole, decimals, seconds = found.groups()
    if seconds is not None:
        return 60 * int(whole) + int(seconds)
    return float(f"{whole}.{decimals}") if decimals else int(whole)


def features(size: int, is_text: bool, split: str) -> Iterator[Feature]:
    """Yield the features of payloads with `size` octets, or of lines with `size` pieces."""
    for at in range(min(size, REACH)):
        if is_text:
            yield Feature(part=at, split=split)
            continue
        yield Feature(at)
        for bits in BITS:
            yield Feature(at, bits=bits)
        if at + 1 < size:
            yield Feature(at, 2)
            yield Feature(at, 2, big=True)


def find_split(lines: list[bytes]) -> str:
    """Return the mark that cuts lines into named values, or else into most pieces, the same number each."""
    best: tuple[bool, int, str] = (False, 1, "")
    for split in SPLITS:
        cut = [line.decode("latin-1").split(split) for line in lines]
        count = len(cut[0]) if cut else 0
        if count < 2 or any(len(pieces) != count for pieces in cut):
            continue
        named = all(NAMED.fullmatch(piece) for pieces in cut for piece in pieces)
        if (named, count) > best[:2]:
            best = (named, count, split)
    return best[2]
