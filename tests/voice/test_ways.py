"""Ways of saying things: frames, dialects, interjections, without Home Assistant."""

from functools import cache

from hassil import Intents, TextSlotList, recognize, recognize_best
import pytest
import yaml

from custom_components.backhug.voice.grammar import SENTENCES

from .in_session import intent_of, trigger

IN_A_SESSION = {
    "en": {
        "BackHugStopSession": "help, stop|my leg hurts stop|someone's at the door, stop|I have to go|cancel program|that's me done|it's hurting me|my back hurts|no no stop|ow it hurts|can it stop|this is too painful|stop please I need to get up|ow, my back, stop|that's quite enough thank you",
        "BackHugPauseSession": "can you wait a minute|bear with me|I need to answer the door|stop for a second",
        "BackHugResumeSession": "ready|start|let's go|we can carry on",
        "BackHugStronger": "a wee bit firmer|it could be a bit stronger|harder than that|that's not enough|give me more|it's not strong enough",
        "BackHugSofter": "could you be a bit gentler|that's rather strong|it's pressing too hard|not quite so hard please|a little less pressure love",
        "BackHugFaster": "can it go any faster",
        "BackHugSlower": "it's going too fast|that's a bit fast",
        "BackHugSetArea": "only the shoulders|move up to the shoulders|just my lower back please",
        "BackHugTimeLeft": "am I nearly done|are we done yet|when can I get up|how long do I have to lie here",
        "BackHugSaveProgramme": "remember this|save these",
        "BackHugQuestion": "which programme is running",
        "": "stop that music|stop the music I do not like it|kitchen blinds stop|turn it up on the telly|will it stop|save this song|add five minutes to the timer|how long is left on the oven|start the dishwasher",
    },
    "de": {
        "BackHugStopSession": "so jetzt langt's|ich muss los|es klingelt, stopp|das Telefon klingelt hör auf|Hilfe stopp|könntest du das bitte ausmachen|bitte aufhören das tut weh|hörst du bitte auf|hör jetzt sofort auf damit|hör uf|i mog nimmer|jetzt reicht's aber|dreh ab|stopp ich will runter|nein, schalt einfach aus|ich halt das nicht mehr aus|mir tut der Rücken weh|das ist mir unangenehm",
        "BackHugPauseSession": "warte bitte kurz|ich muss kurz weg|wart a bissl|bin gleich wieder da|stopp kurz|halt mal kurz an",
        "BackHugResumeSession": "kannst weitermachen|start|auf geht's|können wir weitermachen",
        "BackHugStronger": "a bisserl fester|e chli fester|zu wenig|das könnte fester sein|mach ruhig fester|das spür ich kaum|ned fest genug",
        "BackHugSofter": "ned so fest|langsam, das ist zu fest|aua zu fest|geh a bissl sanfter|kannst du sanfter sein",
        "BackHugSetArea": "nur die Schultern|bloß die linke Seite",
        "BackHugLonger": "kann ich noch zehn Minuten haben|fünf Minuten noch",
        "BackHugTimeLeft": "wie lang geht's noch|wann bin ich fertig|bin ich bald fertig|dauert das noch lange|wie lange muss ich da noch liegen",
        "BackHugSaveProgramme": "merk dir das|speichere die Einstellungen",
        "BackHugQuestion": "auf welcher Stufe bin ich|welches Programm läuft gerade",
        "": "Musik stopp|stopp mein Lied|Rollo im Zimmer stopp|dreh das Licht ab|hör auf das Auto zu laden|merk dir das Lied|wie lange noch auf dem Eiertimer|starte den Geschirrspüler|Rollladen halt|wie lange dauert der Film noch",
    },
}
"""Sentences by intent; those without one are not understood."""

AT_ANY_TIME = {
    "en": {
        "BackHugStartSession": "do my back|twenty minutes on the BackHug|my shoulders need a massage|I could do with a massage|something gentle on the BackHug",
        "BackHugStronger": "turn up the BackHug",
        "BackHugSofter": "turn the massage down a bit",
        "BackHugTimeLeft": "what's the BackHug doing|is the massage finished|how much longer does the BackHug need|is the BackHug switched on",
        "BackHugQuestion": "is there anyone on the BackHug|is somebody using the BackHug|when did I have my last session|how long was my last massage|did my massage do anything|what programme is the BackHug on",
        "BackHugPlan": "when's my next session due|do I need a massage today",
        "BackHugTension": "how tight are my shoulders|where am I tense|which side is tighter|how is my back",
        "": "turn up the radio a bit|when is my next lesson|how long was my last run|is the dishwasher finished|what's the dishwasher doing|which programme is the washing machine on|did the dishwasher help|is somebody using the bathroom",
    },
    "de": {
        "BackHugStartSession": "kann ich eine Massage haben|tu mich massieren|dreh den BackHug auf|massier mich ganz vorsichtig|mein Nacken braucht eine Massage",
        "BackHugStopSession": "dreh den BackHug ab",
        "BackHugStronger": "dreh den BackHug rauf",
        "BackHugTimeLeft": "was macht der BackHug gerade|ist der BackHug an|ist die Massage schon fertig",
        "BackHugProgrammes": "was für Programme gibt's beim BackHug",
        "BackHugQuestion": "liegt wer am BackHug|liegt da jemand auf dem BackHug|wie lange war die letzte Massage|wann hab ich den BackHug zuletzt benutzt|hat mir die Massage geholfen|welches Programm läuft am BackHug",
        "BackHugPlan": "wann ist meine nächste Massage|ist heute eine Massage fällig",
        "BackHugTension": "bin ich verspannt|wie verspannt sind meine Schultern|welche Seite ist verspannter|wie geht's meinem Rücken",
        "": "dreh das Licht auf|dreh den Ofen ab|was macht der Geschirrspüler|ist heute die Müllabfuhr fällig|wann ist mein nächster Termin|liegt jemand auf dem Sofa|hat der Geschirrspüler geholfen|kann ich einen Kaffee haben",
    },
}


@cache
def installed(language: str) -> Intents:
    """Return the sentences that are understood at any time."""
    return Intents.from_dict(
        yaml.safe_load((SENTENCES / language / "backhug.yaml").read_text("utf-8"))
    )


def cases(table: dict[str, dict[str, str]]) -> list[tuple[str, str, str]]:
    """Return language, sentence and intent of each sentence."""
    return [
        (language, sentence, intent)
        for language, intents in table.items()
        for intent, sentences in intents.items()
        for sentence in sentences.split("|")
    ]


def test_in_a_session(subtests: pytest.Subtests) -> None:
    """They need no word for a BackHug, and the trigger matches what is understood."""
    for language, sentence, intent in cases(IN_A_SESSION):
        with subtests.test(sentence):
            assert intent_of(language, sentence, intent) == intent
            if intent:
                assert recognize(sentence, trigger(language)) is not None


def test_at_any_time(subtests: pytest.Subtests) -> None:
    """Sentences for other appliances are left to them."""
    none = TextSlotList.from_strings(["zzz"], name="home")
    for language, sentence, intent in cases(AT_ANY_TIME):
        with subtests.test(sentence):
            found = recognize_best(
                sentence,
                installed(language),
                slot_lists={"area": none, "floor": none, "name": none},
                language=language,
            )
            assert ("" if found is None else found.intent.name) == intent
