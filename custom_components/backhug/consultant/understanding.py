"""Understanding of one utterance: text to facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
import re
from typing import Any, Final

from ..const import LANGUAGES
from ..consultation.questionnaire import (
    DAY_TIME,
    EXPERIENCE,
    FEELING,
    FIRMNESS,
    LAST_SESSIONS_MINE,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
)
from .cautions import cautions_in, is_emergency
from .denials import Denial, denial_in, is_understood
from .lexicon import HURTS, Lexicon, Tag, lexicon
from .places import Place, places_in
from .vocabulary import SEPARATORS, Intent, Row, Side, normalise

MAX_LENGTH: Final = 1000
"""Characters of an utterance; a longer one is not understood."""
SLIGHT: Final = 1
"""Degree of a discomfort that makes a denial unclear: "no, just a bit"."""
_ROUND: Final = 10
"""A number from which on "about" it means minutes."""
_NEAR: Final = 4
"""Words between a negation and the firmness that it denies."""
_CLOSE: Final = 3
"""Words from a negation to the feeling or experience that it denies."""
_LEAST: Final = list(Experience)
_DENIED: Final[Mapping[Firmness, Firmness]] = {
    Firmness.VERY_GENTLE: Firmness.GENTLE,
    Firmness.GENTLE: Firmness.MEDIUM,
    Firmness.MEDIUM: Firmness.GENTLE,
    Firmness.FIRM: Firmness.GENTLE,
    Firmness.VERY_FIRM: Firmness.GENTLE,
}
"""The firmness that is meant by "not" and another one."""
_QUOTES: Final = "\"'\u201c\u201d\u201e\u201a\u2018\u2019«».!? "


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts in an utterance."""

    intents: tuple[Intent, ...] = ()
    cautions: tuple[Caution, ...] = ()
    denies: bool = False
    """Denies single cautions."""
    emergency: bool = False
    says_none: bool = False
    """Says in a clause of its own that no caution applies."""
    says_no: bool = False
    """Says a mere "no" to the cautions, in a clause of its own."""
    is_understood: bool = True
    """Whether each clause beside a denial is understood, at least in part."""
    answers: Mapping[str, Any] = field(default_factory=dict)
    """Answers by field name of the questionnaire, except those about places and minutes."""
    places: tuple[Place, ...] = ()
    degree: int | None = None
    """Of a discomfort, if no place is named."""
    longest: bool = False
    """Asks for the longest session possible."""
    minutes: int | None = None
    minutes_step: int | None = None
    corrects: bool = False
    """Begins like a correction."""
    name: str | None = None
    """Name for a programme."""
    text: str = ""
    """The utterance as a name for a programme."""
    unknown: int = 0
    """Number of words without a known meaning."""
    excepts: bool = False
    """Announces an exception."""
    hurts: bool = False
    """Speaks of pain, without a feeling."""
    too_long: bool = False
    revisions: tuple[Facts, ...] = ()
    """What is said instead, in the same utterance; `answers` and `minutes` follow it already."""

    @property
    def clear(self) -> bool:
        """Whether a denial may stand for all cautions: nothing is excepted or unclear."""
        return (
            self.is_understood
            and not self.excepts
            and self.degree != SLIGHT
            and not self.wants(Intent.UNSURE)
            and (self.says_none or not self.denies)
        )

    @property
    def answers_anything(self) -> bool:
        """Whether it has an answer to the questionnaire, except for the cautions."""
        return bool(self.answers or self.places or self.longest) or (
            (self.minutes, self.minutes_step) != (None, None)
        )

    @property
    def leaves(self) -> bool:
        """Whether the person ends the conversation, and says nothing else."""
        if self.unknown or self.answers_anything or self.wants(Intent.NONE):
            return False
        if self.wants(Intent.LEAVE):
            return not self.says_none
        return self.intents == (Intent.THANKS,) and not (self.says_none or self.says_no)

    def wants(self, *intents: Intent) -> bool:
        """Return whether it has one of these intents."""
        return any(each in self.intents for each in intents)


def is_stop(text: str, language: str) -> bool:
    """Return whether a text asks to stop."""
    return lexicon(language).stop.search(normalise(text)) is not None


