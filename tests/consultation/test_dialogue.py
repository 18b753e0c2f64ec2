"""Dialogues with the consultant, as scripts in both languages."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.backhug.consultant.dialogue import Dialogue
from custom_components.backhug.consultant.sayings import Say, Show, Topic, Turn
from custom_components.backhug.consultant.speech import Speech
from custom_components.backhug.consultant.understanding import understand
from custom_components.backhug.consultation.engine import Advice, consult
from custom_components.backhug.consultation.questionnaire import (
    DISCOMFORT,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
)
from custom_components.backhug.consultation.reasons import Reason, ReasonKey, Refusal
from custom_components.backhug.consultation.text import ConsultationText
from custom_components.backhug.device.model import Features
from custom_components.backhug.voice.responses import Texts
from simulator.build import Build
from tests.home import features_of

DEFAULT = features_of(Build())


def flat(tree: Mapping[str, Any], path: str = "component.backhug") -> Iterator[Any]:
    """Yield the full key and the text of every leaf of translations."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}.{key}")
        else:
            yield f"{path}.{key}", value


def speech_of(language: str) -> Speech:
    """Return the speech of a language."""
    path = Path(f"custom_components/backhug/translations/{language}.json")
    texts = dict(flat(json.loads(path.read_text())))
    return Speech(Texts(texts), ConsultationText(texts))


class Person:
    """Talks with the consultant, in one language."""

    def __init__(self, language: str = "en", features: Features = DEFAULT) -> None:
        """Begin."""
        self.language = language
        self.speech = speech_of(language)
        self.dialogue = Dialogue(
            features,
            lambda questionnaire: consult(questionnaire, features, (), None),
            DayTime.DAYTIME,
        )
        self.turn = Turn([])

    def say(self, *texts: str) -> str:
        """Say something; return the last answer."""
        for text in texts:
            asked = self.dialogue.topic
            self.turn = self.dialogue.turn(understand(text, self.language, asked=asked))
        return self.speech.spoken(self.turn.says)

    @property
    def said(self) -> list[str]:
        """The keys of the consultant's last answer."""
        return [each.key for each in self.turn.says if isinstance(each, Say)]

    @property
    def advice(self) -> Advice:
        """The programme that was shown."""
        assert self.dialogue.advice is not None
        return self.dialogue.advice


def advised(**answers: Any) -> Advice:
    """Return the form's advice for these answers."""
    questionnaire = Questionnaire.from_answers({"cautions": "none", **answers})
    result = consult(questionnaire, DEFAULT, (), None)
    assert isinstance(result, Advice)
    return result


ENGLISH = (
    "hello",
    "none of these",
    "stiff",
    "mostly the left shoulder, quite bad; lower back a bit",
    "firm",
    "now and then",
    "half an hour",
)
GERMAN = (
    "Hallo",
    "nichts davon",
    "verspannt",
    "vor allem die linke Schulter, ziemlich schlimm; unterer Rücken ein bisschen",
    "kräftig",
    "ab und zu",
    "eine halbe Stunde",
)
SAME = {
    "feeling": "stiff",
    "left_upper": 3,
    "left_lower": 1,
    "right_lower": 1,
    "firmness": "firm",
    "experience": "occasional",
    "minutes": 30,
}


@pytest.fixture(params=["en", "de"])
def offered(request: pytest.FixtureRequest) -> Person:
    """Return a person to whom the programme was shown."""
    person = Person(request.param)
    person.say(*(ENGLISH if request.param == "en" else GERMAN))
    return person


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
        ("no, but my heart flutters", "hint_cautions"),
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


def test_summary_is_short(offered: Person) -> None:
    """The programme is shown in a few sentences, with the reasons of the engine."""
    answer = offered.say(
        "zwanzig Minuten" if offered.language == "de" else "20 minutes"
    )
    assert "20 min" in answer
    assert answer.count(". ") < 10
    expected = offered.speech.spoken(offered.advice.reasons[:1])
    assert expected in answer


def test_device_without_areas() -> None:
    """A device without areas gets a programme without them."""
    person = Person(features=features_of(Build(areas=(8,), flows=(5,))))
    assert "I suggest 30 minutes at strength up to" in person.say(*ENGLISH)


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


WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "none": ("none of these",),
        "feeling": ("stiff", "sore", "tired"),
        "side": ("left", "right"),
        "row": ("shoulder", "mid back", "lower back"),
        "degree": ("fine", "a little", "quite", "very bad"),
        "firmness": ("very gentle", "gentle", "medium", "firm", "very firm"),
        "experience": ("first time", "now and then", "every week"),
        "day_time": ("in the morning", "during the day", "in the evening"),
        "minutes": ("{} minutes",),
    },
    "de": {
        "none": ("nichts davon",),
        "feeling": ("steif", "empfindlich", "müde"),
        "side": ("links", "rechts"),
        "row": ("oben", "mitte", "unten"),
        "degree": ("gut", "etwas", "deutlich", "sehr schlimm"),
        "firmness": ("sehr sanft", "sanft", "mittel", "kräftig", "sehr kräftig"),
        "experience": ("zum ersten Mal", "ab und zu", "jede Woche"),
        "day_time": ("am Morgen", "tagsüber", "am Abend"),
        "minutes": ("{} Minuten",),
    },
}


def spoken(language: str, answers: Mapping[str, Any]) -> list[str]:
    """Return answers as a person says them, in the order of the questions."""
    words = WORDS[language]
    where = []
    for region in (field.name for field in DISCOMFORT):
        side, _, row = region.partition("_")
        name = words["side"][("left", "right").index(side)]
        level = words["row"][("upper", "mid", "lower").index(row)]
        where.append(f"{name} {level} {words['degree'][answers[region]]}")
    chosen = {
        name: words[name][[*kind].index(answers[name])]
        for name, kind in (
            ("feeling", Feeling),
            ("firmness", Firmness),
            ("experience", Experience),
            ("day_time", DayTime),
        )
    }
    return [
        chosen["feeling"],
        ", ".join(where),
        chosen["firmness"],
        chosen["experience"],
        chosen["day_time"],
        words["minutes"][0].format(answers["minutes"]),
    ]


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
