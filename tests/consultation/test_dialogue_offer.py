"""The offer at the end of the dialogue: changed, saved and started."""

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.backhug.consultant.sayings import Say, Show, Turn
from custom_components.backhug.consultation.questionnaire import (
    DISCOMFORT,
    DayTime,
    Experience,
    Feeling,
    Firmness,
)
from custom_components.backhug.consultation.reasons import Reason, ReasonKey
from simulator.build import Build
from tests.home import features_of

from .dialogue_cases import ENGLISH, GERMAN, SAME, WORDS, Person, advised, spoken


@pytest.fixture(params=["en", "de"])
def offered(request: pytest.FixtureRequest) -> Person:
    """Return a person to whom the programme was shown."""
    person = Person(request.param)
    person.say(*(ENGLISH if request.param == "en" else GERMAN))
    return person


def test_summary_is_short(offered: Person) -> None:
    """The programme is shown in a few sentences, with the reasons of the engine."""
    length = "20 Minuten" if offered.language == "de" else "20 minutes"
    answer = offered.say(length)
    assert f"{length}, " in answer
    assert answer.count(". ") < 10
    expected = offered.speech.spoken(offered.advice.reasons[:1])
    assert expected in answer


def test_device_without_areas() -> None:
    """A device without areas gets a programme without them."""
    person = Person(features=features_of(Build(areas=(8,), flows=(5,))))
    assert "I suggest 30 minutes at a strength of up to" in person.say(*ENGLISH)


def test_gentler_until_it_is(offered: Person) -> None:
    """Each request makes it gentler, until it is as gentle as it can be."""
    gentler = "sanfter" if offered.language == "de" else "gentler please"
    strengths = []
    while "unchanged" not in offered.said:
        strengths.append(max(each.step.strength for each in offered.advice.steps))
        offered.say(gentler)
    assert len(strengths) > 1
    assert strengths == sorted(set(strengths), reverse=True)
    assert max(each.step.strength for each in offered.advice.steps) == strengths[-1]


def test_firmer_within_the_limits() -> None:
    """More firmness does not exceed what experience allows; the reason is given."""
    person = Person()
    person.say(*ENGLISH[:4], "gentle", "never used it", "20 minutes", "firmer")
    assert person.said == ["unchanged"]
    keys = [each.key for each in person.turn.says if isinstance(each, Reason)]
    assert keys[0] is ReasonKey.STRENGTH_FIRST_TIME
    assert person.dialogue.answers["firmness"] == "gentle"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("only ten minutes", 10),
        ("five minutes more", 35),
        ("ten minutes less", 20),
        ("longer", 35),
        ("shorter please", 25),
    ],
)
def test_other_length(text: str, minutes: int) -> None:
    """The length follows the request, and the programme is shown again."""
    person = Person()
    person.say(*ENGLISH, text)
    assert person.advice == advised(**{**SAME, "minutes": minutes})
    assert Show(person.advice) in person.turn.says


def test_not_longer_than_allowed() -> None:
    """A limit of the engine stays, and its reason is given."""
    person = Person()
    person.say(*ENGLISH[:5], "first time", "20 minutes", "longer")
    assert person.said == ["unchanged"]
    assert person.advice.minutes == 20
    assert person.dialogue.answers["minutes"] == 20


def test_answers_may_change_later(offered: Person) -> None:
    """Every answer may be changed after the programme was shown."""
    offered.say("eigentlich müde" if offered.language == "de" else "actually I'm tired")
    assert offered.advice == advised(**{**SAME, "feeling": "tired"})


def test_saved_under_a_name(offered: Person) -> None:
    """It is saved under the name that the person gives, in one utterance or two."""
    german = offered.language == "de"
    offered.say("ja" if german else "yes")
    assert offered.said == ["ask_name"]
    offered.say("Abends sanft" if german else "Gentle evenings")
    name = "Abends sanft" if german else "Gentle evenings"
    assert offered.turn == Turn([], save_as=name, start=False)
    says = offered.dialogue.was_saved("key", "x")
    assert says == [Say("saved", {"name": "x"}), says[-1]]
    offered.say("ja" if german else "yes")
    assert offered.turn.start
    assert offered.turn.ends