def understand(
    text: str,
    language: str,
    *,
    asked: str | None = None,
) -> Facts:
    """Return what an utterance says in a supported language.

    `asked` is the topic of the question that it may answer; see `Topic`.
    """
    if len(text) > MAX_LENGTH:
        return Facts(too_long=True)
    words = lexicon(language)
    normal = normalise(text)
    others = [lexicon(each) for each in LANGUAGES if each != language]
    cautions, denies = cautions_in(normal, words, others, asked=asked == "cautions")
    facts = _revised(normal, words, asked)
    for other in others if asked != "name" else ():
        switched = _revised(normal, other, asked)
        if not (facts.intents or facts.answers_anything) and (
            switched.unknown < facts.unknown
        ):
            words, facts = other, switched
    return replace(
        facts,
        cautions=cautions,
        denies=denies,
        emergency=is_emergency(normal, [words, *others]),
        name=_name(text, words),
        text=text.strip(_QUOTES),
    )


def _revised(normal: str, words: Lexicon, asked: str | None) -> Facts:
    """Return what a normalised text says, with what is said instead in the same utterance."""
    whole = _facts(normal, words, asked)
    parts = [part.strip(f"{SEPARATORS} ") for part in words.revisions.split(normal)]
    first, *rest = [_facts(f" {part} ", words, asked) for part in parts]
    if not rest:
        return whole
    answers = dict(first.answers)
    lengths = (first.minutes, first.minutes_step)
    for each in rest:
        answers |= each.answers
        if (each.minutes, each.minutes_step) != (None, None):
            lengths = (each.minutes, each.minutes_step)
    return replace(
        whole,
        answers=answers,
        places=first.places,
        minutes=lengths[0],
        minutes_step=lengths[1],
        revisions=tuple(rest),
    )


def _facts(normal: str, words: Lexicon, asked: str | None) -> Facts:
    """Return what a normalised text says, except for cautions and names."""
    whole, denial = normal, Denial()
    if asked in (None, "cautions"):
        denial = denial_in(normal, words)
        if asked is not None or denial.named:
            normal = denial.rest
        else:
            denial = Denial()
    firmness = list(words.firmness.find(normal))
    tags = [
        tag
        for tag in words.tags.find(normal)
        if not any(map(tag.within, firmness))  # "not too strong" is no "too strong".
        and not (asked == "firmness" and tag.meaning is Row.MID)
    ]
    lengths = list(words.durations.find(normal))
    minutes, step = _minutes(normal, words, lengths, asked)
    places = places_in(normal, [*tags, *firmness], words, asked=asked == "where")
    longest: list[Tag] = []
    if asked in ("minutes", "offer") and (match := words.longest.search(normal)):
        longest = [Tag(match.start(), match.end(), None)]
        tags += longest
    answers = _answers(normal, tags, words, asked)
    if meant := _meant(normal, firmness, tags, words, places, asked):
        answers[FIRMNESS.name] = meant
    degrees = list(words.degrees.find(normal))
    unknown = _unknown(normal, [*tags, *lengths, *firmness, *degrees], words)
    return Facts(
        intents=tuple(
            dict.fromkeys(
                tag.meaning for tag in tags if isinstance(tag.meaning, Intent)
            )
        ),
        says_none=denial.none,
        says_no=denial.no,
        is_understood=not (denial.none or denial.no)
        or is_understood(
            normal, unknown, [*tags, *lengths], words, strictly=not denial.none
        ),
        answers=answers,
        places=places,
        degree=None if places else _degree(degrees, [*tags, *firmness]),
        longest=bool(longest),
        minutes=minutes,
        minutes_step=step,
        corrects=words.corrections.search(whole) is not None,
        unknown=len(re.findall(r"\w+", unknown)),
        hurts=any(tag.meaning == HURTS for tag in tags),
        excepts=words.exceptions.search(whole) is not None,
    )


