"""Whether a sentence ends the session: any word of ending, unless it is about another appliance.

While somebody lies on the device, a stop too many is better than one that is not understood.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from .sentence import Sentence
from .vocabulary import FOREIGN, Vocabulary

_PLACE: Final = 3
"""Words from a preposition to the name of a place."""
_OBJECT: Final = 5
"""Words after a verb that may contain its object."""


class Ending(Enum):
    """What a word of ending means."""

    STOP = auto()
    HALT = auto()
    """A stop, or a pause if it is for a moment."""
    HURT = auto()
    """A stop, unless something softer is asked for."""


_CONCEPTS: Final = {
    "stop": Ending.STOP,
    "stop_end": Ending.STOP,
    "over": Ending.STOP,
    "halt": Ending.HALT,
    "hurt": Ending.HURT,
}


def ending(sentence: Sentence) -> Ending | None:
    """Return how a sentence ends the session; None if it does not."""
    for concept, meant in _CONCEPTS.items():
        for match in sentence.found(concept):
            before = sentence.text[: match.start() + 1]
            after = sentence.text[match.end() :]
            if sentence.vocabulary.concepts["question_when"].search(before):
                continue
            if concept == "over":
                # "I've had enough of this song", or a message with such words.
                other = FOREIGN in after.split()[:_OBJECT] and not (
                    set(after.split()) & sentence.vocabulary.verbs
                )
                if other or before.startswith(f" {FOREIGN} "):
                    continue
            elif _names_other(after, sentence.vocabulary) or (
                _follows_other(
                    before, sentence.vocabulary, unknown=concept == "stop_end"
                )
            ):
                continue
            return meant
    return None


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
    if not following or following[0] not in words.articles | {FOREIGN}:
        return False
    for at, word in enumerate(following[:_OBJECT]):
        if word == FOREIGN:
            return not set(following[at + 1 : at + 2]) & words.verbs
        if word in words.ours:
            return following[at + 1 : at + 2] == [FOREIGN]
        if word in words.verbs or (at and word in words.fillers - words.articles):
            # "stop the hiccups please" is about something else.
            return word not in words.verbs
    return len(following) > 1


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
