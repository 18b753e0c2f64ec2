"""Sentences that take back what they began with: what is said last counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
import re
from typing import Final

from .meaning import STOP, Meaning
from .sentence import Sentence
from .stops import Ending, ending

_NUMBER: Final = {"number": re.compile(r" \d+(?= )")}
_INSTEAD_OF_A_STOP: Final = ("BackHugPauseSession", "BackHugResumeSession")


def corrected(
    sentence: Sentence, meaning_of: Callable[[Sentence], Meaning | None]
) -> Meaning | None:
    """Return what is meant after a correction such as "no, I meant"; None if there is none.

    After "but" an order counts more than "enough" or a pain before it.
    """
    for head, tail, explicit in _parts(sentence, "correction"):
        before = meaning_of(head)
        value = head.text.strip().isdecimal()
        found = meaning_of(tail) if before or explicit or value else None
        if found is None:
            found = next(filter(None, map(meaning_of, _replaced(head, tail))), None)
        stops = before is not None and before.intent == STOP
        taken_back = explicit and not tail.has("too", "not")
        if found and (not stops or taken_back or found.intent in _INSTEAD_OF_A_STOP):
            return found
    for head, tail, _ in _parts(sentence, "but"):
        complains = ending(head) in (Ending.ENOUGH, Ending.HURT)
        if complains and not head.has("stop", "halt") and (found := meaning_of(tail)):
            return found
    return None


def _parts(
    sentence: Sentence, concept: str
) -> Iterator[tuple[Sentence, Sentence, bool]]:
    """Yield the parts before and after each mark, the last one first, and whether it can only be a correction."""
    text, words = sentence.text, sentence.vocabulary
    for mark in reversed(list(sentence.found(concept))):
        head, tail = text[: mark.start() + 1], text[mark.end() :]
        if head.strip() and tail.strip():
            explicit = words.concepts["explicit"].search(f"{mark[0]} ") is not None
            yield Sentence(head, words), Sentence(tail, words), explicit


def _replaced(head: Sentence, tail: Sentence) -> Iterator[Sentence]:
    """Yield the first part with its value replaced: "strength four, no, three"."""
    words = head.vocabulary
    directions = {"direction": words.concepts["direction"]}
    for values in (_NUMBER, words.areas, words.flows, words.firmness, directions):
        old, new = _matches(head, values), _matches(tail, values)
        if old and new:
            at = max(each.start() for each in old)
            first = min(each.start() for each in new)
            yield Sentence(head.text[:at] + tail.text[first:], words)


def _matches(
    sentence: Sentence, values: Mapping[str, re.Pattern[str]]
) -> list[re.Match[str]]:
    return [
        match
        for pattern in values.values()
        for match in pattern.finditer(sentence.text)
    ]
