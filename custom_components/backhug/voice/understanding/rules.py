"""Rules from concepts to intents, in an order of safety."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
import re
from typing import Final

from .corrections import corrected
from .meaning import STOP, Meaning, Moment
from .objects import is_for_others, orders_others
from .remarks import beside_remark
from .sentence import Sentence
from .starts import start, stop
from .stops import Ending, ending, ends_in, orders_other_pause
from .vocabulary import FOREIGN, Vocabulary, transcribed

type _Rule = Callable[[Sentence], Meaning | None]


def understand(
    text: str,
    vocabulary: Vocabulary,
    moment: Moment,
    names: frozenset[str],
    own: frozenset[str] = frozenset(),
) -> Meaning | None:
    """Return what a sentence means; None if that is not clear.

    `names` are those of everything else that Home Assistant can control, as `transcribed` returns them; `own` those of
    the users' own programmes. Without a session, the sentence is taken to name the device, a massage or the back.
    """
    sentence = Sentence(vocabulary.prepare(text, names), vocabulary)
    if moment is Moment.IDLE:
        programme = _own_programme(sentence, text, own)
        named = sentence.has("device", "massage")
        return programme or _corrected(sentence, partial(_idle, named=named))
    if vocabulary.is_message(text) and not sentence.has("device", "massage"):
        return None
    meaning = _corrected(sentence, partial(_in_session, paused=moment is Moment.PAUSED))
    return meaning and replace(
        meaning,
        certain=("left" in meaning.slots or sentence.certain)
        and not vocabulary.mentions(text, names),
        names_device=sentence.has("device", "massage"),
        others_too=meaning.intent == STOP and sentence.has("everything"),
    )


def _corrected(
    sentence: Sentence, meaning_of: Callable[[Sentence], Meaning | None]
) -> Meaning | None:
    """Return what is meant, by what is said last if the sentence corrects itself."""
    if sentence.foreign:
        return meaning_of(sentence) or _after_story(sentence, meaning_of)
    if sentence.has("asks"):
        return meaning_of(sentence)
    return corrected(sentence, meaning_of) or meaning_of(sentence)


def _after_story(
    sentence: Sentence, meaning_of: Callable[[Sentence], Meaning | None]
) -> Meaning | None:
    """Return what is meant after something with another thing: "I dug the garden all day, so press softer"."""
    words = sentence.vocabulary
    story, _, order = sentence.text.rpartition(f" {FOREIGN} ")
    said = Sentence(f"{story} ", words).without("other_annoys")
    asked = Sentence(f" {order}", words)
    told = said.has("hurt", "story") or set(story.split()) & words.subjects
    if (
        not told
        or sentence.has("for_other")
        or said.has("deny")
        or orders_others(said)
        or asked.has("belongs")
    ):
        return None
    about_us = said.has("hurt") or sentence.has("story")
    ours = about_us or asked.has("device", "massage")
    return meaning_of(asked) if ours else None


def _own_programme(
    sentence: Sentence, text: str, own: frozenset[str]
) -> Meaning | None:
    """Return a start of the users' own programme that is named, the longest one of several."""
    said, words = f" {transcribed(text)} ", sentence.vocabulary
    found = [
        name
        for name in own
        if f" {name} " in said and not set(name.split()) <= words.fillers | words.ours
    ]
    if not found or sentence.has("asks", "deny", "save"):
        return None
    return Meaning("BackHugStartSession", {"programme": max(found, key=len)})


def _in_session(said: Sentence, *, paused: bool) -> Meaning | None:
    """Return what is meant while a session runs: a stop comes first."""
    if said.has("area") and said.has("sore_there"):
        # "The left side, that's where it hurts": a reason, if something is asked for.
        found = _in_session(said.without("sore_there"), paused=paused)
        if found is not None:
            return found
    sentence = said.without("not_stop").without("ill_before_order")
    if not said.has("asks") and (minutes := ends_in(sentence)) is not None:
        return Meaning("BackHugShorter", {"minutes": minutes, "left": "true"})
    # "Carry on in five minutes" is Home Assistant's command for later.
    resumes = paused and sentence.at_once.text == sentence.text
    if resumes and (meaning := _resume_paused(sentence)) is not None:
        return meaning
    return _ended(said, sentence.at_once, partial(_in_session, paused=paused))


