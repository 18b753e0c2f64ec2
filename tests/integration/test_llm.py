"""Tools for language models: over Home Assistant's own API, and over its MCP server with the real client."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    llm,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.backhug.consultation.questionnaire import Caution
from custom_components.backhug.device import timeouts
from development.model import OURS, Failed, McpModel, Model
from simulator.build import Build
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .conftest import out_of_reach, requests
from .models import ApiModel
from .programme_runs import add_programme

START, STOP, PAUSE, RESUME, STRENGTH, AREA, FLOW, LENGTH = range(1, 9)
SECOND = Build(name="Guest BackHug", address="C0:FF:EE:00:00:02", areas=(0, 7))
ANSWERS: dict[str, Any] = {
    "safety_questions_asked": True,
    "cautions": ["none"],
    "feeling": "stiff",
    "firmness": "medium",
    "experience": "occasional",
    "minutes": 25,
    "day_time": "evening",
    "discomfort": {"left_upper": 2, "right_upper": 1},
}

type Connect = Callable[[], AbstractAsyncContextManager[Model]]


@pytest.fixture
async def back_hug(home: Home) -> SimulatedBackHug:
    """Return a live, occupied BackHug."""
    back_hug = await home.add(Build(name="BackHug"))
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


@pytest.fixture(autouse=True)
async def home_assistant(hass: HomeAssistant, back_hug: SimulatedBackHug) -> None:  # noqa: ARG001
    """Set up what a home has that has an assistant."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})


@pytest.fixture
def model(hass: HomeAssistant) -> ApiModel:
    """Return a model inside Home Assistant."""
    return ApiModel(hass)


@pytest.fixture(params=["api", "mcp"])
async def connect(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_access_token: str,
) -> Connect:
    """Return how to connect a model, in both ways."""

    @asynccontextmanager
    async def api() -> AsyncGenerator[Model]:
        yield ApiModel(hass)

    if request.param == "api":
        return api

    assert await async_setup_component(hass, "http", {})
    flow = await hass.config_entries.flow.async_init(
        "mcp_server", context={"source": SOURCE_USER}
    )
    await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    await hass.async_block_till_done()
    client = await hass_client()

    @asynccontextmanager
    async def mcp() -> AsyncGenerator[Model]:
        url = str(client.make_url("/api/mcp"))
        async with McpModel.connect(url, hass_access_token) as model:
            yield model

    return mcp


@pytest.fixture
async def guest(home: Home) -> SimulatedBackHug:
    """Return a second BackHug, in the guest room."""
    guest = await home.add(SECOND)
    await home.seen(guest)
    await guest.set_up()
    room(guest, "Guest room")
    return guest


def room(back_hug: SimulatedBackHug, name: str) -> ar.AreaEntry:
    """Put a BackHug into a room."""
    area = ar.async_get(back_hug.hass).async_get_or_create(name)
    devices = dr.async_get(back_hug.hass)
    (device,) = dr.async_entries_for_config_entry(devices, back_hug.entry.entry_id)
    devices.async_update_device(device.id, area_id=area.id)
    return area


def expose(back_hug: SimulatedBackHug, exposed: bool) -> None:
    """Expose a BackHug to the assistant, or not."""
    async_expose_entity(
        back_hug.hass, "conversation", back_hug.entity_id("switch", "session"), exposed
    )


async def get_up(back_hug: SimulatedBackHug) -> None:
    """Have the person get up."""
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")


async def refused(model: Model, tool: str, **args: Any) -> str:
    """Call a tool that refuses; return its message."""
    with pytest.raises(Failed) as failed:
        await model.call(tool, **args)
    return str(failed.value)


# What the model gets


async def test_tools_match_the_snapshot(
    connect: Connect, snapshot: SnapshotAssertion
) -> None:
    """Names, descriptions, parameters and annotations."""
    async with connect() as model:
        tools = await model.tools()
    assert tools == snapshot
    assert all(tool["name"].startswith(OURS) and tool["title"] for tool in tools)


