"""Orders with an object that is not ours: "lower the blinds", "the radio off", "extend the parking ticket"."""

from __future__ import annotations

from typing import Final

from .others import is_for_other, is_thing
from .sentence import Sentence
from .vocabulary import FOREIGN, Vocabulary

PLACE: Final = 3
"""Words from a preposition to the name of a place."""
OBJECT: Final = 5
"""Words after a verb that may contain its object."""


def is_for_others(sentence: Sentence) -> bool:
    """Return whether a request is about something else, or for somebody else."""
    return (
        orders_others(sentence)
        or has_other_object(sentence)
        or (not sentence.has("asks") and is_for_other(sentence))
    )


def orders_others(sentence: Sentence) -> bool:
    """Return whether its first order is for somebody else, whatever it is given for."""
    order = sentence.vocabulary.concepts["to_others"].match(sentence.text)
    return order is not None and not sentence.has("device", "massage")


def has_other_object(sentence: Sentence) -> bool:
    """Return whether its first order has an object that is not ours: "extend the parking ticket by ten minutes"."""
    words = sentence.vocabulary
    verb, *said = sentence.after("opening").text.split() or [""]
    finite = words.verbs - words.modals
    if any(
        verb in each
        for each in (words.prepositions, words.subjects, words.fillers, finite)
    ):
        return False
    begins = words.articles | words.subjects | words.somebody
    while said and said[0] in words.fillers and said[0] not in begins:
        del said[0]
    noun, after = "".join(said[1:2]), set(said[2:3])
    if noun.isdecimal() or any(
        noun in each for each in (words.fillers, words.ours, words.grammatical)
    ):
        return False
    if noun and said[0] in words.articles:
        other = _is_other(said[:OBJECT], words)
    else:
        other = after <= words.fillers and begins_with("object", said, words)
    area = other and any(begins_with("area", said[at:], words) for at in range(2))
    return other and not area and not sentence.has("device", "massage")


def commands_other(text: str, words: Vocabulary) -> bool:
    """Return whether it begins with any verb whose object is not ours: "lower the blinds"."""
    if words.concepts["other_order"].match(text):
        return True
    said = text.split()
    if FOREIGN not in said[1 : PLACE + 1]:
        return False
    known = words.fillers | words.ours | words.subjects | words.verbs | words.articles
    return said[0] not in known and names_other(" ".join(said[1:]), words)


def names_other(after: str, words: Vocabulary) -> bool:
    """Return whether the object that follows a verb is not ours.

    "the doorbell rang" is no object, but a reason.
    """
    following = after.split()
    skipped = words.fillers - words.articles - words.prepositions
    while following and following[0] in skipped:
        if begins_with("object", following, words):
            return True
        if begins_with("conjunction", following, words):
            # "Stop it and turn the light on."
            return False
        word = following.pop(0)
        if word in words.subjects or word in words.verbs - words.modals:
            # "Stop, you are on the bone."
            return False
    if begins_with("object", following, words):
        return True
    if following and following[0] in words.prepositions:
        return FOREIGN in following[1:PLACE]
    if not following:
        return False
    if is_thing(following, words):
        return True
    if following[0] not in words.articles | {FOREIGN}:
        # "stop reading the news"
        known = words.ours | words.verbs | words.modals
        return following[0] not in known and FOREIGN in following[1:PLACE]
    return _is_other(following[:OBJECT], words)


def follows_other(
    before: str, words: Vocabulary, *, unknown: bool, refers: bool = True
) -> bool:
    """Return whether the object before a verb at the end, or its subject, is not ours.

    `unknown`: any noun that is not ours counts. `refers`: a statement before the verb may name it, "the radio hums,
    turn it off".
    """
    for at, word in reversed(list(enumerate(preceding := before.split()))):
        if word in words.ours | words.subjects | (words.verbs - words.modals):
            return False
        if begins_with("massage", [word], words):
            return False
        if words.somebody.intersection(preceding[at - 1 : at]) and (
            begins_with("acts", [word], words)
        ):
            # "Das passt so, kannst ausschalten."
            return False
        if word in (words.fillers | words.modals) - words.articles:
            continue
        article = preceding[at - 1 : at]
        if set(preceding[max(at - 2, 0) : at]) & words.prepositions:
            continue
        states = FOREIGN in article and begins_with("acts", [word], words)
        if states and not refers:
            # "My phone rings, stop."
            return False
        if word == FOREIGN:
            # "I have a meeting, stop."
            return not _is_stated(preceding[:at], words, refers=refers)
        if set(article) & words.articles or begins_with(
            "object", [*article, word], words
        ):
            return unknown
    return False


def _is_stated(before: list[str], words: Vocabulary, *, refers: bool) -> bool:
    """Return whether what follows is part of a statement: "I have a meeting".

    `refers`: somebody must be its subject.
    """
    said = f" {' '.join(before)} "
    orders = words.changes | words.errands
    return any(
        len(between := said[match.end() :].split()) < PLACE
        and not orders.intersection(between)
        and not words.concepts["command"].search(said[match.end() :])
        and not (refers and not words.subjects & set(match[0].split()))
        for match in words.concepts["states"].finditer(said)
    )


def makes_statement(text: str, words: Vocabulary) -> bool:
    """Return whether something is said about an object: "the lift is stuck"."""
    said = f" {text.strip()} "
    return bool(set(said.split()) & words.verbs) or any(
        words.concepts[each].search(said) for each in ("acts", "states")
    )


def begins_with(concept: str, said: list[str], words: Vocabulary) -> bool:
    """Return whether words begin with a concept."""
    return words.concepts[concept].match(f" {' '.join(said)} ") is not None


def _is_other(following: list[str], words: Vocabulary) -> bool:
    """Return whether a noun after an article is not ours.

    "stop the hiccups please" is about something else; "stop the bloody massage" and "stop, my dear" are not.
    """
    known = words.fillers | words.articles | words.subjects | words.somebody
    unknown = False
    for at, word in enumerate(following):
        after = set(following[at + 1 : at + 2])
        if is_thing(following[at:], words):
            return True
        if word == FOREIGN and after != {FOREIGN}:
            return not (after & words.verbs or begins_with("acts", list(after), words))
        if word in words.ours:
            return after == {FOREIGN}
        if unknown and begins_with("acts", [word], words):
            return False
        if word in words.verbs or (unknown and word in known):
            return word not in words.verbs
        unknown |= word not in words.fillers | words.articles
    return unknown
