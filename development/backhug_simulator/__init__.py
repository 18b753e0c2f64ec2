"""Simulated BackHugs within the development instance, and their controls.

They stand behind a virtual radio that Home Assistant's own Bluetooth manager uses, so
the integration meets them as it meets a real one. For development only.
"""

import asyncio
from contextlib import suppress

from homeassistant.config_entries import SOURCE_IMPORT
from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.hass_dict import HassKey
import voluptuous as vol

from development.console import say

from .const import (
    CONF_ADDED,
    CONF_PROXY,
    CONF_RADIO,
    CONF_SPEED,
    DOMAIN,
    PLATFORMS,
    VIRTUAL,
)
from .discovery import add_first
from .proxy import add_proxy, remove_proxy
from .remote import RemoteSimulation
from .simulation import Simulation, SimulatorConfigEntry

CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Required(CONF_SPEED): vol.All(
                    vol.Coerce(float), vol.Range(min=0, min_included=False)
                ),
                vol.Required(CONF_PROXY): cv.boolean,
                vol.Optional(CONF_RADIO, default=VIRTUAL): str,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)
OPTIONS: HassKey[ConfigType] = HassKey(DOMAIN)
ADDING_TAKES = 20
"""Seconds at most until the first device is found and added."""


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Take the options from the YAML configuration; make the entry the first time."""
    hass.data[OPTIONS] = config[DOMAIN]
    if not hass.config_entries.async_entries(DOMAIN):
        hass.async_create_task(
            hass.config_entries.flow.async_init(
                DOMAIN, context={"source": SOURCE_IMPORT}, data={CONF_ADDED: False}
            )
        )
    async_at_started(hass, announce)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SimulatorConfigEntry) -> bool:
    """Put the simulated devices on the air."""
    options = hass.data[OPTIONS]
    simulation = entry.runtime_data = (
        Simulation(hass, options[CONF_SPEED], over_proxy=options[CONF_PROXY])
        if options[CONF_RADIO] == VIRTUAL
        else RemoteSimulation(options[CONF_RADIO])
    )
    await simulation.async_start()
    proxy = simulation.proxy if isinstance(simulation, Simulation) else None
    update = remove_proxy(hass) if proxy is None else add_proxy(hass, proxy.port)
    # Not awaited: the esphome integration may be set up later than this one.
    entry.async_create_background_task(hass, update, "add or remove the proxy")

    async def stop(_: Event) -> None:
        await simulation.async_stop()

    # The last stage of stopping: by then the integration has closed its links.
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, stop))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    if entry.data[CONF_ADDED]:
        simulation.added.set()
    else:
        entry.async_create_background_task(
            hass, add_first(hass, entry), "add the first BackHug"
        )
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SimulatorConfigEntry) -> bool:
    """Take the simulated devices off the air."""
    if unloaded := await hass.config_entries.async_unload_platforms(entry, PLATFORMS):
        await entry.runtime_data.async_stop()
    return unloaded


async def announce(hass: HomeAssistant) -> None:
    """Print the address of the page once it can be opened."""
    assert hass.config.api is not None
    if not (entries := hass.config_entries.async_loaded_entries(DOMAIN)):
        say("The simulator did not start: see above.")
    for entry in entries:
        with suppress(TimeoutError):
            async with asyncio.timeout(ADDING_TAKES):
                await entry.runtime_data.added.wait()
    address = f"http://127.0.0.1:{hass.config.api.port}"
    say(f"\n  Home Assistant is ready: {address}    (Ctrl-C ends it)\n")
