"""Cautions in an utterance. In doubt, a caution that is named applies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import re
from typing import Final

from ..consultation.questionnaire import Caution
from .lexicon import Lexicon

_ADULT: Final = 18
_SPEAKS: Final = 4
"""The age of somebody who can be talked with: "ein" is a number, too."""
_SHORTEST: Final = 150
_TALLEST: Final = 198
_HEAVIEST: Final = 165

_MINE: Final = re.compile(r"\b(?:my|mein\w*)(?: \w+)? $")
"""Before what applies, whatever is said of it afterwards."""
_NO_AFTER: Final = re.compile(
    r" ?[,?!]? ?(?:nein|no|nope|nah|nee|noe|nimmer)\b(?= (?:[,.;!?]|und|and)|\s*$)"
)
"""A "no" directly after what it denies: "new pain? no"."""
_HARMLESS: Final = re.compile(
    r"\b(?:problems?|issues?|matters?|bothers?|minds?|bad|serious|schlimm\w*|stoer\w*|macht|dramatisch|tragisch|spuere?|merke?|im griff)\b"
)
"""What is said of a caution that applies: "my pacemaker is no problem"."""

_CENTIMETRES: Final = re.compile(r"\b(\d{2,3}) (?:cm|centimet\w*|zentimeter)\b")
_METRES: Final = re.compile(
    r"\b([12])(?:_| m | met(?:re|er)s? )(\d\d|\d(?= m\b))\b|\b([12]) (?:m|met(?:re|er)s?)\b(?! \d)"
)
_FEET: Final = re.compile(r"\b([3-8]) (?:foot|feet|ft)(?: (\d{1,2})\b)?")
_KILOGRAMS: Final = re.compile(r"\b(\d{2,3}) (?:kg|kilos?|kilogram\w*)\b")
_POUNDS: Final = re.compile(r"\b(\d{2,3}) (?:lbs?|pounds)\b")
_POUND: Final = 0.4536
_HUNDREDS: Final = re.compile(
    r"\b(?:a |([1-9]) |)(?:hundred|hundert)(?: and| und)? ?(\d{1,2})?\b"
)
_SPOKEN_HEIGHT: Final = re.compile(
    r"\b(?:im|i am|only|just|bin|nur|misst|messe|measure) (?:\w+ )?([12] \d\d)\b(?! (?:min|kg|kilo|pound|pfund|lb))"
    r"|\b([12] \d\d) (?:tall|gross)\b"
)
_SPOKEN_METRES: Final = re.compile(
    r"\b([12]) (?:m|meter|met(?:re|er)s?)(?: and| und)? (\d)\b(?! (?:min|mal))"
)
"""Heights as they are spoken: "one forty eight", "two metres three"."""
_SPOKEN_WEIGHT: Final = re.compile(r"\b1 (\d\d) (?=kg|kilo)")
_STONE: Final = re.compile(r"\b(\d{1,2}) stone\b(?: (\d{1,2})\b)?")
_GERMAN_POUNDS: Final = re.compile(r"\b(\d{3}) pfund\b")
_HUNDREDWEIGHTS: Final = re.compile(
    r"\b(\d)(?:_(\d))? zentner\b|\b(dreieinhalb) zentner\b"
)
_BARE_AGE: Final = re.compile(
    r" (?:only |just |erst |grade |gerade )?1[0-7](?: and a half| einhalb)? (?:[,.;!?]|$)"
)
_BARE_WEIGHT: Final = re.compile(
    r"\b(?:weigh|wiege?)(?: \w+){0,3} (\d{3})\b(?! (?:lb|pound|pfund))"
)


def cautions_in(
    text: str, lexicon: Lexicon, others: Iterable[Lexicon], *, asked: str | None
) -> tuple[tuple[Caution, ...], bool]:
    """Return the cautions that a normalised text names, and whether it denies any.

    `asked` is the topic of the question that the text answers. What is named in one of the `others` counts, too. Until
    the cautions are answered, one of another person counts as denied.
    """
    others = list(others)
    for each in (lexicon, *others):
        text = each.meanings.sub(" ", text)
    is_open = asked in (None, "cautions")
    mentions = list(
        _mentions(text, lexicon, asked=asked == "cautions", is_open=is_open)
    )
    # Others are spoken of in another language; what both have in common is understood in this one.
    named = {caution for caution, _ in mentions}
    mentions += [
        (caution, denied)
        for other in others
        for caution, denied in _mentions(text, other, is_open=is_open)
        if caution not in named
    ]
    found = {caution for caution, denied in mentions if not denied}
    if asked in ("feeling", "where") and lexicon.recently.search(text):
        found.add(Caution.NEW_PAIN)
    found |= set(_measures(text, lexicon, asked=asked == "cautions"))
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


def is_health(text: str, lexicon: Lexicon) -> bool:
    """Return whether a normalised text speaks of what only a physician can judge, although it is no caution."""
    return any(
        lexicon.negations.search(_around(text, match, lexicon)[0]) is None
        for match in lexicon.health.finditer(text)
    )


def _mentions(
    text: str, lexicon: Lexicon, *, asked: bool = False, is_open: bool
) -> Iterator[tuple[Caution, bool]]:
    """Yield each caution that is named, and whether it is denied."""
    patterns = [*lexicon.cautions, *(lexicon.caution_answers if asked else ())]
    is_open = is_open and lexicon.for_others.search(text) is None
    for caution, pattern in patterns:
        for match in pattern.finditer(text):
            before, _ = _around(text, match, lexicon)
            # "My wife is pregnant".
            of_another = is_open and lexicon.relatives.match(before.lstrip())
            yield caution, bool(of_another) or _denied(text, match, lexicon)


def _around(text: str, match: re.Match[str], lexicon: Lexicon) -> tuple[str, str]:
    """Return the parts of a clause before and after a match."""
    before, after = text[: match.start()], text[match.end() :]
    for boundary in lexicon.clause.finditer(text):
        if boundary.end() <= match.start():
            # The boundary itself may be the subject: "I don't have …".
            before = text[boundary.start() : match.start()]
        elif boundary.start() >= match.end():
            after = text[match.end() : boundary.start()]
            break
    return before, after


def _denied(text: str, match: re.Match[str], lexicon: Lexicon) -> bool:
    """Return whether the clause around a match denies it."""
    before, after = around = _around(text, match, lexicon)
    if any(map(lexicon.uncertain.search, around)):
        return False
    if lexicon.negations.search(before) or _NO_AFTER.match(text, match.end()):
        return True
    applies = _MINE.search(f"{before.rstrip()} ") or _HARMLESS.search(after)
    return not applies and lexicon.negations.search(after) is not None


def _measures(text: str, lexicon: Lexicon, *, asked: bool) -> Iterator[Caution]:
    """Yield the cautions about age, height and weight; a mere number may be an age if that was `asked`."""
    spelled = f" {' '.join(text.replace('hundert', ' hundert ').split())} "
    spelled = lexicon.number.sub(lambda each: str(lexicon.value(each[1])), spelled)
    spelled = _HUNDREDS.sub(
        lambda each: f"{int(each[1] or 1) * 100 + int(each[2] or 0)}", spelled
    )
    spelled = _SPOKEN_WEIGHT.sub(r"1\1 ", spelled)
    if asked and _BARE_AGE.match(spelled):
        yield Caution.UNDER_18
    for pattern in lexicon.too_young:
        for match in pattern.finditer(spelled):
            if _SPEAKS <= int(match[1]) < _ADULT:
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
        *(
            int((each[1] or each[2]).replace(" ", ""))
            for each in _SPOKEN_HEIGHT.finditer(f" im{spelled}" if asked else spelled)
        ),
        *(int(f"{each[1]}0{each[2]}") for each in _SPOKEN_METRES.finditer(spelled)),
    ]
    if any(not _SHORTEST <= height <= _TALLEST for height in heights):
        yield Caution.HEIGHT
    weights = [
        *(int(each[1]) for each in _KILOGRAMS.finditer(spelled)),
        *(int(each[1]) * _POUND for each in _POUNDS.finditer(spelled)),
        *(int(each[1]) / 2 for each in _GERMAN_POUNDS.finditer(spelled)),
        *(
            (14 * int(each[1]) + int(each[2] or 0)) * _POUND
            for each in _STONE.finditer(spelled)
        ),
        *(
            175 if each[3] else float(f"{each[1]}.{each[2] or 0}") * 50
            for each in _HUNDREDWEIGHTS.finditer(spelled)
        ),
        *(int(each[1]) for each in _BARE_WEIGHT.finditer(spelled)),
    ]
    if any(weight > _HEAVIEST for weight in weights):
        yield Caution.WEIGHT
