"""`homeassistant.update_entity` reads the device."""

from homeassistant.components.homeassistant import DOMAIN as HOMEASSISTANT
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.setup import async_setup_component
import pytest

from custom_components.backhug.device import timeouts
from simulator import protocol
from tests.home import Home, SimulatedBackHug

from .conftest import warnings
from .on_demand import rests, set_up


async def update(back_hug: SimulatedBackHug, *keys: str) -> None:
    """Have entities updated, as a person's script does."""
    hass = back_hug.hass
    assert await async_setup_component(hass, HOMEASSISTANT, {})
    entities = [back_hug.entity_id("sensor", key) for key in keys or ("state",)]
    await hass.services.async_call(
        HOMEASSISTANT, "update_entity", {ATTR_ENTITY_ID: entities}, blocking=True
    )
    await hass.async_block_till_done()


async def test_reads_once_over_the_held_link(back_hug: SimulatedBackHug) -> None:
    """A value whose notification was lost is read, once for several entities."""
    reads = back_hug.peripheral.reads[protocol.STATUS]
    back_hug.faults.drop_notifications = True
    back_hug.back.get_up()
    back_hug.clock.advance(5)
    assert back_hug.value("binary_sensor", "occupied") == "on"
    await update(back_hug, "state", "programme_step")
    assert back_hug.value("binary_sensor", "occupied") == "off"
    assert back_hug.coordinator.last_update_success
    assert back_hug.peripheral.reads[protocol.STATUS] == reads + 1
    assert back_hug.peripheral.connections == 1


async def test_connects_on_demand(home: Home) -> None:
    """An idle connection is made for the reading, and closed again."""
    back_hug = await set_up(home)
    await rests(home, back_hug)
    connections = back_hug.peripheral.connections
    await update(back_hug)
    assert back_hug.peripheral.connections == connections + 1
    assert back_hug.coordinator.last_update_success
    await rests(home, back_hug)


async def test_released_stays_released(back_hug: SimulatedBackHug) -> None:
    """A released connection stays released, without an error."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    await update(back_hug)
    assert back_hug.coordinator.last_update_success
    assert not back_hug.peripheral.connected


async def test_out_of_reach_is_logged_once(
    back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """Out of reach is logged once, as by any coordinator; values are read when it is back."""
    back_hug.faults.refuse_connections = True
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeouts, "COMMAND_TIMEOUT", 0.1)
        for _ in range(2):
            await back_hug.coordinator.async_refresh()
            assert not back_hug.coordinator.last_update_success
    error = back_hug.coordinator.last_exception
    assert isinstance(error, UpdateFailed)
    assert error.translation_key == "not_reachable"
    (logged,) = warnings(caplog)
    assert "BackHug-7F2A is out of reach" in logged
    caplog.clear()
    back_hug.faults.clear()
    await back_hug.shows("binary_sensor", "connected", "on")
    assert back_hug.coordinator.last_update_success


async def test_failed_reading_has_its_reason(
    back_hug: SimulatedBackHug,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A reading without an answer is reported as such."""
    monkeypatch.setattr(timeouts, "READ_TIMEOUT", 0.05)
    back_hug.peripheral.vanish()
    await back_hug.coordinator.async_refresh()
    error = back_hug.coordinator.last_exception
    assert isinstance(error, UpdateFailed)
    assert error.translation_key == "not_reachable"
    assert len(warnings(caplog)) == 1
    caplog.clear()
