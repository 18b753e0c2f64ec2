"""Adds a simulated device to Home Assistant, as a person would."""

import asyncio
import logging

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .const import BACKHUG, CONF_ADDED

_LOGGER = logging.getLogger(__name__)


async def add_when_discovered(
    hass: HomeAssistant, entry: ConfigEntry, address: str
) -> None:
    """Wait until the device with that address is discovered, and confirm it.

    This goes through the integration's own config flow. It is done once and noted in
    `entry`: who then removes the device, to try something, shall not have it back.
    """
    flows = hass.config_entries.flow
    changed = asyncio.Event()
    unsubscribe = flows.async_subscribe_flow(lambda *_: changed.set())
    try:
        while not (
            found := flows.async_progress_by_handler(
                BACKHUG, match_context={"unique_id": address}
            )
        ):
            await changed.wait()
            changed.clear()
    finally:
        unsubscribe()
    result = await flows.async_configure(found[0]["flow_id"], {})
    if result["type"] is FlowResultType.CREATE_ENTRY:
        _LOGGER.info("Added the BackHug %s", address)
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_ADDED: True}
        )
    else:
        _LOGGER.error("The BackHug %s could not be added: %s", address, result)
