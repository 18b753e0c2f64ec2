"""Sentences of many writers who knew nothing of ours, in a session: all stops, and what is for others."""

import pytest

from custom_components.backhug.voice.grammar import Grammar
from custom_components.backhug.voice.understanding.meaning import STOP
from custom_components.backhug.voice.understanding.vocabulary import transcribed

from .in_session import intent_of, looked_at
from .language import LANGUAGES, read


@pytest.mark.parametrize("language", LANGUAGES)
def test_unseen_sentences(language: str) -> None:
    """Each stop ends the session but those listed as missed; nothing else is taken but what is listed as taken."""
    said = {each["kind"]: each["say"] for each in read(f"unseen.{language}.yaml")}
    intents = {
        kind: {each: intent_of(language, each, "") for each in sentences}
        for kind, sentences in said.items()
    }
    assert [each for each, intent in intents["stop"].items() if intent != STOP] == []
    assert [each for each, intent in intents["others"].items() if intent] == []
    # Whoever mends one of these moves it to the others.
    assert STOP not in intents["missed"].values()
    assert all(intents["taken"].values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_unseen_stops_are_looked_at(language: str) -> None:
    """Home Assistant's trigger has a word of each stop, as it is said."""
    spoken = looked_at(Grammar.load(language).vocabulary)
    stops = next(
        each["say"]
        for each in read(f"unseen.{language}.yaml")
        if each["kind"] == "stop"
    )
    unheard = [each for each in stops if not spoken.search(f" {transcribed(each)} ")]
    assert unheard == []