def _ended(
    said: Sentence, sentence: Sentence, meaning_of: Callable[[Sentence], Meaning | None]
) -> Meaning | None:
    """Return how a sentence ends the session, or else what is asked for."""
    match ending(sentence):
        case Ending.STOP:
            return Meaning(STOP)
        case Ending.ENOUGH:
            return beside_remark(said, meaning_of) or Meaning(STOP)
        case Ending.BREAK:
            return Meaning("BackHugPauseSession")
        case Ending.HURT:
            instead = None if said.foreign else _instead(sentence, said)
            return instead or Meaning(STOP)
    if is_for_others(said):
        return None
    return _request(said) or beside_remark(said, meaning_of)


def _request(said: Sentence) -> Meaning | None:
    """Return what is asked, or asked for."""
    if said.has("asks"):
        said = said.at_once
    if (said.foreign and not said.only_disturbed) or said.has("message"):
        return None
    if said.has("asks") or said.only("time_left"):
        things = said.vocabulary.things.intersection(said.text.split())
        return None if things else _question_in_session(said)
    return next((found for rule in _SESSION if (found := rule(said)) is not None), None)


def _resume_paused(sentence: Sentence) -> Meaning | None:
    """Return a resumption, unless something else in the sentence ends the session."""
    asks = sentence.has("asks") and not sentence.certain
    if sentence.names_other and sentence.has("other_over"):
        before, after = sentence.before("other_over"), sentence.after("other_over")
        sentence = after if after.text.strip() else before
    order = _order_to_resume(sentence)
    if order.foreign or asks or sentence.has("no_resume") or is_for_others(order):
        return None
    resumes = order.has("resume") or _starts(order)
    if resumes and ending(sentence.without("resume")) in (None, Ending.HURT):
        return Meaning("BackHugResumeSession")
    return None


def _order_to_resume(sentence: Sentence) -> Sentence:
    """Return the order after a statement: "I've drunk my water, carry on"; else all of it."""
    words = sentence.vocabulary
    for match in sentence.found("resume"):
        said = Sentence(sentence.text[: match.start() + 1], words)
        order = Sentence(sentence.text[match.start() :], words)
        attached = words.joining.union(words.modals, words.prepositions)
        if (
            said.has("states", "story")
            and not attached.intersection(said.text.split()[-1:])
            and not order.unknown(words.modals | words.verbs, words.concepts["resume"])
        ):
            return order
    return sentence


def _instead(sentence: Sentence, said: Sentence) -> Meaning | None:
    """Return what is asked for because it hurts; "ease off" in what is said only means softer."""
    if (meaning := _strength(sentence)) is not None:
        return meaning
    if said.has("softer") and not said.has("deny"):
        return Meaning("BackHugSofter")
    if sentence.has("treat_it") or _treats_area(sentence):
        return _area(sentence)
    # "The lower back please, it hurts there."
    order = sentence.before("reason")
    return _area(order) if order.has("please") and not order.has("hurt") else None


def _idle(sentence: Sentence, *, named: bool) -> Meaning | None:
    """Return what is meant without a session; only a start and its tension are asked of a back that is `named` alone."""
    if sentence.has("asks"):
        if named:
            return None if sentence.foreign else _question(sentence)
        tense = sentence.has("tension") and not sentence.foreign
        return _question_in_session(sentence) if tense else None
    rules = () if sentence.foreign else _IDLE if named else (start,)
    found = next((found for rule in rules if (found := rule(sentence))), None)
    return found or beside_remark(sentence, partial(_idle, named=named))


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
    ("occupied", Meaning("BackHugQuestion", {"about": "occupied"})),
    ("running", Meaning("BackHugTimeLeft")),
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
    numbers = {word for word in sentence.text.split() if word.isdecimal()}
    known = words.question_words | numbers
    if sentence.has("device") or not sentence.unknown(known, words.concepts["opening"]):
        return _question(sentence)
    return None


