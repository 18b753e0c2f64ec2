"""Dialogues with the consultant, as scripts in both languages."""

from typing import Any

import pytest

from custom_components.backhug.consultant.sayings import Say, Show, Topic, Turn
from custom_components.backhug.consultation.questionnaire import (
    Caution,
    Experience,
    Feeling,
    Firmness,
)
from custom_components.backhug.consultation.reasons import Reason, ReasonKey, Refusal

from .dialogue_cases import ENGLISH, GERMAN, SAME, Person, advised


@pytest.mark.parametrize(("language", "texts"), [("en", ENGLISH), ("de", GERMAN)])
def test_one_answer_at_a_time(language: str, texts: tuple[str, ...]) -> None:
    """The questions come in their order, and lead to the advice of the form."""
    person = Person(language)
    topics = []
    for text in texts:
        person.say(text)
        topics.append(person.dialogue.topic)
    assert topics == [
        Topic.CAUTIONS,
        Topic.FEELING,
        Topic.WHERE,
        Topic.FIRMNESS,
        Topic.EXPERIENCE,
        Topic.MINUTES,
        Topic.OFFER,
    ]
    assert person.advice == advised(**SAME)


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en",
            (
                "stiff, left shoulder quite bad, lower back a bit, I like it firm, half an hour, now and then",
                "none",
            ),
        ),
        (
            "de",
            (
                "verspannt, linke Schulter schlimm, unterer Rücken etwas, ich mag es kräftig, ab und zu, halbe Stunde",
                "nichts",
            ),
        ),
    ],
)
def test_known_answers_are_not_asked(language: str, texts: tuple[str, ...]) -> None:
    """Given answers are not asked for again; the cautions always are."""
    person = Person(language)
    person.say(texts[0])
    assert person.said == ["intro", "understood", "ask_cautions"]
    person.say(texts[1])
    assert person.advice == advised(**SAME)


@pytest.mark.parametrize(
    ("language", "texts", "cautions"),
    [
        ("en", ("hi", "I'm pregnant"), {Caution.PREGNANCY}),
        ("en", ("I have a pacemaker and a stiff back",), {Caution.PACEMAKER}),
        ("en", (*ENGLISH, "by the way, my arm is numb"), {Caution.NUMBNESS}),
        ("en", (*ENGLISH, "save it", "pacemaker programme"), {Caution.PACEMAKER}),
        ("de", ("hallo", "ich bin schwanger"), {Caution.PREGNANCY}),
        ("de", (*GERMAN, "ach ja, mein Bein kribbelt"), {Caution.NUMBNESS}),
    ],
)
def test_caution_ends_the_dialogue(
    language: str, texts: tuple[str, ...], cautions: set[Caution]
) -> None:
    """A caution, whenever mentioned, ends it as in the form, whatever follows."""
    person = Person(language)
    answer = person.say(*texts)
    refusal = Refusal(tuple(each for each in Caution if each in cautions))
    assert person.turn.says == [refusal]
    assert answer == person.speech.spoken([refusal])
    for text in ("none of these", "no", "just do it", "save it as X", "start it", "ja"):
        again = person.say(text)
        assert again != answer
        assert person.dialogue.topic is Topic.REFUSED
        assert person.dialogue.advice is None
        assert person.turn.save_as is None
        assert not person.turn.start
        answer = again
    german = language == "de"
    person.say("von vorn, ich bin schwanger" if german else "start over, I'm pregnant")
    assert person.dialogue.topic is Topic.REFUSED
    person.say("von vorn" if german else "start over")
    assert person.said == ["ask_cautions"]


def test_emergency_ends_the_dialogue() -> None:
    """An emergency stops the session once, and no programme is made until somebody starts over."""
    person = Person()
    person.say(*ENGLISH, "I can't breathe")
    assert person.turn == Turn([Say("emergency")], stops=True)
    for text in ("just do it", "none of these", "save it as X", "I'm pregnant"):
        person.say(text)
        assert person.turn == Turn([Say("emergency")])
        assert person.dialogue.advice is None
    person.say("start over")
    assert person.said == ["ask_cautions"]


