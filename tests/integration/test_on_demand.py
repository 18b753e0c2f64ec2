"""The connection on demand: last known values, marked as such; commands that connect."""

import asyncio
from datetime import timedelta

from habluetooth import get_manager
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.backhug.const import (
    CONF_CONNECTION,
    CONF_HOLD_CONNECTION,
    CONF_IDLE_TIME,
    CONNECTION_ALWAYS,
    DOMAIN,
)
from custom_components.backhug.device import timeouts
from custom_components.backhug.reachability.availability import SEEN_AGAIN
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug, put_forward, until

from .conftest import OURS
from .on_demand import IDLE, rests, set_up


@pytest.fixture
async def resting(home: Home) -> SimulatedBackHug:
    """Return a BackHug whose connection is idle."""
    back_hug = await set_up(home)
    await rests(home, back_hug)
    return back_hug


async def is_seen_no_more(home: Home, back_hug: SimulatedBackHug) -> None:
    """Let Home Assistant's Bluetooth notice that a device is gone."""
    manager = get_manager()
    home.scanner._previous_service_info.pop(back_hug.build.address, None)
    if manager._cancel_unavailable_tracking:
        manager._cancel_unavailable_tracking.cancel()
    manager._async_check_unavailable()
    await home.hass.async_block_till_done()


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what we logged at info or above."""
    return [
        record.getMessage() for record in caplog.records if record.name.startswith(OURS)
    ]


async def test_idle_shows_last_known_values(
    home: Home, resting: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """While idle the last known state and settings are shown; momentary values are unknown."""
    assert resting.value("sensor", "state") == "standby"
    assert resting.value("number", "strength") == "3"
    assert resting.value("select", "area") == "full_back"
    assert resting.value("switch", "session") == STATE_OFF
    assert resting.value("binary_sensor", "problem") == STATE_OFF
    assert resting.value("binary_sensor", "occupied") == STATE_UNKNOWN
    assert resting.value("binary_sensor", "leg_rest") == STATE_UNKNOWN
    assert resting.value("binary_sensor", "connected") == STATE_OFF
    assert resting.value("switch", "hold_connection") == STATE_ON
    await asyncio.sleep(2 * IDLE)
    assert resting.peripheral.connections == 1
    # An hour later too, as long as it advertises.
    put_forward(home.hass, timedelta(hours=1))
    await home.hass.async_block_till_done()
    assert resting.value("sensor", "state") == "standby"
    # That is intended: nothing is logged.
    assert said(caplog) == []


async def test_command_connects(home: Home, resting: SimulatedBackHug) -> None:
    """A command connects by itself and is answered in time; momentary values are shown."""
    async with asyncio.timeout(timeouts.COMMAND_TIMEOUT):
        await resting.call("number", "set_value", "strength", value=8)
    assert resting.back.strength == 8
    await resting.shows("binary_sensor", "occupied", STATE_ON)
    assert resting.value("binary_sensor", "connected") == STATE_ON
    await rests(home, resting)
    assert resting.value("number", "strength") == "8"
    assert resting.peripheral.connections == 2


async def test_session_keeps_the_connection(
    home: Home, resting: SimulatedBackHug
) -> None:
    """A session is started while idle, and keeps the connection until it is over."""
    await resting.treat()
    await asyncio.sleep(2 * IDLE)
    assert resting.value("binary_sensor", "connected") == STATE_ON
    await resting.call("switch", "turn_off", "session")
    await resting.shows("sensor", "state", "finishing")
    await asyncio.sleep(2 * IDLE)
    assert resting.peripheral.connected
    resting.clock.advance(16)
    await resting.shows("sensor", "state", "standby")
    await rests(home, resting)
    assert resting.coordinator.history.number == 1


async def test_start_uses_the_shown_settings(resting: SimulatedBackHug) -> None:
    """A start while idle uses the shown settings, not a strength set meanwhile."""
    resting.back.set_at_device(strength=10, area=3, flow=2, minutes=60)
    assert resting.value("number", "strength") == "3"
    await resting.call("switch", "turn_on", "session")
    (request,) = resting.requests(Opcode.START)
    assert request.parameters == bytes([20, 3, 0, 0])
    assert resting.back.strength == 3
    await resting.shows("sensor", "state", "scanning")


async def test_does_not_start_stronger_than_the_device_is_set(
    resting: SimulatedBackHug,
) -> None:
    """A level turned down at the device meanwhile is not raised by a start."""
    resting.back.set_at_device(strength=1)
    assert resting.value("number", "strength") == "3"
    await resting.call("switch", "turn_on", "session")
    assert resting.back.strength == 1


@pytest.mark.parametrize(("step", "expected"), [(-1, 2), (1, 4)])
async def test_step_starts_from_the_level_at_the_device(
    resting: SimulatedBackHug, step: int, expected: int
) -> None:
    """A step starts from the level at the device, not from the shown one."""
    await resting.call("number", "set_value", "strength", value=9)
    await until(lambda: resting.coordinator.resting, "the connection rests")
    resting.back.start_at_device(30, 3)
    assert resting.value("number", "strength") == "9"
    await resting.hass.services.async_call(
        DOMAIN,
        "adjust_session",
        {"entity_id": resting.entity_id("switch", "session"), "strength_step": step},
        blocking=True,
    )
    assert resting.back.strength == expected


async def test_stop_connects_for_an_unseen_session(resting: SimulatedBackHug) -> None:
    """A session started at the device is not seen; a stop connects and ends it."""
    resting.back.start_at_device(20)
    await asyncio.sleep(2 * IDLE)
    assert resting.value("switch", "session") == STATE_OFF
    async with asyncio.timeout(timeouts.COMMAND_TIMEOUT):
        await resting.call("switch", "turn_off", "session")
    assert not resting.back.running
    await resting.shows("sensor", "state", "finishing")


async def test_device_no_longer_seen_is_unavailable(
    home: Home, resting: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """A device no longer seen is unavailable, logged once, and read when it is back."""
    resting.back.switch_off()
    await asyncio.sleep(0.1)
    await is_seen_no_more(home, resting)
    assert resting.value("sensor", "state") == STATE_UNAVAILABLE
    assert said(caplog) == ["BackHug-7F2A is out of reach"]
    with pytest.raises(HomeAssistantError) as raised:
        await resting.coordinator.controller.async_stop()
    assert raised.value.translation_key == "stop_pending"
    await is_seen_no_more(home, resting)
    resting.back.switch_on()
    await resting.shows("sensor", "state", "standby")
    await rests(home, resting)
    assert resting.peripheral.connections == 2
    assert said(caplog) == [
        "BackHug-7F2A is out of reach",
        "BackHug-7F2A is connected again",
    ]


async def test_device_gone_after_a_connection_becomes_unavailable(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """A device that is never seen again after a connection soon becomes unavailable."""
    back_hug = await set_up(home)
    release = back_hug.coordinator.controller.back_hug.connection.need()
    # It does not advertise while connected, so Home Assistant forgets it.
    await is_seen_no_more(home, back_hug)
    assert back_hug.value("sensor", "state") == "standby"
    # It is disconnected before its loss is noticed.
    back_hug.faults.supervision_timeout = 2 * IDLE
    back_hug.peripheral.vanish()
    release()
    await rests(home, back_hug)
    assert back_hug.value("sensor", "state") == "standby"
    put_forward(home.hass, timedelta(seconds=SEEN_AGAIN + 1))
    await home.hass.async_block_till_done()
    assert back_hug.value("sensor", "state") == STATE_UNAVAILABLE
    assert said(caplog) == ["BackHug-7F2A is out of reach"]
    back_hug.peripheral.appear()
    await back_hug.shows("sensor", "state", "standby")


async def test_failed_command_makes_values_unknown(
    home: Home, resting: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that cannot connect fails with the reason; then no value is shown as known."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.5)
    resting.faults.refuse_connections = True
    with pytest.raises(HomeAssistantError) as raised:
        await resting.call("number", "set_value", "strength", value=8)
    assert raised.value.translation_key == "not_reachable"
    assert resting.value("number", "strength") == "3"
    put_forward(home.hass, timedelta(seconds=6))
    await home.hass.async_block_till_done()
    assert resting.value("number", "strength") == STATE_UNAVAILABLE
    resting.faults.refuse_connections = False
    await resting.shows("number", "strength", "3")
    await rests(home, resting)
    assert resting.requests(Opcode.SET_STRENGTH) == []


async def test_connection_is_kept_while_needed(
    home: Home, resting: SimulatedBackHug
) -> None:
    """Whatever needs the connection has it made and kept until released."""
    release = resting.coordinator.controller.back_hug.connection.need()
    await resting.shows("binary_sensor", "occupied", STATE_ON)
    await asyncio.sleep(2 * IDLE)
    assert resting.peripheral.connected
    resting.back.get_up()
    await resting.shows("binary_sensor", "occupied", STATE_OFF)
    release()
    release()
    await rests(home, resting)
    assert resting.peripheral.connections == 2


async def test_release_holds_on_demand_too(
    home: Home, resting: SimulatedBackHug
) -> None:
    """Released stays released, for commands too."""
    await resting.call("switch", "turn_off", "hold_connection")
    assert resting.value("sensor", "state") == STATE_UNAVAILABLE
    release = resting.coordinator.controller.back_hug.connection.need()
    with pytest.raises(HomeAssistantError) as raised:
        await resting.coordinator.controller.async_read_strength()
    assert raised.value.translation_key == "released"
    await is_seen_no_more(home, resting)
    await home.seen(resting)
    await asyncio.sleep(0.2)
    assert resting.peripheral.connections == 1
    await resting.call("switch", "turn_on", "hold_connection")
    await resting.shows("binary_sensor", "occupied", STATE_ON)
    release()
    await rests(home, resting)
    assert resting.peripheral.connections == 2


async def test_released_is_not_connected_at_set_up(home: Home) -> None:
    """A released connection is not made at set-up either."""
    back_hug = await set_up(home, **{CONF_HOLD_CONNECTION: False})
    await asyncio.sleep(0.2)
    assert back_hug.peripheral.connections == 0


@pytest.mark.parametrize("kept", [False, True])
async def test_unload_leaves_nothing_behind(
    home: Home, resting: SimulatedBackHug, kept: bool
) -> None:
    """Unloading leaves no timer, task or connection: Home Assistant's fixtures check that."""
    if kept:
        resting.coordinator.controller.back_hug.connection.need()
        await resting.shows("binary_sensor", "connected", STATE_ON)
    assert await home.hass.config_entries.async_unload(resting.entry.entry_id)
    connections = resting.peripheral.connections
    await until(lambda: not home.scanner.central.allocated, "the slot is free")
    await asyncio.sleep(0.2)
    assert resting.peripheral.connections == connections


async def test_held_connection_has_no_idle_time(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """A held connection stays, whatever the idle time."""
    home.hass.config_entries.async_update_entry(
        back_hug.entry,
        options={CONF_CONNECTION: CONNECTION_ALWAYS, CONF_IDLE_TIME: 0.01},
    )
    await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    await back_hug.live()
    await asyncio.sleep(0.2)
    assert back_hug.value("binary_sensor", "connected") == STATE_ON
    await is_seen_no_more(home, back_hug)
    assert back_hug.value("sensor", "state") == "standby"
