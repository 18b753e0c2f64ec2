"""Stops a BackHug in any state of its config entry."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..device.errors import BackHugError
from ..device.timeouts import LONGEST_SESSION
from ..storage import StoredState
from .controller import SessionController
from .delivery import async_answered, async_stop_once, stop_pending

_WITH_CONTROLLER: Final = (ConfigEntryState.LOADED, ConfigEntryState.FAILED_UNLOAD)


async def async_stop_entry(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Stop one BackHug, whether its entry is loaded or not; return whether that ended a session.

    Waits for a set-up, an unload or a reload that is under way. Raises HomeAssistantError if the device could not
    be reached: the stop is then kept.
    """
    if entry.state in _WITH_CONTROLLER:
        return await _controller(entry).async_stop()
    stopping = hass.async_create_task(
        _async_stop_settled(hass, entry), f"{entry.title} stop"
    )
    return await async_answered(stopping, entry.title)


def _controller(entry: ConfigEntry[Any]) -> SessionController:
    controller: SessionController = entry.runtime_data.controller
    return controller


async def _async_stop_settled(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    address: str = entry.data[CONF_ADDRESS]
    if entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
        address = entry.runtime_data.address
        # The connection may still be there. If not, the stop is kept, and goes on after the unload.
        with suppress(HomeAssistantError):
            return await _controller(entry).async_stop()
    # Nothing sets the entry up meanwhile: the device takes one connection at a time.
    async with entry.setup_lock:
        known = hass.config_entries.async_get_entry(entry.entry_id) is not None
        if not known or entry.data[CONF_ADDRESS] != address:
            # Removed or replaced meanwhile: a kept stop would never be delivered to this device.
            return await _async_stop_once(hass, entry, address)
        if entry.state not in _WITH_CONTROLLER:
            return await _async_stop_unloaded(hass, entry)
    controller = _controller(entry)
    ended = await controller.async_stop()
    # The kept stop may have been delivered during set-up.
    return ended or controller.back_hug.sessions_stopped > 0


async def _async_stop_unloaded(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    stored = StoredState(hass, entry.entry_id, entry.data[CONF_ADDRESS])
    await stored.async_load()
    stored.stop_any_until = dt_util.utcnow() + timedelta(seconds=LONGEST_SESSION)
    await stored.async_save()
    ended = await _async_stop_once(hass, entry, entry.data[CONF_ADDRESS])
    stored.stop_due, stored.stop_any_until = [], None
    stored.session_ends_at = None
    await stored.async_save()
    return ended


async def _async_stop_once(
    hass: HomeAssistant, entry: ConfigEntry[Any], address: str
) -> bool:
    try:
        return await async_stop_once(hass, entry, address)
    except BackHugError as error:
        raise stop_pending(entry.title) from error
