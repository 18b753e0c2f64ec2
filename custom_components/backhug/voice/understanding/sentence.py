"""A sentence and the concepts in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
import re

from .vocabulary import FOREIGN, LATER, Vocabulary


class Sentence:
    """A prepared sentence; parts that have been understood are removed from it."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        """Create it from a prepared text."""
        self.text = text
        self.vocabulary = vocabulary
        self.has = cache(self._has)

    def without(self, concept: str) -> Sentence:
        """Return the sentence with a concept replaced by a mark."""
        pattern = self.vocabulary.concepts[concept]
        return Sentence(pattern.sub(" ~", self.text), self.vocabulary)

    def _has(self, *concepts: str) -> bool:
        """Return whether one of the concepts is in it."""
        return any(
            self.vocabulary.concepts[concept].search(self.text) for concept in concepts
        )

    def after(self, concept: str) -> Sentence:
        """Return the part after the last time that a concept is in it; all of it if it is not."""
        at = max((match.end() for match in self.found(concept)), default=0)
        return Sentence(self.text[at:], self.vocabulary)

    def before(self, concept: str) -> Sentence:
        """Return the part before the first time that a concept is in it; all of it if it is not."""
        at = min(
            (match.start() for match in self.found(concept)), default=len(self.text) - 1
        )
        return Sentence(self.text[: at + 1], self.vocabulary)

    @property
    def foreign(self) -> bool:
        """Whether another appliance is named, or another time."""
        return self.names_other or LATER.search(self.text) is not None

    @property
    def names_other(self) -> bool:
        """Whether another appliance is named."""
        return f" {FOREIGN} " in self.text

    @property
    def at_once(self) -> Sentence:
        """The sentence without a time: "in five minutes"."""
        return Sentence(LATER.sub("", self.text), self.vocabulary)

    @property
    def only_disturbed(self) -> bool:
        """Whether another appliance is only the reason for something about the massage: "my phone is ringing"."""
        words = self.vocabulary
        said = self.text.split()
        return (
            self.has("device", "massage")
            and not self.has("for_other")
            and LATER.search(self.text) is None
            and all(
                set(said[at + 1 : at + 2]) & (words.verbs - words.modals)
                for at, word in enumerate(said)
                if word == FOREIGN
            )
        )

    def found(self, concept: str) -> Iterator[re.Match[str]]:
        """Yield where a concept is."""
        return self.vocabulary.concepts[concept].finditer(self.text)

    def near(self, *concepts: str, but: frozenset[str] = frozenset()) -> bool:
        """Return whether the concepts follow each other, with at most two words in between, not counting some."""
        first, *rest = (
            [(match.start(), match.end()) for match in self.found(concept)]
            for concept in concepts
        )
        ends = [end for _, end in first]
        for spans in rest:
            ends = [
                end
                for start, end in spans
                if any(
                    before <= start and self._words(before, start, but) <= 2  # noqa: PLR2004
                    for before in ends
                )
            ]
        return bool(ends)

    def _words(self, start: int, end: int, but: frozenset[str]) -> int:
        """Return how many words are in a part, not counting some."""
        return sum(word not in but for word in self.text[start:end].split())

    def unknown(self, known: frozenset[str], *patterns: re.Pattern[str]) -> bool:
        """Return whether other words are in it than these, fillers, and words of these patterns."""
        text = self.text
        for pattern in patterns:
            text = pattern.sub(" ", text)
        words = self.vocabulary
        return not set(text.split()) <= known | words.fillers | words.ours

    def only(self, concept: str) -> bool:
        """Return whether the concept is in it, and nothing else that has a meaning."""
        words = self.vocabulary
        return (
            self.has(concept)
            and not any(area.search(self.text) for area in words.areas.values())
            and not self.unknown(frozenset(), words.concepts[concept])
        )

    @property
    def certain(self) -> bool:
        """Whether all words are known, and no number of a device or plan is among them: nothing else can be meant."""
        known, grammatical = self.vocabulary.known, self.vocabulary.grammatical
        return not self.has("apart") and all(
            word in known or word in grammatical or word.isdecimal()
            for word in self.text.split()
        )

    def number(self, concept: str) -> int | None:
        """Return the number in a concept; None if there is none, or several."""
        numbers = {
            int(next(filter(None, match.groups()))) for match in self.found(concept)
        }
        return numbers.pop() if len(numbers) == 1 else None

    @property
    def minutes(self) -> int | None:
        """The number of minutes that is said."""
        return self.number("minutes")

    def one_of(self, values: Mapping[str, re.Pattern[str]]) -> str | None:
        """Return the only value whose words are said; None if there are none or several."""
        lengths = {
            value: max(
                (len(match[0]) for match in pattern.finditer(self.text)), default=0
            )
            for value, pattern in values.items()
        }
        longest = max(lengths.values())
        named = [value for value, length in lengths.items() if length == longest > 0]
        return named[0] if len(named) == 1 else None
