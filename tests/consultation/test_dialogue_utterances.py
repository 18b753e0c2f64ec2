"""Single utterances that the consultant understands, in each language."""

from typing import Any

import pytest

from custom_components.backhug.consultant.lexicon import lexicon
from custom_components.backhug.consultant.understanding import (
    MAX_LENGTH,
    Facts,
    is_stop,
    understand,
)
from custom_components.backhug.consultant.vocabulary import Intent
from custom_components.backhug.consultation.questionnaire import Caution

UPPER = {"left_upper", "right_upper"}
LOWER = {"left_lower", "right_lower"}

# Language, topic of the question, utterance, what it says.
PLACES: list[tuple[str, str, dict[str, int | None]]] = [
    (
        "en",
        "mostly the left shoulder, quite bad; lower back a bit",
        {"left_upper": 3, "left_lower": 1, "right_lower": 1},
    ),
    (
        "en",
        "mostly the left shoulder quite bad lower back a bit",
        {"left_upper": 3, "left_lower": 1, "right_lower": 1},
    ),
    (
        "en",
        "left shoulder and lower back are bad",
        {"left_upper": 3, "left_lower": 3, "right_lower": 3},
    ),
    ("en", "my neck", dict.fromkeys(UPPER)),
    ("en", "slight discomfort in the lower right", {"right_lower": 1}),
    ("en", "it's really bad between the shoulder blades", dict.fromkeys(UPPER, 3)),
    ("en", "neck 2 out of 3", dict.fromkeys(UPPER, 2)),
    ("en", "lower back 9 out of 10", dict.fromkeys(LOWER, 3)),
    ("en", "left shoulder 3", {"left_upper": 3}),
    ("en", "left shoulder for 5 years", {"left_upper": None}),
    ("en", "left and right shoulder quite", dict.fromkeys(UPPER, 2)),
    ("en", "not the lower back", dict.fromkeys(LOWER, 0)),
    ("en", "shoulder on the left a little", {"left_upper": 1}),
    (
        "en",
        "neck left shoulder bad",
        {"left_upper": 3, "right_upper": 3},
    ),
    (
        "en",
        "a bit in the lower back and very bad on the left shoulder",
        {"left_lower": 1, "right_lower": 1, "left_upper": 3},
    ),
    (
        "en",
        "the right side",
        dict.fromkeys(("right_upper", "right_mid", "right_lower")),
    ),
    (
        "en",
        "middle of my back, not so bad",
        dict.fromkeys(("left_mid", "right_mid"), 1),
    ),
    (
        "de",
        "vor allem die linke Schulter, ziemlich schlimm, unterer Rücken ein bisschen",
        {"left_upper": 3, "left_lower": 1, "right_lower": 1},
    ),
    (
        "de",
        "links oben stark und unten rechts etwas",
        {"left_upper": 3, "right_lower": 1},
    ),
    ("en", "shoulders, mostly the right one, bad", {"left_upper": 1, "right_upper": 3}),
    ("en", "very bad shoulders, mostly the right", {"left_upper": 2, "right_upper": 3}),
    ("en", "my lower back is killing me", dict.fromkeys(LOWER, 3)),
    ("de", "die Schultern, vor allem rechts", {"left_upper": 1, "right_upper": None}),
    ("de", "der Nacken", dict.fromkeys(UPPER)),
    ("de", "starke Nackenschmerzen", dict.fromkeys(UPPER, 3)),
    ("de", "a bissl Kreuzweh", dict.fromkeys(LOWER, 1)),
    ("de", "im Kreuz tut es sehr weh", dict.fromkeys(LOWER, 3)),
    ("de", "rechte Schulter deutlich", {"right_upper": 2}),
    ("de", "zwischen den Schulterblättern leicht", dict.fromkeys(UPPER, 1)),
    ("de", "Lendenwirbel 2 von 3", dict.fromkeys(LOWER, 2)),
    ("de", "nicht der untere Rücken", dict.fromkeys(LOWER, 0)),
    ("de", "beide Schultern ziemlich", dict.fromkeys(UPPER, 2)),
    ("de", "in der Mitte links ein wenig", {"left_mid": 1}),
    (
        "de",
        "die rechte Seite",
        dict.fromkeys(("right_upper", "right_mid", "right_lower")),
    ),
    ("de", "Schulter links stark", {"left_upper": 3}),
]

