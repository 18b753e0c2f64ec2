"""The compiled vocabulary of a language, and the phrases that it finds in a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
import re
from typing import Any, Final

from .english import ENGLISH
from .german import GERMAN
from .vocabulary import Intent, Phrases, Vocabulary, expression

_VOCABULARIES: Final[Mapping[str, Vocabulary]] = {"en": ENGLISH, "de": GERMAN}


@dataclass(frozen=True, slots=True)
class Tag:
    """A phrase in a text."""

    start: int
    end: int
    meaning: Any

    def within(self, other: Tag) -> bool:
        """Return whether it is a part of a longer phrase."""
        return (
            other.start <= self.start
            and self.end <= other.end
            and (other.end - other.start > self.end - self.start)
        )


class Matcher:
    """Finds the phrases of several meanings; of those that overlap, the first, then the longest."""

    def __init__(self, phrases: Iterable[tuple[Any, Phrases]]) -> None:
        """Compile the phrases."""
        self._patterns = [
            (meaning, re.compile(expression(each)))
            for meaning, several in phrases
            for each in ((phrase,) for phrase in several)
        ]

    def find(self, text: str) -> Iterator[Tag]:
        """Yield the phrases in a text in their order."""
        found = sorted(
            (
                Tag(match.start(), match.end(), meaning)
                for meaning, pattern in self._patterns
                for match in pattern.finditer(text)
            ),
            key=lambda tag: (tag.start, -tag.end),
        )
        end = 0
        for tag in found:
            if tag.start >= end:
                end = tag.end
                yield tag


class Lexicon:
    """The vocabulary of one language, compiled."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Compile a vocabulary."""
        self.vocabulary = vocabulary
        safety = vocabulary.safety
        self.stop = re.compile(vocabulary.stop)
        self.clause = re.compile(safety.clause)
        self.negations = re.compile(expression(safety.negations))
        self.health = re.compile(expression(safety.health))
        self.recently = re.compile(expression(safety.recently))
        self.relatives = re.compile(expression(safety.relatives))
        self.for_others = re.compile(expression(safety.for_others))
        self.uncertain = re.compile(expression(safety.uncertain))
        self.emergencies = re.compile(expression(safety.emergencies))
        self.exceptions = re.compile(expression(safety.exceptions))
        self.denials = Matcher([(None, (each,)) for each in safety.denials])
        self.noes = re.compile(expression(safety.noes))
        self.denial_words = re.compile(expression(safety.denial_words))
        self.alarms = re.compile(expression(safety.alarms))
        self.denial_names = re.compile(expression(safety.denial_names))
        self.meanings = re.compile(expression(safety.meanings))
        self.corrections = re.compile(vocabulary.corrections)
        self.revisions = re.compile(vocabulary.revisions)
        self.longest = re.compile(expression(vocabulary.longest))
        self.fillers = re.compile(expression(vocabulary.fillers))
        self.uses = re.compile(expression(vocabulary.uses))
        self.likes = re.compile(expression(vocabulary.likes))
        self.too_young = [re.compile(each) for each in safety.too_young]
        self.naming = [re.compile(each, re.IGNORECASE) for each in vocabulary.naming]
        self.naming_ends = re.compile(vocabulary.naming_ends, re.IGNORECASE)
        self.cautions = _each(safety.cautions)
        self.caution_answers = _each(safety.caution_answers)
        number = "|".join(sorted(vocabulary.numbers, key=len, reverse=True))
        self.number = re.compile(rf"\b(\d+|{number})\b")
        self.past = re.compile(vocabulary.past)
        self.others = re.compile(expression(vocabulary.others))
        self.about = re.compile(
            rf"\b(?:{'|'.join(vocabulary.about)}) (\d+|{number})\b(?= (?:[,.;!?]|instead|please|then|bitte|draus|daraus|stattdessen)|\s*$)"
        )
        self.alone = re.compile(rf"(?:^|[,.;!?]) (\d+|{number})(?= [,.;!?]|\s*$)")
        self.minutes = re.compile(
            rf"(?:\b(?P<adds>{vocabulary.adds}) )?\b(?P<value>\d+|{number}) (?:(?P<more>{vocabulary.more}) )?{vocabulary.minutes}\b"
            rf"(?: (?P<after>{vocabulary.more})\b| (?P<less>{vocabulary.less})\b)?"
        )
        self.degrees = Matcher(vocabulary.degrees.items())
        self.firmness = Matcher(vocabulary.firmness.items())
        self.durations = Matcher(vocabulary.durations.items())
        self.tags = Matcher(
            [
                (None, vocabulary.ignored),
                (MAINLY, vocabulary.mainly),
                *vocabulary.intents.items(),
                (Intent.WHY, safety.meanings),
                *vocabulary.feelings.items(),
                (HURTS, vocabulary.hurts),
                *vocabulary.sides.items(),
                *vocabulary.rows.items(),
                *vocabulary.experience.items(),
                *vocabulary.day_times.items(),
                *vocabulary.mine.items(),
                (JOIN, vocabulary.joins),
            ]
        )

    def denied(self, text: str) -> Iterator[Tag]:
        """Yield the negations in a text."""
        for match in self.negations.finditer(text):
            yield Tag(match.start(), match.end(), None)

    def value(self, number: str) -> int:
        """Return the value of a number in digits or words."""
        return int(number) if number.isdigit() else self.vocabulary.numbers[number]


HURTS: Final = "hurts"
JOIN: Final = "join"
MAINLY: Final = "mainly"


def _each[MeaningT](
    phrases: Mapping[MeaningT, Phrases],
) -> list[tuple[MeaningT, re.Pattern[str]]]:
    return [
        (meaning, re.compile(expression(each))) for meaning, each in phrases.items()
    ]


@cache
def lexicon(language: str) -> Lexicon:
    """Return the lexicon of a supported language, compiled once."""
    return Lexicon(_VOCABULARIES[language])
