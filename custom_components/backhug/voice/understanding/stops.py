"""Detection of stops: any word for ending, unless it is about another appliance.

While somebody lies on the device, a stop too many is better than one that is not understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
import re
from typing import Final

from .objects import (
    OBJECT,
    begins_with,
    commands_other,
    follows_other,
    makes_statement,
    names_other,
    orders_others,
)
from .others import is_of_thing, names_thing, object_of_other
from .sentence import Sentence
from .vocabulary import FOREIGN, LATER, Vocabulary

_WORD: Final = re.compile(r"\S+")
_NEAR: Final = 3
"""Words from a pronoun to the verb of which it is the object."""
_QUESTION: Final = 4
"""Words from "when" to what it asks about."""


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
_REMARKS: Final = ("over", "annoyed", "stop_end")
"""What a reason for another order may contain: "…, he has wandered off"."""
_NAMES: Final = ("device", "massage")
_CONDITIONS: Final = (*_REMARKS, "distress", "hurt")
"""What an order to somebody else may be given for: "ring the dentist, my tooth hurts"."""


def ending(sentence: Sentence) -> Ending | None:
    """Return how a sentence ends the session; None if it does not."""
    reasons = _reasons_for_other(sentence)
    alarms = sentence.has("alarm")
    concepts = _CONDITIONS if not alarms and orders_others(sentence) else ()
    for concept, meant in _CONCEPTS.items():
        if concept in concepts:
            continue
        for match in sentence.found(concept):
            if match.start() >= reasons and _is_remark(
                sentence, concept, reasons, match
            ):
                continue
            if _is_about_other(sentence, concept, match):
                continue
            before = sentence.text[: match.start() + 1]
            after = sentence.text[match.end() :]
            if _is_asked_when(sentence, before):
                continue
            called = alarms and concept == "distress"
            if not called and _concerns_other(
                sentence.vocabulary, concept, match, before, after
            ):
                continue
            if concept == "halt" and _for_a_moment(sentence, match):
                return Ending.BREAK
            return meant
    return None


def _is_asked_when(sentence: Sentence, before: str) -> bool:
    """Return whether it is asked when something ends.

    "I never knew when to stop, well, now I do, so stop", "will it ever end, just stop" do not.
    """
    asked = sentence.vocabulary.concepts["question_when"].search(before)
    if asked is None:
        return False
    between = before[asked.end() :]
    if sentence.vocabulary.concepts["demands"].search(f" {between.strip()} "):
        return False
    return sentence.has("asks") or len(between.split()) <= _QUESTION


def _concerns_other(
    words: Vocabulary, concept: str, said: re.Match[str], before: str, after: str
) -> bool:
    """Return whether something else is the object or the subject of a word for ending."""
    following = after.split()[:OBJECT]
    if concept in ("over", "distress", "annoyed"):
        # "I've had enough of this song", or a message with such words.
        other = FOREIGN in following and not makes_statement(after, words)
        subject = _is_subject(before, words, concept, said[0])
        return other or subject or is_of_thing(after, words)
    if concept == "hurt":
        # "Ouch, my ribs" is not about something else.
        return not words.others.isdisjoint(following) and names_other(after, words)
    if _is_massage(after, words):
        # "Turn the light on and stop the massage."
        return False
    if concept == "halt" and words.others.isdisjoint(following):
        # Nobody knows what else "stop the clatter" may mean.
        names = False
    else:
        names = names_other(after, words)
    # "Massage off, the pasta is boiling over."
    named = any(begins_with(each, before.split()[-1:], words) for each in _NAMES)
    ours = named or _has_object(said, words)
    if concept == "stop_end" and not set(following[:1]) & words.prepositions:
        ours |= _is_after_object(before, words)
    verb = " ".join([*before.split()[-1:], *said[0].split()])
    return (not ours and names) or follows_other(
        before,
        words,
        unknown=concept == "stop_end",
        refers=words.concepts["pronoun"].search(f" {verb} ") is not None,
    )


def _is_massage(after: str, words: Vocabulary) -> bool:
    """Return whether the massage is the object that follows."""
    said = after.split()
    while said and said[0] in words.skipped | words.articles:
        said = said[1:]
    ours = any(begins_with(each, said[:1], words) for each in _NAMES)
    return ours and said[1:2] != [FOREIGN]


def _is_remark(
    sentence: Sentence, concept: str, begin: int, said: re.Match[str]
) -> bool:
    """Return whether a reason for another order contains this: "…, he's fallen asleep", but not "…, let me out"."""
    if concept in _REMARKS:
        return True
    order = Sentence(sentence.text[: begin + 1], sentence.vocabulary)
    reason = Sentence(sentence.text[begin:], sentence.vocabulary)
    if concept == "distress" and not reason.has("myself"):
        return True
    if concept not in ("distress", "hurt") or reason.has("cry"):
        return False
    subject = Sentence(sentence.text[begin : said.start() + 1], sentence.vocabulary)
    return not subject.has("pronoun", "agent") and names_thing(order)


def _has_object(match: re.Match[str], words: Vocabulary) -> bool:
    """Return whether an order contains its object: "turn it off, the doorbell rang"."""
    order, following = f"{match[0]} ", match.string[match.end() :].split()[:1]
    if set(following) & (words.prepositions | words.joining):
        # "Turn it off in the kitchen."
        return False
    named = set(order.split()) & words.ours
    return bool(named) or words.concepts["pronoun"].search(order) is not None


def _is_after_object(before: str, words: Vocabulary) -> bool:
    """Return whether the object, a pronoun, stands before a verb at the end: "könntest du das bitte abstellen"."""
    near = f" {' '.join(before.split()[-_NEAR:])} "
    pronoun = words.concepts["pronoun"].search(near)
    return pronoun is not None and FOREIGN not in before.split()


def orders_other_pause(sentence: Sentence) -> bool:
    """Return whether something else is to pause: "pause the console"."""
    order = sentence.without("moment")
    return any(
        names_other(order.text[match.end() :], order.vocabulary)
        for match in order.found("pause_verb")
    )


def ends_in(sentence: Sentence) -> int | None:
    """Return in how many minutes the session is to end; None if nothing such is said.

    "My bus leaves in five minutes, stop" is for now.
    """
    if sentence.names_other or orders_others(sentence):
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


def _is_about_other(sentence: Sentence, concept: str, said: re.Match[str]) -> bool:
    """Return whether a complaint or an order without an object is about another appliance.

    "Ouch, too bright, turn the lamp off", "the radio is too loud, switch it off".
    """
    words = sentence.vocabulary
    if set(sentence.text.split()) & words.ours or sentence.has("area"):
        return False
    annoys = list(sentence.found("other_annoys"))
    if concept in ("annoyed", "hurt", "over"):
        if any(
            match.start() <= said.end() and said.start() < match.end()
            for match in annoys
        ):
            return True
        if concept == "over":
            return False
        if concept == "annoyed" and _asks_of_other(
            sentence.text[: said.start()], words
        ):
            return True
        return sentence.has("for_other") or any(
            names_other(sentence.text[command.end() :], words)
            for command in sentence.found("command")
        )
    annoyed = min((match.end() for match in annoys), default=len(sentence.text))
    return any(
        annoyed <= pronoun.start() <= said.end()
        and said.start() <= pronoun.end()
        and not set(sentence.text[pronoun.end() :].split()[:1])
        & (words.verbs - words.modals)
        for pronoun in sentence.found("pronoun")
    )


def _asks_of_other(before: str, words: Vocabulary) -> bool:
    """Return whether something is asked of another appliance, rather than said about it: "next song please"."""
    said = before.split()
    return any(
        word == FOREIGN
        and not set(said[:at]) & words.subjects
        and not set(said[at + 1 : at + 2]) & words.verbs
        for at, word in enumerate(said)
    )


def _is_subject(before: str, words: Vocabulary, concept: str, said: str) -> bool:
    """Return whether something else is the subject: "the song has been on long enough"."""
    start, other, rest = before.partition(f" {FOREIGN} ")
    acts = begins_with("acts", rest.split(), words)
    acts &= not begins_with("not", said.split(), words)
    if acts and set(rest.split()[1:]) <= words.fillers | words.prepositions:
        # "My phone rings, enough", but not "the song lasts long enough".
        return False
    if not other or not start:
        return bool(other)
    if set(said.split()[:1]) & (words.subjects | words.somebody) or (
        begins_with("agent", said.split(), words)
    ):
        # "The oven is on, that's enough."
        return False
    return (
        concept == "over"
        and set(start.split()) <= words.fillers - words.subjects
        and not set(rest.split()) & words.subjects
    )


def _for_a_moment(sentence: Sentence, said: re.Match[str]) -> bool:
    """Return whether a verb is for a moment only: "briefly stop", but not "wait a second, stop"."""
    at = said.start()
    exclaimed = begins_with("exclaimed", said[0].split(), sentence.vocabulary)
    return any(
        match.end() > at
        or (
            not sentence.text[match.end() : at].split()
            and not (exclaimed and " " in match[0].strip())
        )
        for match in sentence.found("moment")
    )


def _reasons_for_other(sentence: Sentence) -> int:
    """Return where the reasons begin for which another appliance is to do something.

    "turn the light off, I'm done cooking": the sentence ends there if there are none.
    """
    text, words = sentence.text, sentence.vocabulary
    if not (orders := _orders_to_others(sentence)):
        return len(text)
    known = words.before_object
    begin = min(orders)
    object_named, before = orders[begin], ""
    said = list(_WORD.finditer(text, begin))
    for at, word in enumerate(said):
        follow = [each[0] for each in said[at + 1 : at + 3]]
        if object_named and _begins_reason(before, word[0], follow, words):
            reason = Sentence(text[word.start() - 1 :], words)
            return len(text) if reason.has("device", "massage") else word.start() - 1
        object_named |= word[0] not in known
        before = word[0]
    return len(text)


def _orders_to_others(sentence: Sentence) -> dict[int, bool]:
    """Return where the orders about something else end, and whether their objects are before that."""
    text, words = sentence.text, sentence.vocabulary
    orders: dict[int, bool] = {}
    for concept in ("halt", "stop", "stop_end", "pause", "resume", "command"):
        for match in sentence.found(concept):
            if follows_other(text[: match.start() + 1], words, unknown=False):
                orders[match.end()] = True
            elif names_other(text[match.end() :], words):
                orders[match.end()] = False
    if (begin := object_of_other(sentence)) is not None:
        orders[begin] = False
    elif commands_other(text, words):
        orders[0] = False
    return orders


def _begins_reason(
    before: str, word: str, follow: list[str], words: Vocabulary
) -> bool:
    """Return whether a statement begins with a word after an order, rather than another part of the order."""
    joins = word not in words.subjects and before in words.prepositions | words.joining
    if joins and word in words.articles and len(follow) > 1:
        # "Mach die Jalousie auf, die Sonne blendet": "auf" is part of the verb.
        joins = not begins_with("acts", follow[1:], words)
    states = word in words.before_object and (
        set(follow[:1]) & (words.verbs - words.modals)
    )
    begins = word in words.subjects | words.articles | words.somebody
    return not joins and bool(begins or states)