ANSWERS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("en", "feeling", "stiff", {"feeling": "stiff"}),
    ("en", "feeling", "I'm all tensed up", {"feeling": "stiff"}),
    ("en", "feeling", "rather sore, I think", {"feeling": "sore"}),
    ("en", "feeling", "just tired and exhausted", {"feeling": "tired"}),
    ("en", "firmness", "not too strong please", {"firmness": "gentle"}),
    ("en", "firmness", "as hard as you can", {"firmness": "very_firm"}),
    ("en", "firmness", "very gentle", {"firmness": "very_gentle"}),
    ("en", "firmness", "something in between", {"firmness": "medium"}),
    ("en", "firmness", "firm", {"firmness": "firm"}),
    ("en", "firmness", "somewhere in the middle", {"firmness": "medium"}),
    ("en", "firmness", "I don't like it hard", {"firmness": "gentle"}),
    ("en", "firmness", "not very gentle", {"firmness": "gentle"}),
    ("en", "firmness", "I don't know it, but firm", {"firmness": "firm"}),
    ("en", "firmness", "very firm, no, rather gentle", {"firmness": "gentle"}),
    ("en", "minutes", "forty... no wait, thirty minutes", {"minutes": 30}),
    ("en", "minutes", "the maximum", {}),
    ("en", "feeling", "do you come here often?", {}),
    ("en", "offer", "turn on the kitchen light", {}),
    ("de", "offer", "mach bitte das Licht an", {}),
    ("en", "experience", "I've never tried it", {"experience": "first_time"}),
    ("en", "experience", "it's my first time", {"experience": "first_time"}),
    ("en", "experience", "now and then", {"experience": "occasional"}),
    ("en", "experience", "twice a week", {"experience": "regular"}),
    ("en", "experience", "every evening for months", {"experience": "regular"}),
    ("en", "minutes", "twenty five", {"minutes": 25}),
    ("en", "minutes", "half an hour", {"minutes": 30}),
    ("en", "minutes", "an hour", {"minutes": 60}),
    ("en", "offer", "only ten minutes", {"minutes": 10}),
    ("en", "offer", "it's for the evening", {"day_time": "evening"}),
    (
        "en",
        "offer",
        "somebody else used it last",
        {"last_sessions_mine": False},
    ),
    (
        "en",
        "cautions",
        "stiff, I like it firm, about half an hour, it's my first time",
        {
            "feeling": "stiff",
            "firmness": "firm",
            "minutes": 30,
            "experience": "first_time",
        },
    ),
    ("de", "feeling", "ziemlich verspannt", {"feeling": "stiff"}),
    ("de", "feeling", "ganz schön müde", {"feeling": "tired"}),
    ("de", "feeling", "eher empfindlich", {"feeling": "sore"}),
    ("de", "firmness", "sehr sanft", {"firmness": "very_gentle"}),
    ("de", "firmness", "nicht zu fest", {"firmness": "gentle"}),
    ("de", "firmness", "ich mag es nicht so richtig fest", {"firmness": "gentle"}),
    ("de", "firmness", "nichts davon kräftig", {"firmness": "firm"}),
    ("de", "minutes", "a Viertelstund", {"minutes": 15}),
    ("de", "firmness", "mittel", {"firmness": "medium"}),
    ("de", "firmness", "schön kräftig", {"firmness": "firm"}),
    ("de", "firmness", "volle Kraft", {"firmness": "very_firm"}),
    ("de", "experience", "ich habe es noch nie benutzt", {"experience": "first_time"}),
    ("de", "experience", "zum ersten Mal", {"experience": "first_time"}),
    ("de", "experience", "ab und zu", {"experience": "occasional"}),
    ("de", "experience", "zweimal die Woche", {"experience": "regular"}),
    ("de", "experience", "jeden Abend", {"experience": "regular"}),
    ("de", "minutes", "fünfundzwanzig", {"minutes": 25}),
    ("de", "minutes", "eine halbe Stunde", {"minutes": 30}),
    ("de", "minutes", "eine Dreiviertelstunde", {"minutes": 45}),
    ("de", "offer", "nur zehn Minuten", {"minutes": 10}),
    ("de", "offer", "für abends", {"day_time": "evening"}),
    (
        "de",
        "offer",
        "die letzten Sitzungen waren nicht von mir",
        {"last_sessions_mine": False},
    ),
    (
        "de",
        "cautions",
        "Mein Rücken ist halt steif, ich mag es kräftig, zwanzig Minuten, ab und zu",
        {
            "feeling": "stiff",
            "firmness": "firm",
            "minutes": 20,
            "experience": "occasional",
        },
    ),
]

