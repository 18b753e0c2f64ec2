"""Sentence triggers: words in a session, own programmes, and the answer to our question."""

from datetime import timedelta
from unittest.mock import patch

from homeassistant.components import conversation
from homeassistant.components.conversation import ConversationInput, async_converse
from homeassistant.core import Context
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.backhug.voice import session_words
from custom_components.backhug.voice.follow_up import ANSWER_WITHIN
from custom_components.backhug.voice.sentence_files import async_apply, path_of
from custom_components.backhug.voice.session_grammar import SessionGrammar, recognise
from custom_components.backhug.voice.triggers import async_pass_on
from simulator.build import Build
from simulator.model import Opcode
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug
from tests.integration.conftest import as_at_first
from tests.integration.programme_runs import add_programme

from .language import LANGUAGES
from .speaking import put, satellite, say

NOT_OURS = {
    "en": "Sorry, I couldn't understand that",
    "de": "Entschuldigung, das habe ich nicht verstanden",
}


def triggers(home: Home) -> list[str]:
    """Return the templates of all sentence triggers."""
    return conversation.get_agent_manager(home.hass).trigger_sentences


async def teach(home: Home, *sentences: str) -> None:
    """Give Home Assistant sentences of its own, which ask for the time."""
    path = path_of(home.hass, "en").parent / "others.yaml"
    listed = "".join(f"          - {each}\n" for each in sentences)
    path.write_text(
        "language: en\nintents:\n  HassGetCurrentTime:\n    data:\n"
        f"      - sentences:\n{listed}"
    )
    await home.hass.services.async_call("conversation", "reload", blocking=True)


# Words in a session


async def test_only_while_a_session_runs(talking: Home, one: SimulatedBackHug) -> None:
    """Before and after it they are Home Assistant's."""
    assert triggers(talking) == []
    assert await say(talking, "Stop") == NOT_OURS["en"]
    await one.treat()
    assert len(triggers(talking)) == len(LANGUAGES)
    assert await say(talking, "Harder") == "Strength 4 of 10."
    # Whatever language Home Assistant speaks.
    assert await say(talking, "Hör auf") == "Stopped: Anna's BackHug."
    await one.shows("sensor", "state", "finishing")
    assert triggers(talking) == []
    assert await say(talking, "Aufhören", "de") == NOT_OURS["de"]


async def test_unload_ends_them(talking: Home, one: SimulatedBackHug) -> None:
    """A BackHug that is not set up takes no words."""
    await one.treat()
    assert triggers(talking) != []
    assert await talking.hass.config_entries.async_unload(one.entry.entry_id)
    assert triggers(talking) == []


async def test_stop_stops_both(talking: Home, two: list[SimulatedBackHug]) -> None:
    """Two run, and somebody only says stop; a second session registers nothing twice."""
    for back_hug in two:
        await back_hug.treat()
    assert len(triggers(talking)) == len(LANGUAGES)
    assert await say(talking, "Stop") == "Stopped: Anna's BackHug and BackHug 2."
    assert [len(back_hug.requests(Opcode.STOP)) for back_hug in two] == [1, 1]


async def test_the_other_still_runs(talking: Home, two: list[SimulatedBackHug]) -> None:
    """The words stay until the last session ends."""
    for back_hug in two:
        await back_hug.treat()
    two[0].back.stop_at_device()
    await two[0].shows("sensor", "state", "finishing")
    assert await say(talking, "Stop") == "Stopped: BackHug 2."


async def test_only_installed_languages(talking: Home, one: SimulatedBackHug) -> None:
    """Who removes a language has none of its words, from now on."""
    await one.treat()
    await async_apply(talking.hass, ["de"])
    await talking.hass.async_block_till_done()
    assert await say(talking, "Softer") == NOT_OURS["en"]
    assert await say(talking, "Sanfter", "de") == "Stärke 2 von 10."
    await async_apply(talking.hass, [])
    await talking.hass.async_block_till_done()
    assert triggers(talking) == []
    await async_apply(talking.hass, ["en"])
    await talking.hass.async_block_till_done()
    assert await say(talking, "Softer") == "Strength 1 of 10."


async def test_stop_with_an_unreadable_folder(
    talking: Home, one: SimulatedBackHug
) -> None:
    """Which languages are installed cannot be found out: a stop is understood all the same."""
    with patch.object(session_words, "async_installed", side_effect=OSError):
        await async_apply(talking.hass, [])
        await talking.hass.async_block_till_done()
    await one.treat()
    assert await say(talking, "Stop") == "Stopped: Anna's BackHug."


