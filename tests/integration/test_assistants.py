"""Google Assistant, Alexa and Apple Home: the documented behaviour, shown by their own requests."""

from typing import Any

from homeassistant.components.homekit import type_switches
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.backhug.device import timeouts
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until
from tests.repository.common import load

from .assistants import Alexa, AppleHome, Assistant, Google, blocks, table
from .conftest import out_of_reach, requests

START, STOP, PAUSE, RESUME, STRENGTH, AREA, FLOW, LENGTH = range(1, 9)

SESSION = "switch.backhug_session"

NOBODY = "Nobody is lying on BackHug. Lie down first, then try again"
PENDING = (
    "The stop did not reach BackHug. It is sent as soon as the device is back in reach"
)

FILLED_IN = {
    "strength": "strength_step",
    "session_length": "minutes_step",
    "area": "area",
    "flow": "flow",
    "programme": "programme",
}
"""The field of an action by which a script fills in for an entity."""


@pytest.fixture
async def back_hug(home: Home) -> SimulatedBackHug:
    """Return a live, occupied BackHug whose entities have the ids of the documentation."""
    back_hug = await home.add(Build(name="BackHug"))
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


@pytest.fixture(params=[Google, Alexa, AppleHome], ids=lambda kind: kind.column)
async def assistant(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    back_hug: SimulatedBackHug,  # noqa: ARG001
    hass_client: ClientSessionGenerator,
    mock_async_zeroconf: Any,  # noqa: ARG001
    unused_tcp_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> Assistant:
    """Return each assistant, with the scripts of the documentation."""
    # Shorter than ten seconds: a timer would outlast the test.
    monkeypatch.setattr(type_switches, "ACTIVATE_ONLY_RESET_SECONDS", 0.01)
    assert await async_setup_component(hass, "http", {})
    assert await async_setup_component(hass, "script", {"script": blocks()["script"]})
    assistant: Assistant = request.param(hass, hass_client, unused_tcp_port)
    return assistant


async def received(back_hug: SimulatedBackHug, *expected: tuple[int, ...]) -> None:
    """Wait until the device has received exactly these requests: Alexa waits for nothing."""
    await until(
        lambda: len(back_hug.back.requests) == len(expected), f"{expected} are received"
    )
    assert requests(back_hug) == list(expected)


def promised(assistant: Assistant) -> dict[str, str]:
    """Return the documentation's table, by platform and key of the entity or by name."""
    texts = load("translations/en.json")["entity"]
    found: dict[str, str] = {}
    for row in table("What each can do with the entities"):
        what, word = row["entity"], row[assistant.column]
        if "**" not in what:
            found[what] = word
            continue
        platform, *names = (part.strip(" ,") for part in what.split("**"))
        platform = platform.replace(" ", "_")
        keys = {text["name"]: key for key, text in texts[platform].items()}
        found |= {f"{platform}.{keys[name]}": word for name in names if name}
    return found


async def test_table_matches_the_assistants(
    assistant: Assistant, back_hug: SimulatedBackHug
) -> None:
    """The documentation's table names what each assistant offers for every entity."""
    await assistant.set_up(everything=True)
    offers = await assistant.offers()
    words = promised(assistant)
    scripts = blocks()["script"]
    assert {offers.pop(f"script.{name}") for name in scripts} == {
        words.pop("the [scripts](#the-scripts)")
    }
    fields = {
        field
        for script in scripts.values()
        for step in script["sequence"]
        for field in step.get("data", {})
    }
    rest = words.pop("everything else")
    entities = er.async_entries_for_config_entry(
        er.async_get(assistant.hass), back_hug.entry.entry_id
    )
    assert len(entities) > 25
    for entity in entities:
        key = f"{entity.domain}.{entity.translation_key}"
        word = words.pop(key, rest)
        if word == "script":
            assert FILLED_IN[str(entity.translation_key)] in fields
            word = "–"
        assert offers.pop(entity.entity_id, "–") == word, key
    # Nothing is documented or offered that does not exist.
    assert words == {}
    assert offers == {}


async def test_session_starts_and_stops(
    assistant: Assistant, back_hug: SimulatedBackHug
) -> None:
    """A session starts, is shown and stops, at the device too."""
    await assistant.set_up()
    assert await assistant.is_on(SESSION) is False
    assert await assistant.switch(SESSION, True) is None
    await received(back_hug, (START, 20, 255, 255, 255))
    await back_hug.shows("switch", "session", "on")
    assert await assistant.is_on(SESSION) is True
    assert await assistant.switch(SESSION, False) is None
    await received(back_hug, (STOP,))
    assert not back_hug.back.running
    await back_hug.shows("switch", "session", "off")
    assert await assistant.is_on(SESSION) is False


async def test_scripts_do_what_their_names_say(
    assistant: Assistant, back_hug: SimulatedBackHug
) -> None:
    """Each script does in a session what its name says."""
    await assistant.set_up()
    await back_hug.treat()
    requests(back_hug)
    for name, request in {
        "stronger": (STRENGTH, 4),
        "softer": (STRENGTH, 3),
        "longer": (LENGTH, 25),
        "upper_back": (AREA, 1),
        "gentle_waves": (FLOW, 3),
        "pause_or_resume": (PAUSE,),
        "stop": (STOP,),
    }.items():
        assert await assistant.press(f"script.backhug_{name}") is None
        await received(back_hug, request)
        await assistant.hass.async_block_till_done()
    assert not back_hug.back.running


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("when_i_lie_down", (START, 20, 255, 255, 255)),
        ("evening", (START, 30, 4, 0, 3)),
    ],
)
async def test_waiting_scripts_report_no_error(
    assistant: Assistant,
    back_hug: SimulatedBackHug,
    name: str,
    request_: tuple[int, ...],
) -> None:
    """A script that waits until somebody lies down reports no error."""
    await assistant.set_up()
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    assert await assistant.press(f"script.backhug_{name}") is None
    await until(
        lambda: back_hug.coordinator.controller.start_on_occupancy.until, "it is armed"
    )
    assert requests(back_hug) == []
    back_hug.back.lie_down()
    await received(back_hug, request_)


