"""What is meant without a session: a stop, or a start with its settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
import re
from typing import Any, Final

from .meaning import STOP, Meaning
from .sentence import Sentence
from .stops import Ending, ending

_PAINFUL: Final = 4
"""Words from an article to the verb of a pain: "my lower back is"."""
_WORD: Final = re.compile(r"\S+")


def stop(sentence: Sentence) -> Meaning | None:
    """Return a stop: a session may run that nobody knows of."""
    if not sentence.has("stop", "halt"):
        return None
    ends = ending(sentence.without("not_stop")) in (
        Ending.STOP,
        Ending.BREAK,
        Ending.ENOUGH,
    )
    return Meaning(STOP) if ends else None


def start(sentence: Sentence) -> Meaning | None:
    """Return a start with the settings that are said: what hurts is no setting, but a reason."""
    if _denied(sentence):
        return None
    found = (
        _start(sentence.after("hurt"))
        or _start(_before_pain(sentence))
        or _start(sentence)
    )
    area = sentence.one_of(sentence.vocabulary.areas)
    if found and area and sentence.has("there"):
        # "My left side is sore, work on it."
        return replace(found, slots={"back_area": area, **found.slots})
    return found


def _before_pain(sentence: Sentence) -> Sentence:
    """Return the part before a reason that hurts: "…, my back is killing me"; nothing if there is none."""
    words = sentence.vocabulary
    before = sentence.before("hurt").text.split() if sentence.has("hurt") else []
    begins = words.articles | words.somebody
    begin = max((at for at, word in enumerate(before) if word in begins), default=0)
    if len(before) - begin > _PAINFUL:
        begin = 0
    order = Sentence(f" {' '.join(before[:begin])} ", words)
    return order if order.has("start") else Sentence(" ", words)


def _start(sentence: Sentence) -> Meaning | None:
    if not sentence.has("device", "massage", "treats_me"):
        return None
    if sentence.has("start"):
        return _settings(sentence)
    return next(
        (_settings(each) for each in _clauses(sentence) if _asks_for_it(each)), None
    )


def _clauses(sentence: Sentence) -> Iterator[Sentence]:
    """Yield the sentence, then parts of it without a story before or a reason behind: "…, my mother lies down"."""
    text, words = sentence.text, sentence.vocabulary
    begins = [0, *(match.start() for match in sentence.found("opener"))]
    ends = [len(text), *(match.start() + 1 for match in sentence.found("aside"))]
    before = " "
    for word in _WORD.finditer(text):
        begins_clause = word[0] in words.articles | words.subjects
        if begins_clause and not Sentence(before, words).has("belongs"):
            ends.append(word.start())
        before = f" {word[0]} "
    for begin in begins:
        for end in sorted(ends, reverse=True):
            left_out = Sentence(f"{text[:begin]} {text[end:]} ", words)
            slots = set(_settings(left_out).slots)
            if not slots or (slots == {"back_area"} and sentence.has("there")):
                yield Sentence(text[:end][begin:], words)


def _asks_for_it(sentence: Sentence) -> bool:
    """Return whether a massage is asked for without a verb such as "start": then all words must be known."""
    words = sentence.vocabulary
    setting = (
        sentence.one_of(words.programmes)
        or sentence.minutes
        or sentence.number("strength")
        or sentence.one_of(words.areas)
    )
    named = (sentence.has("device") and setting) or (
        sentence.has("massage") and sentence.minutes
    )
    wanted = sentence.has("want") and (sentence.has("massage") or setting)
    if not (
        named
        or wanted
        or sentence.has("treats_me")
        or (sentence.has("do") and sentence.has("device", "massage"))
    ):
        return False
    patterns = [
        *words.programmes.values(),
        *words.areas.values(),
        *words.firmness.values(),
        *words.flows.values(),
        *(
            words.concepts[each]
            for each in (
                "strength",
                "minutes",
                "do",
                "want",
                "massage",
                "treats_me",
                "limit",
            )
        ),
    ]
    return not sentence.unknown(words.articles | words.prepositions, *patterns)


def _settings(sentence: Sentence) -> Meaning:
    words = sentence.vocabulary
    slots: dict[str, Any] = {"programme": sentence.one_of(words.programmes)}
    if slots["programme"] is None:
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


def _denied(sentence: Sentence) -> bool:
    """Return whether a start is denied, or for later.

    Not by a story before it, "I can't sleep, so please start", or a reason behind it, "I'm not used to it".
    """
    text, words = sentence.text, sentence.vocabulary
    starts = [(match.start(), match.end()) for match in sentence.found("start")]
    lengths = [match.end() for match in sentence.found("minutes")]
    first, began = min(starts, default=(0, min(lengths, default=len(text))))
    begin = max(
        (
            match.start()
            for match in sentence.found("opener")
            if match.end() <= first
            and set(text[: match.start()].split()) & words.subjects
        ),
        default=0,
    )
    end = min(
        (match.start() for match in sentence.found("aside") if match.start() >= began),
        default=len(text),
    )
    order = Sentence(text[begin : end + 1], words)
    before = Sentence(text[: begin + 1], words)
    order = Sentence(words.firmness["gentle"].sub("", order.text), words)
    return order.has("deny") or before.has("condition") or sentence.has("unwanted")