INTENTS = [
    ("en", "why do you ask?", Intent.WHY),
    ("en", "why so short?", Intent.WHY_LENGTH),
    ("en", "why is it so gentle?", Intent.WHY_STRENGTH),
    ("en", "gentler please", Intent.GENTLER),
    ("en", "that's too strong", Intent.GENTLER),
    ("en", "a bit stronger", Intent.FIRMER),
    ("en", "longer please", Intent.LONGER),
    ("en", "that is too long", Intent.SHORTER),
    ("en", "no, the other side", Intent.OTHER_SIDE),
    ("en", "start over", Intent.START_OVER),
    ("en", "I don't know", Intent.UNSURE),
    ("en", "start it when I lie down", Intent.START),
    ("en", "save it", Intent.SAVE),
    ("en", "show me the steps", Intent.SHOW),
    ("en", "how often?", Intent.PLAN),
    ("en", "can it heal my back?", Intent.MEDICAL),
    ("en", "never mind", Intent.LEAVE),
    ("de", "warum fragst du?", Intent.WHY),
    ("de", "warum so kurz?", Intent.WHY_LENGTH),
    ("de", "warum ist das so sanft?", Intent.WHY_STRENGTH),
    ("de", "etwas sanfter bitte", Intent.GENTLER),
    ("de", "das ist zu stark", Intent.GENTLER),
    ("de", "ein bisschen kräftiger", Intent.FIRMER),
    ("de", "länger bitte", Intent.LONGER),
    ("de", "kürzer", Intent.SHORTER),
    ("de", "nein, die andere Seite", Intent.OTHER_SIDE),
    ("de", "noch mal von vorn", Intent.START_OVER),
    ("de", "weiß ich nicht", Intent.UNSURE),
    ("de", "starte es, wenn ich mich hinlege", Intent.START),
    ("de", "speichere das", Intent.SAVE),
    ("de", "zeig mir das Programm", Intent.SHOW),
    ("de", "wie oft in der Woche?", Intent.PLAN),
    ("de", "hilft das gegen Migräne?", Intent.MEDICAL),
    ("de", "vielen Dank", Intent.THANKS),
]

