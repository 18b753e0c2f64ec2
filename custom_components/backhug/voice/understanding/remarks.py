"""Remarks beside a request: "pause it, I need the loo", "massage my shoulders, football wrecked me"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
import re
from typing import Final

from .meaning import STOP, Meaning
from .sentence import Sentence
from .stops import Ending, ending
from .vocabulary import FOREIGN

_SUBJECT: Final = 3
"""Words from an article to the verb of a statement."""
_WORD: Final = re.compile(r"\S+")


def beside_remark(
    sentence: Sentence, meaning_of: Callable[[Sentence], Meaning | None]
) -> Meaning | None:
    """Return the request that a remark follows; None if there is none.

    Something else in the remark must not be asked for, and nothing in it must end the session.
    """
    words = sentence.vocabulary
    for at in _remarks(sentence):
        request = Sentence(sentence.text[:at], words)
        open_verbs = words.joining | (words.verbs & words.modals)
        if request.has("asks") and open_verbs.intersection(request.text.split()[-1:]):
            # "How long is | the dough": the subject of a question is no remark.
            continue
        remark = Sentence(f" {sentence.text[at:]}", words)
        found = None if request.foreign else meaning_of(request)
        if found is None or found.intent == STOP or not _is_harmless(remark, found):
            continue
        ends = ending(remark.without("not_stop")) is not None
        if ends or meaning_of(remark) in (None, found):
            return found
    return None


def _remarks(sentence: Sentence) -> Iterator[int]:
    """Yield where statements begin: "…, I was in the garden", "…, the dog barks", "…, dad wants his turn"."""
    words, text = sentence.vocabulary, sentence.text
    said = list(_WORD.finditer(text))
    finite = words.verbs - words.modals
    begins = {match.start() + 1 for match in sentence.found("aside")}
    for at, word in enumerate(said[:-1]):
        follow = [each[0] for each in said[at + 1 : at + 1 + _SUBJECT]]
        if word[0] in words.subjects:
            states = follow[0] in words.verbs
        elif word[0] in words.articles:
            noun = list(takewhile(lambda each: each not in finite, follow))
            others = words.subjects | words.somebody
            states = len(noun) < len(follow) and not others.intersection(noun)
        else:
            states = follow[0] in finite and word[0] not in words.verbs
        if states:
            begins.add(word.start())
    for begin in sorted(begins):
        before = text[:begin].split()[-1:]
        joins = Sentence(f" {' '.join(before)} ", words).has("belongs", "condition")
        attached = words.articles | words.prepositions | words.joining
        if before and not joins and not set(before) & attached:
            yield begin


def _is_harmless(remark: Sentence, request: Meaning) -> bool:
    """Return whether a remark neither ends the session nor asks anything of another appliance."""
    if remark.has("asks", "for_other", "command", "unwanted"):
        return False
    pauses = request.intent in ("BackHugPauseSession", "BackHugShorter")
    starts = request.intent == "BackHugStartSession"
    if starts and remark.without("until").has("deny"):
        return False
    ends = ending(remark.without("praise").without("not_stop"))
    if ends is not None and not starts and not (pauses and _is_errand(remark, ends)):
        return False
    if not remark.foreign:
        return True
    if starts or remark.has("story") or (pauses and remark.has("errand")):
        return True
    lengthens = request.intent in ("BackHugLonger", "BackHugSetLength")
    return (pauses or lengthens) and _is_disturbance(remark)


def _is_errand(remark: Sentence, ends: Ending) -> bool:
    """Return whether it is only said that one has to go."""
    leaves = ending(remark.without("errand").without("not_stop")) is None
    return ends is Ending.ENOUGH and remark.has("errand") and leaves


def _is_disturbance(remark: Sentence) -> bool:
    """Return whether another appliance is the subject: "my phone is ringing"."""
    said = remark.text.split()
    return all(
        set(said[at + 1 : at + 2]) & remark.vocabulary.verbs
        for at, word in enumerate(said)
        if word == FOREIGN
    ) and not remark.has("other_annoys")