async def test_from_another_room(talking: Home, two: list[SimulatedBackHug]) -> None:
    """Elsewhere, what Home Assistant understands is meant for it, except a stop."""
    await teach(talking, "pause", "stop")
    await two[0].treat()
    kitchen, bedroom = satellite(talking, "Kitchen"), satellite(talking, "Bedroom")
    assert ":" in await say(talking, "Pause", device_id=kitchen)
    assert two[0].requests(Opcode.PAUSE) == []
    # Nobody else understands that.
    assert await say(talking, "Harder", device_id=kitchen) == "Strength 4 of 10."
    assert await say(talking, "Pause", device_id=bedroom) == "Anna's BackHug is paused."
    assert await say(talking, "Stop", device_id=kitchen) == "Stopped: Anna's BackHug."


async def test_satellite_by_its_entity(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """The entity of a satellite may be in another area than its device."""
    entry = MockConfigEntry()
    entry.add_to_hass(talking.hass)
    registry = er.async_get(talking.hass)
    entity = registry.async_get_or_create(
        "assist_satellite", "test", "one", config_entry=entry
    )
    office = ar.async_get(talking.hass).async_get_or_create("Office").id
    registry.async_update_entity(entity.entity_id, area_id=office)
    for back_hug in two:
        await back_hug.treat()
    result = await async_converse(
        talking.hass,
        "Stop",
        None,
        Context(),
        language="en",
        satellite_id=entity.entity_id,
    )
    assert result.response.speech["plain"]["speech"] == "Stopped: BackHug 2."


async def test_what_the_grammar_does_not_know(
    talking: Home, one: SimulatedBackHug
) -> None:
    """Home Assistant gets what only its trigger matches."""
    await teach(talking, "harder")
    await one.treat()
    with patch.object(session_words, "recognise", return_value=None):
        assert ":" in await say(talking, "Harder")
        assert await say(talking, "Softer") == "I did not understand that."
        assert await say(talking, "Sanfter", "de") == "Das habe ich nicht verstanden."
    assert one.requests(Opcode.SET_STRENGTH) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_others(language: str) -> None:
    """The grammar itself knows nothing but a session."""
    grammars = [SessionGrammar.load(each) for each in LANGUAGES]
    for sentence in ("Turn on the kitchen light", "Mach das Licht heller"):
        assert recognise(grammars, sentence, language) is None
    # The language of the speaker comes first.
    found = recognise(grammars, "Stop", language)
    assert found is not None
    assert found.intent.name == "BackHugStopSession"


async def test_nobody_to_pass_on_to(talking: Home) -> None:
    """Outside of a conversation there is nothing to hand on to."""
    said = ConversationInput("Stop", Context(), None, None, None, "en", "test")
    assert await async_pass_on(talking.hass, said) == ""


async def test_answers_without_speech(talking: Home, one: SimulatedBackHug) -> None:
    """Some of Home Assistant's own intents say nothing: the answer is that nobody understood."""
    path = path_of(talking.hass, "en").parent / "others.yaml"
    path.write_text(
        "language: en\nintents:\n  HassNevermind:\n    data:\n      - sentences: [pause]\n"
    )
    await talking.hass.services.async_call("conversation", "reload", blocking=True)
    await one.treat()
    with patch.object(session_words, "recognise", return_value=None):
        assert await say(talking, "Pause") == "I did not understand that."


# Own programmes


async def test_programme_by_its_name(talking: Home, one: SimulatedBackHug) -> None:
    """A programme is started by its name, until it is removed."""
    add_programme(one, "\U0001f986")
    assert triggers(talking) == []
    added = add_programme(one, "After: the gym!")
    assert len(triggers(talking)) == len(LANGUAGES)
    assert "has started the programme After: the gym!" in await say(
        talking, "Start after the gym please"
    )
    talking.hass.config_entries.async_remove_subentry(one.entry, added.subentry_id)
    assert await say(talking, "Start the programme after the gym") != ""
    assert len(one.requests(Opcode.START)) == 1


async def test_programmes_of_several(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """The programmes of a household stay while one of its devices is loaded."""
    for back_hug, name in zip(two, ("Sunday", "Monday"), strict=True):
        add_programme(back_hug, name)
    assert await talking.hass.config_entries.async_unload(two[0].entry.entry_id)
    assert "Sunday" in str(triggers(talking))
    assert "Monday" in str(triggers(talking))
    assert await talking.hass.config_entries.async_unload(two[1].entry.entry_id)
    assert "Sunday" not in str(triggers(talking))


async def test_something_else_of_that_name(
    talking: Home, one: SimulatedBackHug
) -> None:
    """What Home Assistant itself can start has precedence."""
    await teach(talking, "start sunday")
    add_programme(one, "Sunday")
    assert ":" in await say(talking, "Start Sunday")
    assert one.requests(Opcode.START) == []
    assert "Sunday" in await say(talking, "Start the Sunday massage")
    assert len(one.requests(Opcode.START)) == 1


async def test_names_that_sound_alike(talking: Home, one: SimulatedBackHug) -> None:
    """Punctuation and emoji do not make one programme run for another."""
    for name in ("Relax \U0001f60c", "Relax!!", "Relax deeply"):
        add_programme(one, name)
    answer = await say(talking, "Start the programme relax")
    assert answer == (
        "Anna's BackHug has several programmes that sound like this. "
        "Start one from the dashboard, or rename them: Relax \U0001f60c or Relax!!."
    )
    assert one.requests(Opcode.START) == []
    assert "programme Relax deeply" in await say(talking, "Start relax deeply")


async def test_programme_of_another_appliance(
    talking: Home, one: SimulatedBackHug
) -> None:
    """Nothing is said about it, and nothing is done."""
    for sentence in (
        "Start the program eco on the dishwasher",
        "Start the eco program on the dishwasher",
    ):
        assert "BackHug" not in await say(talking, sentence)
    for sentence in (
        "Starte das Programm Eco auf der Spülmaschine",
        "Starte das Eco-Programm der Spülmaschine",
    ):
        assert "BackHug" not in await say(talking, sentence, "de")
    assert one.back.requests == []


# Which one


@in_one_home(
    ("answer", "which"),
    [
        ("Anna's BackHug", 0),
        ("Anna's", 0),
        ("the bedroom", 0),
        ("the first one please", 0),
        ("BackHug 2", 1),
        ("in the office", 1),
        ("two", 1),
    ],
)
async def test_single_word_answers(
    talking: Home, two: list[SimulatedBackHug], answer: str, which: int
) -> None:
    """The question can be answered by a name, a room or a number."""
    for each in two:
        await as_at_first(each)
    assert "Which one" in await say(talking, "Start a massage for ten minutes")
    assert "has started: 10 minutes" in await say(talking, answer)
    assert [len(each.requests(Opcode.START)) for each in two] == [
        which == 0,
        which == 1,
    ]
    assert triggers(talking)[len(LANGUAGES) :] == []


@pytest.mark.usefixtures("two")
async def test_question_ends(talking: Home) -> None:
    """After a while, a name alone is nothing to us."""
    assert "Which one" in await say(talking, "Start a massage")
    assert len(triggers(talking)) == len(LANGUAGES)
    # A second question replaces the first.
    assert "Welcher" in await say(talking, "Starte eine Massage", "de")
    assert len(triggers(talking)) == len(LANGUAGES)
    async_fire_time_changed(
        talking.hass, dt_util.utcnow() + timedelta(seconds=ANSWER_WITHIN + 1)
    )
    assert triggers(talking) == []


async def test_answer_of_somebody_else(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """Only where the question was asked it is answered."""
    await teach(talking, "the office")
    assert "Which one" in await say(talking, "Start a massage")
    kitchen = satellite(talking, "Kitchen")
    assert ":" in await say(talking, "the office", device_id=kitchen)
    assert "not understand" in await say(talking, "the bedroom", device_id=kitchen)
    assert [each.requests(Opcode.START) for each in two] == [[], []]


async def test_chosen_one_is_gone(talking: Home, two: list[SimulatedBackHug]) -> None:
    """The one that was chosen is no longer exposed."""
    assert "Which one" in await say(talking, "Start a massage")
    talking.hass.states.async_remove(two[1].entity_id("switch", "session"))
    assert "no BackHug that Assist may control" in await say(talking, "BackHug 2")


async def test_the_occupied_one(talking: Home, two: list[SimulatedBackHug]) -> None:
    """Somebody lies on one of them: that one is meant, also if it is paused."""
    two[0].back.get_up()
    await two[0].shows("binary_sensor", "occupied", "off")
    assert "BackHug 2 has started" in await say(talking, "Start a massage")


async def test_the_one_in_reach(talking: Home, two: list[SimulatedBackHug]) -> None:
    """Nobody lies on any of them, and one is switched off."""
    for back_hug in two:
        back_hug.back.get_up()
        await back_hug.shows("binary_sensor", "occupied", "off")
    two[0].peripheral.vanish()
    await two[0].shows("sensor", "state", "unavailable")
    assert (
        await say(talking, "Set the massage to strength 3")
        == "Strength for the next session: 3 of 5."
    )


# Two of the same name


@pytest.fixture
async def twins(talking: Home) -> list[SimulatedBackHug]:
    """Return two BackHugs of the same name, without an area."""
    found = []
    for number in (1, 2):
        back_hug = await talking.add(
            Build(name="BackHug", address=f"C0:FF:EE:00:00:0{number}")
        )
        await talking.seen(back_hug)
        await back_hug.set_up()
        found.append(back_hug)
    return found


def hint(home: Home) -> dict[str, str] | None:
    """Return the placeholders of the issue about names."""
    found = ir.async_get(home.hass).async_get_issue("backhug", "same_name")
    return None if found is None else found.translation_placeholders


async def test_twins_by_number(talking: Home, twins: list[SimulatedBackHug]) -> None:
    """Without areas they are told apart by numbers, the older one first."""
    assert (
        await say(talking, "Start a massage")
        == "Which one do you mean: BackHug 1 or BackHug 2?"
    )
    assert "has started" in await say(talking, "BackHug 2")
    assert [len(each.requests(Opcode.START)) for each in twins] == [0, 1]
    assert "has started" in await say(talking, "Start BackHug 1")
    assert [len(each.requests(Opcode.START)) for each in twins] == [1, 1]


async def test_twins_by_area(talking: Home, twins: list[SimulatedBackHug]) -> None:
    """With areas they are told apart by these."""
    for back_hug, area in zip(twins, ("Bedroom", "Office"), strict=True):
        put(back_hug, ar.async_get(talking.hass).async_get_or_create(area).id)
    await talking.hass.async_block_till_done()
    assert (
        await say(talking, "Start a massage")
        == "Which one do you mean: BackHug (Bedroom) or BackHug (Office)?"
    )
    assert "has started" in await say(talking, "Office")
    assert [len(each.requests(Opcode.START)) for each in twins] == [0, 1]


async def test_hint_about_names(talking: Home, twins: list[SimulatedBackHug]) -> None:
    """A message suggests names, and goes away when they differ."""
    assert hint(talking) == {"name": "BackHug", "suggestions": "BackHug 1, BackHug 2"}
    office = ar.async_get(talking.hass).async_get_or_create("Office").id
    for back_hug in twins:
        put(back_hug, office)
    await talking.hass.async_block_till_done()
    assert hint(talking) == {
        "name": "BackHug",
        "suggestions": "BackHug Office, BackHug 2",
    }
    registry = dr.async_get(talking.hass)
    (device,) = dr.async_entries_for_config_entry(registry, twins[1].entry.entry_id)
    registry.async_update_device(device.id, name_by_user="The other one")
    await talking.hass.async_block_till_done()
    assert hint(talking) is None


async def test_names_are_no_templates(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """A device may be called anything: its name is an answer all the same."""
    registry = dr.async_get(talking.hass)
    for back_hug, name in zip(two, ("Left [one|{x}", "Right <two>"), strict=True):
        (device,) = dr.async_entries_for_config_entry(registry, back_hug.entry.entry_id)
        registry.async_update_device(device.id, name_by_user=name)
    await talking.hass.async_block_till_done()
    assert "Which one" in await say(talking, "Start a massage")
    assert "has started" in await say(talking, "Right two")
    assert [len(each.requests(Opcode.START)) for each in two] == [0, 1]


async def test_variants_of_a_language(talking: Home, one: SimulatedBackHug) -> None:
    """Home Assistant reads another folder for de-AT and de-CH, and that of English for all of it."""
    for language in ("de-AT", "de-CH", "de-DE"):
        assert await say(talking, "Wann ist die Massage zu Ende", language) == (
            "Auf Anna's BackHug läuft keine Sitzung."
        )
    for language in ("en-GB", "en-AU", "en-US"):
        assert await say(talking, "When is the massage over", language) == (
            "No session is running on Anna's BackHug."
        )
    await one.treat()
    assert await say(talking, "Bisschen fester", "de-CH") == "Stärke 4 von 10."