async def test_failure_is_reported(
    assistant: Assistant, back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """An assistant reports failure as far as it can; the log has the whole sentence."""
    await assistant.set_up()
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    said = await assistant.switch(SESSION, True)
    assert said == {
        "Google Assistant": "unknownError",
        # It does not wait for the result.
        "Alexa": None,
        "Apple Home": "off again",
    }.get(assistant.column)
    await until(lambda: NOBODY in caplog.text, "the log says why")
    assert await assistant.is_on(SESSION) is False
    assert not back_hug.back.running
    caplog.clear()


async def test_script_keeps_a_stop_out_of_reach(
    assistant: Assistant,
    back_hug: SimulatedBackHug,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The script keeps a stop for later; the switch cannot, as Home Assistant drops the call."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    # Nothing waits for a script that a scene starts: its failure is only logged.
    assistant.hass.loop.set_exception_handler(lambda _loop, _context: None)
    await assistant.set_up()
    await out_of_reach(back_hug)
    assert await assistant.is_on(SESSION) is None
    await assistant.press("script.backhug_stop")
    await until(lambda: PENDING in caplog.text, "the log says what becomes of it")
    assert requests(back_hug) == []
    back_hug.peripheral.appear()
    await received(back_hug, (STOP,))
    assert not back_hug.back.running
    caplog.clear()


async def test_switch_off_out_of_reach_is_dropped(
    assistant: Assistant, back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant drops calls for unavailable entities, hence the script."""
    await assistant.set_up()
    await out_of_reach(back_hug)
    await assistant.switch(SESSION, False)
    await assistant.hass.async_block_till_done()
    assert f"Referenced entities {SESSION} are missing" in caplog.text
    back_hug.peripheral.appear()
    await back_hug.live()
    assert requests(back_hug) == []
    assert back_hug.back.running
    caplog.clear()


@pytest.mark.parametrize("assistant", [Google], indirect=True)
async def test_google_selects_an_area(
    assistant: Google, back_hug: SimulatedBackHug
) -> None:
    """An area is a setting of a mode."""
    await assistant.set_up()
    answer = await assistant.execute(
        "select.backhug_area", "SetModes", updateModeSettings={"option": "upper_back"}
    )
    assert answer["status"] == "SUCCESS"
    await received(back_hug, (AREA, 1))


@pytest.mark.parametrize("assistant", [Alexa], indirect=True)
async def test_alexa_sets_the_strength(
    assistant: Alexa, back_hug: SimulatedBackHug
) -> None:
    """The strength is a range with the bounds of the device."""
    await assistant.set_up()
    answer = await assistant.ask("Alexa.Discovery", "Discover")
    (strength,) = (
        capability
        for endpoint in answer["event"]["payload"]["endpoints"]
        if endpoint["endpointId"] == "number#backhug_strength"
        for capability in endpoint["capabilities"]
        if capability["interface"] == "Alexa.RangeController"
    )
    assert strength["configuration"]["supportedRange"] == {
        "minimumValue": 1,
        "maximumValue": 10,
        "precision": 1,
    }
    answer = await assistant.ask(
        "Alexa.RangeController",
        "SetRangeValue",
        "number.backhug_strength",
        instance="number.value",
        payload={"rangeValue": 4},
    )
    assert answer["event"]["header"]["name"] == "Response"
    await received(back_hug, (STRENGTH, 4))


@pytest.mark.parametrize("assistant", [AppleHome], indirect=True)
async def test_apple_home_selects_an_area(
    assistant: AppleHome, back_hug: SimulatedBackHug
) -> None:
    """An area is one of a row of switches, of which one is on."""
    await assistant.set_up()
    await assistant.tap("select.backhug_area", "upper_back")
    await received(back_hug, (AREA, 1))
    await back_hug.shows("select", "area", "upper_back")
    chars = assistant.accessory("select.backhug_area").select_chars
    assert [option for option, char in chars.items() if char.value] == ["upper_back"]


@pytest.mark.parametrize("assistant", [AppleHome], indirect=True)
async def test_apple_home_shows_occupancy(
    assistant: AppleHome, back_hug: SimulatedBackHug
) -> None:
    """Occupancy is a sensor for automations of Apple Home."""
    await assistant.set_up()
    sensor = assistant.accessory("binary_sensor.backhug_occupied")
    occupied = sensor.get_service("OccupancySensor").get_characteristic(
        "OccupancyDetected"
    )
    assert occupied.value == 1
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    assert occupied.value == 0
