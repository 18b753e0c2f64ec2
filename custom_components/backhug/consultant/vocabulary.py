"""Meanings of utterances, and the structure of a language's vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

from ..consultation.questionnaire import (
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
)

type Phrases = tuple[str, ...]
"""Regular expressions over normalised text, in which `*` stands for the rest of a word."""

SEPARATORS: Final = ",;.!?"
_TRANSCRIPTION: Final = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "\u2019": "",
        "'": "",
        "\u2018": "",
        ":": ",",
    }
)

_SPELLINGS: Final = (
    # German compounds of a place and a complaint; dialects.
    (r"\b(hals|kreuz|lenden|nacken|schulter)(schmerz|weh|verspann|steif)", r"\1 \2"),
    (r"\b(?:ned|net|nit|nich)\b", "nicht"),
    (r"\bdes (?=hob|hab|is\b|ist\b|gilt\b|trifft\b|passt\b)|\bdit ", "das "),
    (r"\bi h[oa]b\b", "ich hab"),
    (r"\b(?:hob i|han i|hab ick|hab i)\b", "hab ich"),
    (r"\b(?:ois|allet)\b", "alles"),
    (r"\b(?:nuet|nuescht|nischt)\b", "nichts"),
    (r"\bvo dem\b", "von dem"),
    (r"\b(nichts|nix|keins|was) (?:da von|davo)\b", r"\1 davon"),
    (r"\b(?:nun of|nane o|none o)\b", "none of"),
    (r"\b(hour|minutes?|mins?)ll\b", r"\1 will"),
    (r"\bwia\b", "wie"),
    (r"\bsoll i\b", "soll ich"),
    (r"\bmochn\b", "machen"),
    (r"schrittmocher", "schrittmacher"),
    (r"\b(?:left|leave|leaving) out\b", "omit"),
    # "Left more than right".
    (
        r"\b(left|right)(?: side)? (?:is |hurts )?(?:more|stronger) than(?: on)?(?: the)? (left|right)\b(?: side)?",
        r"\1 clear , \2 a little",
    ),
    (
        r"\b(links|rechts) (?:mehr|staerker) (?:als|wie|wia) (links|rechts)\b",
        r"\1 deutlich , \2 ein bisschen",
    ),
    (r"\bno too (?=all|each|every)", "no to "),
    # Words that are misspelt or misheard.
    (r"\b(?:sholder|shoudler|shulder)(s?)\b", r"shoulder\1"),
    (r"\bschul[dt](?:er|a)(n?)\b", r"schulter\1"),
    (
        r"(?<=lower )write\b|(?<=upper )write\b|\bwrite(?= (?:hand|side|shoulder)\b)",
        "right",
    ),
    (r"\bsoar\b", "sore"),
    (r"\btyred\b", "tired"),
    (r"\bferspannt\b", "verspannt"),
    (r"\buntn\b", "unten"),
    (r"\btwenny\b", "twenty"),
    (r"\bzwansig\b", "zwanzig"),
    (r"\bfuffz(ehn|ig)\b", r"fuenfz\1"),
    (r"\b(halbe|viertel|ganze|volle) ?stund\b", r"\1 stunde"),
    (r"\bviertelst(?:uendchen|unde|d)\b", "viertelstunde"),
    (r"\bhalbes stuendchen\b", "halbe stunde"),
)
_REST_OF_WORD: Final = re.compile(r"(?<!\\w)(?<!\))\*")


class Intent(StrEnum):
    """Intent of a person, other than an answer."""

    YES = "yes"
    NO = "no"
    NONE = "none"
    """None of what was asked."""
    UNSURE = "unsure"
    """Does not know."""
    WHY = "why"
    WHY_LENGTH = "why_length"
    WHY_STRENGTH = "why_strength"
    SHOW = "show"
    PLAN = "plan"
    GENTLER = "gentler"
    FIRMER = "firmer"
    SHORTER = "shorter"
    LONGER = "longer"
    KEEP = "keep"
    """Takes a change back: "leave it as it is"."""
    OTHER_SIDE = "other_side"
    SAVE = "save"
    START = "start"
    START_OVER = "start_over"
    LEAVE = "leave"
    THANKS = "thanks"
    """Leaves, unless it says more."""
    MEDICAL = "medical"
    """Asks for what only a physician can tell."""


class Side(StrEnum):
    """Side of the back, the person's own."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