def _answers(
    text: str, tags: Sequence[Tag], words: Lexicon, asked: str | None
) -> dict[str, Any]:
    """Return the answers to choices, except the firmness; of several, the first."""
    answers: dict[str, Any] = {}
    used: tuple[int, int] | None = None
    places = [tag for tag in tags if isinstance(tag.meaning, Row | Side)]
    for tag in tags:
        denied = _is_denied(text, tag, tags, words)
        match tag.meaning:
            case Feeling() if denied:
                # "Not stiff, just tired".
                continue
            case Experience.REGULAR | Experience.FIRST_TIME if denied:
                answers.setdefault(EXPERIENCE.name, Experience.OCCASIONAL)
            case Feeling():
                answers.setdefault(FEELING.name, tag.meaning)
            case Experience.OCCASIONAL if (
                asked != "experience"
                and any(_segment(text, tag) == _segment(text, each) for each in places)
                and not words.uses.search(text, *_segment(text, tag))
            ):
                # "Sometimes the left shoulder, too".
                continue
            case Experience():
                # Of several, the least: "my wife uses it daily, I never have".
                known = answers.setdefault(EXPERIENCE.name, tag.meaning)
                if _segment(text, tag) != used:
                    least = min(known, tag.meaning, key=_LEAST.index)
                    answers[EXPERIENCE.name], used = least, _segment(text, tag)
            case DayTime():
                answers.setdefault(DAY_TIME.name, tag.meaning)
            case bool():
                answers.setdefault(LAST_SESSIONS_MINE.name, tag.meaning)
    return answers


def _is_denied(text: str, tag: Tag, tags: Sequence[Tag], words: Lexicon) -> bool:
    """Return whether a negation stands shortly before a phrase, but not a mere "no"."""
    start, _ = _segment(text, tag)
    return any(
        len(text[match.end() : tag.start].split()) < _CLOSE
        and match[0] != "no"
        and not any(
            each.start <= match.start() < each.end and each.meaning is not Intent.NONE
            for each in tags
        )
        for match in words.negations.finditer(text, start, tag.start)
    )


def _degree(degrees: Sequence[Tag], tags: Sequence[Tag]) -> int | None:
    """Return the last degree that is no part of another phrase."""
    alone = [
        tag.meaning
        for tag in degrees
        if not any(tag.start < each.end and each.start < tag.end for each in tags)
    ]
    return alone[-1] if alone else None


def _meant(
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
    for tag in firmness:
        if any(tag.start < each.end and each.start < tag.end for each in others):
            continue
        start, end = _segment(text, tag)
        if (
            words.likes.search(text, start, end)
            or not (places or asked in ("where", "cautions"))
            or asked == "firmness"
        ):
            meaning: Firmness = tag.meaning
            denied = any(
                len(text[match.end() : tag.start].split()) <= _NEAR
                and not any(each.start <= match.start() < each.end for each in tags)
                for match in words.negations.finditer(text, start, tag.start)
            )
            return _DENIED[meaning] if denied else meaning
    return None


def _segment(text: str, tag: Tag) -> tuple[int, int]:
    """Return the part of a text between the separators around a phrase."""
    start = max(text.rfind(each, 0, tag.start) for each in SEPARATORS)
    ends = [text.find(each, tag.end) for each in SEPARATORS]
    return start + 1, min((end for end in ends if end >= 0), default=len(text))


def _minutes(
    text: str, words: Lexicon, durations: Sequence[Tag], asked: str | None
) -> tuple[int | None, int | None]:
    """Return the minutes that a text names, or the minutes by which it changes them."""
    if durations:
        return durations[0].meaning, None
    match = words.minutes.search(text)
    if match is None:
        return _bare_minutes(text, words, asked), None
    value = words.value(match["value"])
    if match["adds"] or match["more"] or match["after"]:
        return None, value
    return (None, -value) if match["less"] else (value, None)


def _bare_minutes(text: str, words: Lexicon, asked: str | None) -> int | None:
    """Return the minutes that a number without a unit means."""
    if asked == "minutes":
        bare = words.number.search(text)
        return None if bare is None else words.value(bare[1])
    if asked in (None, "cautions", "name"):
        return None
    if (about := words.about.search(text)) is None and asked == "offer":
        # "Longer then, twenty".
        about = words.alone.search(text)
    value = 0 if about is None else words.value(about[1])
    return value if value >= _ROUND else None


def _name(text: str, words: Lexicon) -> str | None:
    """Return the name that a text gives to a programme."""
    for pattern in words.naming:
        if match := pattern.search(text):
            name = match[1].strip(_QUOTES)
            while (shorter := words.naming_ends.sub("", name).strip(_QUOTES)) != name:
                name = shorter
            return name
    return None


def _unknown(text: str, tags: Sequence[Tag], words: Lexicon) -> str:
    """Return a text with blanks instead of what is part of a phrase or a filler."""
    rest = [*text]
    for tag in tags:
        rest[tag.start : tag.end] = " " * (tag.end - tag.start)
    left = "".join(rest)
    for pattern in (words.minutes, words.fillers, words.number):
        left = pattern.sub(lambda match: " " * len(match[0]), left)
    return left
