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
from .cautions import cautions_in, is_emergency, is_health
from .denials import Denial, denial_in, is_understood
from .lexicon import HURTS, Lexicon, Tag, lexicon
from .place import Place
from .places import places_in
from .preferences import firmness_in, minutes_in, segment
from .vocabulary import SEPARATORS, Intent, Row, Side, normalise

MAX_LENGTH: Final = 1000
"""Characters of an utterance; a longer one is not understood."""
SLIGHT: Final = 1
"""Degree of a discomfort that makes a denial unclear: "no, just a bit"."""
_CLOSE: Final = 3
"""Words from a negation to the feeling or experience that it denies."""
_DENIED_AFTER: Final = re.compile(
    r" (?:(?:ist|bin|war|sind|is|am|are|er|es|ich|eigentlich|ja|gerade|doch|auch|aber|so) )*(?:nicht|nich|not)\s*$"
)
"""A negation at the end: "steif ist er eigentlich nicht"."""
_SPAN: Final = re.compile(r"\b(?:for|seit|ages)\b")
_ONLY: Final = re.compile(
    r" (?:(?:no|nein|please|bitte|well|also|ok|okay|,) )*(?:just|only|nur|bloss) "
)
_LESS: Final = re.compile(r"\b(?:than|als)(?: \w+)? $")
"""Before what is compared with: "rather stiff than sore"."""
_LEAST: Final = list(Experience)
_NAME_WORDS: Final = 4
"""Words of a name beside which a "no" or an illness is no answer."""
_AGREES: Final = 2
"""Words without a known meaning beside a "yes", at most."""
_HARD: Final = (Firmness.FIRM, Firmness.VERY_FIRM)
_QUOTES: Final = "\"'\u201c\u201d\u201e\u201a\u2018\u2019«».!? "


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts in an utterance."""

    intents: tuple[Intent, ...] = ()
    cautions: tuple[Caution, ...] = ()
    denies: bool = False
    """Denies single cautions."""
    emergency: bool = False
    health: bool = False
    """Speaks of what only a physician can judge."""
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
    only: bool = False
    """Begins with "only"."""
    asks: bool = False
    """Ends with a question mark."""
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
            and (
                self.degree != SLIGHT
                or (self.says_none and FEELING.name in self.answers)
            )
            and not self.wants(Intent.UNSURE)
            and (self.says_none or not self.denies)
        )

    @property
    def may_be_name(self) -> bool:
        """Whether it is short enough for the name of a programme."""
        return len(self.text.split()) <= _NAME_WORDS

    @property
    def doubts(self) -> bool:
        """Whether a "yes" is no consent: it asks something, or says more than is understood."""
        return self.unknown > _AGREES or self.asks

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
    whole = normal = normalise(text)
    meanings = {tag.meaning for tag in words.tags.find(whole)}
    others = [lexicon(each) for each in LANGUAGES if each != language]
    if Intent.START_OVER in meanings:
        # What else is said is about the person who begins.
        asked = "cautions"
    cautions, denies = cautions_in(whole, words, others, asked=asked)
    name = _name(text, words)
    if name and Intent.SAVE in meanings:
        # Its words mean nothing, unless it is about safety: "call it quick fix".
        normal = normalise(text.replace(name, " "))
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
        emergency=is_emergency(whole, [words, *others]),
        health=is_health(whole, words),
        name=name if words is lexicon(language) else _name(text, words),
        only=_ONLY.match(normal) is not None,
        asks=text.rstrip().endswith("?"),
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
    minutes, step = minutes_in(normal, words, lengths, asked)
    places = places_in(
        normal,
        [*tags, *firmness],
        words,
        asked=asked == "where",
        offered=asked in ("offer", "saved"),
    )
    longest: list[Tag] = []
    if (
        asked in ("minutes", "offer")
        and (minutes, step) == (None, None)
        and (match := words.longest.search(normal))
    ):
        longest = [Tag(match.start(), match.end(), None)]
        tags += longest
    answers = _answers(normal, tags, words, asked)
    if meant := firmness_in(normal, firmness, tags, words, places, asked):
        answers[FIRMNESS.name] = meant
    elif asked == "feeling" and any(
        tag.meaning in _HARD
        and not any(tag.start < each.end and each.start < tag.end for each in tags)
        for tag in firmness
    ):
        # "All hard".
        answers.setdefault(FEELING.name, Feeling.STIFF)
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
    """Return the answers to choices, except the firmness."""
    answers: dict[str, Any] = {}
    if (known := _experience(text, tags, words, asked)) is not None:
        answers[EXPERIENCE.name] = known
    for tag in tags:
        match tag.meaning:
            # "Not stiff, just tired".
            case Feeling() if not (
                _is_denied(text, tag, tags, words) or _LESS.search(text[: tag.start])
            ):
                # Of several, the one that is massaged most gently.
                if tag.meaning is Feeling.SORE or FEELING.name not in answers:
                    answers[FEELING.name] = tag.meaning
            # "Every Tuesday after work" is no time of the massage.
            case DayTime() if asked != "experience":
                answers.setdefault(DAY_TIME.name, tag.meaning)
            case bool():
                answers.setdefault(LAST_SESSIONS_MINE.name, tag.meaning)
    return answers


def _experience(
    text: str, tags: Sequence[Tag], words: Lexicon, asked: str | None
) -> Experience | None:
    """Return the experience with the BackHug; of several, the least: "my wife uses it daily, I never have"."""
    places = [tag for tag in tags if isinstance(tag.meaning, Row | Side)]
    known: Experience | None = None
    instead: Experience | None = None
    used: tuple[int, int] | None = None
    for tag in tags:
        here = segment(text, tag)
        if _of_discomfort(text, tag, words, asked):
            # "For twenty years": since then it hurts.
            continue
        if not isinstance(tag.meaning, Experience) or (
            # "Sometimes the left shoulder, too".
            tag.meaning is Experience.OCCASIONAL
            and asked != "experience"
            and any(here == segment(text, each) for each in places)
            and not words.uses.search(text, *here)
        ):
            continue
        if tag.meaning is not Experience.OCCASIONAL and (
            _is_denied(text, tag, tags, words)
        ):
            instead = Experience.OCCASIONAL
        elif known is None or here != used:
            known = min(known or tag.meaning, tag.meaning, key=_LEAST.index)
            used = here
    return known or instead


def _of_discomfort(text: str, tag: Tag, words: Lexicon, asked: str | None) -> bool:
    """Return whether a span of time is not that of using the BackHug."""
    return (
        asked != "experience"
        and _SPAN.search(text, tag.start, tag.end) is not None
        and words.uses.search(text, *segment(text, tag)) is None
    )


def _is_denied(text: str, tag: Tag, tags: Sequence[Tag], words: Lexicon) -> bool:
    """Return whether a negation stands shortly before a phrase, but not a mere "no"."""
    start, end = segment(text, tag)
    if _DENIED_AFTER.match(text, tag.end, end):
        return True
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
