"""Sentences that consist of known words only: what is said while a session runs.

A sentence is understood if all its words are known, and among them are the words of one of the ways to say something,
in their order. Which words stand before, between and after does not matter. So a sentence about another appliance is
not understood: its name is no known word. Nothing is parsed, and a sentence takes microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, product
import re
from typing import Any, Final, NamedTuple, Self

from hassil.parse_expression import parse_sentence
from hassil.sample import sample_expression
from hassil.util import normalize_for_matching

from .spellings import alternatives, spelt_numbers

_GAP: Final = "*"
"""Between the words of a way: any known words."""
_NUMBER: Final = "#"
_MINUTES: Final = "#m"
_WORDS_AROUND: Final = 7
"""Words before and after the key in the template for Home Assistant, at most."""

_SHARP: Final = re.compile(r"\w*ß\w*")

type _Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Understood:
    """What a sentence means."""

    intent: str
    slots: Mapping[str, Any]
    others_too: bool = False
    """It is meant for the whole home."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A block of the file."""

    intent: str
    slots: Mapping[str, Any]
    also: frozenset[str]
    """Words that may be said, too, besides those without a meaning."""
    any_words: bool
    """All known words may be said, too."""
    others_too: bool
    apart: bool
    """Its words are known in this kind only."""
    number: str
    """Slot of a number."""


class _Way(NamedTuple):
    """A way to say something."""

    kind: _Kind
    parts: tuple[_Words, ...]
    """Words that follow each other directly; gaps are between the parts."""
    words: frozenset[str]
    slots: Mapping[str, Any]

    def fits(self, tokens: Sequence[str], around: frozenset[str]) -> bool:
        """Return whether the tokens are this way to say it, with the words of `around`."""
        if not frozenset(tokens) <= self.words | around | self.kind.also:
            return False
        at = 0
        for part in self.parts:
            length = len(part)
            while tuple(tokens[at : at + length]) != part:
                at += 1
                if at + length > len(tokens):
                    return False
            at += length
        return True


