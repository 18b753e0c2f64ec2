"""Sentence triggers with single words, which only exist during a session."""

from unittest.mock import patch

from homeassistant.components.conversation import ConversationInput, async_converse
from homeassistant.core import Context
from homeassistant.helpers import area_registry as ar, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug.voice import session_words
from custom_components.backhug.voice.sentence_files import async_apply, path_of
from custom_components.backhug.voice.triggers import async_pass_on
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug

from .speaking import NOT_OURS, satellite, say, teach, triggers


async def test_only_while_a_session_runs(talking: Home, one: SimulatedBackHug) -> None:
    """Before and after it they are Home Assistant's."""
    assert triggers(talking) == []
    assert await say(talking, "Stop") == NOT_OURS["en"]
    await one.treat()
    assert triggers(talking) != []
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
    assert len(set(triggers(talking))) == len(triggers(talking))
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


async def test_what_nobody_of_ours_understands(
    talking: Home, one: SimulatedBackHug
) -> None:
    """Home Assistant gets what only its trigger matches."""
    await teach(talking, "harder")
    await one.treat()
    with patch.object(session_words, "async_understand", return_value=None):
        assert ":" in await say(talking, "Harder")
        assert await say(talking, "Softer") == "I did not understand that."
        assert await say(talking, "Sanfter", "de") == "Das habe ich nicht verstanden."
    assert one.requests(Opcode.SET_STRENGTH) == []


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
    with patch.object(session_words, "async_understand", return_value=None):
        assert await say(talking, "Pause") == "I did not understand that."


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


async def test_everything_is_meant_for_the_home_too(
    talking: Home, one: SimulatedBackHug
) -> None:
    """The session stops first, then Home Assistant's own sentences have their turn."""
    await teach(talking, "turn everything off")
    await one.treat()
    answer = await say(talking, "Turn everything off")
    assert answer.startswith("Stopped: Anna's BackHug. ")
    assert ":" in answer.removeprefix("Stopped: Anna's BackHug. ")
    assert len(one.requests(Opcode.STOP)) == 1


async def test_let_it_run_in_a_session(talking: Home, one: SimulatedBackHug) -> None:
    """Home Assistant's sentence starts a session, or changes the length of the one that runs."""
    await one.treat()
    answer = await say(talking, "Let the BackHug run for thirty minutes")
    assert answer == "The session now lasts 30 minutes in all."
    assert one.requests(Opcode.START)[1:] == []