def test_start_is_remembered() -> None:
    """A conversation that started over still stops what it has started if a caution applies."""
    person = Person()
    person.say(*ENGLISH)
    person.dialogue.started = True
    person.say("start over", "hello", "goodbye", "I'm pregnant")
    assert person.dialogue.topic is Topic.REFUSED
    assert person.dialogue.started


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("None of these. My lower back is stiff.", ["no_caution", "understood"]),
        ("none of these my lower back is stiff", ["understood"]),
        ("None of these unless my dog counts.", ["hint_cautions"]),
        ("None of these apply in my lower back", ["understood"]),
    ],
)
def test_none_in_a_sentence_of_its_own(text: str, said: list[str]) -> None:
    """Only a sentence of its own denies all cautions where other facts are told."""
    person = Person()
    person.say("hello", text)
    assert person.said[: len(said)] == said
    assert ("no_caution" in person.said) is ("no_caution" in said)


@pytest.mark.parametrize("text", ["the maximum", "as long as possible"])
def test_longest(text: str) -> None:
    """The longest session that the device offers, within the limits of the consultation."""
    person = Person()
    person.say(*ENGLISH[:6], text)
    assert person.dialogue.answers["minutes"] == 60
    assert person.dialogue.answers["firmness"] == Firmness.FIRM
    assert person.advice.minutes == 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", "hint_cautions"),
        ("I don't know", "unsure_cautions"),
        ("not that I know of, perhaps", "unsure_cautions"),
        ("no, but my heart flutters", "medical"),
        ("none, but my ear whistles", "only_none"),
        ("no pacemaker", "hint_cautions"),
        ("I'm fine", "hint_cautions"),
    ],
)
def test_cautions_must_be_answered(text: str, said: str) -> None:
    """Only a clear "none" answers the question about cautions."""
    person = Person()
    person.say("hello", text)
    assert said in person.said
    assert person.dialogue.topic is Topic.CAUTIONS
    person.say("stiff")
    assert person.said == ["understood", "ask_cautions"]


