"""Detection of stops: any word for ending, unless it is about another appliance.

While somebody lies on the device, a stop too many is better than one that is not understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
import re
from typing import Final

from .sentence import Sentence
from .vocabulary import FOREIGN, LATER, Vocabulary

_PLACE: Final = 3
"""Words from a preposition to the name of a place."""
_OBJECT: Final = 5
"""Words after a verb that may contain its object."""


class Ending(Enum):
    """Meaning of a word for ending."""

    STOP = auto()
    ENOUGH = auto()
    """A stop, unless "but" and something else follow."""
    BREAK = auto()
    """A stop for a moment."""
    HURT = auto()
    """A stop, unless something softer is asked for."""


_CONCEPTS: Final = {
    "stop": Ending.STOP,
    "stop_end": Ending.STOP,
    "distress": Ending.STOP,
    "annoyed": Ending.STOP,
    "over": Ending.ENOUGH,
    "halt": Ending.STOP,
    "hurt": Ending.HURT,
}


def ending(sentence: Sentence) -> Ending | None:
    """Return how a sentence ends the session; None if it does not."""
    reasons = _reasons_for_other(sentence)
    for concept, meant in _CONCEPTS.items():
        for match in sentence.found(concept):
            if concept == "over" and match.start() >= reasons:
                continue
            if _is_about_other(sentence, concept, match.start()):
                continue
            before = sentence.text[: match.start() + 1]
            after = sentence.text[match.end() :]
            if sentence.vocabulary.concepts["question_when"].search(before):
                continue
            if concept in ("over", "distress", "annoyed"):
                # "I've had enough of this song", or a message with such words.
                other = FOREIGN in after.split()[:_OBJECT] and not (
                    set(after.split()) & sentence.vocabulary.verbs
                )
                if other or _is_subject(before, sentence.vocabulary, concept):
                    continue
            elif _names_other(after, sentence.vocabulary) or (
                concept != "hurt"
                and _follows_other(
                    before, sentence.vocabulary, unknown=concept == "stop_end"
                )
            ):
                continue
            if concept == "halt" and _for_a_moment(sentence, match.start()):
                return Ending.BREAK
            return meant
    return None


def ends_in(sentence: Sentence) -> int | None:
    """Return in how many minutes the session is to end; None if nothing such is said.

    "My bus leaves in five minutes, stop" is for now.
    """
    if sentence.names_other:
        return None
    return next(
        (
            minutes
            for time, minutes in _times(sentence)
            if _ends_at(sentence, time, earlier=time.re is not LATER)
        ),
        None,
    )


def _times(sentence: Sentence) -> Iterator[tuple[re.Match[str], int]]:
    """Yield the times: "in five minutes", or "then" after "I have five minutes left"."""
    for later in LATER.finditer(sentence.text):
        yield later, int(later[1])
    minutes = sentence.minutes
    suffers = sentence.has("not", "hurt", "distress")
    if minutes is not None and sentence.has("limit") and not suffers:
        said = max(match.end() for match in sentence.found("minutes"))
        for then in sentence.found("then"):
            if then.start() >= said:
                yield then, minutes


def _ends_at(sentence: Sentence, time: re.Match[str], *, earlier: bool) -> bool:
    """Return whether the session is to end at a time that is said, maybe `earlier` in the sentence."""
    text = sentence.text
    rest = Sentence(text[: time.start()] + text[time.end() :], sentence.vocabulary)
    return any(
        _is_time_of(match, rest, time.start(), reason=not earlier)
        for concept in ("stop", "stop_end", "halt", "end_later")
        for match in rest.found(concept)
    )


def _is_time_of(
    match: re.Match[str], sentence: Sentence, at: int, *, reason: bool
) -> bool:
    """Return whether a time at this place belongs to a verb of ending; else it may be that of a `reason`."""
    text, words = sentence.text, sentence.vocabulary
    known, finite = words.fillers | words.ours, words.verbs - words.modals
    if match.end() <= at:
        following = text[at:].split()
        excuses = set(following[:1]) & words.subjects and (
            set(following[1:2]) & words.verbs
        )
        if set(following[:1]) & finite or excuses:
            return False
        return set(text[match.end() : at].split()) <= known
    if at <= match.start():
        known |= words.modals
        preceding = set(text[:at].split()[-1:])
        if reason and (not preceding <= known or preceding & finite):
            return False
        return set(text[at : match.start()].split()) <= known
    return True


def _is_about_other(sentence: Sentence, concept: str, at: int) -> bool:
    """Return whether a complaint or an order without an object is about another appliance.

    "Ouch, too bright, turn the lamp off", "the radio is too loud, switch it off".
    """
    words = sentence.vocabulary
    said = set(sentence.text.split())
    if said & words.ours or sentence.has("area"):
        return False
    annoys = list(sentence.found("other_annoys"))
    if concept in ("annoyed", "hurt"):
        if any(match.start() <= at < match.end() for match in annoys):
            return True
        return sentence.has("for_other") or any(
            _names_other(sentence.text[command.end() :], words)
            for command in sentence.found("command")
        )
    return bool(annoys) and sentence.after("other_annoys").has("pronoun")


def _is_subject(before: str, words: Vocabulary, concept: str) -> bool:
    """Return whether something else is the subject: "the song has been on long enough"."""
    start, other, rest = before.partition(f" {FOREIGN} ")
    if not other or not start:
        return bool(other)
    return (
        concept == "over"
        and set(start.split()) <= words.fillers - words.subjects
        and not set(rest.split()) & words.subjects
    )


def _for_a_moment(sentence: Sentence, at: int) -> bool:
    """Return whether a verb is for a moment only: "hang on, stop the massage" is not."""
    return any(
        match.end() > at or not sentence.text[match.end() : at].split()
        for match in sentence.found("moment")
    )


def _reasons_for_other(sentence: Sentence) -> int:
    """Return where the reasons begin for which another appliance is to do something.

    "turn the light off, I'm done cooking": the sentence ends there if there are none.
    """
    text, words = sentence.text, sentence.vocabulary
    if _commands_other(text, words) or any(
        _names_other(text[match.end() :], words)
        or _follows_other(text[: match.start() + 1], words, unknown=False)
        for concept in ("halt", "stop", "stop_end", "pause", "resume")
        for match in sentence.found(concept)
    ):
        at = text.rfind(f" {FOREIGN} ")
        for reason in re.finditer(r"\S+", text):
            if reason.start() > at and reason[0] in words.subjects:
                return reason.start() - 1
    return len(text)


def _commands_other(text: str, words: Vocabulary) -> bool:
    """Return whether it begins with any verb whose object is not ours: "lower the blinds"."""
    said = text.split()
    known = words.fillers | words.ours | words.subjects | words.verbs | words.articles
    return (
        FOREIGN in said[1 : _PLACE + 1]
        and said[0] not in known
        and _names_other(" ".join(said[1:]), words)
    )


def _names_other(after: str, words: Vocabulary) -> bool:
    """Return whether the object that follows a verb is not ours.

    "the doorbell rang" is no object, but a reason.
    """
    following = after.split()
    while following and following[0] in words.fillers - words.articles:
        if following.pop(0) in words.subjects:
            return False
    if following and following[0] in words.prepositions:
        return FOREIGN in following[1:_PLACE]
    if not following:
        return False
    if following[0] not in words.articles | {FOREIGN}:
        # "stop reading the news"
        known = words.ours | words.verbs | words.modals
        return following[0] not in known and FOREIGN in following[1:_PLACE]
    return _is_other(following[:_OBJECT], words)


def _is_other(following: list[str], words: Vocabulary) -> bool:
    """Return whether a noun after an article is not ours.

    "stop the hiccups please" is about something else; "stop the bloody massage" and "stop, my dear" are not.
    """
    unknown = False
    for at, word in enumerate(following):
        after = set(following[at + 1 : at + 2])
        if word == FOREIGN:
            return not after & words.verbs
        if word in words.ours:
            return after == {FOREIGN}
        if word in words.verbs or (unknown and word in words.fillers - words.articles):
            return word not in words.verbs
        unknown |= word not in words.fillers | words.articles
    return unknown


def _follows_other(before: str, words: Vocabulary, *, unknown: bool) -> bool:
    """Return whether the object before a verb at the end, or its subject, is not ours.

    `unknown`: any noun that is not ours counts.
    """
    for at, word in reversed(list(enumerate(preceding := before.split()))):
        if word in words.ours | words.subjects | (words.verbs - words.modals):
            return False
        if word in (words.fillers | words.modals) - words.articles:
            continue
        article = preceding[at - 1 : at]
        if set(preceding[max(at - 2, 0) : at]) & words.prepositions:
            continue
        if word == FOREIGN:
            return True
        if set(article) & words.articles:
            return unknown
    return False
