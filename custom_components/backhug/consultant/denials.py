"""Denials of all cautions in an utterance. In doubt, nothing is denied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
import re
from typing import Final

from .lexicon import JOIN, Lexicon, Tag
from .vocabulary import Intent

_CLAUSE_END: Final = re.compile(r"[,;.!?]|\b(?:and|und)\b|$")
_LARGEST_UNKNOWN: Final = 2
"""Words without a known meaning in a clause that says something else, too."""

_QUESTION: Final = re.compile(
    r"(?:^|(?<=[.;!?]))(?: (?:and|und))? (?:what|whats|why|how|which|where|who|was|warum|wieso|wie|welche\w*|wo\w*)"
    r"(?! (?:if|about|wenn|ist mit|sei)\b)(?:[ ,]+\w+){3,} [?]"
)
"""A sentence that asks something, but not "what if …"."""
_MEASURE: Final = re.compile(
    r"\b(?:im|i am|bin|ich bin|measure|weigh|wiege|messe) \d+(?:_\d+)?(?: (?:years? old|jahre?(?: alt)?|m|cm|kg|kilos?))?(?: (?:tall|gross|schwer))?\b"
)
"""Age, height and weight: what is a caution of them is found elsewhere."""
_AGE: Final = 10
"""A number from which on it may be an age."""


@dataclass(frozen=True, slots=True)
class Denial:
    """What the clauses of a text deny of the cautions."""

    none: bool = False
    """A clause says that none applies."""
    no: bool = False
    """A clause is a mere "no"."""
    named: bool = False
    """A clause names the cautions as such, so that it counts before they are asked about."""
    rest: str = ""
    """The text with blanks instead of these clauses."""


def denial_in(text: str, words: Lexicon) -> Denial:
    """Return what the clauses of a normalised text deny.

    A clause counts if it consists of nothing but words of denial and politeness, and is no question.
    """
    left = text
    cores = list(words.denials.find(text))
    for tag in cores:
        left = _blank(left, tag.start, tag.end)
    noes = [match.start() for match in words.noes.finditer(left)]
    for pattern in (words.noes, words.denial_words):
        left = pattern.sub(lambda match: " " * len(match[0]), left)
    rest, none, no, named = text, False, False, False
    for start, end in _clauses(text):
        if left[start:end].strip() or text[end : end + 1] == "?":
            continue
        is_none = any(tag.start < end and start < tag.end for tag in cores)
        is_no = any(start <= each < end for each in noes)
        none |= is_none
        no |= is_no
        named |= is_none and words.denial_names.search(text, start, end) is not None
        if is_none or is_no:
            rest = _blank(rest, start, end)
    return Denial(none, no, named, rest)


def is_understood(
    text: str, unknown: str, tags: Sequence[Tag], words: Lexicon, *, strictly: bool
) -> bool:
    """Return whether each clause of a normalised text is understood, at least in part unless `strictly`.

    `unknown` is the text with blanks instead of known words.
    """
    # A caution that applies ends the dialogue anyway.
    denied = [
        match for _, pattern in words.cautions for match in pattern.finditer(text)
    ]
    said = text
    questions = [*_QUESTION.finditer(text)]
    harmless = (*words.denial_words.finditer(text), *_MEASURE.finditer(text))
    for match in (*denied, *harmless):
        unknown = _blank(unknown, match.start(), match.end())
        said = _blank(said, match.start(), match.end())
    for start, end in _clauses(text):
        left = unknown[start:end]
        if any(start <= match.start() < end for match in denied):
            left = words.negations.sub("", left)
        if words.alarms.search(left):
            return False
        if any(each.start() <= start < each.end() for each in questions):
            # It takes nothing back: "nothing. How do you choose?"
            continue
        number = words.number.search(said, start, end)
        count = len(re.findall(r"\w+", left))
        facts = any(
            start <= tag.start < end
            and tag.meaning not in (None, JOIN, Intent.NO, Intent.YES)
            for tag in tags
        )
        if number and not facts and words.value(number[1]) < _AGE:
            # "None. Actually, one".
            return False
        if count > (_LARGEST_UNKNOWN if facts and not strictly else 0):
            return False
    return True


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the clauses of a text start and end, without the separators."""
    start = 0
    for match in _CLAUSE_END.finditer(text):
        yield start, match.start()
        start = match.end()


def _blank(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{' ' * (end - start)}{text[end:]}"
