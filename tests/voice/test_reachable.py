"""What is understood by its words in a session is looked at: the trigger of Home Assistant knows its words."""

from itertools import product
from random import Random

from hassil import recognize
import pytest

from custom_components.backhug.voice.grammar import Grammar
from custom_components.backhug.voice.understanding.meaning import STOP, Moment
from custom_components.backhug.voice.understanding.rules import understand

from .in_session import NOBODY, looked_at, trigger
from .language import LANGUAGES
from .samples import alternatives, sample

CONCEPTS = (
    *product(
        ("stop", "stop_end", "over", "halt", "distress", "annoyed", "hurt"), (STOP,)
    ),
    ("pause", "BackHugPauseSession"),
    ("resume", "BackHugResumeSession"),
    ("softer", "BackHugSofter"),
    ("softer_alone", "BackHugSofter"),
    ("harder", "BackHugStronger"),
    ("stronger_alone", "BackHugStronger"),
    ("barely_felt", "BackHugStronger"),
    ("slower", "BackHugSlower"),
    ("faster", "BackHugFaster"),
    ("longer", "BackHugLonger"),
    ("shorter", "BackHugShorter"),
    ("time_left", "BackHugTimeLeft"),
)
SAMPLES = 40
"""Attempts for each alternative of a pattern, at most."""


@pytest.mark.parametrize(("concept", "intent"), CONCEPTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_pattern_is_looked_at(language: str, concept: str, intent: str) -> None:
    """Each alternative of a pattern that decides alone has a word of the trigger."""
    words = Grammar.load(language).vocabulary
    moment = Moment.PAUSED if concept == "resume" else Moment.RUNNING
    pattern, spoken = words.concepts[concept], looked_at(words)
    missed = []
    for alternative in alternatives(pattern.pattern):
        random, unheard = Random(1), []
        for _ in range(SAMPLES):
            said = sample(alternative, random)
            meaning = understand(said, words, moment, NOBODY)
            if meaning is None or meaning.intent != intent:
                continue
            if spoken.search(f" {said} "):
                break
            unheard.append(said)
        else:
            missed += unheard[:1]
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_trigger_matches_each_word(language: str) -> None:
    """The template finds each word, alone and within a sentence; what counts alone only alone."""
    words, template = Grammar.load(language).vocabulary, trigger(language)

    def matches(sentence: str) -> bool:
        return recognize(sentence, template, language=language) is not None

    within = words.session_words
    assert [
        each for each in within if not (matches(each) and matches(f"xx {each} yy"))
    ] == []
    assert [each for each in words.alone if not matches(each)] == []
    assert not matches("xx yy")
