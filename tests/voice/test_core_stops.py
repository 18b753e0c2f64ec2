"""A core word for stop stops, whatever stands before or after it."""

from itertools import product

import pytest

from custom_components.backhug.voice.grammar import SENTENCES
from custom_components.backhug.voice.understanding.meaning import STOP, Moment
from custom_components.backhug.voice.understanding.rules import understand
from custom_components.backhug.voice.understanding.vocabulary import Vocabulary

from .in_session import NOBODY

SAID = {
    "en": (
        (
            "",
            "look i'm serious",
            "wait a second",
            "i need a break",
            "it's far too strong",
            "what are you doing",
            "the telly is too loud",
            "i have to answer the phone",
            "i've a meeting in five minutes",
            "i'm exhausted after the garden",
            "there's the bus",
        ),
        (
            "stop",
            "stop now",
            "please stop",
            "stop the massage",
            "halt",
            "that's enough",
            "i've had enough",
            "i'm done",
            "get off",
            "let me up",
            "cancel",
            "switch the thing off",
        ),
        (
            "",
            "will you",
            "you're on the bone",
            "and i mean now",
            "the phone's ringing",
            "the washing machine's finished",
            "it's too much for an old woman",
            "it's ten o'clock",
            "i want to watch the match",
            "so i can answer the phone",
            "not slower",
        ),
    ),
    "de": (
        (
            "",
            "geh",
            "oh mein gott",
            "um himmels willen",
            "aua mein rücken",
            "das ist viel zu fest",
            "ich halt das nicht aus",
            "mir ist schlecht",
            "ich krieg keine luft",
            "es klingelt",
            "mein handy läutet",
            "ich hör den traktor",
            "im rohr ist der kuchen",
            "ich muss los",
        ),
        (
            "stopp",
            "hör auf",
            "aufhören",
            "halt halt",
            "aus",
            "mach aus",
            "genug",
            "schluss jetzt",
            "brich ab",
            "lass mich raus",
            "nimm die finger weg",
            "stell die massage ab",
        ),
        (
            "",
            "bitte",
            "aber sofort",
            "das halt ich nicht aus",
            "um gottes willen",
            "du zerquetschst mich",
            "mein rücken bricht",
            "ich muss aufs klo",
            "das baby schreit",
            "es hat geklingelt",
            "die milch kocht über",
            "mir reicht's",
            "der lift steckt",
            "ich hab einen termin",
        ),
    ),
}
"""What is said before, the word itself, and what is said behind it."""


@pytest.mark.parametrize("language", SAID)
def test_core_words_stop(language: str) -> None:
    """Neither an interjection nor a complaint about something else keeps it running."""
    words = Vocabulary.load(SENTENCES / language / "words.yaml")
    missed = [
        (sentence, found)
        for said in product(*SAID[language])
        if (
            found := understand(
                sentence := " ".join(filter(None, said)), words, Moment.RUNNING, NOBODY
            )
        )
        is None
        or found.intent != STOP
    ]
    assert missed == []
