"""The controls: session, strength, area, flow, length, pause, connection."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.backhug.const import CONF_HOLD_CONNECTION
from simulator import model as device
from simulator.build import Build
from simulator.model import Opcode
from simulator.protocol import encode_status
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .conftest import shown

SETTINGS = [
    pytest.param("number", "strength", 8, Opcode.SET_STRENGTH, b"\x08", id="strength"),
    pytest.param(
        "number", "session_length", 35, Opcode.SET_LENGTH, b"\x23", id="length"
    ),
    pytest.param("select", "area", "lower_back", Opcode.SET_AREA, b"\x03", id="area"),
    pytest.param("select", "flow", "wave", Opcode.SET_FLOW, b"\x03", id="flow"),
]


def choose(
    back_hug: SimulatedBackHug, platform: str, key: str, value: object
) -> Coroutine[Any, Any, None]:
    """Set a number or choose an option."""
    if platform == "number":
        return back_hug.call(platform, "set_value", key, value=value)
    return back_hug.call(platform, "select_option", key, option=value)


# Settings


async def test_level_that_is_not_offered_is_unknown(back_hug: SimulatedBackHug) -> None:
    """A level that newer firmware no longer offers is unknown, and can be set."""
    status = bytearray(encode_status(back_hug.back.status()))
    status[2] = back_hug.build.strengths + 1
    back_hug.peripheral.inject_status(bytes(status))
    await back_hug.shows("number", "strength", STATE_UNKNOWN)
    assert back_hug.value("sensor", "state") == "standby"
    await back_hug.call("number", "set_value", "strength", value=4)
    await back_hug.shows("number", "strength", "4")


@pytest.mark.parametrize("running", [False, True])
@in_one_home(("platform", "key", "value", "opcode", "parameters"), SETTINGS)
async def test_setting_is_sent_once_and_stays(
    back_hug: SimulatedBackHug,
    platform: str,
    key: str,
    value: float | str,
    opcode: Opcode,
    parameters: bytes,
    running: bool,
) -> None:
    """A setting is sent once, shown at once and stays: live, or for the next session."""
    if running and not back_hug.back.running:
        await back_hug.treat()
    back_hug.back.requests.clear()
    before = back_hug.value(platform, key)
    states = shown(back_hug.hass, back_hug.entity_id(platform, key))
    await choose(back_hug, platform, key, value)
    (request,) = back_hug.back.requests
    assert (request.opcode, request.parameters) == (opcode, parameters)
    await asyncio.sleep(0.05)
    assert before != str(value)
    assert states == [str(value)]
    assert back_hug.value("sensor", "state") == ("treating" if running else "standby")


@in_one_home(("platform", "key", "value", "opcode", "parameters"), SETTINGS)
async def test_requested_value_is_shown_at_once(
    back_hug: SimulatedBackHug,
    platform: str,
    key: str,
    value: float | str,
    opcode: Opcode,
    parameters: bytes,
) -> None:
    """The requested value is shown while the device takes its time."""
    back_hug.back.control_point.carry_out_delay = 1
    command = back_hug.hass.async_create_task(choose(back_hug, platform, key, value))
    await until(lambda: back_hug.requests(opcode), "the request is sent")
    assert back_hug.value(platform, key) == str(value)
    assert back_hug.requests(opcode)[0].parameters == parameters
    assert not command.done()
    back_hug.clock.advance(1)
    await command
    await back_hug.hass.async_block_till_done()
    assert back_hug.value(platform, key) == str(value)


async def test_refused_value_is_shown_briefly(
    back_hug: SimulatedBackHug,
) -> None:
    """A value that the device refuses is shown only until the refusal."""
    await back_hug.treat(30)
    back_hug.skip(15 * 60)
    entity_id = back_hug.entity_id("number", "session_length")
    states = shown(back_hug.hass, entity_id)
    with pytest.raises(ServiceValidationError) as raised:
        await back_hug.call("number", "set_value", "session_length", value=10)
    assert raised.value.translation_key == "invalid_parameter"
    assert states == ["10", "30"]
    assert back_hug.back.length == 30 * 60


@in_one_home(("platform", "key", "value", "opcode", "parameters"), SETTINGS)
async def test_change_at_the_device_is_shown(
    back_hug: SimulatedBackHug,
    platform: str,
    key: str,
    value: float | str,
    opcode: Opcode,
    parameters: bytes,
) -> None:
    """A change at the device is shown, and not sent back."""
    name = {"session_length": "minutes"}.get(key, key)
    back_hug.back.set_at_device(**{name: parameters[0]})
    await back_hug.shows(platform, key, str(value))
    assert back_hug.requests(opcode) == []


async def test_slider_drag_sends_few_values(back_hug: SimulatedBackHug) -> None:
    """A drag over ten values sends the first, the last and few in between."""
    states = shown(back_hug.hass, back_hug.entity_id("number", "strength"))
    await asyncio.gather(
        *(
            back_hug.call("number", "set_value", "strength", value=value)
            for value in range(1, 11)
        )
    )
    sent = [request.parameters[0] for request in back_hug.requests(Opcode.SET_STRENGTH)]
    assert len(sent) <= 3
    assert sent[-1] == 10
    assert back_hug.back.strength == 10
    assert states[-1] == back_hug.value("number", "strength") == "10"
    # The shown value never jumps back while a newer one waits.
    assert states == sorted(states, key=int)


@in_one_home(
    ("key", "value"), [("strength", 11), ("strength", 0), ("session_length", 61)]
)
async def test_number_out_of_bounds_is_refused(
    back_hug: SimulatedBackHug, key: str, value: int
) -> None:
    """A number out of bounds is refused before it is sent."""
    with pytest.raises(ServiceValidationError):
        await back_hug.call("number", "set_value", key, value=value)
    assert back_hug.back.requests == []


async def test_number_between_two_steps_is_rounded(back_hug: SimulatedBackHug) -> None:
    """A template that yields 4.6 means 5."""
    await back_hug.call("number", "set_value", "strength", value=4.6)
    assert back_hug.back.strength == 5
    assert back_hug.value("number", "strength") == "5"


async def test_length_in_seconds_is_rounded_up(back_hug: SimulatedBackHug) -> None:
    """A length that the device has in seconds is shown in minutes, rounded up."""
    back_hug.back.length = 1170
    back_hug.peripheral.status_changed()
    await back_hug.shows("number", "session_length", "20")


# Session


async def test_turn_on_starts_with_the_shown_settings(
    back_hug: SimulatedBackHug,
) -> None:
    """Turning on starts a session with the shown settings."""
    for platform, key, value in (
        ("number", "strength", 7),
        ("select", "area", "mid_back"),
        ("select", "flow", "fast"),
        ("number", "session_length", 25),
    ):
        await choose(back_hug, platform, key, value)
    states = shown(back_hug.hass, back_hug.entity_id("switch", "session"))
    await back_hug.call("switch", "turn_on", "session")
    assert back_hug.value("switch", "session") == "on"
    assert back_hug.value("sensor", "state") == "scanning"
    simulated = back_hug.back
    assert simulated.session_number == 1
    assert (simulated.strength, simulated.area, simulated.flow) == (7, 2, 2)
    assert simulated.length == 25 * 60
    assert len(back_hug.requests(Opcode.START)) == 1
    assert states == ["on"]


@pytest.mark.parametrize(
    ("length", "minutes"), [(30, 5), (3600, 60), (0, 5), (1170, 20)]
)
async def test_turn_on_keeps_the_length_within_bounds(
    back_hug: SimulatedBackHug, length: int, minutes: int
) -> None:
    """A length that the device shows but does not offer is brought within its bounds."""
    back_hug.back.length = length
    back_hug.peripheral.status_changed()
    await back_hug.shows("number", "session_length", str(-(-length // 60)))
    await back_hug.call("switch", "turn_on", "session")
    assert back_hug.back.length == minutes * 60


@pytest.mark.parametrize("state", ["scanning", "treating"])
async def test_turn_on_while_running_does_nothing(
    back_hug: SimulatedBackHug, state: str
) -> None:
    """Turning on while a session runs does nothing."""
    await back_hug.call("switch", "turn_on", "session")
    if state == "treating":
        back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", state)
    back_hug.back.requests.clear()
    await back_hug.call("switch", "turn_on", "session")
    assert back_hug.back.requests == []
    assert back_hug.value("sensor", "state") == state
    assert back_hug.back.session_number == 1


@pytest.mark.parametrize("can_pause", [False, True])
async def test_turn_on_while_paused_resumes(home: Home, can_pause: bool) -> None:
    """Turning on while paused resumes, also for a device that cannot pause by itself."""
    back_hug = await home.add(Build(can_pause=can_pause))
    await home.seen(back_hug)
    await back_hug.set_up()
    await back_hug.treat()
    back_hug.back.get_up()
    await back_hug.shows("sensor", "state", "paused")
    assert back_hug.value("switch", "session") == "on"
    back_hug.back.lie_down()
    await back_hug.shows("binary_sensor", "occupied", "on")
    await back_hug.call("switch", "turn_on", "session")
    await back_hug.shows("sensor", "state", "treating")
    assert len(back_hug.requests(Opcode.RESUME)) == 1
    assert back_hug.back.session_number == 1


@in_one_home("state", ["scanning", "treating", "paused"])
async def test_turn_off_stops_in_every_state(
    back_hug: SimulatedBackHug, state: str
) -> None:
    """Turning off stops a session in every state, within a second."""
    await back_hug.call("switch", "turn_on", "session")
    if state != "scanning":
        back_hug.clock.advance(21)
    if state == "paused":
        back_hug.back.pause_at_device()
    await back_hug.shows("sensor", "state", state)
    async with asyncio.timeout(1):
        await back_hug.call("switch", "turn_off", "session")
        await back_hug.shows("switch", "session", "off")
    assert back_hug.value("sensor", "state") == "finishing"
    assert back_hug.value("sensor", "last_session_ended_by") == "stopped_by_client"
    back_hug.clock.advance(16)
    await back_hug.shows("sensor", "state", "standby")


async def test_turn_off_while_idle_is_sent(back_hug: SimulatedBackHug) -> None:
    """Turning off without a session is sent too, as the shown state may be old; nothing moves."""
    await back_hug.call("switch", "turn_off", "session")
    assert len(back_hug.requests(Opcode.STOP)) == 1
    assert back_hug.value("sensor", "state") == "standby"
    assert back_hug.value("sensor", "last_session_ended_by") == "none"


async def test_session_at_the_device_is_shown(back_hug: SimulatedBackHug) -> None:
    """A session started and stopped at the device is shown like any other."""
    back_hug.back.start_at_device(10, strength=4)
    await back_hug.shows("switch", "session", "on")
    assert back_hug.value("number", "strength") == "4"
    assert back_hug.value("number", "session_length") == "10"
    back_hug.back.stop_at_device()
    await back_hug.shows("switch", "session", "off")
    assert back_hug.value("sensor", "last_session_ended_by") == "stopped_at_device"
    assert back_hug.back.requests == []


async def test_unknown_state_can_be_stopped(back_hug: SimulatedBackHug) -> None:
    """In an unknown state the switch is unknown, and turning off still stops."""
    await back_hug.treat()
    status = bytearray(device_status(back_hug))
    status[0] = 9
    back_hug.faults.status = bytes(status)
    back_hug.peripheral.inject_status(bytes(status))
    await back_hug.shows("sensor", "state", "unknown")
    assert back_hug.value("switch", "session") == "unknown"
    back_hug.back.requests.clear()
    with pytest.raises(ServiceValidationError) as raised:
        await back_hug.call("switch", "turn_on", "session")
    assert raised.value.translation_key == "unknown_state"
    assert back_hug.back.requests == []
    await back_hug.call("switch", "turn_off", "session")
    assert back_hug.back.state is device.State.FINISHING


def device_status(back_hug: SimulatedBackHug) -> bytes:
    """Return the octets of Status."""
    return encode_status(back_hug.back.status())


# Pause


async def test_button_pauses_and_resumes(back_hug: SimulatedBackHug) -> None:
    """The button pauses, then resumes."""
    await back_hug.treat()
    await back_hug.call("button", "press", "pause_resume")
    assert back_hug.value("sensor", "state") == "paused"
    assert len(back_hug.requests(Opcode.PAUSE)) == 1
    await back_hug.call("button", "press", "pause_resume")
    assert back_hug.value("sensor", "state") == "treating"
    assert len(back_hug.requests(Opcode.RESUME)) == 1
    # The state is the time of the last press, neither unavailable nor unknown.
    assert back_hug.value("button", "pause_resume") not in {"unknown", "unavailable"}


# The connection


async def test_released_until_held_again(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Turning off lets the phone app connect; the link is taken back only by turning on."""
    states = shown(home.hass, back_hug.entity_id("sensor", "state"))
    async with asyncio.timeout(2):
        await back_hug.call("switch", "turn_off", "hold_connection")
    assert back_hug.value("switch", "hold_connection") == "off"
    assert back_hug.value("binary_sensor", "connected") == "off"
    # At once: values that are no longer read are not shown.
    assert states == [STATE_UNAVAILABLE]
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
    assert not home.scanner.central.allocated
    # It advertises for the phone, also after it was away for a while.
    await asyncio.sleep(0.25)
    back_hug.back.switch_off()
    await asyncio.sleep(0.1)
    back_hug.back.switch_on()
    await asyncio.sleep(0.25)
    assert back_hug.peripheral.connections == 1

    await back_hug.call("switch", "turn_on", "hold_connection")
    assert back_hug.value("switch", "hold_connection") == "on"
    await back_hug.live()
    assert back_hug.value("sensor", "state") == "standby"
    assert back_hug.peripheral.connections == 2