async def test_reading_tools_are_read_only(model: ApiModel) -> None:
    """Reading tools are read-only; a stop asks for no confirmation."""
    tools = {tool["name"].removeprefix(OURS): tool for tool in await model.tools()}
    reads = {
        name for name, tool in tools.items() if tool["annotations"]["read_only"] is True
    }
    assert reads == {"get_status", "consult", "get_history"}
    asks = {
        name
        for name, tool in tools.items()
        if tool["annotations"]["destructive"] is True
    }
    assert asks == {"start_session", "adjust_session", "change_plan"}
    assert not any(tool["annotations"]["open_world"] for tool in tools.values())


async def test_prompt_says_what_a_backhug_is(model: ApiModel) -> None:
    """The prompt says what a BackHug is, and what it is not."""
    assert "not a medical device" in (await model.instance()).api_prompt


# The whole path


async def test_from_complaint_to_session(
    connect: Connect, back_hug: SimulatedBackHug
) -> None:
    """A consultation, a saved programme, start on occupancy; the session is adjusted and stopped."""
    await get_up(back_hug)
    async with connect() as model:
        status = await model.call("get_status")
        assert status["device"] == "BackHug"
        assert (status["state"], status["somebody_on_it"]) == ("standby", False)

        advice = await model.call("consult", **ANSWERS)
        assert advice["minutes"] == 25
        assert max(step["strength"] for step in advice["steps"]) <= 5
        assert "shoulder_blades" in {step["area"] for step in advice["steps"]}
        assert len(advice["reasons_for_steps"]) == len(advice["steps"])
        assert all(advice["reasons_for_steps"])
        assert advice["reasons"]
        assert advice["plan"]
        assert requests(back_hug) == []

        saved = await model.call(
            "save_programme", name="Stiff shoulders", steps=advice["steps"]
        )
        assert (saved["saved"], saved["minutes"]) == ("Stiff shoulders", 25)
        options = back_hug.state("select", "programme").attributes["options"]
        assert "Stiff shoulders" in options

        started = await model.call("start_session", programme="Stiff shoulders")
        assert started["result"] == "armed"
        assert (await model.call("get_status"))["armed_until"] == started["armed_until"]
        assert requests(back_hug) == []

        # The person lies down.
        back_hug.back.lie_down()
        await back_hug.shows("switch", "session", "on")
        first = advice["steps"][0]
        ((start, minutes, strength, *_),) = requests(back_hug)
        assert (start, minutes, strength) == (START, 25, first["strength"])
        back_hug.clock.advance(21)
        await back_hug.shows("sensor", "state", "treating")
        # The device may treat before its answer to the start is taken.
        await back_hug.shows("sensor", "programme_step", "1")
        session = (await model.call("get_status"))["session"]
        assert session["programme"] == "Stiff shoulders"
        assert (session["step"], session["steps"]) == (1, len(advice["steps"]))
        assert session["minutes_left"] == 25

        adjusted = await model.call("adjust_session", strength_step=2)
        assert requests(back_hug) == [(STRENGTH, strength + 2)]
        assert adjusted["strength_level"] == strength + 2
        assert adjusted["strength_level_before"] == strength
        assert "At most 2 levels" in adjusted["limit"]

        assert (await model.call("stop_session"))["stopped"] == ["BackHug"]
        assert requests(back_hug) == [(STOP,)]
        assert not back_hug.back.running

        back_hug.clock.advance(20)
        await back_hug.shows("sensor", "state", "standby")
        (past,) = (await model.call("get_history", sessions=1))["sessions"]
        assert past["programme"] == "Stiff shoulders"
        assert past["ended_by"] == "stopped_by_client"
        assert past["tension_percent"]["before"]["back"] >= 0


@in_one_home("caution", [each.value for each in Caution])
async def test_consult_refuses_a_caution(model: ApiModel, caution: str) -> None:
    """A caution ends the consultation and refers to a physician."""
    answer = await model.call("consult", **{**ANSWERS, "cautions": [caution]})
    assert answer["refused"] is True
    assert len(answer["because"]) == 1
    assert "physician" in answer["next"]
    assert "steps" not in answer


async def test_consult_requires_the_safety_questions(connect: Connect) -> None:
    """Without the safety questions there is no programme, and the error names them."""
    async with connect() as model:
        sentence = await refused(
            model, "consult", **{**ANSWERS, "safety_questions_asked": False}
        )
        assert "Ask the person first" in sentence
        assert "pacemaker" in sentence


