"""Delivers a stop: in time for its caller, and over a connection of its own where there is none."""

import asyncio
from typing import Any, Final

from homeassistant.components import bluetooth
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from ..described.files import protocol_of
from ..device.client import BackHug
from ..device.errors import StopPendingError

ANSWER_WITHIN: Final = 9.5
"""Seconds after which the caller of a stop gets an answer; the stop itself goes on."""


async def async_answered(stopping: asyncio.Task[bool], name: str) -> bool:
    """Return the result of a stop, which goes on if it takes longer or if its caller is cancelled.

    Raises HomeAssistantError if there is no result within `ANSWER_WITHIN` seconds, and the errors of the stop.
    """
    stopping.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait({stopping}, timeout=ANSWER_WITHIN)
    if not stopping.done() or stopping.cancelled():
        raise stop_pending(name)
    return stopping.result()


async def async_stop_once(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Stop a BackHug over a temporary connection; return whether that ended a session.

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
        protocol=protocol_of(entry.data),
    )
    back_hug.connection.hold()
    try:
        return await back_hug.stop()
    finally:
        # The answer does not wait for the disconnection, which may hang.
        hass.async_create_task(back_hug.connection.release(), f"{entry.title} release")


def stop_pending(name: str) -> HomeAssistantError:
    """Return the error for a stop that has not reached the device yet."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=StopPendingError.reason,
        translation_placeholders={"name": name},
    )