CAUTIONS: list[tuple[str, str, set[Caution]]] = [
    ("en", "I'm pregnant", {Caution.PREGNANCY}),
    ("en", "I'm not pregnant, I have a pacemaker", {Caution.PACEMAKER}),
    ("en", "I'm not pregnant but my foot tingles", {Caution.NUMBNESS}),
    ("en", "no my leg is numb", {Caution.NUMBNESS}),
    ("en", "no pacemaker or numbness", set()),
    ("en", "I'm not sure whether I'm pregnant", {Caution.PREGNANCY}),
    ("en", "it may be a slipped disc", {Caution.BACK_CONDITION}),
    ("en", "I am 16", {Caution.UNDER_18}),
    ("en", "I'm sixteen years old", {Caution.UNDER_18}),
    ("en", "I am 34 years old", set()),
    ("en", "I'm 1.45 m and 60 kg", {Caution.HEIGHT}),
    ("en", "I'm 6 foot 7 and 370 pounds", {Caution.HEIGHT, Caution.WEIGHT}),
    ("en", "I've got a bad disc", {Caution.BACK_CONDITION}),
    ("en", "I'm over two metres tall", {Caution.HEIGHT}),
    ("de", "ich bin 1 Meter 80 groß", set()),
    ("en", "I am 180 cm tall and weigh 80 kg", set()),
    ("en", "the pain shoots down my leg", {Caution.RADIATING_PAIN}),
    ("en", "my back hurts since yesterday", {Caution.NEW_PAIN}),
    ("en", "a sudden sharp pain", {Caution.NEW_PAIN}),
    ("en", "I can't feel my left foot", {Caution.NUMBNESS}),
    ("en", "my lower back hurts a bit", set()),
    ("en", "none of these except the height", {Caution.HEIGHT}),
    ("en", "my weight", {Caution.WEIGHT}),
    # In the other language, unless it is spoken of in this one.
    ("en", "ich bin schwanger", {Caution.PREGNANCY}),
    ("de", "I have a slipped disc", {Caution.BACK_CONDITION}),
    ("en", "no tumor, no arthritis", set()),
    ("de", "kein Tumor und keine Arthritis", set()),
    ("de", "auf einmal Schmerzen", {Caution.NEW_PAIN}),
    ("de", "ich bin schwanger", {Caution.PREGNANCY}),
    ("de", "schwanger bin ich nicht", set()),
    ("de", "einen Herzschrittmacher habe ich nicht", set()),
    ("de", "nicht schwanger, aber ein Bandscheibenvorfall", {Caution.BACK_CONDITION}),
    ("de", "nein mein Bein kribbelt", {Caution.NUMBNESS}),
    ("de", "vielleicht schwanger, weiß ich nicht", {Caution.PREGNANCY}),
    ("de", "ich bin 16 Jahre alt", {Caution.UNDER_18}),
    ("de", "ich bin 1,45 m groß", {Caution.HEIGHT}),
    ("de", "ich wiege 170 Kilo", {Caution.WEIGHT}),
    ("de", "es zieht bis ins Bein", {Caution.RADIATING_PAIN}),
    ("de", "seit gestern habe ich Schmerzen", {Caution.NEW_PAIN}),
    ("de", "der untere Rücken tut etwas weh", set()),
    ("de", "nichts davon außer der Körpergröße", {Caution.HEIGHT}),
]

STOPS = [
    ("en", "stop", True),
    ("en", "please stop it now", True),
    ("en", "Halt!", True),
    ("en", "that's enough", True),
    ("en", "enough", True),
    ("en", "hör auf", True),
    ("de", "that's enough", True),
    ("en", "firm enough", False),
    ("en", "stiff", False),
    ("de", "Stopp", True),
    ("de", "stop", True),
    ("de", "Halt!", True),
    ("de", "halt bitte sofort an", True),
    ("de", "hör auf", True),
    ("de", "hör sofort auf damit", True),
    ("de", "das ist halt verspannt", False),
    ("de", "genug", True),
]


EMERGENCIES = [
    ("en", "my chest hurts", True),
    ("en", "there is a pressure on my chest", True),
    ("en", "I cannot breathe", True),
    ("en", "I can't move my legs", True),
    ("en", "call an ambulance", True),
    ("en", "I can't hold my bladder", True),
    ("en", "I can't move my neck", False),
    ("en", "no chest pain, none of these", False),
    ("en", "in my thoracic spine", False),
    ("en", "ich bekomme keine Luft", True),
    ("de", "Druck auf der Brust", True),
    ("de", "ich kann nicht richtig atmen", True),
    ("de", "ich kann meine Beine nicht mehr bewegen", True),
    ("de", "Schmerzen in der Brustwirbelsäule", False),
    ("de", "keine Brustschmerzen", False),
    ("de", "das ist kein Notfall", False),
]


