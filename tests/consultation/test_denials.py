"""Answers to the question about cautions: only a clear denial counts."""

import pytest

from custom_components.backhug.consultant.dialogue import Dialogue
from custom_components.backhug.consultant.sayings import Topic
from custom_components.backhug.consultant.understanding import understand
from custom_components.backhug.consultation.engine import consult
from custom_components.backhug.consultation.questionnaire import DayTime

from .dialogue_cases import DEFAULT

DENIALS = {
    "en": (
        "none of these",
        "nah none of that",
        "nope",
        "no",
        "none",
        "nothing",
        "nothing applies",
        "no, I'm healthy",
        "no nothing like that thank god",
        "all fine",
        "No, none of them, thank goodness.",
        "none of those, I just want to know why it hurts",
        "no. none. Can we get on?",
        "no no nothing like that",
        "i have none",
        "i don't have any of those",
        "none of the above",
        "None of these. My lower back is stiff.",
        "no to all of those",
        "nothing like that no",
        "god no",
        "not at all",
        "none of the conditions you listed apply to me",
        "neither of those",
        "no, none of these",
        "none of these, thank you",
        "No pacemaker, not pregnant, nothing like that",
        "no i don't have any",
        "absolutely not",
        "none of these and i like it firm",
        "none whatsoever",
        "nope, all good",
        "No, none of those. It's mostly my neck.",
        "none of those apply",
        "no medical conditions",
        "I don't have any of that",
        "i'm perfectly healthy, none of it",
        "they don't apply to me",
        "no, not one of them",
        "negative",
        "none at all",
        "no I do not",
        "no, nothing, why do you ask",
    ),
    "de": (
        "nichts davon",
        "nein nichts davon",
        "keins",
        "nein",
        "nö",
        "nee, alles gut",
        "trifft alles nicht zu",
        "auf mich trifft nichts davon zu",
        "keiner der Punkte trifft zu",
        "hab ich alles nicht",
        "nichts von alledem",
        "gar nichts",
        "nein, ich bin kerngesund",
        "Gott sei Dank nichts davon",
        "nix",
        "nichts von dem, danke",
        "Nein, zum Glück nicht",
        "nein, keine davon",
        "keines davon trifft zu",
        "alles nein",
        "überhaupt nichts davon",
        "nein hab ich nicht",
        "nein, absolut nichts",
        "Nein, nichts davon. Mein Nacken ist verspannt.",
        "bin gesund, nichts davon",
        "keine Vorerkrankungen",
        "nicht schwanger, kein Schrittmacher, nichts dergleichen",
        "da trifft nichts zu",
        "nee gar nix davon",
        "nein nein, keins von denen",
    ),
}

NO_DENIALS = {
    "en": (
        "and no leg rest?",
        "no leg rest please",
        "no, my heart flutters",
        "none of these, my heart races",
        "no pain",
        "no discomfort at all",
        "nothing hurts",
        "no hurry",
        "not really",
        "none of these I think",
        "none of these, probably",
        "no music please",
        "no idea",
        "i'm fine",
        "everything is fine",
        "no pacemaker",
        "no, but my heart flutters",
        "no, just a bit",
        "why, no?",
        "none?",
        "nothing serious",
        "nothing much",
        "no why should I tell you",
        "no I'm not sure",
        "not all of them",
        "no longer",
        "not anymore",
        "none of your business",
        "no, I don't believe so",
        "nothing new",
        "none of these my lower back is stiff",
        "none of these apply in my lower back",
        "no problem",
        "yes",
        "no, the right shoulder",
        "not now",
        "no comment",
        "no need to ask",
        "I have no time for this",
        "no, why?",
        "i'd say nothing serious",
        "not that I know of",
        "none of these, hopefully",
        "none of these except one",
        "no, it's my leg that is weird",
        "nothing i would worry about",
        "no doctor has ever said so",
        "none of these unless my dog counts",
    ),
    "de": (
        "und keine Beinauflage?",
        "keine Ahnung",
        "kein Problem",
        "keine Schmerzen",
        "nein, mein Herz stolpert",
        "nichts Schlimmes",
        "nichts Neues",
        "nicht dass ich wüsste",
        "eigentlich nicht wirklich sicher",
        "nein, nur ein bisschen",
        "ich darf alles",
        "keine Lust",
        "keine Zeit für Fragen",
        "nichts davon, glaube ich",
        "vermutlich nichts",
        "nicht alles",
        "nicht mehr",
        "nein, die rechte Schulter",
        "nicht direkt",
        "nein, doch",
        "nichts davon, doch, eins",
        "kein Licht bitte",
        "keine Musik",
        "nein, was soll das",
        "nicht sicher",
        "nichts Ernstes",
        "keine Beschwerden",
        "das geht dich nichts an",
        "nein aber mein Knie",
        "keine Angabe",
        "nichts tut weh",
        "niemand hat mich gefragt",
        "alles klar",
        "wohl eher nicht",
    ),
}


def asked(*texts: str, language: str) -> Dialogue:
    """Return the dialogue after texts; the first one is said before any question."""
    dialogue = Dialogue(
        DEFAULT,
        lambda questionnaire: consult(questionnaire, DEFAULT, (), None),
        DayTime.DAYTIME,
    )
    for text in texts:
        dialogue.turn(understand(text, language, asked=dialogue.topic))
    return dialogue


@pytest.mark.parametrize("language", ["en", "de"])
def test_denials(language: str) -> None:
    """A denial in a clause of its own answers the question."""
    missed = [
        text
        for text in DENIALS[language]
        if asked("hallo", text, language=language).answers.get("cautions") != ["none"]
    ]
    assert missed == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_denials(language: str) -> None:
    """A denial of something else, a question, a doubt or an unknown remark does not."""
    taken = [
        text
        for text in NO_DENIALS[language]
        if asked("hallo", text, language=language).topic is not Topic.CAUTIONS
    ]
    assert taken == []


@pytest.mark.parametrize(
    ("language", "text", "denies"),
    [
        ("en", "stiff, none of the cautions apply", True),
        ("en", "lower back, no contraindications. Firm", True),
        ("en", "none of the cautions apply, or do they?", False),
        ("en", "none", False),
        ("en", "no, none of these", False),
        ("en", "no massage is too hard for me", False),
        ("de", "verspannt, keiner der Punkte trifft zu", True),
        ("de", "keiner der Warnhinweise trifft zu, glaube ich", False),
        ("de", "nichts", False),
    ],
)
def test_denial_in_the_first_sentence(
    language: str, text: str, *, denies: bool
) -> None:
    """Before the question, only a denial counts that names the cautions as such."""
    answers = asked(text, language=language).answers
    assert (answers.get("cautions") == ["none"]) is denies


def test_all_in_the_first_sentence() -> None:
    """Whoever answers everything at once is shown the programme at once."""
    text = "stiff lower back, firm please, every week, 20 minutes. None of the cautions apply."
    assert asked(text, language="en").topic is Topic.OFFER
