"""Orders about something else: "call the dentist", "make the rice softer", "give Ella ten more minutes"."""

from __future__ import annotations

from itertools import dropwhile
from typing import Final

from .sentence import Sentence
from .vocabulary import Vocabulary

_OBJECT: Final = 5
"""Words after a verb that may contain its object."""
_SUBJECT: Final = 3
"""Words from a noun to the verb of which it is the subject."""


def is_for_other(sentence: Sentence) -> bool:
    """Return whether a request is about something else."""
    return orders_other(sentence) or _changes_other(sentence) or _goes_on_with(sentence)


def orders_other(sentence: Sentence) -> bool:
    """Return whether it begins with an order about what is surely not ours: "take the dog out"."""
    return object_of_other(sentence) is not None


def object_of_other(sentence: Sentence) -> int | None:
    """Return where the object of such an order begins; None if it is no such order."""
    verb, said, words = *_order(sentence), sentence.vocabulary
    begin = sentence.text.find(f" {verb} ") + len(verb) + 1
    if verb in words.errands:
        return begin if _is_errand(said, words) else None
    names = _is_order(verb, words) and any(
        is_thing(said[at:], words)
        for at in range(min(len(said), _OBJECT))
        if not set(said[:at]) & (words.ours | words.subjects | words.verbs)
    )
    return begin if names else None


def _changes_other(sentence: Sentence) -> bool:
    """Return whether it begins with an order about something unknown: "make the rice softer"."""
    verb, said, words = *_order(sentence), sentence.vocabulary
    if sentence.has("device", "massage", "area") or not _is_order(verb, words):
        return False
    subjects = words.subjects | words.verbs
    if any(
        is_thing(said[at:], words) and not subjects.intersection(said[:at])
        for at in range(len(said))
    ):
        # "Add ten minutes to the roast."
        return True
    while said and said[0] in words.skipped:
        said = said[1:]
    if said and said[0] not in words.articles:
        # "Give Ella more."
        return verb in words.changes | words.errands and _is_unknown(said[0], words)
    unknown = False
    for at, word in enumerate(said[1:], 1):
        if word in words.ours or Sentence(f" {word} ", words).has("tempo", "pressure"):
            return False
        if word in words.joining | words.prepositions | words.fillers:
            break
        unknown |= _is_unknown(word, words) and not _is_degree(said[: at + 2], words)
    return unknown


def _goes_on_with(sentence: Sentence) -> bool:
    """Return whether something else is to go on: "ten more minutes of cartoons", "go on with the recipe"."""
    words = sentence.vocabulary
    attached = words.joining | words.prepositions
    return any(
        set(match.string[match.end() :].split()[:1]) & attached
        and is_of_thing(match.string[match.end() :], words)
        for concept in ("minutes", "minutes_more", "resume")
        for match in sentence.found(concept)
    )


def is_thing(said: list[str], words: Vocabulary) -> bool:
    """Return whether words begin with something else that is no subject: "the dog", "the dog's lead", "the dog barks"."""
    if not said or said[0] not in words.others:
        return False
    if set(said[1:2]) & words.possessive:
        return bool(set(said[2:3]) & words.others)
    named = list(dropwhile(lambda word: word in words.others, said))
    for word in named[: _SUBJECT - 1]:
        if word in words.subjects | words.somebody | words.articles:
            return True
        if word in words.verbs or words.concepts["acts"].match(f" {word} "):
            return False
    return True


def is_of_thing(after: str, words: Vocabulary) -> bool:
    """Return whether "enough" is of something else: "of this song", "water for the plants"."""
    said = after.split()
    while said and said[0] in words.joining | words.articles | words.fillers:
        if said.pop(0) in words.subjects:
            return False
    return is_thing(said, words)


def names_thing(order: Sentence) -> bool:
    """Return whether it is sure that an order is about something else."""
    said = set(order.text.split())
    return bool(said & order.vocabulary.others) or orders_other(order)


def _order(sentence: Sentence) -> tuple[str, list[str]]:
    """Return the first word and the others, without "could you please"."""
    address = sentence.vocabulary.concepts["address"].match(sentence.text)
    verb, *said = sentence.text[address.end() if address else 0 :].split() or [""]
    return verb, said


def _is_order(verb: str, words: Vocabulary) -> bool:
    return verb in words.changes or verb in words.errands or _is_unknown(verb, words)


def _is_errand(said: list[str], words: Vocabulary) -> bool:
    """Return whether a verb such as "call" has an object that is not ours.

    "Look, I'm serious", "phone's ringing" and "bring it down to a 4" have none.
    """
    if set(said[:1]) & (words.subjects | (words.verbs - words.modals)):
        return False
    known = words.before_object | words.skipped
    named = [word for word in said[:_OBJECT] if not (word in known or word.isdecimal())]
    return bool(named) and named[0] not in words.ours


def _is_unknown(word: str, words: Vocabulary) -> bool:
    return not (word in words.familiar or word.isdecimal())


def _is_degree(said: list[str], words: Vocabulary) -> bool:
    """Return whether the unknown noun before the last word is a degree: "a whisker softer"."""
    return said[0] in words.indefinite and said[-1] in words.grammatical - words.joining
