"""The consultant in Assist: from a complaint to a session."""

import asyncio
from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.components import conversation
from homeassistant.components.conversation import async_get_agent
from homeassistant.config_entries import SOURCE_USER
from homeassistant.const import Platform
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.chat_session import CONVERSATION_TIMEOUT
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.backhug.const import DOMAIN, SUBENTRY_PROGRAMME
from custom_components.backhug.consultant import agent
from custom_components.backhug.consultation.questionnaire import DayTime
from custom_components.backhug.device import timeouts
from custom_components.backhug.session.stopping import async_stop_entry
from simulator.build import Build
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug, until

from .consultant import COMPLAINT, Person
from .consultations import own
from .programme_runs import add_programme


@pytest.fixture
async def assist(home: Home) -> Home:
    """Return a home with Assist."""
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(home.hass, component, {})
    return home


@pytest.fixture
async def empty(assist: Home) -> SimulatedBackHug:
    """Return a live BackHug that is not occupied."""
    back_hug = await assist.add(occupied=False)
    await assist.seen(back_hug)
    await back_hug.set_up()
    return back_hug


async def advised_by_form(back_hug: SimulatedBackHug, **answers: Any) -> Any:
    """Return the steps that the form saves for the same answers."""
    subentries = back_hug.hass.config_entries.subentries
    flow: Any = await subentries.async_init(
        (back_hug.entry.entry_id, SUBENTRY_PROGRAMME), context={"source": SOURCE_USER}
    )
    for user_input in (
        {"next_step_id": "safety"},
        {"cautions": ["none"]},
        {"feeling": "stiff", "left_lower": 2, "right_lower": 2},
        answers,
        {"next_step_id": "save"},
        {"name": "By form"},
    ):
        flow = await subentries.async_configure(flow["flow_id"], user_input)
    return own(back_hug)["By form"]


async def test_from_complaint_to_session(empty: SimulatedBackHug) -> None:
    """A person complains, answers, saves the programme, lies down, and it starts."""
    person = Person(empty)
    assert (await person.say(COMPLAINT[0])).endswith("say: none of these.")
    assert person.is_asked()
    answer = await person.say(*COMPLAINT[1:])
    assert "I suggest 10 minutes" in answer
    assert person.is_asked()
    assert empty.back.requests == []
    assert await person.say("save it as Evening") == (
        "Saved as “Evening”. Should it start when you lie down?"
    )
    assert (await person.say("yes")).startswith(
        f"{empty.entry.title} starts as soon as somebody lies down, until "
    )
    assert not person.is_asked()
    empty.back.lie_down()
    await empty.shows("switch", "session", "on")
    await empty.shows("sensor", "programme_step", "1")
    assert (
        await advised_by_form(
            empty,
            firmness="gentle",
            experience="first_time",
            minutes=10,
            day_time=DayTime.at(dt_util.now().hour).value,
        )
        == own(empty)["Evening"]
    )


async def test_in_german(empty: SimulatedBackHug) -> None:
    """The same in German, with the programme saved under any name and started at once."""
    add_programme(empty, "Mein Programm")
    empty.back.lie_down()
    await empty.shows("binary_sensor", "occupied", "on")
    person = Person(empty, "de-CH")
    answer = await person.say(
        "Mein unterer Rücken ist ziemlich steif",
        "nichts davon",
        "sanft",
        "zum ersten Mal",
        "zehn Minuten",
        "starte es",
        "egal",
    )
    assert answer == (
        f"Gespeichert als „Mein Programm 2“. {empty.entry.title} ist gestartet."
    )
    await empty.shows("switch", "session", "on")


async def test_name_taken(empty: SimulatedBackHug) -> None:
    """A name that is taken is asked for again, and nothing starts."""
    person = Person(empty)
    answer = await person.say(*COMPLAINT, "save it as Lower back and start it")
    assert answer.startswith("There is already a programme with this name.")
    assert own(empty) == {}
    assert (await person.say("Mine")).startswith("Saved as “Mine”.")
    assert empty.coordinator.controller.start_on_occupancy.until is not None


