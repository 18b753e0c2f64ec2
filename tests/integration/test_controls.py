"""The controls: session, strength, area, flow, length, pause, connection."""

import asyncio

from homeassistant.const import STATE_UNKNOWN
from homeassistant.exceptions import ServiceValidationError
import pytest

from simulator.model import Opcode
from simulator.protocol import encode_status
from tests.cases import in_one_home
from tests.home import SimulatedBackHug, until

from .conftest import shown
from .control_calls import choose

SETTINGS = [
    pytest.param("number", "strength", 8, Opcode.SET_STRENGTH, b"\x08", id="strength"),
    pytest.param(
        "number", "session_length", 35, Opcode.SET_LENGTH, b"\x23", id="length"
    ),
    pytest.param("select", "area", "lower_back", Opcode.SET_AREA, b"\x03", id="area"),
    pytest.param("select", "flow", "wave", Opcode.SET_FLOW, b"\x03", id="flow"),
]


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
