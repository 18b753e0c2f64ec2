"""The target of a sentence, and the answers when it cannot be carried out."""

import asyncio
from typing import Any

from homeassistant.components.conversation import async_converse
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    intent,
)
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug.const import (
    CONF_CONNECTION,
    CONF_IDLE_TIME,
    CONNECTION_ON_DEMAND,
    DOMAIN,
)
from custom_components.backhug.device import timeouts
from custom_components.backhug.reachability import availability
from custom_components.backhug.voice import stop
from simulator.build import Build
from simulator.model import Opcode
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until
from tests.integration.conftest import as_at_first
from tests.integration.programme_runs import add_programme

FIRST = Build(name="Anna's BackHug")
SECOND = Build(
    name="BackHug 2",
    address="C0:FF:EE:00:00:02",
    areas=(0, 1),
    flows=(0, 3),
    strengths=5,
    measures_tension=False,
    can_pause=False,
)


async def say(
    home: Home, sentence: str, language: str = "en", device_id: str | None = None
) -> str:
    """Say something, in the room of a satellite, and return the answer."""
    result = await async_converse(
        home.hass, sentence, None, Context(), language=language, device_id=device_id
    )
    speech: str = result.response.speech["plain"]["speech"]
    return speech


async def handle(
    home: Home, intent_type: str, language: str = "en", **slots: Any
) -> intent.IntentResponse:
    """Handle an intent that was not spoken, as a dashboard or a script may."""
    return await intent.async_handle(
        home.hass,
        "test",
        intent_type,
        {name: {"value": value} for name, value in slots.items()},
        language=language,
    )


def device(back_hug: SimulatedBackHug) -> dr.DeviceEntry:
    """Return the device of a BackHug."""
    (found,) = dr.async_entries_for_config_entry(
        dr.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return found


def put(back_hug: SimulatedBackHug, area_id: str) -> None:
    """Put a BackHug into an area."""
    dr.async_get(back_hug.hass).async_update_device(
        device(back_hug).id, area_id=area_id
    )


@pytest.fixture
async def one(talking: Home) -> SimulatedBackHug:
    """Return the only BackHug."""
    back_hug = await talking.add(FIRST)
    await talking.seen(back_hug)
    await back_hug.set_up()
    return back_hug


@pytest.fixture
async def two(talking: Home, one: SimulatedBackHug) -> list[SimulatedBackHug]:
    """Return two BackHugs, one in the bedroom upstairs, one in the office on the ground floor."""
    second = await talking.add(SECOND)
    await talking.seen(second)
    await second.set_up()
    hass = talking.hass
    floors, areas = fr.async_get(hass), ar.async_get(hass)
    for back_hug, area, floor in (
        (one, "Bedroom", "Upstairs"),
        (second, "Office", "Ground floor"),
    ):
        floor_id = floors.async_create(floor).floor_id
        put(back_hug, areas.async_create(area, floor_id=floor_id).id)
    await hass.async_block_till_done()
    return [one, second]


def satellite(home: Home, area: str) -> str:
    """Return the id of a voice satellite in an area."""
    entry = MockConfigEntry()
    entry.add_to_hass(home.hass)
    registry = dr.async_get(home.hass)
    found = registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("test", area)}
    )
    area_id = ar.async_get(home.hass).async_get_or_create(area).id
    registry.async_update_device(found.id, area_id=area_id)
    return found.id