async def test_refuses_as_the_form(empty: SimulatedBackHug) -> None:
    """A caution ends it; nothing is saved or started."""
    person = Person(empty)
    assert await person.say(*COMPLAINT, "oh, and I have a pacemaker") == (
        "No programme is made: ask a physician first. This applies to you: A pacemaker."
    )
    await person.say("save it as Mine", "start it", "yes")
    assert own(empty) == {}
    assert empty.coordinator.controller.start_on_occupancy.until is None


async def test_late_caution_stops(empty: SimulatedBackHug) -> None:
    """A caution mentioned after the start withdraws it, once."""
    person = Person(empty)
    await person.say(*COMPLAINT, "save it as X and start it")
    answer = await person.say("by the way, I'm pregnant")
    assert answer.startswith("No programme is made")
    assert "No longer waiting for somebody to lie down" in answer
    assert empty.coordinator.controller.start_on_occupancy.until is None
    assert (await person.say("so what")).startswith("That has not changed")


@pytest.mark.parametrize(
    "during",
    [
        pytest.param(
            True,
            marks=pytest.mark.skipif(
                hasattr(conversation, "ConversationBusyError"),
                reason="a conversation takes one sentence at a time",
            ),
        ),
        False,
    ],
)
async def test_late_caution_stops_a_start_without_an_answer(
    empty: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch, during: bool
) -> None:
    """A caution ends a session that may have begun, also while it is being started."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    empty.back.lie_down()
    await empty.shows("binary_sensor", "occupied", "on")
    person = Person(empty)
    await person.say(*COMPLAINT, "save it as X")
    empty.faults.answer_times = 0
    start = asyncio.create_task(person.say("start it"))
    await until(lambda: empty.back.running, "running")
    if not during:
        await start
    empty.faults.clear()
    await person.say("by the way, I'm pregnant")
    await start
    await empty.shows("switch", "session", "off")
    assert not empty.back.running


@pytest.mark.parametrize(
    "said", [(), COMPLAINT[:2], COMPLAINT, (*COMPLAINT, "save it")]
)
async def test_stop_at_any_time(empty: SimulatedBackHug, said: tuple[str, ...]) -> None:
    """Stop ends the running session, at any point of the dialogue, and the dialogue."""
    person = Person(empty)
    await person.say(*said)
    empty.back.lie_down()
    await empty.treat()
    assert await person.say("stop!") == f"Stopped: {empty.entry.title}."
    assert not person.is_asked()
    await empty.shows("switch", "session", "off")
    assert (await person.say("hello")).startswith("I will make a massage programme")


async def test_any_stop_in_a_session(empty: SimulatedBackHug) -> None:
    """In a session, whatever Assist takes for a stop ends it; otherwise it is part of the dialogue."""
    person = Person(empty)
    assert (await person.say("ow, turn it off")).startswith("I will make")
    empty.back.lie_down()
    await empty.treat()
    assert await person.say("ow, turn it off") == f"Stopped: {empty.entry.title}."
    await empty.shows("switch", "session", "off")


async def test_stop_cancels_start_on_occupancy(empty: SimulatedBackHug) -> None:
    """Stop cancels start on occupancy; then there is nothing to stop."""
    person = Person(empty)
    await person.say(*COMPLAINT, "save it as X and start it")
    name = empty.entry.title
    assert await person.say("stop") == (
        f"No longer waiting for somebody to lie down: {name}."
    )
    assert await person.say("stop") == f"No session is running on {name}."


async def test_stop_answers_in_time(
    empty: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that takes longer goes on after the answer."""
    monkeypatch.setattr(agent, "STOP_TIMEOUT", 0.01)
    goes_on = asyncio.Event()

    async def slow(*args: Any) -> bool:
        await goes_on.wait()
        return await async_stop_entry(*args)

    monkeypatch.setattr(agent, "async_stop_entry", slow)
    empty.back.lie_down()
    await empty.treat()
    assert (await Person(empty).say("stop")).startswith("Stop sent")
    goes_on.set()
    await empty.shows("switch", "session", "off")


