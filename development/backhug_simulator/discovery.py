"""Adds a simulated device to Home Assistant, as a person would."""

import asyncio
import logging

from homeassistant.components.bluetooth import DOMAIN as BLUETOOTH
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from development.console import say
from development.devices import ADAPTER

from .const import BACKHUG, CONF_ADDED
from .remote import RemoteSimulation
from .simulation import SimulatorConfigEntry

_LOGGER = logging.getLogger(__name__)


async def add_first(hass: HomeAssistant, entry: SimulatorConfigEntry) -> None:
    """Wait until the first device is discovered, and confirm that it shall be added.

    This goes through the integration's own flows; Assist is taught its sentences, too. It is done once and noted in
    `entry`: who then removes the device, to try something, shall not have it back.
    """
    simulation = entry.runtime_data
    address = simulation.devices[0].build.address
    if isinstance(simulation, RemoteSimulation):
        say("Adding the Bluetooth adapter ...")
        flow_id = await _discovered(hass, BLUETOOTH, ADAPTER)
        await hass.config_entries.flow.async_configure(flow_id, {})
    flow_id = await _discovered(hass, BACKHUG, address)
    say("Adding the first BackHug ...")
    result = await hass.config_entries.flow.async_configure(flow_id, {})
    if result["type"] is FlowResultType.CREATE_ENTRY:
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_ADDED: True}
        )
        await _install_sentences(hass, result["result"].entry_id)
    else:
        _LOGGER.error("The BackHug %s could not be added: %s", address, result)
    simulation.added.set()


async def _discovered(hass: HomeAssistant, domain: str, address: str) -> str:
    """Return the flow that the discovery of this device or adapter begins."""
    flows = hass.config_entries.flow
    changed = asyncio.Event()
    unsubscribe = flows.async_subscribe_flow(lambda *_: changed.set())
    try:
        while not (
            found := flows.async_progress_by_handler(
                domain, match_context={"unique_id": address}
            )
        ):
            await changed.wait()
            changed.clear()
    finally:
        unsubscribe()
    return str(found[0]["flow_id"])


async def _install_sentences(hass: HomeAssistant, entry_id: str) -> None:
    """Have Assist understand a BackHug in every language, as a person would."""
    options = hass.config_entries.options
    flow = await options.async_init(entry_id)
    await options.async_configure(flow["flow_id"], {"next_step_id": "voice"})
    await options.async_configure(flow["flow_id"], {"languages": ["en", "de"]})