class Row(StrEnum):
    """Row of the back."""

    UPPER = "upper"
    MID = "mid"
    LOWER = "lower"
    WHOLE = "whole"
    EVERYTHING = "everything"
    """The whole back, unless other places are named, or something else is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyVocabulary:
    """What concerns cautions and emergencies in one language."""

    cautions: Mapping[Caution, Phrases]
    caution_answers: Mapping[Caution, Phrases]
    """Understood only as an answer to the question about cautions."""
    emergencies: Phrases
    """Emergencies, which need help at once and not a massage."""
    too_young: Phrases
    """With the age as the only group."""
    relatives: Phrases
    """Other people: a caution of theirs does not apply to the speaker."""
    for_others: Phrases
    """Tell that another person is the one to be massaged."""
    negations: Phrases
    uncertain: Phrases
    """A negation within is none."""
    clause: str
    """Begins a clause, to which a negation before it does not extend."""
    exceptions: Phrases
    """Announce an exception from "none"."""
    denials: Phrases
    """Say that no caution applies."""
    noes: Phrases
    """A mere "no"."""
    denial_words: Phrases
    """May stand beside a denial or a "no" without a meaning of their own."""
    alarms: Phrases
    """Parts of the body and treatments: a denial beside them is unclear."""
    health: Phrases
    """What only a physician can judge, although it is none of the cautions."""
    recently: Phrases
    """Since when there is discomfort, if that is new."""
    denial_names: Phrases
    """Name the cautions as such."""
    meanings: Phrases
    """Ask for the meaning of a word, which then names no caution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The vocabulary of one language."""

    stop: str
    """Searched for in the whole utterance."""
    intents: Mapping[Intent, Phrases]
    safety: SafetyVocabulary
    feelings: Mapping[Feeling, Phrases]
    hurts: Phrases
    """Count as sore unless another feeling is named."""
    sides: Mapping[Side, Phrases]
    rows: Mapping[Row, Phrases]
    degrees: Mapping[int, Phrases]
    firmness: Mapping[Firmness, Phrases]
    likes: Phrases
    """Tell that a strength is meant for the massage, not for the discomfort."""
    uses: Phrases
    """Tell that a frequency is meant for the BackHug, not for the discomfort."""
    experience: Mapping[Experience, Phrases]
    day_times: Mapping[DayTime, Phrases]
    mine: Mapping[bool, Phrases]
    """Whether the last sessions were the person's own."""
    durations: Mapping[int, Phrases]
    minutes: str
    more: str
    adds: str
    """Stands before minutes to add."""
    less: str
    longest: Phrases
    """The longest session."""
    numbers: Mapping[str, int]
    about: Phrases
    """Before a number that means minutes, whatever was asked."""
    joins: Phrases
    mainly: Phrases
    """Beside a place that is worse than those named before it."""
    past: str
    """From what was before to what is now."""
    others: Phrases
    """Mean the places that are not named: "nothing else"."""
    ignored: Phrases
    """Phrases with a word that means something else within them."""
    fillers: Phrases
    corrections: str
    """Begins a correction."""
    revisions: str
    """Stands between what is said and what is said instead, in one utterance."""
    naming: Phrases
    """With the name as the only group; over the original text."""
    naming_ends: str
    """Begins what follows a name."""


def normalise(text: str) -> str:
    """Return a text in lower case, transcribed, with separators as words of their own."""
    # Six feet seven inches.
    text = re.sub(r"\b([3-8])['\u2019](\d{1,2})\b", r"\1 foot \2", text)
    text = text.casefold().translate(_TRANSCRIPTION)
    text = re.sub(r"(\d)[.,](\d)", r"\1_\2", text)
    text = re.sub(r"(\d)([a-z])", r"\1 \2", text)
    text = re.sub(rf"([{SEPARATORS}])", r" \1 ", text)
    text = re.sub(rf"[^\w{SEPARATORS}]+", " ", text)
    for written, meant in _SPELLINGS:
        text = re.sub(written, meant, text)
    return f" {' '.join(text.split())} "


def expression(phrases: Phrases) -> str:
    """Return the regular expression of phrases."""
    joined = _REST_OF_WORD.sub(r"\\w*", "|".join(phrases))
    return rf"\b(?:{joined})\b"
