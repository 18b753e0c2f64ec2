"""Rules from concepts to intents, in an order of safety."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

from .sentence import Sentence
from .stops import Ending, ending
from .vocabulary import Vocabulary


class Moment(Enum):
    """When something is said."""

    IDLE = auto()
    RUNNING = auto()
    PAUSED = auto()


@dataclass(frozen=True)
class Meaning:
    """An intent with its slots."""

    intent: str
    slots: Mapping[str, Any] = field(default_factory=dict)


STOP: Final = "BackHugStopSession"
type _Rule = Callable[[Sentence], Meaning | None]


def understand(
    text: str, vocabulary: Vocabulary, moment: Moment, names: frozenset[str]
) -> Meaning | None:
    """Return what a sentence means; None if that is not clear.

    `names` are those of everything else that Home Assistant can control, as `transcribed` returns them. Without a
    session, the sentence is taken to name the device or a massage.
    """
    sentence = Sentence(vocabulary.prepare(text, names), vocabulary)
    if moment is not Moment.IDLE:
        return _in_session(sentence, paused=moment is Moment.PAUSED)
    return None if sentence.foreign else _idle(sentence)


def names_device(text: str, vocabulary: Vocabulary) -> bool:
    """Return whether a sentence names the device or its massage."""
    return Sentence(vocabulary.prepare(text), vocabulary).has("device", "massage")


def _in_session(said: Sentence, *, paused: bool) -> Meaning | None:
    """Return what is meant while a session runs: a stop comes first."""
    sentence = said.without("not_stop")
    if (
        paused
        and not said.foreign
        and sentence.has("resume")
        and not sentence.has("no_resume")
    ):
        rest = sentence.without("resume")
        if ending(rest) in (None, Ending.HURT):
            return Meaning("BackHugResumeSession")
    match ending(sentence):
        case Ending.STOP:
            return Meaning(STOP)
        case Ending.HALT:
            pause = sentence.has("moment")
            return Meaning("BackHugPauseSession" if pause else STOP)
        case Ending.HURT:
            softer = not said.foreign and _strength(sentence)
            return softer or Meaning(STOP)
    if said.foreign:
        return None
    if said.has("asks"):
        return _question_in_session(said)
    return next((found for rule in _SESSION if (found := rule(said)) is not None), None)


def _idle(sentence: Sentence) -> Meaning | None:
    if sentence.has("asks"):
        return _question(sentence)
    return next(
        (found for rule in _IDLE if (found := rule(sentence)) is not None), None
    )


# Questions


_QUESTIONS: Final = (
    ("effect", Meaning("BackHugQuestion", {"about": "effect"})),
    ("last", Meaning("BackHugQuestion", {"about": "last_session"})),
    ("next", Meaning("BackHugPlan", {"about": "next"})),
    ("tension", Meaning("BackHugTension")),
    ("time_left", Meaning("BackHugTimeLeft")),
    ("which_strength", Meaning("BackHugQuestion", {"about": "strength"})),
    ("which_area", Meaning("BackHugQuestion", {"about": "area"})),
    ("which_programme", Meaning("BackHugQuestion", {"about": "programme"})),
    ("which_programmes", Meaning("BackHugProgrammes")),
    ("running", Meaning("BackHugTimeLeft")),
    ("occupied", Meaning("BackHugQuestion", {"about": "occupied"})),
    ("doing", Meaning("BackHugTimeLeft")),
)
"""Questions by the concept that decides, the most specific ones first."""


def _question(sentence: Sentence) -> Meaning | None:
    """Return a question about the device, its last session or the plan."""
    return next(
        (meaning for concept, meaning in _QUESTIONS if sentence.has(concept)), None
    )


def _question_in_session(sentence: Sentence) -> Meaning | None:
    """Return a question without a word that means a BackHug: then nothing else may be meant."""
    words = sentence.vocabulary
    if sentence.has("device") or not sentence.unknown(words.question_words):
        return _question(sentence)
    return None


# While a session runs


def _save(sentence: Sentence) -> Meaning | None:
    if sentence.has("save") and sentence.has("save_as") and not sentence.has("deny"):
        return Meaning("BackHugSaveProgramme")
    return None


def _pause(sentence: Sentence) -> Meaning | None:
    if sentence.has("pause") and not sentence.has("not", "until"):
        return Meaning("BackHugPauseSession")
    return None


def _set_strength(sentence: Sentence) -> Meaning | None:
    if sentence.minutes is None and (level := sentence.number("strength")) is not None:
        return Meaning("BackHugSetStrength", {"strength": level})
    return None


def _strength(sentence: Sentence) -> Meaning | None:
    """Return stronger or softer; None if both may be meant: strength never rises on doubt."""
    not_enough = sentence.has("not_enough")
    too_hard = sentence.near("too", "hard") or (
        sentence.near("not", "hard") and not not_enough
    )
    too_soft = sentence.near("too", "soft")
    softer = (
        too_hard
        or sentence.has("softer")
        or _near_either(sentence, "lower", "pressure")
    )
    stronger = (
        too_soft
        or not_enough
        or sentence.has("barely_felt")
        or (sentence.has("harder") and not sentence.near("not", "harder"))
        or _near_either(sentence, "raise", "pressure")
    )
    if softer == stronger:
        return None
    step = sentence.number("step")
    return Meaning(
        "BackHugSofter" if softer else "BackHugStronger",
        {} if step is None else {"step": step},
    )


def _near_either(sentence: Sentence, one: str, other: str) -> bool:
    return sentence.near(one, other) or sentence.near(other, one)


def _speed(sentence: Sentence) -> Meaning | None:
    slower = (
        sentence.near("too", "fast")
        or sentence.near("not", "fast")
        or _near_either(sentence, "lower", "tempo")
        or (sentence.has("slower") and not sentence.near("too", "slow"))
    )
    faster = (
        sentence.has("faster")
        or sentence.near("too", "slow")
        or _near_either(sentence, "raise", "tempo")
    )
    if slower == faster:
        return None
    return Meaning("BackHugSlower" if slower else "BackHugFaster")


def _length(sentence: Sentence) -> Meaning | None:
    minutes = sentence.minutes
    if minutes is None:
        longer, shorter = sentence.has("longer"), sentence.has("shorter")
    else:
        longer, shorter = sentence.has("minutes_more"), sentence.has("minutes_less")
        if shorter:
            longer = longer and sentence.has("longer")
    if longer == shorter:
        return None
    return Meaning(
        "BackHugLonger" if longer else "BackHugShorter",
        {} if minutes is None else {"minutes": minutes},
    )


def _area(sentence: Sentence) -> Meaning | None:
    area = sentence.one_of(sentence.vocabulary.areas)
    if area is None or not sentence.has("do_area") or sentence.has("deny", "tension"):
        return None
    return Meaning("BackHugSetArea", {"back_area": area})


# Without a session


def _stop(sentence: Sentence) -> Meaning | None:
    """Return a stop: a session may run that nobody knows of."""
    if not sentence.has("stop", "halt"):
        return None
    ends = ending(sentence.without("not_stop")) in (Ending.STOP, Ending.HALT)
    return Meaning(STOP) if ends else None


def _start(sentence: Sentence) -> Meaning | None:
    if sentence.has("deny"):
        return None
    words = sentence.vocabulary
    programme = sentence.one_of(words.programmes)
    if not sentence.has("start"):
        patterns = [
            *words.programmes.values(),
            *words.areas.values(),
            *words.firmness.values(),
            *words.flows.values(),
            *(
                words.concepts[each]
                for each in ("strength", "minutes", "do", "want", "massage")
            ),
        ]
        wanted = sentence.has("want") and (
            sentence.has("massage") or programme or sentence.minutes
        )
        if not (wanted or sentence.has("do")) or sentence.unknown(
            frozenset(), *patterns
        ):
            return None
    if programme is not None:
        return Meaning("BackHugStartSession", {"programme": programme})
    slots = {
        "minutes": sentence.minutes,
        "strength": sentence.number("strength"),
        "back_area": sentence.one_of(words.areas),
        "firmness": sentence.one_of(words.firmness),
        "flow": sentence.one_of(words.flows),
    }
    return Meaning(
        "BackHugStartSession",
        {name: value for name, value in slots.items() if value is not None},
    )


_SESSION: Final[tuple[_Rule, ...]] = (
    _save,
    _set_strength,
    _strength,
    _speed,
    _length,
    _pause,
    _area,
)
_IDLE: Final[tuple[_Rule, ...]] = (_save, _stop, _start)