def degrees(facts: Facts) -> dict[str, int | None]:
    """Return the degree by region; None where the utterance has none."""
    return {
        region.value: place.degree
        for place in sorted(facts.places, key=lambda each: -len(each.regions()))
        for region in place.regions()
    }


@pytest.mark.parametrize(("language", "text", "expected"), PLACES)
def test_places(language: str, text: str, expected: dict[str, int | None]) -> None:
    """Places are understood with their sides and degrees."""
    assert degrees(understand(text, language, asked="where")) == expected


@pytest.mark.parametrize(("language", "asked", "text", "expected"), ANSWERS)
def test_answers(
    language: str, asked: str, text: str, expected: dict[str, Any]
) -> None:
    """Answers are understood, several in one utterance too, and no others."""
    facts = understand(text, language, asked=asked)
    minutes = {} if facts.minutes is None else {"minutes": facts.minutes}
    assert {**facts.answers, **minutes} == expected


@pytest.mark.parametrize(("language", "text", "intent"), INTENTS)
def test_intents_are_recognised(language: str, text: str, intent: Intent) -> None:
    """Each intent is recognised, and is no stop."""
    assert intent in understand(text, language, asked="offer").intents
    assert not is_stop(text, language)


@pytest.mark.parametrize(("language", "text", "cautions"), CAUTIONS)
def test_cautions(language: str, text: str, cautions: set[Caution]) -> None:
    """A caution applies unless it is clearly denied."""
    assert set(understand(text, language, asked="cautions").cautions) == cautions


@pytest.mark.parametrize(("language", "text", "is_one"), EMERGENCIES)
def test_emergencies(language: str, text: str, is_one: bool) -> None:
    """An emergency is understood in both languages, whatever was asked."""
    assert understand(text, language).emergency is is_one


@pytest.mark.parametrize(("language", "text", "stops"), STOPS)
def test_stop(language: str, text: str, stops: bool) -> None:
    """A stop is understood in any sentence, and the German filler is none."""
    assert is_stop(text, language) is stops


@pytest.mark.parametrize(
    ("language", "text", "step"),
    [
        ("en", "five minutes more", 5),
        ("en", "ten more minutes", 10),
        ("en", "5 minutes less", -5),
        ("de", "zehn Minuten länger", 10),
        ("de", "noch 5 Minuten weniger", -5),
    ],
)
def test_minutes_step(language: str, text: str, step: int) -> None:
    """A change of the minutes is no length."""
    facts = understand(text, language, asked="offer")
    assert (facts.minutes, facts.minutes_step) == (None, step)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "Save it as “Evening Wind”.", "Evening Wind"),
        ("en", "save it as Evening Wind and start it when I lie down", "Evening Wind"),
        ("en", "call it After Work please", "After Work"),
        ("en", "save it", None),
        ("de", "Speichere es als „Feierabend“.", "Feierabend"),
        ("de", "nenn es Nach dem Sport und starte es", "Nach dem Sport"),
        ("de", "unter dem Namen Ruhe", "Ruhe"),
    ],
)
def test_name_is_kept_as_spoken(language: str, text: str, name: str | None) -> None:
    """A name keeps its case, without the words after it."""
    assert understand(text, language, asked="offer").name == name


@pytest.mark.parametrize("language", ["en", "de"])
def test_turn_has_bounded_cost(language: str) -> None:
    """The vocabulary is compiled once, and the length of an utterance is limited."""
    assert lexicon(language) is lexicon(language)
    assert understand("a" * (MAX_LENGTH + 1), language) == Facts(too_long=True)
