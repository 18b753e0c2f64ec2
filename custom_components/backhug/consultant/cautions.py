"""Cautions in an utterance. In doubt, a caution that is named applies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import re
from typing import Final

from ..consultation.questionnaire import Caution
from .lexicon import Lexicon

_ADULT: Final = 18
_SHORTEST: Final = 150
_TALLEST: Final = 198
_HEAVIEST: Final = 165

_CENTIMETRES: Final = re.compile(r"\b(\d{2,3}) (?:cm|centimet\w*|zentimeter)\b")
_METRES: Final = re.compile(
    r"\b([12])(?:_| m | met(?:re|er)s? )(\d\d|\d(?= m\b))\b|\b([12]) (?:m|met(?:re|er)s?)\b(?! \d)"
)
_FEET: Final = re.compile(r"\b([3-8]) (?:foot|feet|ft)(?: (\d{1,2})\b)?")
_KILOGRAMS: Final = re.compile(r"\b(\d{2,3}) (?:kg|kilos?|kilogram\w*)\b")
_POUNDS: Final = re.compile(r"\b(\d{2,3}) (?:lbs?|pounds)\b")
_POUND: Final = 0.4536


def cautions_in(
    text: str, lexicon: Lexicon, others: Iterable[Lexicon], *, asked: bool
) -> tuple[tuple[Caution, ...], bool]:
    """Return the cautions that a normalised text names, and whether it denies any.

    `asked` tells whether the text answers the question about them. What is named in one of the `others` counts, too.
    """
    others = list(others)
    for each in (lexicon, *others):
        text = each.meanings.sub(" ", text)
    mentions = list(_mentions(text, lexicon, asked=asked))
    # Others are spoken of in another language; what both have in common is understood in this one.
    named = {caution for caution, _ in mentions}
    mentions += [
        (caution, denied)
        for other in others
        for caution, denied in _mentions(text, other)
        if caution not in named
    ]
    found = {caution for caution, denied in mentions if not denied}
    found |= set(_measures(text, lexicon))
    return (
        tuple(each for each in Caution if each in found),
        any(denied for _, denied in mentions),
    )


def is_emergency(text: str, lexicons: Iterable[Lexicon]) -> bool:
    """Return whether a normalised text speaks of what needs help at once."""
    return any(
        not _denied(text, match, lexicon)
        for lexicon in lexicons
        for match in lexicon.emergencies.finditer(text)
    )


def _mentions(
    text: str, lexicon: Lexicon, *, asked: bool = False
) -> Iterator[tuple[Caution, bool]]:
    """Yield each caution that is named, and whether it is denied."""
    patterns = [*lexicon.cautions, *(lexicon.caution_answers if asked else ())]
    for caution, pattern in patterns:
        for match in pattern.finditer(text):
            yield caution, _denied(text, match, lexicon)


def _denied(text: str, match: re.Match[str], lexicon: Lexicon) -> bool:
    """Return whether the clause around a match denies it."""
    before, after = text[: match.start()], text[match.end() :]
    for boundary in lexicon.clause.finditer(text):
        if boundary.end() <= match.start():
            # The boundary itself may be the subject: "I don't have …".
            before = text[boundary.start() : match.start()]
        elif boundary.start() >= match.end():
            after = text[match.end() : boundary.start()]
            break
    if any(map(lexicon.uncertain.search, (before, after))):
        return False
    return any(map(lexicon.negations.search, (before, after)))


def _measures(text: str, lexicon: Lexicon) -> Iterator[Caution]:
    """Yield the cautions about age, height and weight."""
    spelled = lexicon.number.sub(lambda each: str(lexicon.value(each[1])), text)
    for pattern in lexicon.too_young:
        for match in pattern.finditer(spelled):
            if int(match[1]) < _ADULT:
                yield Caution.UNDER_18
    heights = [
        *(int(each[1]) for each in _CENTIMETRES.finditer(spelled)),
        *(
            int(f"{each[1] or each[3]}{each[2] or '':0<2}")
            for each in _METRES.finditer(spelled)
        ),
        *(
            (12 * int(each[1]) + int(each[2] or 0)) * 2.54
            for each in _FEET.finditer(spelled)
        ),
    ]
    if any(not _SHORTEST <= height <= _TALLEST for height in heights):
        yield Caution.HEIGHT
    weights = [
        *(int(each[1]) for each in _KILOGRAMS.finditer(spelled)),
        *(int(each[1]) * _POUND for each in _POUNDS.finditer(spelled)),
    ]
    if any(weight > _HEAVIEST for weight in weights):
        yield Caution.WEIGHT
