"""What is said in passing, denied, taken back or asked beside something else."""

from typing import Any

import pytest

from custom_components.backhug.consultant.sayings import Topic
from custom_components.backhug.consultant.understanding import is_stop
from custom_components.backhug.consultation.questionnaire import Caution

from .dialogue_cases import Person
from .offer import OFFERED, offered, strongest

DENIED = {"en": OFFERED["en"][:2], "de": OFFERED["de"][:2]}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "yes. oh and i had heart surgery last year"),
        ("en", "by the way I'm on blood thinners"),
        ("en", "I still take tablets for my cancer, does that matter?"),
        ("de", "Ich hatte vor drei Jahren eine Bypass-Operation"),
        ("de", "Ja gern, aber ich hab heute Fieber"),
        ("de", "und die Stents?"),
        ("en", "is it all right with warfarin or not"),
        ("en", "I had a hip done six years back, otherwise nothing"),
        ("en", "I did have a c-section though, does that matter?"),
        ("en", "is it ok that I'm breastfeeding"),
        ("en", "my doctor says I have high blood"),
        ("de", "Hüfte ist künstlich. Sonst nix."),
        ("de", "ich hab ein künstliches Hüftgelenk"),
        ("de", "Bluthochdruck hab ich"),
    ],
)
@pytest.mark.parametrize("saved", [False, True])
def test_health_refers_to_a_physician(language: str, text: str, saved: bool) -> None:
    """What only a physician can judge is never passed over: nothing starts, and the cautions are asked about again."""
    person = offered(language)
    if saved:
        person.dialogue.was_saved("key", "Sunday")
    person.say(text)
    assert person.said == ["medical", "ask_cautions"]
    assert not person.turn.start
    asked = person.dialogue.topic
    person.say(DENIED[language][1])
    assert [asked, person.dialogue.topic] == [Topic.CAUTIONS, Topic.OFFER]


@pytest.mark.parametrize(
    ("language", "text", "caution"),
    [
        ("de", "Mein Herzschrittmacher stört das eh nicht, oder?", Caution.PACEMAKER),
        ("de", "Meine Schwangerschaft ist doch kein Problem?", Caution.PREGNANCY),
        ("de", "Das taube Bein ist kein Problem, oder?", Caution.NUMBNESS),
        ("en", "my pacemaker doesn't mind", Caution.PACEMAKER),
        ("en", "the slipped disc isn't a problem", Caution.BACK_CONDITION),
        ("en", "soft, my due date is in March", Caution.PREGNANCY),
        ("en", "I'm in tenth grade", Caution.UNDER_18),
        ("en", "it's my bones, they're thin", Caution.BACK_CONDITION),
        ("en", "I'm 6'7", Caution.HEIGHT),
        ("en", "he's fourteen", Caution.UNDER_18),
        ("de", "Den Herzschrittmacher spüre ich gar nicht", Caution.PACEMAKER),
        ("de", "Die Bandscheibe hab ich nicht im Griff", Caution.BACK_CONDITION),
        ("de", "nur dass ich fünfzehn bin", Caution.UNDER_18),
        ("de", "nö alles gut. bin aber erst 16", Caution.UNDER_18),
        ("en", "they fused my L4 and L5", Caution.BACK_CONDITION),
        ("de", "ich hab eine Metallplatte im Rücken", Caution.BACK_CONDITION),
        ("en", "my left leg is sleeping often", Caution.NUMBNESS),
    ],
)
def test_cautions_in_passing(language: str, text: str, caution: Caution) -> None:
    """A caution applies however it is said, also if it is called harmless."""
    person = offered(language)
    person.say(text)
    assert person.dialogue.topic is Topic.REFUSED
    assert caution in person.turn.says[0].cautions  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Neue Schmerzen nein"),
        ("de", "Herzschrittmacher? Nein."),
        ("en", "pregnant? no"),
        ("de", "Schwanger bin ich zum Glück nicht mehr"),
        ("de", "Was hat meine Körpergröße damit zu tun?"),
        ("en", "why does my weight matter?"),
        ("en", "what does pregnancy have to do with it?"),
        ("en", "a seven-year-old injury, long healed"),
    ],
)
def test_no_after_a_caution(language: str, text: str) -> None:
    """A "no" after a caution denies it, and a question names none; they are still asked about."""
    person = Person(language)
    person.say("hello", text)
    assert person.dialogue.topic is Topic.CAUTIONS


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "left shoulder, since yesterday"),
        ("de", "rechte Schulter, seit vorgestern"),
        ("de", "unten, ist mir gestern eingeschossen"),
    ],
)
def test_new_pain_with_its_place(language: str, text: str) -> None:
    """A time beside a place tells that the pain is new."""
    person = Person(language)
    person.say(*OFFERED[language][:3], text)
    assert person.dialogue.topic is Topic.REFUSED


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ich bin ein bisschen müde im Rücken"),
        ("de", "Ich bin eine Frau mit Rückenschmerzen"),
    ],
)
def test_article_is_no_age(language: str, text: str) -> None:
    """The article "ein" is no age."""
    person = Person(language)
    person.say(text)
    assert person.dialogue.topic is Topic.CAUTIONS


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "not stronger please"),
        ("en", "please don't make it longer"),
        ("en", "make it firmer? no, wait, leave it as it is"),
        ("de", "nicht stärker bitte"),
        ("de", "bitte nicht länger"),
        ("de", "lass es doch so"),
        ("en", "what's with the full back"),
        ("de", "Und Sie sind sicher, dass das in Ordnung ist?"),
    ],
)
def test_programme_stays(language: str, text: str) -> None:
    """What is denied, taken back or asked changes nothing."""
    person = offered(language)
    before = person.advice
    person.say(text)
    assert person.advice == before
    assert person.dialogue.topic is Topic.OFFER


