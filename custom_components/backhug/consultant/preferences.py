"""Firmness and length of the massage in an utterance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import re
from typing import Final

from ..consultation.questionnaire import Firmness
from .lexicon import Lexicon, Tag
from .place import Place
from .vocabulary import SEPARATORS, Intent

_BUT: Final = re.compile(r"\b(?:but|rather|aber|sondern)\b")
_CLOSE: Final = 3
"""Words between a firmness and a limit to it."""
_ROUND: Final = 10
"""A number from which on "about" it means minutes."""
_NEAR: Final = 4
"""Words between a negation and the firmness that it denies."""
_DENIED: Final[Mapping[Firmness, Firmness]] = {
    Firmness.VERY_GENTLE: Firmness.GENTLE,
    Firmness.GENTLE: Firmness.MEDIUM,
    Firmness.MEDIUM: Firmness.GENTLE,
    Firmness.FIRM: Firmness.GENTLE,
    Firmness.VERY_FIRM: Firmness.GENTLE,
}
"""The firmness that is meant by "not" and another one."""


def firmness_in(
    text: str,
    firmness: Sequence[Tag],
    tags: Sequence[Tag],
    words: Lexicon,
    places: Sequence[Place],
    asked: str | None,
) -> Firmness | None:
    """Return the firmness that is meant for the massage; words for it may also mean a discomfort."""
    # None is the meaning of what is to be ignored.
    others = [tag for tag in tags if isinstance(tag.meaning, Intent | None)]
    found: list[Firmness] = []
    denied: list[Firmness] = []
    before: Tag | None = None
    for tag in firmness:
        is_length = asked == "minutes" and text.startswith("max", tag.start)
        if is_length or any(
            tag.start < each.end and each.start < tag.end for each in others
        ):
            continue
        start, end = segment(text, tag)
        if _of_another(text, tag, words) or not (
            words.likes.search(text, start, end)
            or not (places or asked in ("where", "cautions", "feeling"))
            or asked == "firmness"
        ):
            continue
        is_denied = any(
            len((gap := text[match.end() : tag.start]).split()) <= _NEAR
            and _BUT.search(gap) is None
            and not any(each.start <= match.start() < each.end for each in tags)
            for match in words.negations.finditer(text, start, tag.start)
        )
        limits = before is not None and (
            len((between := text[before.end : tag.start]).split()) <= _CLOSE
            and words.exceptions.search(between) is not None
            and words.negations.match(text, tag.start) is not None
        )
        before = tag
        if limits:
            # "Firm but not brutal".
            continue
        if is_denied:
            denied.append(_DENIED[tag.meaning])
        else:
            found.append(tag.meaning)
    # In doubt, the gentler one.
    return min(found or denied, key=list(Firmness).index, default=None)


def _of_another(text: str, tag: Tag, words: Lexicon) -> bool:
    """Return whether another person is the subject of the clause before a phrase."""
    starts = [
        0,
        *(match.start() for match in words.clause.finditer(text, 0, tag.start)),
    ]
    return words.relatives.match(text[starts[-1] :].lstrip()) is not None


def segment(text: str, tag: Tag) -> tuple[int, int]:
    """Return the part of a text between the separators around a phrase."""
    start = max(text.rfind(each, 0, tag.start) for each in SEPARATORS)
    ends = [text.find(each, tag.end) for each in SEPARATORS]
    return start + 1, min((end for end in ends if end >= 0), default=len(text))


def minutes_in(
    text: str, words: Lexicon, durations: Sequence[Tag], asked: str | None
) -> tuple[int | None, int | None]:
    """Return the minutes that a text names, or the minutes by which it changes them."""
    for each in durations:
        if not _is_refused(text, each.start, words):
            return each.meaning, None
    match = next(
        (
            each
            for each in words.minutes.finditer(text)
            if not _is_refused(text, each.start(), words)
        ),
        None,
    )
    if match is None:
        return _bare_minutes(text, words, asked), None
    value = words.value(match["value"])
    if match["adds"] or match["more"] or match["after"]:
        return None, value
    return (None, -value) if match["less"] else (value, None)


def _bare_minutes(text: str, words: Lexicon, asked: str | None) -> int | None:
    """Return the minutes that a number without a unit means."""
    if asked == "minutes":
        for bare in words.number.finditer(text):
            if not _is_refused(text, bare.start(), words):
                return words.value(bare[1])
        return None
    if asked in (None, "cautions", "name"):
        return None
    if (about := words.about.search(text)) is None and asked == "offer":
        # "Longer then, twenty".
        about = words.alone.search(text)
    value = 0 if about is None else words.value(about[1])
    return value if value >= _ROUND else None


def _is_refused(text: str, start: int, words: Lexicon) -> bool:
    """Return whether a negation stands directly before a number: "not thirty, twenty"."""
    return any(
        text[match.end() : start].strip() == "" and match[0] != "no"
        for match in words.negations.finditer(text, 0, start)
    )
