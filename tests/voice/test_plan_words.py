"""Sentences about the plan and the weeks: understood without Home Assistant, and none of other appliances taken."""

from collections.abc import Mapping
from functools import cache

import pytest

from custom_components.backhug.voice.grammar import Grammar

from .in_session import meaning

UNDERSTOOD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "pause": (
            "Can you pause my BackHug plan please",
            "Could you suspend my massage plan for two weeks",
            "I need a break from my massage plan",
            "I'm on holiday, pause my plan",
            "Give me a break from the massage plan",
            "We're on holiday so put my plan on hold",
            "Stop my plan",
        ),
        "resume": (
            "Can we continue my plan",
            "Get back to my massage plan",
            "I'm back, resume my plan",
            "Let's pick my plan up again",
            "Take up my plan again",
        ),
        "2": (
            "Change my plan to twice a week",
            "I can only do two sessions a week with my massage plan",
            "Reduce my plan to two massages per week",
        ),
        "drop": (
            "Cancel the plan",
            "Get rid of my plan",
            "I don't need my massage plan anymore",
            "I want to stop following my plan",
            "Throw my massage plan away",
        ),
        "next": (
            "Anything due on the BackHug today",
            "Have I got a massage today",
            "Is my next session today",
            "When should I have my next treatment",
            "When's the next BackHug session",
        ),
        "progress": (
            "How am I doing",
            "How many massages have I had this week",
            "How well am I following my plan",
            "Is my plan still running",
            "What week of the plan are we in",
        ),
        "": (
            "Am I more tense than last week",
            "Has my back improved since I started",
            "How did my back change over the last month",
            "Is my tension lower than last week",
        ),
        "none": (
            "Pause",
            "Resume",
            "Stop",
            "Pause the music",
            "Pause the cleaning plan of the vacuum",
            "Delete the meal plan",
            "Cancel my data plan",
            "Pause the heating schedule",
            "What's the plan for today",
            "When is my next appointment",
            "Do I have anything planned today",
            "How has the temperature developed",
            "Is the tension of the grid higher than last week",
        ),
    },
    "de": {
        "pause": (
            "Halt meinen Plan an",
            "Ich brauche eine Pause von meinem Massageplan",
            "Ich möchte meinen Plan pausieren",
            "Mach eine Pause mit dem Plan bis ich zurück bin",
            "Setze den Massageplan für zwei Wochen aus",
            "Wir sind im Urlaub, setz meinen Plan aus",
            "Stoppe meinen Plan",
        ),
        "resume": (
            "Es geht weiter mit meinem Plan",
            "Ich bin zurück, mach mit meinem Plan weiter",
            "Lass meinen Plan weiterlaufen",
            "Plan fortsetzen",
            "Starte meinen Plan wieder",
        ),
        "2": (
            "Ändere meinen Plan auf zwei Massagen in der Woche",
            "Ich kann nur zweimal die Woche mit meinem Plan",
            "Stelle den Plan auf zweimal pro Woche",
        ),
        "drop": (
            "Den Massageplan brauche ich nicht mehr",
            "Kannst du meinen Plan löschen",
            "Schmeiß meinen Plan weg",
            "Streich meinen Plan",
        ),
        "next": (
            "Hab ich morgen eine Massage",
            "Ist meine nächste Sitzung heute",
            "Muss ich heute auf den BackHug",
            "Wann bin ich wieder mit Massage dran",
            "Wann muss ich wieder auf die Liege",
        ),
        "progress": (
            "Ist mein Plan noch aktiv",
            "Wie gut halte ich meinen Plan ein",
            "Wie läuft es bisher",
            "Wie steht es mit meinem Plan",
            "Wie viele Massagen habe ich diese Woche noch",
        ),
        "": (
            "Bin ich verspannter als letzte Woche",
            "Geht es meinem Rücken besser als letzte Woche",
            "Hat sich meine Verspannung gebessert",
            "Ist meine Verspannung niedriger als letzte Woche",
        ),
        "none": (
            "Pause",
            "Weiter",
            "Stopp",
            "Pausiere die Musik",
            "Pausiere den Reinigungsplan",
            "Lösch den Essensplan",
            "Setz den Heizplan aus",
            "Was ist der Plan für heute",
            "Wann ist mein nächster Termin",
            "Was steht heute an",
            "Wie hat sich die Temperatur entwickelt",
            "Ist die Netzspannung höher als letzte Woche",
        ),
    },
}
"""By language, and by what is asked or changed; empty for the development, "none" for sentences for others."""
IN_SESSION = {
    "en": {"Pause": "BackHugPauseSession", "Stop my plan": "BackHugStopSession"},
    "de": {"Pause": "BackHugPauseSession", "Stopp meinen Plan": "BackHugStopSession"},
}


@cache
def grammar(language: str) -> Grammar:
    """Return the grammar of a language."""
    return Grammar.load(language)


def understood(language: str, sentence: str) -> str:
    """Return what a sentence asks or changes."""
    result = grammar(language).recognise_plan(sentence)
    # Without a plan being spoken of, "it" is none.
    if result is None or "it" in result.entities:
        return "none"
    values = {entity.name: entity.value for entity in result.entities_list}
    keys = ("change", "about", "sessions")
    return str(next((values[key] for key in keys if key in values), ""))


@pytest.mark.parametrize("language", UNDERSTOOD)
def test_sentences_about_the_plan(language: str) -> None:
    """Each is understood, with its slot; those for others are not."""
    sentences = UNDERSTOOD[language]
    assert {
        sentence: understood(language, sentence)
        for said in sentences.values()
        for sentence in said
    } == {sentence: about for about, said in sentences.items() for sentence in said}


@pytest.mark.parametrize("language", IN_SESSION)
def test_session_comes_first(language: str) -> None:
    """Lying on it, a bare "pause" is meant for the session, and a stop always."""
    for sentence, expected in IN_SESSION[language].items():
        result = meaning(language, sentence)
        assert result is not None
        assert result.intent == expected
    plan = UNDERSTOOD[language]["pause"][0]
    found = meaning(language, plan)
    assert found is None or not found.certain
