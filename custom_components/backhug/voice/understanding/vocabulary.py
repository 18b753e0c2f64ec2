"""The words of one language, compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
import re
from typing import Any, Final, Self
import unicodedata

import yaml

FOREIGN: Final = "#"
"""Stands for the name of another appliance."""

LATER: Final = re.compile(r" @(\d+)(?= )")
"""Stands for "in so many minutes"."""

_GAP: Final = " .. "
_ANY: Final = "%"
_NAME: Final = 4
"""Words of a name, at most."""
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NO_WORD: Final = re.compile(r"[^\w']+|_")
_OF_OTHERS: Final = ("to_others", "other_annoys", "ill_before_order")
"""Concepts whose words name other things."""
_WORD: Final = re.compile("[a-z]+")
_SUM: Final = re.compile(r"\b([2-9]0) ([1-9])\b")


@lru_cache(maxsize=8)
def transcribed(text: str) -> str:
    """Return words in lower case, with ae for ä and so on, without punctuation except apostrophes."""
    folded = unicodedata.normalize("NFC", text.casefold()).replace("\u2019", "'")
    return " ".join(_NO_WORD.sub(" ", folded.translate(_UMLAUTS)).split())


@dataclass(frozen=True)
class Vocabulary:
    """Patterns of one language; each matches from the space before a word on."""

    language: str
    concepts: Mapping[str, re.Pattern[str]]
    areas: Mapping[str, re.Pattern[str]]
    programmes: Mapping[str, re.Pattern[str]]
    flows: Mapping[str, re.Pattern[str]]
    firmness: Mapping[str, re.Pattern[str]]
    fillers: frozenset[str]
    degrees: frozenset[str]
    """As in "a bit lower"."""
    ours: frozenset[str]
    articles: frozenset[str]
    subjects: frozenset[str]
    somebody: frozenset[str]
    """Subjects that may also stand elsewhere."""
    things: frozenset[str]
    """Nouns that are not ours, whatever is to be done with them."""
    errands: frozenset[str]
    """Verbs for what a BackHug does not do."""
    changes: frozenset[str]
    """Verbs for what may be done with anything."""
    skipped: frozenset[str]
    """Words between a verb and its object."""
    indefinite: frozenset[str]
    possessive: frozenset[str]
    joining: frozenset[str]
    """Words after which an object goes on."""
    prepositions: frozenset[str]
    modals: frozenset[str]
    verbs: frozenset[str]
    question_words: frozenset[str]
    session_words: tuple[str, ...]
    """As they are said, for the trigger of Home Assistant."""
    alone: tuple[str, ...]
    """Whole sentences for the same trigger."""
    known: frozenset[str]
    """Words that name nothing else, whatever is called like that."""
    grammatical: frozenset[str]
    """Words of the structure of sentences, and those in the patterns."""
    _contractions: tuple[tuple[re.Pattern[str], str], ...]
    _later: re.Pattern[str]
    _times: tuple[tuple[re.Pattern[str], str], ...]
    _numbers: Mapping[str, str]
    _others: re.Pattern[str]
    _compounds: tuple[str, ...]
    """Ends of nouns that are not ours: "...lampe"."""

    @cached_property
    def familiar(self) -> frozenset[str]:
        """Words that name nothing unknown."""
        return self.known.union(
            self.grammatical, self.articles, self.prepositions, self.verbs
        )

    @cached_property
    def before_object(self) -> frozenset[str]:
        """Words that are no object of an order."""
        return self.fillers.union(
            self.articles, self.prepositions, self.skipped, self.modals, self.verbs
        )

    @cached_property
    def others(self) -> frozenset[str]:
        """Nouns for something else."""
        return self.things | {FOREIGN}

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the words of a language; blocks."""
        data: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))

        def listed(key: str) -> frozenset[str]:
            return frozenset(data[key].split())

        fillers, ours = listed("fillers"), listed("ours")

        def phrases(key: str) -> tuple[str, ...]:
            return tuple(words.replace("_", " ") for words in data[key].split())

        session_words = phrases("session_words")
        gap = f"(?: (?:{'|'.join(sorted(fillers | ours))})){{0,6}}?"
        keys = ("articles", "subjects", "prepositions", "modals", "verbs")
        known = fillers.union(ours, *map(listed, keys))
        unknown = rf"(?!(?:{'|'.join(sorted(known))}) )[a-z]\w+"

        def pattern(text: str) -> str:
            text = re.sub(r"\((?!\?)", "(?:", text).replace(_GAP, f"{gap} ")
            return text.replace(_ANY, unknown)

        def compiled(patterns: str | Iterable[str]) -> re.Pattern[str]:
            alternatives = [patterns] if isinstance(patterns, str) else patterns
            return re.compile(f" (?:{'|'.join(map(pattern, alternatives))})(?= )")

        def group(key: str) -> dict[str, re.Pattern[str]]:
            return {name: compiled(each) for name, each in data[key].items()}

        def replacements(key: str) -> tuple[tuple[re.Pattern[str], str], ...]:
            return tuple(
                (re.compile(rf"(?<!\S)(?:{said})(?!\S)"), meant)
                for said, meant in data[key].items()
            )

        concepts = group("concepts")
        concepts["asks"] = re.compile(
            rf"^(?: (?:{pattern(data['openings'])}))* (?:{pattern(data['asks'])})(?= )"
        )
        concepts["opening"] = re.compile(
            rf"^(?: (?:{pattern(data['openings'])}))+(?= )"
        )
        concepts["minutes"] = re.compile(r" (\d+)(?: [a-z]+)? minut\w+(?= )")
        concepts["area"] = compiled(
            alternative
            for area in data["areas"].values()
            for alternative in ([area] if isinstance(area, str) else area)
        )
        concepts["step"] = re.compile(
            rf" (\d+) {pattern(data['steps'])}(?= )"
            rf"| {pattern(data['by'])} (\d+)(?= )(?! minut)"
        )
        concepts["apart"] = re.compile(r" (?:backhug \d|plan(?= ))")
        concepts["strength"] = re.compile(
            rf" {pattern(data['strength_before'])} (\d+)(?= )(?! minut)"
            rf"| (?:{pattern(data['strength_set'])}) (\d+)(?= )(?! minut)"
            rf"| (\d+) {pattern(data['strength_after'])}(?= )"
        )
        return cls(
            path.parent.name,
            concepts,
            group("areas"),
            group("programmes"),
            group("flows"),
            group("firmness"),
            fillers,
            listed("degrees"),
            ours,
            listed("articles"),
            listed("subjects"),
            listed("somebody"),
            listed("things"),
            listed("errands"),
            listed("changes"),
            listed("skipped"),
            listed("indefinite"),
            listed("possessive"),
            listed("joining"),
            listed("prepositions"),
            listed("modals"),
            listed("verbs"),
            listed("question_words"),
            session_words + phrases("session_phrases"),
            phrases("alone"),
            fillers | ours | set(" ".join(map(transcribed, session_words)).split()),
            listed("modals").union(
                listed("subjects"),
                listed("question_words"),
                *(
                    _WORD.findall(each.pattern.replace(unknown, ""))
                    for name, each in concepts.items()
                    if name not in _OF_OTHERS
                ),
            ),
            replacements("contractions"),
            re.compile(
                rf" (?:{pattern(data['later'])}) (\d+)(?: [a-z]+)? minut\w+(?= )"
            ),
            replacements("times"),
            {word: str(number) for word, number in data["numbers"].items()},
            compiled(data["others"]),
            tuple(data["compounds"].split()),
        )

    def prepare(self, text: str, names: Iterable[str] = ()) -> str:
        """Return a sentence as the patterns expect it; `names` are those of other appliances, transcribed."""
        said = f" {transcribed(text)} "
        for name in names:
            if f" {name} " in said and not set(name.split()) <= self.known:
                said = said.replace(f" {name} ", f" {FOREIGN} ")
        said = self._others.sub(f" {FOREIGN}", self._expanded(said))
        words = (
            FOREIGN
            if word.endswith(self._compounds) and word not in self.known
            else word
            for word in said.split()
        )
        return f" {' '.join(words)} "

    def mentions(self, text: str, names: Iterable[str]) -> bool:
        """Return whether another appliance is named, also if it is called like something of ours."""
        said = f" {transcribed(text)} "
        return any(f" {name} " in said for name in names)

    def is_message(self, text: str) -> bool:
        """Return whether words are for somebody else, or to be looked up: "text Anna that my back is sore"."""
        return self.concepts["content"].match(f" {transcribed(text)} ") is not None

    def names_device(self, text: str) -> bool:
        """Return whether words name a BackHug or a massage."""
        said = self.prepare(text)
        return any(self.concepts[each].search(said) for each in ("device", "massage"))

    def may_be_name(self, text: str) -> bool:
        """Return whether words may be a name, rather than a part of a sentence."""
        said = transcribed(text).split()
        sentence = self.articles | self.prepositions | self.subjects
        known = set(said) <= self.fillers | self.ours
        return (
            not known
            and len(said) <= _NAME
            and not (set(said) & (sentence | self.modals | self.verbs))
        )

    def _expanded(self, said: str) -> str:
        """Return words without contractions and with digits, between spaces."""
        for pattern, meant in self._contractions:
            said = pattern.sub(meant, said)
        said = " ".join(
            self._numbers.get(word, word) for word in said.replace("'", "").split()
        )
        said = _SUM.sub(lambda match: str(int(match[1]) + int(match[2])), said)
        for pattern, meant in self._times:
            said = pattern.sub(meant, said)
        return self._later.sub(r" @\1", f" {' '.join(said.split())} ")
