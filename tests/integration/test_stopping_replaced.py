"""A stop that meets the replacement of its BackHug."""

import asyncio

from homeassistant.const import CONF_ADDRESS
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.backhug.device import gatt as radio, timeouts
from custom_components.backhug.session.stopping import async_stop_entry
from simulator.faults import Lost
from tests.home import Home, SimulatedBackHug, until

from .reconfigure.replacements import OTHER
from .stops import STOP


@pytest.mark.parametrize("in_reach", [True, False])
async def test_stop_during_the_reload_is_for_the_old_device(
    home: Home,
    back_hug: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    in_reach: bool,
) -> None:
    """It is tried once more on the device for which it was asked, and never on the new one."""
    monkeypatch.setattr(radio, "DISCONNECT_TIMEOUT", 0.5)
    other = await home.add(OTHER)
    await home.seen(other)
    other.back.start_at_device(20)
    await back_hug.treat()
    back_hug.faults.hang_disconnect = True
    back_hug.faults.lose_writes = Lost.REQUEST
    entries, entry = home.hass.config_entries, back_hug.entry
    entries.async_update_entry(
        entry, data={**entry.data, CONF_ADDRESS: OTHER.address}, unique_id=OTHER.address
    )
    reload = home.hass.async_create_task(entries.async_reload(entry.entry_id))
    connection = back_hug.coordinator.controller.back_hug.connection
    await until(lambda: connection.closing, "it hangs")
    stopping = home.hass.async_create_task(async_stop_entry(home.hass, entry))
    await asyncio.sleep(0.05)
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.5)
    back_hug.faults.clear()
    back_hug.faults.refuse_connections = not in_reach
    back_hug.peripheral.drop_link()
    await reload
    if in_reach:
        assert await stopping
    else:
        with pytest.raises(HomeAssistantError):
            await stopping
    assert back_hug.back.running != in_reach
    assert other.requests(STOP) == []
    assert other.back.running
    # It closes the home with its device.
    other.entry = entry