async def test_stop_while_out_of_reach(empty: SimulatedBackHug) -> None:
    """The consultant is available, and the stop kept, while the device is out of reach."""
    empty.back.lie_down()
    await empty.treat()
    empty.peripheral.vanish()
    empty.peripheral.drop_link()
    await empty.shows("binary_sensor", "connected", "off")
    assert empty.value("conversation", "consultant") != "unavailable"
    await Person(empty).say("stop")
    await until(lambda: empty.coordinator.controller.back_hug.stop_kept, "kept")


async def test_read_only_user_is_advised_only(empty: SimulatedBackHug) -> None:
    """A user who may only read is advised, but saves, starts and stops nothing."""
    hass = empty.hass
    await hass.auth.async_create_user("owner")
    user = await hass.auth.async_create_user("somebody", group_ids=[GROUP_ID_READ_ONLY])
    person = Person(empty, user=user.id)
    refused = f"You are not allowed to do that with {empty.entry.title}."
    assert "I suggest 10 minutes" in await person.say(*COMPLAINT)
    assert await person.say("save it as X") == refused
    assert await person.say("stop") == refused
    assert own(empty) == {}
    assert empty.requests(Opcode.STOP) == []
    assert await Person(empty, user="nobody").say("hello") == refused


async def test_failed_start_is_explained(empty: SimulatedBackHug) -> None:
    """The answer gives the reason and says that the programme is saved."""
    person = Person(empty)
    await person.say(*COMPLAINT)
    empty.back.lie_down()
    await empty.treat()
    answer = await person.say("save it as X and start it")
    assert answer.startswith("Saved as “X”.")
    assert answer.endswith(f"{empty.entry.title} cannot do that right now.")


async def test_without_occupancy(assist: Home) -> None:
    """A device that does not sense occupancy starts at once."""
    back_hug = await assist.add(Build(senses_occupancy=False))
    await assist.seen(back_hug)
    await back_hug.set_up()
    answer = await Person(back_hug).say(*COMPLAINT, "save it as X and start it")
    assert answer == f"Saved as “X”. {back_hug.entry.title} has started."
    await back_hug.shows("switch", "session", "on")


async def test_other_languages_get_english(empty: SimulatedBackHug) -> None:
    """Both languages are offered; others are answered in English."""
    entity = async_get_agent(empty.hass, empty.entity_id("conversation", "consultant"))
    assert entity is not None
    assert entity.supported_languages == ["en", "de"]
    assert (await Person(empty, "fr").say("bonjour")).startswith(
        "I will make a massage"
    )


async def test_conversations_are_separate_and_forgotten(
    empty: SimulatedBackHug,
) -> None:
    """Conversations are separate, and forgotten with Home Assistant's own."""
    first, second = Person(empty), Person(empty)
    await first.say("stiff")
    assert "stiff" not in await second.say("hello")
    assert "How does your back feel" not in await first.say("none of these")
    async_fire_time_changed(empty.hass, dt_util.utcnow() + 2 * CONVERSATION_TIMEOUT)
    await empty.hass.async_block_till_done()
    assert (await first.say("none of these")).startswith(
        "I will make a massage programme"
    )


async def test_works_without_assist(home: Home, back_hug: SimulatedBackHug) -> None:
    """Without Assist the BackHug works without the consultant."""
    registry = er.async_get(home.hass)
    unique_id = f"{back_hug.build.address}_consultant"
    assert not registry.async_get_entity_id(Platform.CONVERSATION, DOMAIN, unique_id)
    # Assist that is set up later is noticed with the next set-up.
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(home.hass, component, {})
    assert await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    assert registry.async_get_entity_id(Platform.CONVERSATION, DOMAIN, unique_id)
