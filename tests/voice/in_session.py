"""What a sentence means while a session runs, without Home Assistant."""

from functools import cache
import re
from typing import Any

from hassil import Intents

from custom_components.backhug.voice.grammar import Grammar
from custom_components.backhug.voice.understanding.meaning import Meaning, Moment
from custom_components.backhug.voice.understanding.rules import understand
from custom_components.backhug.voice.understanding.vocabulary import (
    Vocabulary,
    transcribed,
)

NOBODY: frozenset[str] = frozenset()


@cache
def trigger(language: str) -> Intents:
    """Return the template that Home Assistant's sentence trigger gets."""
    templates = Grammar.load(language).any_sentence
    said: dict[str, Any] = {"data": [{"sentences": templates}]}
    # Home Assistant takes any list in a trigger for any words.
    anything = {"wildcard": True}
    return Intents.from_dict(
        {
            "language": language,
            "intents": {"session": said},
            "lists": {"backhug_before": anything, "backhug_after": anything},
        }
    )


def looked_at(words: Vocabulary) -> re.Pattern[str]:
    """Return the pattern of sentences that the trigger looks at, or that name a massage."""
    parts = "|".join(map(re.escape, map(transcribed, words.session_words)))
    alone = "|".join(map(re.escape, map(transcribed, words.alone)))
    massage = "|".join(words.concepts[each].pattern for each in ("device", "massage"))
    return re.compile(rf"(?<!\S)(?:{parts})(?:'s)?(?!\S)|^ (?:{alone}) $|{massage}")


def meaning(
    language: str, sentence: str, moment: Moment = Moment.RUNNING
) -> Meaning | None:
    """Return what a sentence means."""
    return understand(sentence, Grammar.load(language).vocabulary, moment, NOBODY)


def intent_of(language: str, sentence: str, expected: str) -> str:
    """Return the intent of a sentence; empty if it is not clear. Only what is paused is resumed."""
    paused = expected == "BackHugResumeSession"
    found = meaning(language, sentence, Moment.PAUSED if paused else Moment.RUNNING)
    return "" if found is None else found.intent