@pytest.mark.parametrize(
    ("hour", "minute", "closing"),
    [(8, 0, "medium"), (13, 0, "wave"), (20, 0, "slow")],
)
async def test_consult_uses_the_time_of_the_home(
    model: ApiModel, freezer: Any, hour: int, minute: int, closing: str
) -> None:
    """The time of day is that of the home unless given."""
    questionnaire = {key: value for key, value in ANSWERS.items() if key != "day_time"}
    # The tests' home is in California.
    freezer.move_to(f"2026-11-20T{hour:02}:{minute:02}:00-08:00")
    advice = await model.call("consult", **questionnaire)
    assert advice["steps"][-1]["flow"] == closing


# Limits


async def test_strength_rises_by_two_levels_at_most(
    connect: Connect, back_hug: SimulatedBackHug
) -> None:
    """Two levels stronger a call; any number softer."""
    async with connect() as model:
        assert "2" in await refused(model, "adjust_session", strength_step=3)
        sentence = await refused(model, "start_session", strength=6)
        assert "more than 2 levels above" in sentence
        assert requests(back_hug) == []
        await model.call("adjust_session", strength_step=2)
        await model.call("adjust_session", strength_step=-19)
        assert requests(back_hug) == [(STRENGTH, 5), (STRENGTH, 1)]
        answer = await model.call("adjust_session", strength_step=-1)
        assert answer["strength_level"] == 1
        assert "strength_level_before" not in answer


@in_one_home("step", [1.5, True, "one"])
async def test_fractional_step_is_refused(
    model: ApiModel, back_hug: SimulatedBackHug, step: Any
) -> None:
    """A fractional step is refused instead of rounded."""
    sentence = await refused(model, "adjust_session", strength_step=step)
    assert "expected a whole number" in sentence
    assert requests(back_hug) == []


def set_unheard(back_hug: SimulatedBackHug, strength: int) -> None:
    """Change the device without a notification that arrives."""
    back_hug.faults.drop_notifications = True
    back_hug.back.set_at_device(strength=strength)
    back_hug.faults.drop_notifications = False


async def test_limits_start_from_the_level_at_the_device(
    connect: Connect, back_hug: SimulatedBackHug
) -> None:
    """Two levels above the level at the device, not above the last known one."""
    await back_hug.call("number", "set_value", "strength", value=8)
    set_unheard(back_hug, 1)
    back_hug.back.requests.clear()
    async with connect() as model:
        assert "3 at most" in await refused(model, "start_session", strength=8)
        set_unheard(back_hug, 2)
        answer = await model.call("adjust_session", strength_step=2)
        assert (answer["strength_level_before"], answer["strength_level"]) == (2, 4)
        assert requests(back_hug) == [(STRENGTH, 4)]


async def test_parallel_calls_are_consecutive_steps(
    model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """Several calls at the same time are one step after the other."""
    await asyncio.gather(
        *(model.call("adjust_session", strength_step=2) for _ in range(3))
    )
    assert requests(back_hug) == [(STRENGTH, 5), (STRENGTH, 7), (STRENGTH, 9)]


async def test_unreadable_strength_prevents_a_stronger_start(
    model: ApiModel, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the current level nothing is started or armed at another one."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await out_of_reach(back_hug)
    assert "out of reach" in await refused(model, "start_session", strength=3)
    assert back_hug.coordinator.controller.start_on_occupancy.until is None


async def test_adjust_changes_settings(
    model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """Area, flow and length change too; an empty adjustment is refused."""
    answer = await model.call(
        "adjust_session", area="upper_back", flow="wave", minutes="30", device_name=" "
    )
    assert requests(back_hug) == [(AREA, 1), (FLOW, 3), (LENGTH, 30)]
    assert (answer["area"], answer["flow"]) == ("upper_back", "wave")
    assert "strength_level_before" not in answer
    assert "limit" not in answer
    assert "Say what to change" in await refused(model, "adjust_session")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, (START, 20, 255, 255, 255)),
        ({"strength": 5, "area": "mid_back", "flow": "fast"}, (START, 20, 5, 2, 2)),
        ({"programme": "short_break"}, (START, 10, 4, 1, 1)),
    ],
)
async def test_start_while_occupied_starts_at_once(
    model: ApiModel,
    back_hug: SimulatedBackHug,
    args: dict[str, Any],
    expected: tuple[int, ...],
) -> None:
    """Somebody who already lies there need not lie down again."""
    assert (await model.call("start_session", **args))["result"] == "started"
    assert requests(back_hug) == [expected]
    assert "present state" in await refused(model, "start_session")


