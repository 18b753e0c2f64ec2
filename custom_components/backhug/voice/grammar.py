"""Sentences besides the installed ones: by words, by names, and for the consultant.

The consultant's sentences about the plan are those of `backhug.yaml`, and more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
import re
from typing import Any, Final

from hassil import Intents, RecognizeResult, recognize
from homeassistant.util.yaml import load_yaml_dict

from ..const import DOMAIN
from .understanding.vocabulary import Vocabulary

SENTENCES: Final = Path(__file__).parent.parent / "sentences"

PLAN_INTENTS: Final = ("BackHugPlan", "BackHugChangePlan", "BackHugDevelopment")

_FILLERS: Final = 5
"""How many words without a meaning may be said before and after a sentence about the plan or a programme."""
_PLACES: Final = ("area", "floor", "name")
_NO_WORD: Final = re.compile(r"[\W_]+")
_RULE: Final = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Grammar:
    """Grammar of one language."""

    language: str
    own_programme: str
    """Template of sentences with the name of a user's own programme; `{names}` are the names."""
    choice: str
    """Template of answers to the question which BackHug is meant; `{names}` are the names."""
    consultant: Intents
    """Sentences about the plan that the consultant understands: those of Assist, and more."""
    vocabulary: Vocabulary
    """The words by which a sentence is understood that no template matches."""

    @staticmethod
    @cache
    def load(language: str) -> Grammar:
        """Return the grammar of a language; reads its files the first time, and blocks."""
        base = _read(language, DOMAIN)
        more = _read(language, "grammar")
        word = f"({_alternatives(sorted({*more['words'].split()}))})"
        before = f"[{word} " * _FILLERS + "]" * _FILLERS
        after = f"[ {word}" * _FILLERS + "]" * _FILLERS
        plan = {name: base["intents"][name] for name in PLAN_INTENTS}
        for name, added in more["consultant"].items():
            plan[name]["data"] += added["data"]
        for block in (block for each in plan.values() for block in each["data"]):
            block["sentences"] = [
                f"<before>{sentence}<after>" for sentence in block["sentences"]
            ]
        lists, rules = base["lists"], base["expansion_rules"]
        return Grammar(
            language,
            f"{before}({_flat('|'.join(more['own_programme']), rules)}){after}",
            more["choice"],
            Intents.from_dict(
                {
                    "language": language,
                    "intents": plan,
                    # Those of Home Assistant: here no place is named.
                    "lists": {**{place: {"values": []} for place in _PLACES}, **lists},
                    "expansion_rules": {**rules, "before": before, "after": after},
                }
            ),
            Vocabulary.load(SENTENCES / language / "words.yaml"),
        )

    @property
    def any_sentence(self) -> list[str]:
        """Templates of any sentence that may be about a session; also "langt's"."""
        words = _alternatives(sorted({*self.vocabulary.session_words}))
        alone = "|".join(self.vocabulary.alone)
        return [f"[{{backhug_before}} ]({words})['s][ {{backhug_after}}]", f"({alone})"]

    def recognise_plan(self, text: str) -> RecognizeResult | None:
        """Return the intent and the slots of a sentence to the consultant about the plan."""
        return recognize(text, self.consultant, language=self.language)


def _read(language: str, name: str) -> dict[str, Any]:
    return load_yaml_dict(SENTENCES / language / f"{name}.yaml")


def _flat(template: str, rules: Mapping[str, str]) -> str:
    """Return a template with the rules filled in."""
    while _RULE.search(template):
        template = _RULE.sub(lambda match: f"({rules[match[1]]})", template)
    return template


def _alternatives(words: Sequence[str]) -> str:
    """Return sorted words as alternatives of a template, those that begin alike together: this is fast to match."""
    found = []
    for first, group in groupby(filter(None, words), key=lambda word: word[:1]):
        rest = [word[1:] for word in group]
        if len(rest) == 1:
            found.append(first + rest[0])
        else:
            inner = _alternatives(rest)
            found.append(f"{first}[{inner}]" if "" in rest else f"{first}({inner})")
    return "|".join(found)


def words(name: str) -> str:
    """Return the words of a name; empty if it has none, such as an emoji."""
    return _NO_WORD.sub(" ", name).strip()
