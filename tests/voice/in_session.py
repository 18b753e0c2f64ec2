"""What a sentence means while a session runs, without Home Assistant."""

from custom_components.backhug.voice.grammar import Grammar
from custom_components.backhug.voice.understanding.meaning import Meaning, Moment
from custom_components.backhug.voice.understanding.rules import understand

NOBODY: frozenset[str] = frozenset()


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