async def test_waiting_and_session_are_limited(
    connect: Connect, back_hug: SimulatedBackHug
) -> None:
    """Waiting has a limit, and so has a session."""
    await get_up(back_hug)
    async with connect() as model:
        assert "120" in await refused(model, "start_session", wait_minutes=121)
        assert "60" in await refused(model, "start_session", minutes=61)
        assert "None, Gentle start" in await refused(
            model, "start_session", programme="other"
        )
        await model.call("start_session", wait_minutes=120)
    assert requests(back_hug) == []


async def test_start_needs_an_occupancy_sensor(
    model: ApiModel, home: Home, back_hug: SimulatedBackHug
) -> None:
    """Without an occupancy sensor a model starts nothing."""
    blind = await home.add(
        Build(name="Blind", address="C0:FF:EE:00:00:03", senses_occupancy=False)
    )
    await home.seen(blind)
    await blind.set_up()
    sentence = await refused(model, "start_session", device_name="Blind")
    assert "does not sense" in sentence
    assert requests(blind) == requests(back_hug) == []
    assert "somebody_on_it" not in await model.call("get_status", device_name="Blind")


@in_one_home(
    ("steps", "sentence"),
    [
        ([], "step"),
        (
            [{"area": "full_back", "flow": "slow", "strength": 7, "minutes": 9}],
            "Step 1 is too strong there: 6 at most",
        ),
        (
            [
                {"area": "full_back", "flow": "slow", "strength": 2, "minutes": 9},
                {"area": "full_back", "flow": "slow", "strength": 5, "minutes": 9},
            ],
            "Step 2 is too strong there: 4 at most",
        ),
        (
            [
                {"area": "full_back", "flow": "slow", "strength": 2, "minutes": 31},
                {"area": "full_back", "flow": "slow", "strength": 2, "minutes": 30},
            ],
            "60",
        ),
        ([{"area": "neck", "flow": "slow", "strength": 2, "minutes": 9}], "area"),
    ],
)
async def test_save_refuses_invalid_programmes(
    model: ApiModel,
    back_hug: SimulatedBackHug,
    steps: list[dict[str, Any]],
    sentence: str,
) -> None:
    """A programme that is too long, too strong or not offered is refused with the reason."""
    assert sentence in await refused(model, "save_programme", name="Mine", steps=steps)
    assert not back_hug.entry.subentries