def test_saved_and_started_at_once() -> None:
    """One utterance may do both."""
    person = Person()
    person.say(*ENGLISH, "save it as Evening and start it when I lie down")
    assert person.turn.save_as == "Evening"
    assert person.turn.start
    assert person.dialogue.was_saved("key", "Evening") == [
        Say("saved", {"name": "Evening"})
    ]


def test_start_saves_first() -> None:
    """A programme is saved before it is started, under any name."""
    person = Person()
    person.say(*ENGLISH, "start it when I lie down")
    assert person.said == ["ask_name"]
    person.say("yes")
    assert person.said == ["hint_name"]
    person.say("any name")
    assert person.turn.save_as == ""
    assert person.turn.start


def test_refused_name() -> None:
    """A name that cannot be used is asked for again."""
    person = Person()
    person.say(*ENGLISH, "save it as Lower back")
    assert person.dialogue.was_refused("name_taken") == [Say("name_taken")]
    person.say("Mine")
    assert person.turn.save_as == "Mine"


def test_save_can_be_cancelled() -> None:
    """Cancelling the save returns to the programme."""
    person = Person()
    person.say(*ENGLISH, "save it", "no")
    assert person.said == ["not_saved", "ask_offer"]
    person.say("no")
    assert person.said == ["hint_offer"]


def test_start_can_be_cancelled() -> None:
    """Cancelling the start ends the dialogue."""
    person = Person()
    person.say(*ENGLISH, "save it as X")
    person.dialogue.was_saved("key", "X")
    person.say("no")
    assert person.said == ["bye"]
    assert person.turn.ends


@pytest.mark.parametrize("text", ["thanks", "goodbye", "never mind"])
def test_leaving_forgets_all(text: str) -> None:
    """A conversation that is left leaves nothing behind."""
    person = Person()
    person.say(*ENGLISH, text)
    assert person.turn.ends
    assert person.dialogue.topic is None
    assert person.dialogue.answers == {"day_time": DayTime.DAYTIME}


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_medical_claim(language: str) -> None:
    """A medical question is referred, and the question repeated."""
    person = Person(language)
    person.say("hello", "can it cure my back?" if language == "en" else "heilt das?")
    assert person.said == ["medical", "ask_cautions"]


@settings(max_examples=60, deadline=None)
@given(
    language=st.sampled_from(["en", "de"]),
    feeling=st.sampled_from([*Feeling]),
    firmness=st.sampled_from([*Firmness]),
    experience=st.sampled_from([*Experience]),
    day_time=st.sampled_from([*DayTime]),
    minutes=st.integers(5, 60),
    degrees=st.lists(st.integers(0, 3), min_size=6, max_size=6),
)
def test_same_advice_as_the_form(
    language: str,
    feeling: Feeling,
    firmness: Firmness,
    experience: Experience,
    day_time: DayTime,
    minutes: int,
    degrees: list[int],
) -> None:
    """The same answers give the same advice, whether they are chosen or said."""
    regions = [field.name for field in DISCOMFORT]
    answers = {
        "feeling": feeling,
        "firmness": firmness,
        "experience": experience,
        "day_time": day_time,
        "minutes": minutes,
        **dict(zip(regions, degrees, strict=True)),
    }
    person = Person(language)
    person.say("hallo", WORDS[language]["none"][0], *spoken(language, answers))
    assert person.advice == advised(**answers)


@pytest.mark.parametrize(
    ("text", "mine", "shown"),
    [
        (
            "somebody else used it last",
            False,
            "the last sessions were somebody else\u2019s",
        ),
        ("the last sessions were mine", True, "the last sessions were yours"),
    ],
)
def test_whose_sessions(text: str, mine: bool, shown: str) -> None:
    """Whose the last sessions were is taken, and repeated."""
    person = Person()
    answer = person.say(*ENGLISH, text)
    assert person.dialogue.answers["last_sessions_mine"] is mine
    assert answer.startswith(f"Understood: {shown}.")