async def test_release_outlasts_a_restart(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Released stays released over a restart of Home Assistant."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    assert back_hug.entry.options == {CONF_HOLD_CONNECTION: False}
    assert await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    await back_hug.set_up(live=False)
    assert back_hug.value("switch", "hold_connection") == "off"
    assert back_hug.value("sensor", "state") == STATE_UNAVAILABLE
    await asyncio.sleep(0.25)
    assert back_hug.peripheral.connections == 1
    await back_hug.call("switch", "turn_on", "hold_connection")
    await back_hug.live()
    assert back_hug.peripheral.connections == 2


async def test_repeated_hold_and_release_change_nothing(
    back_hug: SimulatedBackHug,
) -> None:
    """Turning on while held, and off while released, change nothing."""
    await back_hug.call("switch", "turn_on", "hold_connection")
    await asyncio.sleep(0.05)
    assert back_hug.value("binary_sensor", "connected") == "on"
    assert back_hug.peripheral.connections == 1
    await back_hug.call("switch", "turn_off", "hold_connection")
    await back_hug.call("switch", "turn_off", "hold_connection")
    assert back_hug.value("switch", "hold_connection") == "off"


async def test_release_does_not_end_the_session(back_hug: SimulatedBackHug) -> None:
    """Releasing the link lets a session go on."""
    await back_hug.treat()
    await back_hug.call("switch", "turn_off", "hold_connection")
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
    assert back_hug.back.state is device.State.TREATING
    await back_hug.call("switch", "turn_on", "hold_connection")
    await back_hug.live()
    assert back_hug.value("sensor", "state") == "treating"


async def test_release_works_out_of_reach(home: Home) -> None:
    """The switch works while no device is in reach."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    await back_hug.call("switch", "turn_off", "hold_connection")
    assert back_hug.value("switch", "hold_connection") == "off"
    back_hug.back.switch_on()
    await asyncio.sleep(0.25)
    assert back_hug.peripheral.connections == 0
    await back_hug.call("switch", "turn_on", "hold_connection")
    await back_hug.live()


async def test_release_concerns_one_device(home: Home) -> None:
    """Each of two BackHugs is released by itself."""
    first = await home.add()
    second = await home.add(Build(name="BackHug-26AB", address="C0:FF:EE:00:26:AB"))
    for back_hug in (first, second):
        await home.seen(back_hug)
        await back_hug.set_up()
    await home.hass.services.async_call(
        "switch",
        "turn_off",
        {ATTR_ENTITY_ID: first.entity_id("switch", "hold_connection")},
        blocking=True,
    )
    assert first.value("binary_sensor", "connected") == "off"
    assert second.value("binary_sensor", "connected") == "on"
    assert second.value("sensor", "state") == "standby"
