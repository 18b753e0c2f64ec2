"""Understanding of one utterance: text to facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
import re
from typing import Any, Final

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
from .cautions import cautions_in
from .lexicon import HURTS, Lexicon, Tag, lexicon
from .places import Place, places_in
from .vocabulary import SEPARATORS, Intent, Row, normalise

MAX_LENGTH: Final = 1000
"""Characters of an utterance; a longer one is not understood."""
_LARGEST_UNKNOWN: Final = 2
_QUOTES: Final = "\"'\u201c\u201d\u201e\u201a\u2018\u2019«».!? "


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an utterance says."""

    intents: tuple[Intent, ...] = ()
    cautions: tuple[Caution, ...] = ()
    denies: bool = False
    """Denies single cautions."""
    answers: Mapping[str, Any] = field(default_factory=dict)
    """Answers by field name of the questionnaire, except those about places and minutes."""
    places: tuple[Place, ...] = ()
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

    @property
    def clear(self) -> bool:
        """Whether "none" may stand for all cautions: nothing is excepted, and little unknown."""
        return (
            self.unknown <= _LARGEST_UNKNOWN
            and not self.excepts
            and (not self.denies or Intent.NONE in self.intents)
        )

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
    firmness = list(words.firmness.find(normal))
    tags = [
        tag
        for tag in words.tags.find(normal)
        if not any(map(tag.within, firmness))  # "not too strong" is no "too strong".
        and not (asked == "firmness" and tag.meaning is Row.MID)
    ]
    lengths = list(words.durations.find(normal))
    minutes, step = _minutes(normal, words, lengths, asked)
    places = places_in(normal, tags, words, asked=asked == "where")
    cautions, denies = cautions_in(normal, words, asked=asked == "cautions")
    answers = _answers(tags)
    if meant := _meant(normal, firmness, tags, words, places, asked):
        answers[FIRMNESS.name] = meant
    degrees = words.degrees.find(normal)
    return Facts(
        intents=tuple(
            dict.fromkeys(
                tag.meaning for tag in tags if isinstance(tag.meaning, Intent)
            )
        ),
        cautions=cautions,
        denies=denies,
        answers=answers,
        places=places,
        minutes=minutes,
        minutes_step=step,
        corrects=words.corrections.search(normal) is not None,
        name=_name(text, words),
        text=text.strip(_QUOTES),
        unknown=_unknown(normal, [*tags, *lengths, *firmness, *degrees], words),
        hurts=any(tag.meaning == HURTS for tag in tags),
        excepts=words.exceptions.search(normal) is not None,
    )


def _answers(tags: Sequence[Tag]) -> dict[str, Any]:
    """Return the answers to choices, except the firmness; of several, the first."""
    answers: dict[str, Any] = {}
    for tag in tags:
        match tag.meaning:
            case Feeling():
                answers.setdefault(FEELING.name, tag.meaning)
            case Experience():
                answers.setdefault(EXPERIENCE.name, tag.meaning)
            case DayTime():
                answers.setdefault(DAY_TIME.name, tag.meaning)
            case bool():
                answers.setdefault(LAST_SESSIONS_MINE.name, tag.meaning)
    return answers


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
        if words.likes.search(_segment(text, tag)) or not (
            places or asked in ("where", "cautions")
        ):
            meaning: Firmness = tag.meaning
            return meaning
    return None


def _segment(text: str, tag: Tag) -> str:
    """Return the part of a text between the separators around a phrase."""
    start = max(text.rfind(each, 0, tag.start) for each in SEPARATORS)
    ends = [text.find(each, tag.end) for each in SEPARATORS]
    return text[start + 1 : min((end for end in ends if end >= 0), default=len(text))]


def _minutes(
    text: str, words: Lexicon, durations: Sequence[Tag], asked: str | None
) -> tuple[int | None, int | None]:
    """Return the minutes that a text names, or the minutes by which it changes them."""
    if durations:
        return durations[0].meaning, None
    match = words.minutes.search(text)
    if match is None:
        bare = words.number.search(text) if asked == "minutes" else None
        return (None if bare is None else words.value(bare[1])), None
    value = words.value(match[1])
    if match["more"] or match["after"]:
        return None, value
    return (None, -value) if match["less"] else (value, None)


def _name(text: str, words: Lexicon) -> str | None:
    """Return the name that a text gives to a programme."""
    for pattern in words.naming:
        if match := pattern.search(text):
            return words.naming_ends.sub("", match[1].strip(_QUOTES)).strip(_QUOTES)
    return None


def _unknown(text: str, tags: Sequence[Tag], words: Lexicon) -> int:
    """Return how many words are neither part of a phrase nor fillers."""
    rest = [*text]
    for tag in tags:
        rest[tag.start : tag.end] = " " * (tag.end - tag.start)
    left = words.minutes.sub(" ", "".join(rest))
    left = words.number.sub(" ", words.fillers.sub(" ", left))
    return len(re.findall(r"\w+", left))
