"""The session switch, the pause button and the connection switch."""

import asyncio

from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE
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
from .control_calls import choose


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