async def test_device_lost_in_a_session_is_no_target(
    talking: Home, two: list[SimulatedBackHug], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence for the running session does not target one that was lost in a session."""
    first, second = two
    await first.treat()
    monkeypatch.setattr(availability, "GRACE", 0.1)
    first.back.switch_off()
    await first.shows("switch", "session", "unavailable")
    await second.treat()
    level = second.back.strength
    assert await say(talking, "stronger") == f"Strength {level + 1} of 5."
    assert second.back.strength == level + 1


async def test_stop_includes_a_device_lost_in_a_session(
    talking: Home, two: list[SimulatedBackHug], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop targets both: the lost one may still run."""
    first, second = two
    await first.treat()
    monkeypatch.setattr(availability, "GRACE", 0.1)
    first.peripheral.vanish()
    first.peripheral.drop_link()
    await first.shows("switch", "session", "unavailable")
    await second.treat()
    assert "BackHug 2" in await say(talking, "stop the massage")
    assert not second.back.running
    first.peripheral.appear()
    await until(lambda: not first.back.running, "the other one is stopped")


@pytest.mark.parametrize(
    ("shown", "level", "sentence", "answer"),
    [
        (9, 3, "softer", "Strength 2 of 10."),
        (3, 2, "stronger", "Strength 3 of 10."),
        (9, 10, "stronger", "Strength 10 of 10."),
    ],
)
async def test_step_starts_from_the_level_at_the_device(
    talking: Home,
    one: SimulatedBackHug,
    shown: int,
    level: int,
    sentence: str,
    answer: str,
) -> None:
    """A step starts from the level at the device, and so does the answer."""
    await one.treat()
    await one.call("number", "set_value", "strength", value=shown)
    one.faults.drop_notifications = True
    one.back.set_at_device(strength=level)
    one.faults.drop_notifications = False
    assert await say(talking, sentence) == answer


@pytest.mark.parametrize("step", ["half", 0.5])
async def test_fractional_step_is_refused(
    talking: Home, one: SimulatedBackHug, step: Any
) -> None:
    """A fractional step is refused, and nothing is sent."""
    response = await handle(talking, "BackHugStronger", step=step)
    assert response.speech["plain"]["speech"] == (
        "Anna's BackHug has the strengths 1 to 10."
    )
    assert one.requests(5) == []


async def test_two_devices_need_a_name(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """With two devices none starts: the answer asks which one, in the spoken language."""
    assert (
        await say(talking, "Start a massage")
        == "Which one do you mean: Anna's BackHug or BackHug 2?"
    )
    assert (
        await say(talking, "Starte eine Massage", "de")
        == "Welcher ist gemeint: Anna's BackHug oder BackHug 2?"
    )
    assert [back_hug.back.requests for back_hug in two] == [[], []]


@in_one_home(
    ("sentence", "which"),
    [
        ("Start Anna's BackHug", 0),
        ("Start a massage on Anna's BackHug", 0),
        ("Start BackHug 2", 1),
        ("Start the BackHug called two", 1),
        ("Start the bedroom BackHug", 0),
        ("Start a massage in the office", 1),
        ("Start a massage on the ground floor", 1),
        ("Start a massage on the upstairs", 0),
        ("Start a massage on the massage bed", 0),
    ],
)
async def test_target_by_name_area_or_floor(
    talking: Home, two: list[SimulatedBackHug], sentence: str, which: int
) -> None:
    """By its name, its area, its floor, or the name of its switch."""
    for back_hug in two:
        await as_at_first(back_hug)
    for back_hug, name in zip(two, ("massage bed", "two"), strict=True):
        er.async_get(talking.hass).async_update_entity(
            back_hug.entity_id("switch", "session"), aliases=[name]
        )
    await talking.hass.async_block_till_done()
    assert "has started" in await say(talking, sentence)
    assert [len(back_hug.requests(1)) for back_hug in two] == [which == 0, which == 1]


@pytest.mark.usefixtures("two")
async def test_satellite_targets_its_room(talking: Home) -> None:
    """Without a name the device in the satellite's room; for an agent without one too."""
    office = satellite(talking, "Office")
    assert (
        await say(talking, "Start a massage", device_id=office)
        == "BackHug 2 has started: 20 minutes."
    )
    response = await intent.async_handle(
        talking.hass, "test", "BackHugTimeLeft", language="en", device_id=office
    )
    assert "Time left" in response.speech["plain"]["speech"]
    # Somebody lies on the other one, and waits.
    elsewhere = satellite(talking, "Kitchen")
    assert (
        await say(talking, "Start a massage", device_id=elsewhere)
        == "Anna's BackHug has started: 20 minutes."
    )


async def test_running_session_is_the_target(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """A sentence that only makes sense in a session targets the running one."""
    await two[1].treat()
    assert await say(talking, "Softer") == "BackHug 2 is already at its weakest: 1."
    assert await say(talking, "Stronger") == "Strength 2 of 5."
    assert len(two[1].requests(5)) == 2
    assert two[0].back.requests == []


@in_one_home(
    ("sentence", "answer"),
    [
        (
            "Start a massage in the kitchen",
            "There is no BackHug in that place: Kitchen. There is: Anna's BackHug or BackHug 2.",
        ),
        (
            "Start Bert's BackHug",
            "No BackHug is called Bert's. There is: Anna's BackHug or BackHug 2.",
        ),
        (
            "Set BackHug 2 to my lower back",
            "BackHug 2 does not offer the area Lower back. It offers: Full back and Upper back.",
        ),
        (
            "Set BackHug 2 to fast flow",
            "BackHug 2 does not offer the flow Fast. It offers: Slow and Wave.",
        ),
        ("Pause BackHug 2", "BackHug 2 cannot do that."),
    ],
)
@pytest.mark.usefixtures("two")
async def test_impossible_request_names_the_possible(
    talking: Home, sentence: str, answer: str
) -> None:
    """The answer names the possible values."""
    ar.async_get(talking.hass).async_get_or_create("Kitchen")
    assert await say(talking, sentence) == answer


@pytest.mark.usefixtures("two")
async def test_tension_unavailable_is_said(talking: Home) -> None:
    """A device without the sensor says so; one without a measurement yet says that."""
    for area, answer in (
        ("office", "BackHug 2 does not measure tension."),
        (
            "bedroom",
            "Anna's BackHug has not measured your tension yet. It does so as a session begins.",
        ),
    ):
        response = await handle(talking, "BackHugTension", area=area)
        assert response.speech["plain"]["speech"] == answer


async def test_device_not_exposed_does_not_exist(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """A device that is not exposed to Assist does not exist for it; stop neither."""
    for back_hug in two:
        entity_id = back_hug.entity_id("switch", "session")
        async_expose_entity(talking.hass, "conversation", entity_id, False)
        if back_hug is two[0]:
            assert "BackHug 2 has started" in await say(talking, "Start a massage")
    for sentence in ("Start a massage", "Stop the massage", "How tense is my back"):
        assert "no BackHug that Assist may control" in await say(talking, sentence)
    assert two[0].back.requests == []
    assert two[1].requests(2) == []
    # What no assistant was asked for is no matter of what one may control.
    response = await handle(talking, "BackHugPauseSession", name="Anna's")
    assert response.speech["plain"]["speech"] == (
        "No session is running on Anna's BackHug."
    )


async def test_device_not_set_up_is_named(talking: Home, one: SimulatedBackHug) -> None:
    """A BackHug that is not loaded at the moment is named as such."""
    await one.treat()
    await talking.hass.config_entries.async_unload(one.entry.entry_id)
    assert (
        await say(talking, "Start a massage")
        == "Anna's BackHug is not set up at the moment."
    )
    # A stop is carried out all the same.
    await until(lambda: not one.peripheral.connected, "the link is closed")
    assert await say(talking, "Stop the massage") == "Stopped: Anna's BackHug."
    assert not one.back.running


async def test_answer_without_any_device(talking: Home, one: SimulatedBackHug) -> None:
    """There is an answer without any BackHug."""
    await talking.hass.config_entries.async_remove(one.entry.entry_id)
    response = await handle(talking, "BackHugStopSession")
    assert "no BackHug" in response.speech["plain"]["speech"]


async def test_renamed_device_is_found(talking: Home, one: SimulatedBackHug) -> None:
    """The user's name of the device counts."""
    dr.async_get(talking.hass).async_update_device(
        device(one).id, name_by_user="The bench"
    )
    assert await say(talking, "Pause the massage") == (
        "No session is running on The bench."
    )


async def test_own_programme_is_started_by_name(
    talking: Home, one: SimulatedBackHug
) -> None:
    """A user's own programme is started by its name, whatever its spelling."""
    add_programme(one, "Für den Rücken")
    for sentence in (
        "Starte das Programm für den rücken",
        "Starte das Programm Fuer den Ruecken",
    ):
        assert (
            await say(talking, sentence, "de")
            == "Anna's BackHug hat das Programm Für den Rücken gestartet: 15 Minuten."
        )
        await say(talking, "Stopp die Massage", "de")
        one.clock.advance(20)
        await one.shows("sensor", "state", "standby")
    for language, number in (("de-AT", "11 Programme"), ("nl", "11 programmes")):
        response = await handle(talking, "BackHugProgrammes", language)
        assert number in response.speech["plain"]["speech"]
        assert "Für den Rücken" in response.speech["plain"]["speech"]
    response = await handle(
        talking, "BackHugStartSession", programme="short break", minutes="30"
    )
    assert "has its own" in response.speech["plain"]["speech"]


@in_one_home(
    ("spoken", "expected"),
    [
        ("none", (20, 255, 255, 255)),
        ("keines", (20, 255, 255, 255)),
        ("short break", (10, 4, 1, 1)),
        ("Short break 2", (15, 2, 1, 1)),
        ("\U0001f986", (15, 2, 1, 1)),
    ],
)
async def test_shown_programme_names_count(
    talking: Home, one: SimulatedBackHug, spoken: str, expected: tuple[int, ...]
) -> None:
    """A programme is found under its shown name, after any renaming."""
    if not one.entry.subentries:
        for title in ("None", "Short break", "\U0001f986"):
            add_programme(one, title)
    await as_at_first(one)
    await handle(talking, "BackHugStartSession", programme=spoken)
    (started,) = one.requests(Opcode.START)
    assert tuple(started.parameters) == expected


async def test_emoji_names_are_distinct(talking: Home, one: SimulatedBackHug) -> None:
    """An emoji is not another emoji."""
    add_programme(one, "\U0001f986")
    response = await handle(talking, "BackHugStartSession", programme="\U0001f40c")
    assert "no programme called" in response.speech["plain"]["speech"]
    assert not one.requests(Opcode.START)


async def test_start_while_paused_resumes(talking: Home, one: SimulatedBackHug) -> None:
    """To start what is paused is to resume it."""
    await one.treat()
    one.back.pause_at_device()
    await one.shows("sensor", "state", "paused")
    await say(talking, "Start the massage")
    assert one.back.state.name == "TREATING"


async def test_start_with_an_area_in_a_session_changes_it(
    talking: Home, one: SimulatedBackHug
) -> None:
    """The intent, called by a language model, changes the area as the sentence does."""
    await one.treat()
    await handle(talking, "BackHugStartSession", back_area="upper_back")
    (changed,) = one.requests(Opcode.SET_AREA)
    assert tuple(changed.parameters) == (1,)
    assert len(one.requests(Opcode.START)) == 1
    await one.shows("select", "area", "upper_back")


async def test_answer_while_scanning_and_finishing(
    talking: Home, one: SimulatedBackHug
) -> None:
    """In between, the answer names what the device is doing."""
    await say(talking, "Start a massage")
    assert (
        await say(talking, "Pause the massage")
        == "Anna's BackHug is still scanning your back. Ask again in a moment."
    )
    await say(talking, "Stop the massage")
    finishing = "Anna's BackHug is just finishing."
    await one.shows("sensor", "state", "finishing")
    assert await say(talking, "How much longer is the massage") == finishing
    assert await say(talking, "Start a massage") == finishing


async def test_tension_of_the_last_session(
    talking: Home, one: SimulatedBackHug
) -> None:
    """After a session its tension is known; after a restart from the history."""
    await one.treat()
    one.skip(19 * 60)
    one.clock.advance(80)
    await one.shows("sensor", "state", "standby")
    answer = await say(talking, "How tense was my back")
    assert answer.startswith("After the last session the tension was ")
    one.faults.clear()
    # Otherwise the tension would be read again on reconnection.
    one.peripheral.vanish()
    assert await talking.hass.config_entries.async_reload(one.entry.entry_id)
    assert one.coordinator.data.tension is None
    assert await say(talking, "How tense was my back") == answer


async def test_out_of_reach_is_said(
    talking: Home, one: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device out of reach is said to be so, without Bluetooth's own text."""
    monkeypatch.setattr(availability, "GRACE", 0.1)
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 1)
    one.peripheral.vanish()
    await one.shows("sensor", "state", "unavailable")
    for sentence in ("Start a massage", "How much longer is the massage"):
        assert await say(talking, sentence) == (
            "Anna's BackHug is out of reach. Check that it is switched on, and that its phone app is closed."
        )


async def test_last_minute(talking: Home, one: SimulatedBackHug) -> None:
    """One minute is singular."""
    await one.treat(5)
    one.skip(4 * 60)
    one.clock.advance(1)
    await until(
        lambda: (
            (ends_at := one.coordinator.data.ends_at) is not None
            and (ends_at - dt_util.utcnow()).total_seconds() < 60
        ),
        "it is the last minute",
    )
    assert (await say(talking, "How much longer")).startswith("Time left: one minute")
    assert (await say(talking, "Wie lange geht die Massage noch", "de")).startswith(
        "Noch eine Minute"
    )


async def test_disabled_switch_removes_the_device(
    talking: Home, one: SimulatedBackHug
) -> None:
    """Disabling the switch removes the BackHug from Assist."""
    talking.hass.states.async_remove(one.entity_id("switch", "session"))
    assert "no BackHug that Assist may control" in await say(talking, "Stop BackHug")


# Stop


async def test_stop_targets_running_sessions(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """Without a name all that run, and nothing else; first those in the speaker's room."""
    for back_hug in two:
        await back_hug.treat()
    office = satellite(talking, "Office")
    assert (
        await say(talking, "Stop the massage", device_id=office)
        == "Stopped: BackHug 2."
    )
    assert two[0].requests(2) == []
    assert await say(talking, "Stop the massage", device_id=office) == (
        "Stopped: Anna's BackHug."
    )
    assert [len(back_hug.requests(2)) for back_hug in two] == [1, 1]


async def test_stop_without_a_name_stops_both(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """Two run, and no name is given: both stop."""
    for back_hug in two:
        await back_hug.treat()
    assert (
        await say(talking, "Stop the massage")
        == "Stopped: Anna's BackHug and BackHug 2."
    )


async def test_stop_by_name_stops_that_one(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """The named one stops, and only it; one that does not run gets an answer too."""
    for back_hug in two:
        await back_hug.treat()
    assert await say(talking, "Stop BackHug 2") == "Stopped: BackHug 2."
    await two[1].shows("switch", "session", "off")
    assert await say(talking, "Stop BackHug 2") == (
        "No session is running on BackHug 2."
    )
    assert two[0].requests(2) == []


async def test_stop_of_a_device_not_set_up(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """The named one is stopped over a connection of its own; a session beside it goes on."""
    for back_hug in two:
        await back_hug.treat()
    await talking.hass.config_entries.async_unload(two[1].entry.entry_id)
    await until(lambda: not two[1].peripheral.connected, "the link is closed")
    assert await say(talking, "Stop BackHug 2") == "Stopped: BackHug 2."
    assert not two[1].back.running
    assert two[0].back.running


async def test_stop_of_an_idle_connection(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """An unseen session is stopped with the others; an idle device is not mentioned."""
    talking.hass.config_entries.async_update_entry(
        two[1].entry,
        options={CONF_CONNECTION: CONNECTION_ON_DEMAND, CONF_IDLE_TIME: 0.4},
    )
    assert await talking.hass.config_entries.async_reload(two[1].entry.entry_id)
    await until(lambda: two[1].coordinator.resting, "it rests")
    await two[0].treat()
    assert await say(talking, "Stop the massage") == "Stopped: Anna's BackHug."
    two[0].clock.advance(16)
    await two[0].shows("sensor", "state", "standby")
    await until(lambda: two[1].coordinator.resting, "it rests")
    await two[0].treat()
    two[1].back.start_at_device(30)
    assert (
        await say(talking, "Stop the massage")
        == "Stopped: Anna's BackHug and BackHug 2."
    )


async def test_stop_reports_an_unseen_session(
    talking: Home, one: SimulatedBackHug
) -> None:
    """A stop that has ended a session says so, even if the session was unseen."""
    talking.hass.config_entries.async_update_entry(
        one.entry,
        options={CONF_CONNECTION: CONNECTION_ON_DEMAND, CONF_IDLE_TIME: 0.4},
    )
    assert await talking.hass.config_entries.async_reload(one.entry.entry_id)
    await until(lambda: one.coordinator.resting, "it rests")
    one.back.start_at_device(30)
    one.clock.advance(30)
    assert await say(talking, "Stop the massage") == "Stopped: Anna's BackHug."
    assert not one.back.running


async def test_stop_is_answered_at_once(
    talking: Home, one: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that does not answer delays nobody, and the stop goes on."""
    await one.treat()
    monkeypatch.setattr(stop, "RESPONSE_TIMEOUT", 0.05)
    one.faults.answer_delay = 0.3
    assert await say(talking, "Stop the massage") == (
        "Stop sent, but not answered yet: Anna's BackHug. If it does not stop, use the device itself."
    )
    await until(lambda: one.requests(2), "it is sent")
    await talking.hass.async_block_till_done()


async def test_undelivered_stop_is_explained(
    talking: Home, one: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says when it will be delivered."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await one.call("switch", "turn_off", "hold_connection")
    one.faults.refuse_connections = True
    speech = await say(talking, "Stop the massage")
    assert "released" in speech
    assert DOMAIN not in speech


async def test_stop_overtakes_waiting_commands(
    talking: Home, one: SimulatedBackHug
) -> None:
    """A stop by voice goes ahead of waiting commands."""
    await one.treat()
    waiting = [
        talking.hass.async_create_task(
            one.call("number", "set_value", "strength", value=value)
        )
        for value in (6, 7)
    ] + [
        talking.hass.async_create_task(
            one.call("select", "select_option", "area", option=option)
        )
        for option in ("upper_back", "lower_back")
    ]
    await asyncio.sleep(0)
    assert await say(talking, "Stop the massage") == "Stopped: Anna's BackHug."
    await asyncio.gather(*waiting, return_exceptions=True)
    opcodes = [each.opcode for each in one.back.requests]
    assert 2 in opcodes
    assert opcodes[opcodes.index(2) + 1 :] == []
    assert len(opcodes) < 1 + 1 + len(waiting)
