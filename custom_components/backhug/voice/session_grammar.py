"""What is understood without a word that means a BackHug: while a session runs, and by the consultant.

A sentence trigger of Home Assistant gets a template of known words, and what it matches is understood here, see
`closed_words`. The consultant's sentences about the plan are those of `backhug.yaml`, and more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import re
from typing import Any, Final

from hassil import Intents, RecognizeResult, recognize
from hassil.parse_expression import parse_sentence
from hassil.sample import sample_expression
from hassil.util import normalize_for_matching
from homeassistant.util.yaml import load_yaml_dict

from ..const import DOMAIN
from .closed_words import ClosedWords, Understood
from .understanding.vocabulary import Vocabulary

SENTENCES: Final = Path(__file__).parent.parent / "sentences"

PLAN_INTENTS: Final = ("BackHugPlan", "BackHugChangePlan", "BackHugDevelopment")
STOP: Final = "BackHugStopSession"

_FILLERS: Final = 5
"""How many words without a meaning may be said before and after a sentence about the plan or a programme."""
_PLACES: Final = ("area", "floor", "name")
_NAMES: Final = "{names}"
_ANY_WORDS: Final = "..."
_NO_WORD: Final = re.compile(r"[\W_]+")
_RULE: Final = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class SessionGrammar:
    """The sentences of one language."""

    language: str
    words: ClosedWords
    templates: Sequence[str]
    """Templates of Home Assistant's for what is understood in a session, and a little more."""
    stop_with_any_words: re.Pattern[str]
    """Stops with words that are not known, before or after."""
    own_programme: str
    """Template of sentences with the name of a user's own programme; `{names}` are the names."""
    choice: str
    """Template of answers to the question which BackHug is meant; `{names}` are the names."""
    consultant: Intents
    """Sentences about the plan that the consultant understands: those of Assist, and more."""
    vocabulary: Vocabulary
    """The words of sentences that no template matches."""

    @staticmethod
    @cache
    def load(language: str) -> SessionGrammar:
        """Return the grammar of a language; reads its files the first time, and blocks."""
        base = _read(language, DOMAIN)
        said = _read(language, "session")
        lists = base["lists"]
        values = {
            name: lists[f"backhug_{name}"]["values"]
            for name in ("area", "flow", "time")
        }
        words = ClosedWords.from_file(language, said, values)
        before = f"[{words.plain_word} " * _FILLERS + "]" * _FILLERS
        after = f"[ {words.plain_word}" * _FILLERS + "]" * _FILLERS
        any_words = said["with_any_words"]
        plan = {name: base["intents"][name] for name in PLAN_INTENTS}
        for name, more in said["consultant"].items():
            plan[name]["data"] += more["data"]
        for block in (block for each in plan.values() for block in each["data"]):
            block["sentences"] = [
                f"<before>{sentence}<after>" for sentence in block["sentences"]
            ]
        rules = base["expansion_rules"]
        return SessionGrammar(
            language,
            words,
            [
                words.template,
                *(each.replace(_ANY_WORDS, "{backhug_rest}") for each in any_words),
            ],
            _pattern(any_words),
            f"{before}({_flat('|'.join(said['own_programme']), rules)}){after}",
            said["choice"],
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
    def any_sentence(self) -> str:
        """Template of any sentence that may be about a session."""
        words = "|".join(self.vocabulary.session_words)
        return f"[{{backhug_before}} ]({words})[ {{backhug_after}}]"

    def understand(self, text: str) -> Understood | None:
        """Return what a sentence in a session means."""
        if (understood := self.words.understand(text)) is not None:
            return understood
        said = normalize_for_matching(text).text
        if self.stop_with_any_words.fullmatch(said) is not None:
            return Understood(STOP, {})
        return None

    def recognise_plan(self, text: str) -> RecognizeResult | None:
        """Return the intent and the slots of a sentence to the consultant about the plan."""
        return recognize(text, self.consultant, language=self.language)


def understand(
    grammars: Iterable[SessionGrammar], text: str, language: str
) -> Understood | None:
    """Return what a sentence means, in the language of the speaker first."""
    for grammar in sorted(
        grammars, key=lambda each: not language.startswith(each.language)
    ):
        if (understood := grammar.understand(text)) is not None:
            return understood
    return None


def _read(language: str, name: str) -> dict[str, Any]:
    return load_yaml_dict(SENTENCES / language / f"{name}.yaml")


def _flat(template: str, rules: Mapping[str, str]) -> str:
    """Return a template with the rules filled in."""
    while _RULE.search(template):
        template = _RULE.sub(lambda match: f"({rules[match[1]]})", template)
    return template


def _pattern(templates: Iterable[str]) -> re.Pattern[str]:
    """Return a regular expression for templates with any words."""
    samples = [
        re.escape(sample).replace(re.escape(_ANY_WORDS), ".+")
        for template in templates
        for sample in sample_expression(parse_sentence(template).expression)
    ]
    return re.compile("|".join(samples), re.IGNORECASE)


def with_names(templates: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return templates with the names for `{names}`."""
    return [each.replace(_NAMES, "|".join(names)) for each in templates]


def as_intents(templates: Iterable[str]) -> Intents:
    """Return the templates of a trigger, to find out whether it matches."""
    return Intents.from_dict(
        {"language": "", "intents": {"": {"data": [{"sentences": list(templates)}]}}}
    )


def matches(sentences: Intents | None, text: str) -> bool:
    """Return whether a trigger with these templates matches."""
    return sentences is not None and recognize(text, sentences) is not None


def words(name: str) -> str:
    """Return the words of a name; empty if it has none, such as an emoji."""
    return _NO_WORD.sub(" ", name).strip()
