"""Places of discomfort in an utterance, and how strong it is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
import re
from typing import Final

from ..consultation.questionnaire import MAX_DISCOMFORT, Experience, Feeling, Firmness
from .lexicon import HURTS, JOIN, MAINLY, Lexicon, Tag
from .place import DEFAULT_DEGREE, Place, less_than
from .vocabulary import SEPARATORS, Intent, Row, Side

_NEAR: Final = 3
"""Words between a row and its side."""
_WHOLE_SIDE: Final = re.compile(r" (?:side|seite)")
_WORSE: Final = re.compile(r"\b(?:worse|more|schlimmer|mehr|staerker|aerger)\b")
_LESS: Final = re.compile(r"\b(?:less|better|little|weniger|besser|bisschen|wenig)\b")
"""Beside a side: it is compared with the other one, in the rows named before."""
_SENTENCE_END: Final = re.compile(r"[.;!?]")
_SCALE: Final = re.compile(r"\b(\d+) (?:out of|of|von|auf) (\d+)\b")


def places_in(
    text: str,
    tags: Sequence[Tag],
    words: Lexicon,
    *,
    asked: bool,
    offered: bool = False,
) -> tuple[Place, ...]:
    """Return the places that a normalised text names.

    `asked` tells whether the text answers where there is discomfort: a lone number then is a degree; `offered`, whether
    a programme is shown, and "the full back" a part of it.
    """
    if offered:
        # It names a part of the programme.
        tags = [tag for tag in tags if tag.meaning is not Row.WHOLE]
    for start, end in _aside(text, words):
        inside = [tag for tag in tags if start <= tag.start < end]
        outside = [tag for tag in tags if tag not in inside]
        rows = [tag.meaning for tag in inside if isinstance(tag.meaning, Row)]
        if any(isinstance(tag.meaning, Row | Side) for tag in outside):
            text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
            return tuple(
                # "It was the left shoulder, now it is the right one".
                replace(place, row=rows[-1]) if place.refines and rows else place
                for place in _places(text, outside, words, asked=asked)
            )
    for tag in tags:
        exception = words.exceptions.search(text, tag.end)
        if (
            tag.meaning in (Row.WHOLE, Row.EVERYTHING)
            and exception is not None
            and re.fullmatch(r"(?: \w+){0,2} ", text[tag.end : exception.start()])
            and words.negations.search(text, 0, tag.start) is None
        ):
            after = f"{' ' * exception.end()}{text[exception.end() :]}"
            others = [each for each in tags if each.start >= exception.end()]
            excepted = _places(after, others, words, asked=asked)
            if excepted and all(place.degree in (None, 0) for place in excepted):
                # "Everywhere except the lower back".
                return (
                    Place(Row.WHOLE, None),
                    *(replace(place, degree=0) for place in excepted),
                )
    return _places(text, tags, words, asked=asked)


def _aside(text: str, words: Lexicon) -> Iterator[tuple[int, int]]:
    """Yield the parts of a text about the past and about other people."""
    for match in words.past.finditer(text):
        yield match.span()
    for match in words.relatives.finditer(text):
        ends = words.clause.finditer(text, match.end())
        yield match.start(), next((each.start() for each in ends), len(text))


def _places(
    text: str, tags: Sequence[Tag], words: Lexicon, *, asked: bool
) -> tuple[Place, ...]:
    """Return the places that are named at present, and as the person's own."""
    found: list[Place] = []
    open_since = 0
    """Index of the first place that may still get a degree."""
    announced: int | None = None
    """Strong discomfort, in the part before the first place: "my back is killing me, down low"."""
    placed = 0
    """Where the last part with a place ends."""
    lists = False
    """Whether "and" is between places."""
    for segment, joined in _segments(text, tags):
        items: list[tuple[int, Place | int]] = sorted(
            [
                *_named(text, segment, tags, words, asked=asked),
                *_degrees(text, segment, tags, words, asked=asked),
            ],
            key=lambda item: item[0],
        )
        if any(isinstance(each, Place) for _, each in items):
            placed = segment[1]
            lists |= joined
            if announced and all(isinstance(each, Place) for _, each in items):
                items = [(segment[0], announced), *items]
            announced = None
        elif not found:
            worst = any(each == MAX_DISCOMFORT for _, each in items)
            announced = MAX_DISCOMFORT if worst else None
        elif _SENTENCE_END.search(text, placed, segment[0]) or (
            _says_more(text, segment, tags, words)
        ):
            # "The left shoulder. Nothing else", "the left shoulder, no leg rest".
            items = [item for item in items if item[1] != 0]
        if not joined and any(isinstance(each, Place) for _, each in items):
            open_since = len(found)
        elif words.exceptions.match(text, segment[0] + 1):
            # "The shoulders and the lower back, but that is not so bad".
            open_since = max(open_since, len(found) - 1)
        found, open_since = _joined(found, open_since, items)
    named = [place for place in found if place.row is not Row.EVERYTHING]
    if len(named) == 2 and not lists:  # noqa: PLR2004
        first, second = named
        if (place := first.on_side(second) or second.on_side(first)) is not None:
            return (place,)
    return tuple(named or found)


