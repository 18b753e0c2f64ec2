"""Places of discomfort in an utterance, and how strong it is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
import re
from typing import Final

from ..consultation.questionnaire import MAX_DISCOMFORT, Feeling
from ..device.model import Region
from .lexicon import HURTS, JOIN, Lexicon, Tag
from .vocabulary import SEPARATORS, Row, Side

_ROWS: Final[Mapping[Row, tuple[str, ...]]] = {
    Row.UPPER: ("upper",),
    Row.MID: ("mid",),
    Row.LOWER: ("lower",),
    Row.WHOLE: ("upper", "mid", "lower"),
    Row.EVERYTHING: ("upper", "mid", "lower"),
}
_SIDES: Final[Mapping[Side, tuple[str, ...]]] = {
    Side.LEFT: ("left",),
    Side.RIGHT: ("right",),
    Side.BOTH: ("left", "right"),
}
_NEAR: Final = 3
"""Words between a row and its side."""
_WHOLE_SIDE: Final = re.compile(r" (?:side|seite)")
_SENTENCE_END: Final = re.compile(r"[.;!?]")
_SCALE: Final = re.compile(r"\b(\d+) (?:out of|of|von|auf) (\d+)\b")


@dataclass(frozen=True, slots=True)
class Place:
    """A place of discomfort."""

    row: Row | None
    """None if only a side is named."""
    side: Side | None
    """None if only a row is named."""
    degree: int | None = None
    """0 … 3; None if it is not said."""
    refines: bool = False
    """A side of the place before: "the right one", but not "the right side"."""

    def regions(self, rows: tuple[Row, ...] = ()) -> tuple[Region, ...]:
        """Return the regions; `rows` are those that a side alone means, by default all."""
        named = (self.row,) if self.row else rows or (Row.WHOLE,)
        return tuple(
            Region(f"{side}_{row}")
            for each in named
            for row in _ROWS[each]
            for side in _SIDES[self.side or Side.BOTH]
        )


def places_in(
    text: str, tags: Sequence[Tag], words: Lexicon, *, asked: bool
) -> tuple[Place, ...]:
    """Return the places that a normalised text names.

    `asked` tells whether the text answers where there is discomfort: a lone digit then is a degree.
    """
    found: list[Place] = []
    open_since = 0
    """Index of the first place that may still get a degree."""
    placed = 0
    """Where the last part with a place ends."""
    for segment, joined in _segments(text, tags):
        items: list[tuple[int, Place | int]] = sorted(
            [
                *_named(text, segment, tags, asked=asked),
                *_degrees(text, segment, tags, words, asked=asked),
            ],
            key=lambda item: item[0],
        )
        if any(isinstance(each, Place) for _, each in items):
            placed = segment[1]
        elif _SENTENCE_END.search(text, placed, segment[0]):
            # "The left shoulder. Nothing else".
            items = [item for item in items if item[1] != 0]
        if not joined and any(isinstance(each, Place) for _, each in items):
            open_since = len(found)
        elif words.exceptions.match(text, segment[0] + 1):
            # "The shoulders and the lower back, but that is not so bad".
            open_since = max(open_since, len(found) - 1)
        found, open_since = _joined(found, open_since, items)
    named = [place for place in found if place.row is not Row.EVERYTHING]
    return tuple(named or found)


def _joined(
    found: list[Place], open_since: int, items: Sequence[tuple[int, Place | int]]
) -> tuple[list[Place], int]:
    """Return the places with those of a segment, which comes with the degrees of some of them."""
    found = list(found)
    is_open = any(place.degree is None for place in found[open_since:])
    leads = bool(items) and isinstance(items[0][1], int) and not is_open
    degree: int | None = None
    for _, each in items:
        if isinstance(each, Place):
            place = replace(each, degree=degree if leads else None)
            if place.refines and found and found[-1].row is not None:
                before = found[-1]
                if before.side in (None, Side.BOTH):
                    # "The shoulders, mostly the right one".
                    found.pop()
                else:
                    # "Not the left shoulder, the right one".
                    before = replace(before, degree=None)
                said = before.degree if place.degree is None else place.degree
                place = replace(place, row=before.row, degree=said)
                open_since = min(open_since, len(found))
            found.append(place)
            continue
        degree = each
        if not leads:
            found[open_since:] = [
                place if place.degree is not None else replace(place, degree=degree)
                for place in found[open_since:]
            ]
            open_since = len(found)
    return found, open_since


def _segments(text: str, tags: Sequence[Tag]) -> Iterator[tuple[tuple[int, int], bool]]:
    """Yield the parts of a text, and whether each continues the list of the one before."""
    joins = [(tag.start, tag.end, True) for tag in tags if tag.meaning == JOIN]
    stops = [
        (match.start(), match.end(), False)
        for match in re.finditer(f"[{SEPARATORS}]", text)
    ]
    start, joined = 0, False
    for begin, end, join in sorted([*joins, *stops]):
        yield (start, begin), joined
        start, joined = end, join
    yield (start, len(text)), joined


def _named(
    text: str, segment: tuple[int, int], tags: Sequence[Tag], *, asked: bool
) -> Iterator[tuple[int, Place]]:
    """Yield the places of a segment with their positions: a row with the side next to it."""
    here = [tag for tag in tags if segment[0] <= tag.start < segment[1]]
    complains = any(
        tag.meaning == HURTS or isinstance(tag.meaning, Feeling) for tag in here
    )
    inside = [
        tag
        for tag in here
        if isinstance(tag.meaning, Row | Side)
        and (asked or complains or tag.meaning is not Row.EVERYTHING)
    ]
    while inside:
        first = inside.pop(0)
        second = inside[0] if inside else None
        if (
            second is not None
            and type(second.meaning) is not type(first.meaning)
            and len(text[first.end : second.start].split()) <= _NEAR
            and not _belongs_to_next(first, inside)
        ):
            inside.pop(0)
        else:
            second = None
        row = side = None
        for tag in (first, second):
            if tag is not None and isinstance(tag.meaning, Row):
                row = tag.meaning
            elif tag is not None:
                side = tag.meaning
        refines = row is None and not _WHOLE_SIDE.match(text, first.end)
        yield first.start, Place(row, side, refines=refines)


def _belongs_to_next(first: Tag, following: Sequence[Tag]) -> bool:
    """Return whether the side after a row belongs to the row after it: "neck left shoulder"."""
    return (
        isinstance(first.meaning, Row)
        and len(following) > 1
        and isinstance(following[1].meaning, Row)
        and following[1].start - following[0].end <= 1
    )


def _degrees(
    text: str,
    segment: tuple[int, int],
    tags: Sequence[Tag],
    words: Lexicon,
    *,
    asked: bool,
) -> Iterator[tuple[int, int]]:
    """Yield the degrees of a segment with their positions."""
    part = text[segment[0] : segment[1]]
    if match := _SCALE.search(part):
        share = int(match[1]) / max(int(match[2]), 1)
        yield (
            segment[0] + match.start(),
            min(max(round(share * MAX_DISCOMFORT), 0), MAX_DISCOMFORT),
        )
        return
    found = list(words.degrees.find(part))
    for tag in found:
        yield segment[0] + tag.start, tag.meaning
    if found:
        return
    negated = words.negations.search(part)
    # "No pacemaker" says nothing about the place before it.
    if negated and any(_named(text, segment, tags, asked=asked)):
        yield segment[0] + negated.start(), 0
    elif asked and not negated and (number := words.number.search(part)):
        value = words.value(number[1])
        if value <= MAX_DISCOMFORT and number[1].isdigit():
            yield segment[0] + number.start(), value