@dataclass(frozen=True)
class ClosedWords:
    """All ways to say something, of one language."""

    plain: frozenset[str]
    """Words without a meaning of their own; none of them negates."""
    around: frozenset[str]
    """More words that may be said around a stop."""
    same: Mapping[str, _Words]
    """Words by spelling, dialect or form that mean the same."""
    endings: Mapping[str, _Words]
    """Short forms of words at the end of another one, such as "'s"."""
    numbers: Mapping[_Words, int]
    minute_words: frozenset[str]
    weak: frozenset[str]
    """Words that are no key, unless they follow each other."""
    devices: frozenset[str]
    """A number after these is a part of a name, which is no known word."""
    times: Mapping[_Words, int]
    """Lengths in minutes that are no number of minutes, such as half an hour."""
    ways: Sequence[_Way]
    sharp: frozenset[str]
    """Words with a sharp s, which are compared without."""

    @classmethod
    def from_file(
        cls, language: str, data: Mapping[str, Any], lists: Mapping[str, Any]
    ) -> Self:
        """Return those of a file; `lists` are the values of slots."""
        same = {
            form.casefold(): tuple(word.casefold().split())
            for word, forms in data["same"].items()
            for form in forms.split()
        }
        rules = {
            name: parse_sentence(template) for name, template in data["rules"].items()
        }

        def means(text: str) -> _Words:
            return tuple(
                canonical
                for word in _with_numbers(text).casefold().replace("-", " ").split()
                for canonical in same.get(word, (word,))
            )

        def sampled(template: str) -> Iterator[_Words]:
            expression = parse_sentence(template).expression
            return map(means, sample_expression(expression, expansion_rules=rules))

        ways = []
        for block in data["kinds"]:
            kind = _Kind(
                block["intent"],
                block.get("slots", {}),
                frozenset(means(block.get("also", ""))),
                block.get("any_words", False),
                block.get("others_too", False),
                block.get("apart", False),
                block.get("number", ""),
            )
            for template in block["say"]:
                for filled, slots in _filled(template, lists):
                    ways += [
                        _Way(kind, _parts(words), frozenset(words) - {_GAP}, slots)
                        for words in sampled(filled)
                    ]
        numbers = {
            tuple(spelt.casefold().replace("-", " ").split()): number
            for number, spelt in spelt_numbers(language)
        }
        times = {
            words: value["out"]
            for value in lists["time"]
            for words in sampled(value["in"])
        }
        return cls(
            frozenset(means(data["words"])),
            frozenset(means(data["around"])),
            same,
            {ending: tuple(words.split()) for ending, words in data["endings"].items()},
            numbers,
            frozenset(data["minute_words"].split()),
            frozenset(means(data["weak"])),
            frozenset(data["devices"].split()),
            times,
            ways,
            frozenset(
                _SHARP.findall(repr([data, lists, *spelt_numbers(language)]).lower())
            ),
        )

    def understand(self, text: str) -> Understood | None:
        """Return what a sentence means; None if this language does not know."""
        tokens, values = self._tokens(text)
        if not self._known.issuperset(tokens):
            return None
        ways = sorted(
            {number for token in set(tokens) for number in self._by_word.get(token, ())}
        )
        for number in ways:
            way = self.ways[number]
            if way.fits(tokens, self._common if way.kind.any_words else self.plain):
                slots = {**way.kind.slots, **way.slots}
                if _MINUTES in way.words:
                    slots["minutes"] = values[_MINUTES]
                elif _NUMBER in way.words:
                    slots[way.kind.number] = values[_NUMBER]
                if not way.kind.intent:
                    return None
                return Understood(way.kind.intent, slots, way.kind.others_too)
        return None

    def _tokens(self, text: str) -> tuple[list[str], dict[str, int]]:
        """Return the words of a sentence as they are in the ways, and the first values of numbers."""
        said = normalize_for_matching(text).text.casefold().replace("-", " ")
        raw = [one for word in said.split() for one in self._canonical(word)]
        tokens: list[str] = []
        values: dict[str, int] = {}
        at = 0
        while at < len(raw):
            is_name = bool(tokens) and tokens[-1] in self.devices
            token, value, length = (
                (raw[at], None, 1) if is_name else self._number(raw, at)
            )
            tokens.append(token)
            if value is not None:
                values.setdefault(token, value)
            at += length
        return tokens, values

    def _canonical(self, word: str) -> _Words:
        """Return the word or words that one stands for."""
        if (same := self.same.get(word)) is not None:
            return same
        for ending, means in self.endings.items():
            if word.endswith(ending) and word != ending:
                stem = word.removesuffix(ending)
                return self.same.get(stem, (stem,)) + means
        return (word,)

    def _number(self, words: Sequence[str], at: int) -> tuple[str, int | None, int]:
        """Return the token at a position, its value if it is a number, and of how many words it consists."""
        for length in range(min(5, len(words) - at), 0, -1):
            phrase = tuple(words[at : at + length])
            if (time := self.times.get(phrase)) is not None:
                return _MINUTES, time, length
            value = self.numbers.get(phrase)
            if value is None and length == 1 and phrase[0].isdecimal():
                value = int(phrase[0])
            if value is not None:
                if words[at + length : at + length + 1] and (
                    words[at + length] in self.minute_words
                ):
                    return _MINUTES, value, length + 1
                return _NUMBER, value, length
        return words[at], None, 1

    @cached_property
    def _known(self) -> frozenset[str]:
        """All words of sentences that may be understood."""
        return self._common.union(*(way.words | way.kind.also for way in self.ways))

    @cached_property
    def _common(self) -> frozenset[str]:
        """Those that may be said around a stop."""
        said = [way.words | way.kind.also for way in self.ways if not way.kind.apart]
        return self.plain.union(self.around, *said)

    @cached_property
    def _by_word(self) -> Mapping[str, Sequence[int]]:
        """The ways by their keys."""
        found: dict[str, list[int]] = {}
        for number, way in enumerate(self.ways):
            found.setdefault(self._key(way), []).append(number)
        return found

    def _key(self, way: _Way) -> str:
        """Return the word by which a way is found: one with a meaning, rather than a number."""
        words = [word for part in reversed(way.parts) for word in reversed(part)]
        return min(
            words,
            key=lambda word: (word in self._no_keys, word in (_NUMBER, _MINUTES)),
        )

    @cached_property
    def _no_keys(self) -> frozenset[str]:
        return self.plain | self.weak

    @cached_property
    def template(self) -> str:
        """Template of Home Assistant's for sentences of known words with a key among them.

        It has no gaps and no order, so it also matches some sentences that are not understood.
        """
        word = self.word
        before = f"[{word} " * _WORDS_AROUND + "]" * _WORDS_AROUND
        after = f"[ {word}" * _WORDS_AROUND + "]" * _WORDS_AROUND
        ways = [way for way in self.ways if way.kind.intent]
        keys = {self._key(way) for way in ways} - self._no_keys
        words = {*self._spelt(keys)} - {*self._spelt(self._no_keys)} | {
            form for form, means in self.same.items() if not keys.isdisjoint(means)
        }
        phrases = [
            self._phrase(each)
            for each in sorted(
                {each.parts for each in ways if each.words <= self._no_keys}
            )
        ]
        return f"{before}({'|'.join([self._group(words), *phrases])}){after}"

    def _phrase(self, parts: Sequence[_Words]) -> str:
        """Return a template of words that have a meaning together only."""
        [words] = parts
        spelt = [f"({'|'.join(sorted(self._spelt({word})))})" for word in words]
        endings = {means: ending for ending, means in self.endings.items()}
        template = spelt[0]
        for word, forms in zip(words[1:], spelt[1:], strict=True):
            ending = endings.get((word,))
            template += f" {forms}" if ending is None else f"( {forms}|{ending})"
        joined = [
            " ".join([form, *words[len(means) :]])
            for form, means in self.same.items()
            if len(means) > 1 and words[: len(means)] == means
        ]
        return "|".join([template, *joined])

    @cached_property
    def word(self) -> str:
        """Template of any known word."""
        return self._group(self._spelt(self._known))

    @cached_property
    def plain_word(self) -> str:
        """Template of a word without a meaning of its own."""
        return self._group(self._spelt(self.plain))

    def _group(self, words: Iterable[str]) -> str:
        endings = f"[{'|'.join(self.endings)}]" if self.endings else ""
        return f"({alternatives(sorted(set(words)))}){endings}"

    def _spelt(self, tokens: Iterable[str]) -> Iterator[str]:
        """Return the words that may be said for tokens."""
        tokens = set(tokens)
        if _NUMBER in tokens:
            yield from (str(digit) for digit in range(10))
            yield from (
                f"{ten}{digit}" for ten, digit in product(range(1, 10), range(10))
            )
            yield from (word for words in self.numbers for word in words)
            yield from (
                word for word in self.sharp if (word.casefold(),) in self.numbers
            )
        if _MINUTES in tokens:
            yield from self.minute_words
            yield from (word for words in self.times for word in words)
        spellings = tokens - {_NUMBER, _MINUTES}
        spellings |= {
            form for form, means in self.same.items() if tokens.issuperset(means)
        }
        yield from spellings
        # Home Assistant ignores case, but a sharp s is no double one to it.
        yield from (word for word in self.sharp if word.casefold() in spellings)


def _filled(
    template: str, lists: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return a template with each value of a list that it contains, and the slot."""
    template = _with_numbers(template)
    for name, slot in (("area", "back_area"), ("flow", "flow")):
        if f"{{{name}}}" in template:
            for value in lists[name]:
                yield (
                    template.replace(f"{{{name}}}", f"({value['in']})"),
                    {slot: value["out"]},
                )
            return
    yield template, {}


def _with_numbers(text: str) -> str:
    return text.replace("{number}", _NUMBER).replace("{minutes}", _MINUTES)


def _parts(words: _Words) -> tuple[_Words, ...]:
    return tuple(
        tuple(part)
        for is_gap, part in groupby(words, lambda word: word == _GAP)
        if not is_gap
    )