def _joined(
    found: list[Place], open_since: int, items: Sequence[tuple[int, Place | int]]
) -> tuple[list[Place], int]:
    """Return the places with those of a segment, which comes with the degrees of some of them."""
    found = list(found)
    is_open = any(place.degree is None for place in found[open_since:])
    kinds = [type(each) for _, each in items]
    # "The left shoulder, and a bit the lower back".
    leads = kinds[:1] == [int] and (not is_open or kinds == [int, Place])
    degree: int | None = None
    for _, each in items:
        if isinstance(each, Place):
            place = replace(each, degree=degree if leads else None)
            if place.mainly and found:
                found, several = _mainly(found, place)
                found += several
                open_since = min(open_since, len(found) - len(several))
                continue
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


def _mainly(found: Sequence[Place], place: Place) -> tuple[list[Place], list[Place]]:
    """Return the places so far, less bad, and the one that is worse, in each row that it refines."""
    rows = [each.row for each in found if each.side in (None, Side.BOTH)]
    several = [place]
    if place.refines and any(rows):
        several = [replace(place, row=row) for row in dict.fromkeys(rows) if row]
    before = {each.row: each.degree for each in found}
    several = [
        replace(each, degree=max(degree, DEFAULT_DEGREE))
        if each.degree is None and (degree := before.get(each.row)) is not None
        else each
        for each in several
    ]
    others = [replace(each, degree=less_than(each.degree)) for each in found]
    return others, several


def _says_more(
    text: str, segment: tuple[int, int], tags: Sequence[Tag], words: Lexicon
) -> bool:
    """Return whether a segment has words beside degrees, negations and fillers."""
    part = [*text[segment[0] : segment[1]]]
    known = [*tags, *words.degrees.find(text)]
    for tag in known:
        for index in range(max(tag.start, segment[0]), min(tag.end, segment[1])):
            part[index - segment[0]] = " "
    return words.fillers.sub("", "".join(part)).strip() != ""


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
    text: str,
    segment: tuple[int, int],
    tags: Sequence[Tag],
    words: Lexicon,
    *,
    asked: bool,
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
        and not (
            tag.meaning in (Row.WHOLE, Row.EVERYTHING)
            and words.others.match(text, tag.end + 1)
        )
    ]
    mainly = [tag for tag in here if tag.meaning == MAINLY]
    last = segment[0]
    while inside:
        first = inside.pop(0)
        second = inside[0] if inside else None
        if (
            second is not None
            and type(second.meaning) is not type(first.meaning)
            and len(text[first.end : second.start].split()) <= _NEAR
            and not _belongs_to_next(first, inside)
            and not any(first.end <= tag.start < second.start for tag in mainly)
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
        end = (second or first).end
        compared = row is None and _WHOLE_SIDE.match(text, first.end) is not None
        worse_side = compared and _WORSE.search(text, *segment) is not None
        less = compared and _LESS.search(text, *segment) is not None
        refines = row is None and (not compared or worse_side or less)
        worse = worse_side or any(last <= tag.start <= first.start for tag in mainly)
        worse |= any(
            end <= tag.start <= end + 1 and text[tag.end : segment[1]].strip() == ""
            for tag in mainly
        )
        last = end
        yield first.start, Place(row, side, refines=refines, mainly=worse)


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
    places = [*_named(text, segment, tags, words, asked=asked)]
    named = [start for start, _ in places]
    others = words.others.search(text, *segment)
    unnamed = others is not None and not any(start > others.start() for start in named)
    found = [
        Tag(segment[0] + tag.start, segment[0] + tag.end, tag.meaning)
        for tag in words.degrees.find(part)
    ]
    found = [tag for tag in found if not _is_taken(tag, tags)]
    for tag in found:
        if tag.meaning or not unnamed:
            yield tag.start, tag.meaning
    if found or unnamed:
        return
    negated = next(
        (
            match.start()
            for match in words.negations.finditer(text, *segment)
            if not _is_taken(Tag(match.start(), match.end(), None), tags)
        ),
        None,
    )
    # "No pacemaker" says nothing about the place before it.
    if negated is not None and named:
        before = any(
            start > negated and len(text[negated:start].split()) <= _NEAR + 1
            for start in named
        )
        if before or not _says_more(text, segment, [*tags, *words.denied(text)], words):
            # "The neck is fine, the lower back is not".
            contrasts = not before and any(
                tag.meaning == 0 for tag in words.degrees.find(text[: segment[0]])
            )
            yield negated, DEFAULT_DEGREE if contrasts else 0
    elif asked and negated is None and (number := words.number.search(part)):
        value = words.value(number[1])
        # "The right one" names no degree.
        is_pronoun = number[1] == "one" and any(place.refines for _, place in places)
        if value <= MAX_DISCOMFORT and (
            number[1].isdigit()
            or (part[number.end() :].strip() == "" and not is_pronoun)
        ):
            yield segment[0] + number.start(), value


def _is_taken(tag: Tag, tags: Sequence[Tag]) -> bool:
    """Return whether a degree or a negation is a part of what means something else."""
    return any(
        tag.start < each.end
        and each.start < tag.end
        and (
            each.meaning is None
            or each.meaning == MAINLY
            or isinstance(each.meaning, Experience)
            or (isinstance(each.meaning, Firmness) and tag.within(each))
            or (
                tag.within(each)
                and isinstance(each.meaning, Intent)
                and each.meaning not in (Intent.NO, Intent.NONE)
            )
        )
        for each in tags
    )