def test_a_correction_is_no_answer_to_the_cautions() -> None:
    """A "no" before a place does not mean that no caution applies."""
    person = Person()
    person.say("my left shoulder is bad", "no, the right shoulder")
    assert person.said == ["understood", "ask_cautions"]
    person.say("no, nothing")
    assert person.said == ["no_caution", "ask_feeling"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_answers_are_never_repeated(language: str) -> None:
    """An utterance that is not understood never gets the same answer twice in a row."""
    person = Person(language)
    texts = ENGLISH if language == "en" else GERMAN
    for text in (*texts, "ja" if language == "de" else "yes"):
        person.say(text)
        topic = person.dialogue.topic
        before = ""
        if topic is Topic.NAME:
            break
        for _ in range(4):
            answer = person.say("xyzzy plugh")
            assert person.dialogue.topic is topic
            assert answer != before
            before = answer
    assert person.dialogue.topic is Topic.NAME


def test_too_long() -> None:
    """Too long an utterance is not taken in parts, and not answered the same way twice."""
    person = Person()
    person.say("hello", "none of these " * 100)
    assert person.said == ["too_long"]
    person.say("none of these " * 100)
    assert person.said == ["hint_general"]
    assert person.dialogue.topic is Topic.CAUTIONS


@pytest.mark.parametrize(
    ("language", "corrections"),
    [
        ("en", ("left shoulder bad", "no, the other side")),
        ("en", ("left shoulder bad", "no, the right one")),
        ("en", ("left shoulder bad", "sorry, I mean the right shoulder")),
        ("de", ("linke Schulter schlimm", "nein, die andere Seite")),
        ("de", ("linke Schulter schlimm", "nein, rechts")),
        ("de", ("linke Schulter schlimm", "ich meine die rechte Schulter")),
    ],
)
def test_corrected_side(language: str, corrections: tuple[str, ...]) -> None:
    """A correction moves the last place and keeps its degree."""
    person = Person(language)
    person.say(*(ENGLISH if language == "en" else GERMAN)[:3], *corrections)
    answers = person.dialogue.answers
    assert (answers.get("left_upper", 0), answers["right_upper"]) == (0, 3)


def test_other_side_keeps_what_has_both() -> None:
    """The other side of several places moves those with a side only."""
    person = Person()
    person.say(*ENGLISH[:4], "no, the other side")
    answers = person.dialogue.answers
    assert answers["right_upper"] == 3
    assert (answers["left_lower"], answers["right_lower"]) == (1, 1)
    assert "left_upper" not in answers


def test_other_side_of_nothing() -> None:
    """Without a place there is no other side."""
    person = Person()
    person.say(*ENGLISH[:3], "the other side")
    assert person.said == ["hint_where"]


@pytest.mark.parametrize(
    "text", ["no, also the right side", "oh, and the right side", "the right side"]
)
def test_more_places_add_up(text: str) -> None:
    """Places that are named later are added, unless they correct."""
    person = Person()
    person.say(*ENGLISH[:4], text)
    answers = person.dialogue.answers
    assert answers["left_upper"] == 3
    assert answers["right_mid"] == 2


@pytest.mark.parametrize(
    ("texts", "field", "answer"),
    [
        (ENGLISH[:2], "feeling", Feeling.SORE),
        (ENGLISH[:4], "firmness", Firmness.GENTLE),
        (ENGLISH[:5], "experience", Experience.FIRST_TIME),
        (ENGLISH[:6], "minutes", 20),
    ],
)
def test_unknown_answers_are_cautious(
    texts: tuple[str, ...], field: str, answer: Any
) -> None:
    """*I don't know* counts as the cautious answer, and the consultant says so."""
    person = Person()
    person.say(*texts, "I don't know")
    assert person.said[0] == "assumed"
    assert person.dialogue.answers[field] == answer


@pytest.mark.parametrize("text", ["nowhere", "I don't know", "no"])
def test_no_discomfort(text: str) -> None:
    """There may be no discomfort."""
    person = Person()
    person.say(*ENGLISH[:3], text)
    assert person.said == ["nowhere", "ask_firmness"]


def test_no_experience() -> None:
    """A "no" to the question about experience means none."""
    person = Person()
    person.say(*ENGLISH[:5], "no")
    assert person.dialogue.answers["experience"] == Experience.FIRST_TIME


@pytest.mark.parametrize(
    ("text", "firmness"), [("gentler", "gentle"), ("firmer", "firm")]
)
def test_compared_firmness(text: str, firmness: str) -> None:
    """A comparison answers the question about firmness."""
    person = Person()
    person.say(*ENGLISH[:4], text)
    assert person.dialogue.answers["firmness"] == firmness


def test_pain_counts_as_sore() -> None:
    """Pain counts as sore, unless another feeling is named."""
    person = Person()
    person.say("my lower back hurts a bit")
    assert person.dialogue.answers["feeling"] == Feeling.SORE
    person.say("no, none of these", "tired")
    assert person.dialogue.answers["feeling"] == Feeling.TIRED


def test_minutes_out_of_range() -> None:
    """Minutes that the device does not offer are not taken."""
    person = Person()
    person.say(*ENGLISH[:6], "two hours")
    assert person.said == ["minutes_range", "ask_minutes"]
    person.say("40")
    assert person.advice.minutes == 40
    person.say("two hours")
    assert person.said == ["minutes_range"]
    assert person.advice.minutes == 40


def test_why_is_explained() -> None:
    """Every question has its reason, and is asked again."""
    person = Person()
    for text in ENGLISH[:6]:
        person.say(text)
        topic = person.dialogue.topic
        answer = person.say("why do you ask?")
        assert person.said == [f"why_{topic}", f"ask_{topic}"]
        assert answer


def test_reasons_of_the_programme() -> None:
    """Length, strength and the whole have their reasons; so has the plan."""
    person = Person()
    person.say(*ENGLISH)
    (shown,) = [each for each in person.turn.says if isinstance(each, Show)]
    assert shown.advice == person.advice
    person.say("why so short?")
    assert person.turn.says == [person.advice.reasons[0]]
    person.say("why so gentle?")
    assert person.turn.says == list(person.advice.reasons[1:])
    person.say("why?")
    keys = [each.key for each in person.turn.says if isinstance(each, Reason)]
    assert ReasonKey.FOCUS_DISCOMFORT in keys
    assert person.advice.reasons[0].key in keys
    assert person.turn.says == [
        each
        for index, each in enumerate(person.turn.says)
        if each not in person.turn.says[:index]
    ]
    assert "Weeks 1 to" in person.say("how often?")
    assert person.say("show me the steps").startswith("1. Full back")
