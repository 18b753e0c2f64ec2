"""The BackHug integration."""

from homeassistant.components import bluetooth
from homeassistant.const import CONF_ADDRESS, Platform
from homeassistant.core import HomeAssistant

from .coordinator import BackHugConfigEntry, BackHugCoordinator

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.IMAGE,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup_entry(hass: HomeAssistant, entry: BackHugConfigEntry) -> bool:
    """Set up one BackHug: without any Bluetooth, from what the entry knows of it."""
    coordinator = BackHugCoordinator(hass, entry)
    entry.runtime_data = coordinator
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    coordinator.async_start()
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BackHugConfigEntry) -> bool:
    """Unload one BackHug; the coordinator then lets go of its connection."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: BackHugConfigEntry) -> None:
    """Let a BackHug that was removed be discovered again."""
    bluetooth.async_rediscover_address(hass, entry.data[CONF_ADDRESS])
