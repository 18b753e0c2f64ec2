"""Finds what an app computes of the octets that the device gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from custom_components.backhug.device.protocols.described.answers import ComputedAnswer
from custom_components.backhug.device.protocols.described.checksums import CHECKSUMS

LONGEST, SHORTEST = 16, 2  # octets
REACH = 24  # octets of a message
ENDIANS: tuple[Literal["little", "big"], ...] = ("little", "big")


@dataclass(frozen=True, slots=True)
class Answer:
    """Where octets are given and where something computed of them is written, with an example."""

    at: int
    to: int
    given: bytes
    written: bytes
    computed: ComputedAnswer


def find_answer(given: Sequence[bytes], written: Sequence[bytes]) -> Answer | None:
    """Return what explains the writes of all connections; the longest token counts."""
    shortest = min(REACH, *map(len, given))
    for size in range(min(LONGEST, shortest), SHORTEST - 1, -1):
        for at in range(shortest - size + 1):
            tokens = [one[at : at + size] for one in given]
            if not _all_change(tokens):
                continue
            for to, answers in _places(written, size):
                for computed in functions(tokens[0], answers[0]):
                    if _explains(computed, tokens, answers):
                        return Answer(at, to, tokens[0], answers[0], computed)
    return None


def _all_change(values: Sequence[bytes]) -> bool:
    """Return whether no octet is the same in all: a constant is explained by anything."""
    return all(len(set(column)) > 1 for column in zip(*values, strict=True))


def _places(written: Sequence[bytes], size: int) -> Iterator[tuple[int, list[bytes]]]:
    shortest = min(REACH, *map(len, written))
    for width in dict.fromkeys((size, 4, 2)):
        for to in range(shortest - width + 1):
            answers = [one[to : to + width] for one in written]
            if _all_change(answers):
                yield to, answers


def functions(token: bytes, answer: bytes) -> Iterator[ComputedAnswer]:
    """Yield what makes this answer of this token, the simplest function first."""
    if len(token) == len(answer):
        for name, ordered in (("", token), ("reverse_", token[::-1])):
            pairs = list(zip(ordered, answer, strict=True))
            yield ComputedAnswer(f"{name}xor", _period(bytes(a ^ b for a, b in pairs)))
            added = bytes(b - a & 0xFF for a, b in pairs)
            yield ComputedAnswer(f"{name}add", _period(added))
        for endian in ENDIANS:
            number = int.from_bytes(answer, endian) - int.from_bytes(token, endian)
            key = (number % (1 << 8 * len(token))).to_bytes(len(token), endian)
            yield ComputedAnswer("add_number", key, endian)
    for name, (size, _) in CHECKSUMS.items():
        if size == len(answer):
            yield ComputedAnswer(name)
            yield ComputedAnswer(name, endian="big")


def _period(key: bytes) -> bytes:
    """Return the shortest key that gives this one when it is repeated."""
    return next(
        key[:size]
        for size in range(1, len(key) + 1)
        if (key[:size] * len(key))[: len(key)] == key
    )


def _explains(
    computed: ComputedAnswer, tokens: Sequence[bytes], answers: Sequence[bytes]
) -> bool:
    return all(
        computed.of(token) == answer
        for token, answer in zip(tokens, answers, strict=True)
    )