def _save(sentence: Sentence) -> Meaning | None:
    saves = sentence.has("save") and sentence.has("save_as")
    if saves and not sentence.has("deny") and _is_ours(sentence):
        return Meaning("BackHugSaveProgramme")
    return None


def _is_ours(sentence: Sentence) -> bool:
    """Return whether nothing unknown is in it, or a word of ours."""
    return sentence.certain or sentence.has("device", "massage", "ours")


def _pause(sentence: Sentence) -> Meaning | None:
    if sentence.has("not", "until") or orders_other_pause(sentence):
        return None
    if sentence.has("pause"):
        return Meaning("BackHugPauseSession")
    return None


def _set_strength(sentence: Sentence) -> Meaning | None:
    if sentence.minutes is not None or sentence.has("deny"):
        return None
    if (level := sentence.number("strength")) is not None:
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
        or (sentence.only("softer_alone") and not too_soft)
        or _near_either(sentence, "lower", "pressure")
        or sentence.near("lower", "hard")
    )
    stronger = (
        too_soft
        or not_enough
        or (
            (sentence.has("barely_felt") or sentence.only("stronger_alone"))
            and not sentence.has("longer", "slower", "faster", "tempo")
        )
        or (sentence.has("harder") and not _near_either(sentence, "not", "harder"))
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
    """Return whether two concepts are near each other: "the pressure please a little bit lower"."""
    near = partial(sentence.near, but=sentence.vocabulary.degrees)
    return near(one, other) or near(other, one)


def _speed(sentence: Sentence) -> Meaning | None:
    slower = (
        sentence.near("too", "fast")
        or sentence.near("not", "fast")
        or _near_either(sentence, "lower", "tempo")
        or (sentence.has("slower") and not sentence.near("too", "slow"))
    )
    faster = (
        sentence.has("faster")
        or (sentence.only("faster_alone") and not slower)
        or (sentence.near("too", "slow") and not sentence.near("too", "fast"))
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
        absolute = not (longer or sentence.has("pause")) and sentence.has("in_all")
        if minutes is not None and absolute and _is_ours(sentence):
            return Meaning("BackHugSetLength", {"minutes": minutes})
        return None
    return Meaning(
        "BackHugLonger" if longer else "BackHugShorter",
        {} if minutes is None else {"minutes": minutes},
    )


def _area(sentence: Sentence) -> Meaning | None:
    area = sentence.one_of(sentence.vocabulary.areas)
    if area is None or not _asked_for(sentence, sentence.vocabulary.areas):
        return None
    return Meaning("BackHugSetArea", {"back_area": area})


def _flow(sentence: Sentence) -> Meaning | None:
    flow = sentence.one_of(sentence.vocabulary.flows)
    if flow is None or not _asked_for(sentence, sentence.vocabulary.flows):
        return None
    return Meaning("BackHugSetFlow", {"flow": flow})


def _asked_for(sentence: Sentence, values: Mapping[str, re.Pattern[str]]) -> bool:
    """Return whether it is asked for one of these values, rather than talked about."""
    if sentence.has("deny"):
        return False
    if sentence.has("tension"):
        return _treats_area(sentence) or sentence.has("treat_it")
    return sentence.has("do_area") or not sentence.unknown(
        frozenset(), *values.values()
    )


def _treats_area(sentence: Sentence) -> bool:
    """Return whether an area is the object of a verb such as "massage" or "go to"."""
    return not sentence.has("deny") and _near_either(sentence, "treat", "area")


def _starts(sentence: Sentence) -> bool:
    """Return whether a bare "start" is said; there is another intent for "start the massage"."""
    return sentence.only("resume_alone") and not sentence.has("device", "massage")


def _resume(sentence: Sentence) -> Meaning | None:
    """Return a resumption though nothing is paused."""
    named = sentence.has("device", "massage")
    if _starts(sentence) or (sentence.only("resume") and not named):
        return Meaning("BackHugResumeSession")
    return None


_SESSION: Final[tuple[_Rule, ...]] = (
    _save,
    _set_strength,
    _strength,
    _speed,
    _length,
    _pause,
    _area,
    _flow,
    _resume,
)
_IDLE: Final[tuple[_Rule, ...]] = (_save, stop, start)
