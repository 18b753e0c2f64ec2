"""The simulated ESPHome proxy and its config entry in Home Assistant's `esphome` integration."""

import logging
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.device_registry import format_mac

from simulator.esphome.server import EsphomeServer
from simulator.radio import Radio

ESPHOME = "esphome"
MAC_ADDRESS = "02:00:00:00:5C:01"
HOST = "127.0.0.1"

_LOGGER = logging.getLogger(__name__)


def _entry(hass: HomeAssistant) -> ConfigEntry[Any] | None:
    return hass.config_entries.async_entry_for_domain_unique_id(
        ESPHOME, format_mac(MAC_ADDRESS)
    )


async def start_proxy(hass: HomeAssistant, radio: Radio, slots: int) -> EsphomeServer:
    """Start the proxy on loopback, on its previous port if that is free."""
    entry = _entry(hass)
    port = 0 if entry is None else entry.data[CONF_PORT]
    server = EsphomeServer(
        radio, host=HOST, port=port, mac_address=MAC_ADDRESS, slots=slots
    )
    try:
        await server.start()
    except OSError:
        server = EsphomeServer(radio, host=HOST, mac_address=MAC_ADDRESS, slots=slots)
        await server.start()
    return server


async def add_proxy(hass: HomeAssistant, port: int) -> None:
    """Add the proxy to the `esphome` integration, or update its port."""
    entries = hass.config_entries
    if (entry := _entry(hass)) is None:
        result = await entries.flow.async_init(
            ESPHOME,
            context={"source": SOURCE_USER},
            data={CONF_HOST: HOST, CONF_PORT: port},
        )
        if result["type"] is not FlowResultType.CREATE_ENTRY:
            _LOGGER.error("The ESPHome proxy could not be added: %s", result)
    elif entry.data[CONF_PORT] != port:
        entries.async_update_entry(entry, data={**entry.data, CONF_PORT: port})
        entries.async_schedule_reload(entry.entry_id)


async def remove_proxy(hass: HomeAssistant) -> None:
    """Remove the proxy that an earlier start added."""
    if entry := _entry(hass):
        await hass.config_entries.async_remove(entry.entry_id)
