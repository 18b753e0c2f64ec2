"""Finds what an app computes of a number or a word that the device gives in a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
import re

from custom_components.backhug.device.protocols.described.answers import ComputedAnswer

from .answers import functions

DECIMAL, HEX = 10, 16
DIGITS = {DECIMAL: re.compile(r"[0-9]{1,20}"), HEX: re.compile(r"[0-9A-Fa-f]{1,32}")}
SIZES = (1, 2, 4, 8, 16)  # octets
LONGEST = 16  # octets


@dataclass(frozen=True, slots=True)
class Numeral:
    """How octets are written; base 0: the characters are the octets."""

    base: int
    digits: int = 0  # at least; 0: all that the octets have
    lower: bool = False

    def octets(self, word: str, size: int) -> bytes:
        """Return the octets of a word."""
        if not self.base:
            return word.encode()
        return int(word, self.base).to_bytes(size, "big")

    def word(self, octets: bytes) -> str:
        """Return octets as they are written."""
        number = int.from_bytes(octets, "big")
        if self.base == DECIMAL:
            return f"{number:0{max(1, self.digits)}}"
        digits = f"{number:0{self.digits or 2 * len(octets)}x}"
        return digits if self.lower else digits.upper()


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """A function of a piece of a line, with an example."""

    given: str
    written: str
    computed: ComputedAnswer
    read: Numeral
    size: int
    write: Numeral

    def described(self) -> dict[str, object]:
        """Return it as a description has it."""
        names = {0: "text", DECIMAL: "decimal", HEX: "hex"}
        spec: dict[str, object] = {"name": self.computed.name}
        if self.computed.key:
            spec["key"] = self.computed.key.hex(" ")
        if self.computed.endian == "little" and self.computed.name not in PLAIN:
            spec["endian"] = "little"
        if self.read.base:
            spec |= {"read": names[self.read.base], "size": self.size}
        spec["write"] = names[self.write.base]
        if self.write.digits:
            spec["digits"] = self.write.digits
        if self.write.lower:
            spec["case"] = "lower"
        return spec | {"given": self.given, "written": self.written}


# The order of octets makes no difference to them.
PLAIN = frozenset({"xor", "add", "reverse_xor", "reverse_add"})


def find_line_answer(given: Sequence[str], written: Sequence[str]) -> LineAnswer | None:
    """Return what explains the answers of all connections, the smallest numbers first."""
    for read, size in _readings(given):
        tokens = [read.octets(word, size) for word in given]
        for write in _writings(written):
            for width in (size,) if read.base else SIZES:
                answers = _octets(write, written, width)
                if answers is None:
                    continue
                for computed in functions(tokens[0], answers[0]):
                    # Numbers are read and written with the highest octet first.
                    if computed.endian == "little" and computed.name not in PLAIN:
                        continue
                    if all(
                        write.word(computed.of(token)) == word
                        for token, word in zip(tokens, written, strict=True)
                    ):
                        return LineAnswer(
                            given[0], written[0], computed, read, size, write
                        )
    return None


def _readings(words: Sequence[str]) -> Iterator[tuple[Numeral, int]]:
    for base in (DECIMAL, HEX):
        if all(map(DIGITS[base].fullmatch, words)):
            highest = max(int(word, base) for word in words)
            for size in SIZES:
                if highest < 1 << 8 * size:
                    yield Numeral(base), size
    if len(set(map(len, words))) == 1 and len(words[0]) <= LONGEST:
        yield Numeral(0), len(words[0])


def _writings(words: Sequence[str]) -> Iterator[Numeral]:
    shortest = min(map(len, words))
    padded = any(word[:1] == "0" and len(word) > 1 for word in words)
    if all(map(DIGITS[DECIMAL].fullmatch, words)):
        yield Numeral(DECIMAL, shortest if padded else 0)
    if all(map(DIGITS[HEX].fullmatch, words)):
        lower = any(word != word.upper() for word in words)
        yield Numeral(HEX, 0, lower)
        yield Numeral(HEX, shortest if padded else 1, lower)


def _octets(write: Numeral, words: Sequence[str], size: int) -> list[bytes] | None:
    if max(int(word, write.base) for word in words) >= 1 << 8 * size:
        return None
    return [write.octets(word, size) for word in words]
