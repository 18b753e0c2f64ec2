"""The BackHug integration."""

from homeassistant.components import bluetooth
from homeassistant.const import CONF_ADDRESS, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.typing import ConfigType

from .const import DOMAIN
from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .described.files import async_update_entry
from .frontend import async_register
from .people.household import async_delete_unassigned_issue
from .people.statistics import async_clear
from .programmes.user_programmes import async_hand_over_programmes
from .reachability.unreachable import async_delete_unreachable_issue
from .services import async_setup_actions
from .session.history import History
from .storage import StoredState
from .voice.same_names import async_watch_names
from .voice.sentence_files import async_offer_update, async_remove_all

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.CALENDAR,
    Platform.CONVERSATION,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Register the actions, once for all devices."""
    async_setup_actions(hass)
    await async_register(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BackHugConfigEntry) -> bool:
    """Set up one BackHug from its config entry, without any Bluetooth."""
    await _async_follow_address(hass, entry)
    await async_update_entry(hass, entry)
    history = History(hass, entry.entry_id, entry.data[CONF_ADDRESS])
    await history.async_load()
    coordinator = BackHugCoordinator(hass, entry, history)
    entry.runtime_data = coordinator
    await coordinator.async_load()
    # Whether Assist can be set up must not decide whether a BackHug can.
    coordinator.platforms = [
        platform
        for platform in PLATFORMS
        if platform != Platform.CONVERSATION or platform in hass.config.components
    ]
    await hass.config_entries.async_forward_entry_setups(entry, coordinator.platforms)
    coordinator.async_start()
    entry.async_on_unload(async_watch_names(hass))
    await async_offer_update(hass)
    return True


async def _async_follow_address(hass: HomeAssistant, entry: BackHugConfigEntry) -> None:
    """Update unique ids and the device after another BackHug has replaced that of the entry.

    Unique ids contain the address. Done during set-up, so that a power cut in the middle is repaired.
    """
    address = entry.data[CONF_ADDRESS]

    @callback
    def update(entity: er.RegistryEntry) -> dict[str, str] | None:
        was, _, key = entity.unique_id.partition("_")
        return None if was == address else {"new_unique_id": f"{address}_{key}"}

    await er.async_migrate_entries(hass, entry.entry_id, update)
    connections = {(dr.CONNECTION_BLUETOOTH, address)}
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        if device.connections != connections:
            registry.async_update_device(device.id, new_connections=connections)
            # The replaced device may be discovered again.
            for _, replaced in device.connections:
                bluetooth.async_rediscover_address(hass, replaced)


async def async_unload_entry(hass: HomeAssistant, entry: BackHugConfigEntry) -> bool:
    """Unload one BackHug; the coordinator then releases the connection."""
    return await hass.config_entries.async_unload_platforms(
        entry, entry.runtime_data.platforms
    )


async def async_remove_entry(hass: HomeAssistant, entry: BackHugConfigEntry) -> None:
    """Remove the files of a removed BackHug, and let it be discovered again."""
    address = entry.data[CONF_ADDRESS]
    await StoredState(hass, entry.entry_id, address).async_remove()
    history = History(hass, entry.entry_id, address)
    await history.async_load()
    async_clear(hass, entry, {session.person for session in history.sessions})
    await history.async_remove()
    async_delete_unreachable_issue(hass, entry)
    async_delete_unassigned_issue(hass, entry)
    async_hand_over_programmes(hass, entry)
    if not hass.config_entries.async_entries(DOMAIN, include_ignore=False):
        # No device is left to answer them.
        await async_remove_all(hass)
    bluetooth.async_rediscover_address(hass, address)