async def test_save_refuses_a_name_in_use(
    model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """The existing programme is unchanged."""
    add_programme(back_hug)
    steps = [{"area": "full_back", "flow": "slow", "strength": 2, "minutes": 9}]
    for name in ("mine", "Kurze Pause", "short_break", "x" * 41, "\u2060", "a\nb"):
        assert await refused(model, "save_programme", name=name, steps=steps)
    assert len(back_hug.entry.subentries) == 1


# Which device


async def test_unexposed_device_does_not_exist(
    model: ApiModel, back_hug: SimulatedBackHug, guest: SimulatedBackHug
) -> None:
    """A device that is not exposed does not exist, even for a caller who knows its name."""
    expose(guest, exposed=False)
    assert (await model.call("get_status"))["device"] == "BackHug"
    sentence = await refused(model, "get_status", device_name="Guest BackHug")
    assert sentence == "There is no such BackHug. Exposed: BackHug."
    assert (await model.call("stop_session"))["stopped"] == ["BackHug"]
    assert requests(guest) == []
    api = await model.instance()
    expose(back_hug, exposed=False)
    assert await model.tools() == []
    # A conversation that had begun before.
    result = await api.async_call_tool(llm.ToolInput("backhug__get_status", {}))
    assert result.error
    assert result.data == {"error": "No BackHug is exposed to this assistant."}


async def test_several_devices_need_a_name(
    hass: HomeAssistant,
    model: ApiModel,
    back_hug: SimulatedBackHug,
    guest: SimulatedBackHug,
) -> None:
    """Several devices are told apart by name or room; else the model is asked to ask."""
    sentence = await refused(model, "start_session")
    assert "BackHug, Guest BackHug (Guest room)" in sentence
    er.async_get(hass).async_update_entity(
        guest.entity_id("switch", "session"), aliases=["Gäste-Liege"]
    )
    for args in (
        {"device_name": "guest backhug"},
        {"device_name": "Guest"},
        {"device_name": "gaesteliege"},
        {"device_area": "Guest Room"},
    ):
        answer = await model.call("get_status", **args)
        assert answer["device"] == "Guest BackHug (Guest room)"
    assert "no such" in await refused(model, "get_status", device_area="Cellar")
    offers = {tool["name"]: tool["parameters"] for tool in await model.tools()}
    area = offers["backhug__start_session"]["properties"]["area"]
    assert area["enum"][-2:] == ["along_spine", "right_side"]
    # A speaker in the guest room means the device there.
    satellites = MockConfigEntry()
    satellites.add_to_hass(hass)
    devices = dr.async_get(hass)
    satellite = devices.async_get_or_create(
        config_entry_id=satellites.entry_id, identifiers={("test", "satellite")}
    )
    devices.async_update_device(satellite.id, area_id=room(guest, "Guest room").id)
    there = ApiModel(hass, satellite.id)
    assert (await there.call("get_status"))["device"] == "Guest BackHug (Guest room)"
    assert requests(back_hug) == requests(guest) == []


async def test_whole_names_come_first(
    hass: HomeAssistant,
    model: ApiModel,
    back_hug: SimulatedBackHug,
    guest: SimulatedBackHug,
) -> None:
    """A whole name goes before one without the word BackHug; an emoji is a name too."""
    er.async_get(hass).async_update_entity(
        back_hug.entity_id("switch", "session"), aliases=["Guest", "\N{BED}"]
    )
    for name, which in (
        ("Guest", "BackHug"),
        ("Guest BackHug", "Guest BackHug (Guest room)"),
        ("\N{BED}", "BackHug"),
    ):
        answer = await model.call("get_status", device_name=name)
        assert answer["device"] == which
    assert "no such" in await refused(model, "get_status", device_name="?")
    assert requests(back_hug) == requests(guest) == []


async def test_stop_without_a_name_stops_all(
    model: ApiModel, back_hug: SimulatedBackHug, guest: SimulatedBackHug
) -> None:
    """A stop does not ask which device."""
    for each in (back_hug, guest):
        await each.treat()
        requests(each)
    answer = await model.call("stop_session")
    assert answer["stopped"] == ["BackHug", "Guest BackHug (Guest room)"]
    assert requests(back_hug) == requests(guest) == [(STOP,)]


async def test_stop_ignores_invalid_arguments(
    model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """A misheard name or an unknown field does not prevent a stop."""
    for args in ({"device_name": "bag hug"}, {"reason": "it hurts"}):
        await back_hug.treat()
        requests(back_hug)
        assert (await model.call("stop_session", **args))["stopped"] == ["BackHug"]
        assert requests(back_hug) == [(STOP,)]
        back_hug.clock.advance(20)
        await back_hug.shows("sensor", "state", "standby")


async def test_device_not_set_up_is_named(
    hass: HomeAssistant, model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """A BackHug that is not set up is named as such."""
    await hass.config_entries.async_unload(back_hug.entry.entry_id)
    assert await refused(model, "get_status") == "BackHug is not set up at the moment."
    # A stop is carried out even so.
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
    answer = await model.call("stop_session")
    assert answer["no_session_was_running_on"] == answer["stopped"] == ["BackHug"]


async def test_tools_need_the_exposure_api(hass: HomeAssistant) -> None:
    """The tools belong to the API that exposure limits."""
    context = llm.LLMContext("a model", None, "en", "conversation", None)
    from custom_components.backhug import llm as ours

    assert ours.async_get_tools(hass, context, "homeassistant") is None
    assert ours.async_get_tools(hass, context, "assist") is not None
    context.assistant = ""
    assert ours.async_get_tools(hass, context, "assist") is None


# Status


async def test_status_of_a_session(model: ApiModel, back_hug: SimulatedBackHug) -> None:
    """A session without a programme has no steps; a paused one keeps its minutes left."""
    await back_hug.treat()
    await until(lambda: back_hug.coordinator.data.tension, "tension is measured")
    status = await model.call("get_status")
    assert status["state"] == "treating"
    assert status["session"] == {"minutes_left": 20}
    assert set(status["tension_percent"]) >= {"measured", "back", "left_upper"}
    await back_hug.call("button", "press", "pause_resume")
    await back_hug.shows("sensor", "state", "paused")
    assert (await model.call("get_status"))["session"] == {"minutes_left": 20}


async def test_released_connection_is_reported(
    model: ApiModel, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the phone app has the connection, every answer says so, also to a stop."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    status = await model.call("get_status")
    assert status["available"] is False
    assert "released" in status["note"]
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    back_hug.faults.refuse_connections = True
    for tool in ("start_session", "stop_session"):
        assert "released" in await refused(model, tool)


async def test_fault_is_named(model: ApiModel, back_hug: SimulatedBackHug) -> None:
    """A fault is named."""
    back_hug.back.block_finger()
    await back_hug.shows("sensor", "state", "fault")
    status = await model.call("get_status")
    assert (status["state"], status["fault"]) == ("fault", "finger_blocked")


async def test_missing_features_are_not_mentioned(
    home: Home, model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """Features that a device lacks are not mentioned."""
    expose(back_hug, exposed=False)
    plain = await home.add(
        Build(
            name="Plain",
            address="C0:FF:EE:00:00:04",
            areas=(12,),
            flows=(9,),
            measures_tension=False,
        )
    )
    await home.seen(plain)
    await plain.set_up()
    status = await model.call("get_status")
    assert (status["area"], status["flow"]) == (None, None)
    assert "tension_percent" not in status
    steps = [{"strength": 2, "minutes": 9}]
    await model.call("save_programme", name="Plain", steps=steps)
    assert (await model.call("start_session", programme="Plain"))["result"] == "started"
    plain.clock.advance(21)
    await plain.shows("sensor", "state", "treating")
    await model.call("stop_session")
    plain.clock.advance(20)
    await plain.shows("sensor", "state", "standby")
    (past,) = (await model.call("get_history"))["sessions"]
    assert past["ended_by"] == "stopped_by_client"
    assert "tension_percent" not in past
    tools = {tool["name"]: tool["parameters"] for tool in await model.tools()}
    assert not {"area", "flow"} & set(tools["backhug__adjust_session"]["properties"])
    assert (await model.call("consult", **ANSWERS))["steps"]


# Out of reach


async def test_stop_is_kept_while_the_link_is_lost(
    connect: Connect,
    back_hug: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer says that the stop is pending; it is carried out on reconnection."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await out_of_reach(back_hug)
    async with connect() as model:
        status = await model.call("get_status")
        assert status["available"] is False
        assert "state" not in status
        assert "A stop is kept" in status["note"]
        sentence = await refused(model, "stop_session")
        assert "as soon as the device is back in reach" in sentence
        assert "out of reach" in await refused(model, "adjust_session", strength_step=1)
    back_hug.peripheral.appear()
    await until(lambda: back_hug.requests(STOP), "it is stopped")
    assert not back_hug.back.running


async def test_device_never_connected_has_features_only(
    home: Home, model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """Of a device that was never connected only its features are known."""
    expose(back_hug, exposed=False)
    off = await home.add(SECOND, powered=False)
    await off.set_up(live=False)
    status = await model.call("get_status")
    assert status["available"] is False
    assert status["offers"]["strength_levels"] == 10
    assert "out of reach" in await refused(model, "start_session", strength=2)
    assert "out of reach" in await refused(model, "adjust_session", strength_step=1)