@pytest.mark.parametrize(
    ("text", "feeling"),
    [
        ("steif ist er eigentlich nicht, eher empfindlich", "sore"),
        ("eher steif als empfindlich", "stiff"),
        ("steif und empfindlich, von beidem etwas", "sore"),
    ],
)
def test_feelings(text: str, feeling: str) -> None:
    """A feeling may be denied after it; of two, the one that is massaged more gently counts."""
    person = Person("de")
    person.say(*OFFERED["de"][:2], text)
    assert person.dialogue.answers["feeling"] == feeling


@pytest.mark.parametrize(
    ("text", "name", "starts"),
    [
        ("Save it under Callum, and no we won't start it now", "Callum", False),
        ("call it quick fix and start it", "quick fix", True),
    ],
)
def test_name_ends_before_the_rest(text: str, name: str, starts: bool) -> None:
    """What follows a name is none of it, and "we won't start it" no start."""
    person = offered("en")
    person.say(text)
    assert (person.turn.save_as, person.turn.start) == (name, starts)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "verspannt, schon seit zwanzig Jahren"),
        ("en", "stiff, it's been like that for years"),
        ("de", "steif vom Laptop"),
    ],
)
def test_time_of_discomfort(language: str, text: str) -> None:
    """How long it has hurt is no experience with the device; a laptop is no operation."""
    person = Person(language)
    person.say(*OFFERED[language][:2], text)
    assert person.said == ["understood", "ask_where"]
    assert "experience" not in person.dialogue.answers


@pytest.mark.parametrize(
    ("language", "save", "text"),
    [("en", "save it", "firmer"), ("de", "speichern", "Nee, nicht speichern. Stärker")],
)
def test_change_instead_of_a_name(language: str, save: str, text: str) -> None:
    """A wish for another strength is no name."""
    person = offered(language)
    before = strongest(person)
    person.say(save, text)
    assert person.turn.save_as is None
    assert person.dialogue.topic is Topic.OFFER
    assert strongest(person) > before


def test_question_is_no_stop() -> None:
    """Asking what stops one is no stop, and "lower it" means the strength."""
    assert not is_stop("Which one is it that's stopping me?", "en")
    person = offered("en")
    before = strongest(person)
    person.say("lower it please")
    assert strongest(person) < before
    assert "left_lower" not in person.dialogue.answers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("save it as Sunday my chest hurts", "emergency"),
        ("save it as Sunday but I take blood thinners", "medical"),
    ],
)
def test_name_hides_nothing(text: str, said: str) -> None:
    """What concerns safety is heard even where a name is expected."""
    person = offered("en")
    person.say(text)
    assert person.said[0] == said
    assert person.turn.save_as is None


def test_change_before_saving() -> None:
    """What is to be changed is changed before it is saved."""
    person = offered("en")
    before = strongest(person)
    person.say("make it a bit gentler and save it as Bronwyn")
    assert person.turn.save_as == "Bronwyn"
    assert strongest(person) < before


@pytest.mark.parametrize(
    ("language", "text", "known"),
    [
        ("en", "start over then. nothing applies", True),
        ("en", "it's for my husband, he has none of these", True),
        ("de", "von vorn. nichts davon", True),
        ("de", "Das ist eigentlich für meinen Mann", False),
    ],
)
def test_start_over_with_more(language: str, text: str, known: bool) -> None:
    """What is said beside "start over" counts; so does that it is for somebody else."""
    person = Person(language)
    person.say("hello", "pregnant" if language == "en" else "schwanger")
    assert person.dialogue.topic is Topic.REFUSED
    person.say(text)
    expected: Any = Topic.FEELING if known else Topic.CAUTIONS
    assert person.dialogue.topic is expected


def test_refusal_is_explained() -> None:
    """After a refusal "why" is answered."""
    person = Person()
    person.say("hello", "pregnant", "why?")
    assert person.said == ["why_cautions", "still_refused"]


def test_name_is_refused() -> None:
    """A sentence with a "no" is no name."""
    person = offered("de")
    text = "Nein, nicht speichern! Ich will erst wissen, ob das sinnvoll ist."
    person.say("speichern", text)
    assert person.turn.save_as is None


def test_minutes_after_a_correction() -> None:
    """A quarter of an hour and the better number are understood."""
    for text, minutes in (
        ("maybe quarter of hour", 15),
        ("Quarter of an hour'll do", 15),
        ("fifteen, or better twelve", 12),
    ):
        person = Person()
        person.say(*OFFERED["en"][:6], text)
        assert person.dialogue.answers["minutes"] == minutes
