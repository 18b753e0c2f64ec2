"""What is understood without a word that means a BackHug: while a session runs, and by the consultant.

The sentences of `session.yaml` use the rules and lists of `backhug.yaml`. A sentence trigger of Home Assistant knows
neither, so it gets one template without them, and what it matches is recognised again here, with its slots.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
import re
from typing import Any, Final

from hassil import Intents, RecognizeResult, recognize, recognize_all
from homeassistant.util.yaml import load_yaml_dict

from ..const import DOMAIN

SENTENCES: Final = Path(__file__).parent.parent / "sentences"

PLAN_INTENTS: Final = ("BackHugPlan", "BackHugChangePlan", "BackHugDevelopment")

_FILLERS: Final = 5
"""How many of what is said before and after anything may follow each other."""
# Optional groups in each other: there is only one way to match so many of them.
_BEFORE: Final = "[<s_before> " * _FILLERS + "]" * _FILLERS
_AFTER: Final = "[ <s_after>" * _FILLERS + "]" * _FILLERS
_PLACES: Final = ("area", "floor", "name")
_LIST: Final = re.compile(r"\{(\w+)(?::\w+)?\}")
_NAMES: Final = "{names}"
_NO_WORD: Final = re.compile(r"[\W_]+")
_NUMBER: Final = "<s_number>"
_RULE: Final = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class SessionGrammar:
    """The sentences of one language."""

    language: str
    template: str
    """All of them as one template without rules and lists."""
    intents: Intents
    own_programme: str
    """Template of sentences with the name of a user's own programme; `{names}` are the names."""
    choice: str
    """Template of answers to the question which BackHug is meant; `{names}` are the names."""
    consultant: Intents
    """Sentences about the plan that the consultant understands: those of Assist, and more."""

    @staticmethod
    @cache
    def load(language: str) -> SessionGrammar:
        """Return the grammar of a language; reads its files the first time, and blocks."""
        base = _read(language, DOMAIN)
        said = _read(language, "session")
        rules = base["expansion_rules"] | said["expansion_rules"]
        lists = base["lists"] | said["lists"]
        blocks = [block for each in said["intents"].values() for block in each["data"]]
        sentences = [sentence for block in blocks for sentence in block["sentences"]]

        def intents(data: Mapping[str, Any]) -> Intents:
            for block in (block for each in data.values() for block in each["data"]):
                block["sentences"] = [
                    f"{_BEFORE}{sentence}{_AFTER}" for sentence in block["sentences"]
                ]
            return Intents.from_dict(
                {
                    "language": language,
                    "intents": data,
                    # Those of Home Assistant: here no place is named.
                    "lists": {**{place: {"values": []} for place in _PLACES}, **lists},
                    "expansion_rules": rules,
                }
            )

        plan = {name: base["intents"][name] for name in PLAN_INTENTS}
        for name, more in said["consultant"].items():
            plan[name]["data"] += more["data"]
        return SessionGrammar(
            language,
            _flat(f"{_BEFORE}({'|'.join(sentences)}){_AFTER}", rules, lists),
            intents(said["intents"]),
            _flat(
                f"{_BEFORE}({'|'.join(said['own_programme'])}){_AFTER}", rules, lists
            ),
            said["choice"],
            intents(plan),
        )

    def recognise(self, text: str) -> RecognizeResult | None:
        """Return the intent and the slots of a sentence.

        Of several the first in the file, where stop is the first; those with any words in between come last.
        """
        return min(
            recognize_all(text, self.intents, language=self.language),
            key=lambda result: any(each.is_wildcard for each in result.entities_list),
            default=None,
        )

    def recognise_plan(self, text: str) -> RecognizeResult | None:
        """Return the intent and the slots of a sentence to the consultant about the plan."""
        return recognize(text, self.consultant, language=self.language)


def recognise(
    grammars: Iterable[SessionGrammar], text: str, language: str
) -> RecognizeResult | None:
    """Return what a sentence means, in the language of the speaker first."""
    for grammar in sorted(
        grammars, key=lambda each: not language.startswith(each.language)
    ):
        if (result := grammar.recognise(text)) is not None:
            return result
    return None


def _read(language: str, name: str) -> dict[str, Any]:
    return load_yaml_dict(SENTENCES / language / f"{name}.yaml")


def _flat(template: str, rules: Mapping[str, str], lists: Mapping[str, Any]) -> str:
    """Return a template with rules and lists replaced by their alternatives."""

    def alternatives(match: re.Match[str]) -> str:
        if match[1] not in lists:
            return match[0]
        if "wildcard" in lists[match[1]]:
            return match[0]
        values = lists[match[1]].get("values")
        if values is None:
            return _NUMBER
        return f"({'|'.join(value['in'] for value in values)})"

    while _RULE.search(template):
        template = _RULE.sub(lambda match: f"({rules[match[1]]})", template)
        template = _LIST.sub(alternatives, template)
    return template


def with_names(templates: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return templates with the names for `{names}`."""
    return [each.replace(_NAMES, "|".join(names)) for each in templates]


def words(name: str) -> str:
    """Return the words of a name; empty if it has none, such as an emoji."""
    return _NO_WORD.sub(" ", name).strip()
