"""Stop: whatever state the entry of a BackHug is in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from homeassistant.components import bluetooth
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..device.client import BackHug
from ..device.errors import BackHugError, StopPendingError
from ..device.timeouts import LONGEST_SESSION
from ..programmes.storage import StoredState

if TYPE_CHECKING:
    from ..coordinator import BackHugConfigEntry

ANSWER_WITHIN: Final = 9.5
"""Seconds after which whoever asked for a stop is told how it stands; the stop itself goes on."""

_WITH_COORDINATOR: Final = (ConfigEntryState.LOADED, ConfigEntryState.FAILED_UNLOAD)


async def async_stop_entry(hass: HomeAssistant, entry: BackHugConfigEntry) -> bool:
    """Stop one BackHug, whether its entry is loaded or not; return whether that ended a session.

    Waits for a set-up, an unload or a reload that is under way. Raises HomeAssistantError if the device could not be
    told: the stop is then kept.
    """
    if entry.state in _WITH_COORDINATOR:
        return await entry.runtime_data.async_stop_session()
    stopping = hass.async_create_task(
        _async_stop_settled(hass, entry), f"{entry.title} stop"
    )
    return await async_answered(stopping, entry.title)


async def async_answered(stopping: asyncio.Task[bool], name: str) -> bool:
    """Return what becomes of a stop; it goes on if it takes longer, or if nobody waits for it any more."""
    stopping.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait({stopping}, timeout=ANSWER_WITHIN)
    if not stopping.done() or stopping.cancelled():
        raise _pending(name)
    return stopping.result()


async def async_stop_once(hass: HomeAssistant, entry: BackHugConfigEntry) -> bool:
    """Stop a BackHug over a connection made for this only; return whether that ended a session.

    Raises BackHugError.
    """
    address: str = entry.data[CONF_ADDRESS]
    back_hug = BackHug(
        entry.title,
        lambda: bluetooth.async_ble_device_from_address(
            hass, address, connectable=True
        ),
        features=None,
        changed=lambda _snapshot, _changed: None,
    )
    back_hug.connection.hold()
    try:
        return await back_hug.stop()
    finally:
        # The answer does not wait for the disconnection, which may hang.
        hass.async_create_task(back_hug.connection.release(), f"{entry.title} release")


async def _async_stop_settled(hass: HomeAssistant, entry: BackHugConfigEntry) -> bool:
    if entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
        # The connection may still be there. If not, the stop is kept, and goes on after the unload.
        with suppress(HomeAssistantError):
            return await entry.runtime_data.async_stop_session()
    # Nothing sets the entry up meanwhile: the device takes one connection at a time.
    async with entry.setup_lock:
        if entry.state not in _WITH_COORDINATOR:
            return await _async_stop_unloaded(hass, entry)
    coordinator = entry.runtime_data
    ended = await coordinator.async_stop_session()
    # The stop that was kept may have been delivered as the entry was set up.
    return ended or coordinator.back_hug.sessions_stopped > 0


async def _async_stop_unloaded(hass: HomeAssistant, entry: BackHugConfigEntry) -> bool:
    if hass.config_entries.async_get_entry(entry.entry_id) is None:
        # Removed meanwhile: nobody would deliver what is kept.
        try:
            return await async_stop_once(hass, entry)
        except BackHugError as error:
            raise _pending(entry.title) from error
    memory = StoredState(hass, entry.entry_id, entry.data[CONF_ADDRESS])
    await memory.async_load()
    memory.stop_any_until = dt_util.utcnow() + timedelta(seconds=LONGEST_SESSION)
    await memory.async_save()
    try:
        ended = await async_stop_once(hass, entry)
    except BackHugError as error:
        raise _pending(entry.title) from error
    memory.stop_due, memory.stop_any_until = [], None
    await memory.async_save()
    return ended


def _pending(name: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=StopPendingError.reason,
        translation_placeholders={"name": name},
    )
