"""Delivery of a stop: within its caller's time limit, over a temporary connection if there is none."""

import asyncio
from typing import Any, Final

from homeassistant.components import bluetooth
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.async_ import create_eager_task

from ..const import DOMAIN
from ..described.files import protocol_of
from ..device.client import BackHug
from ..device.errors import BackHugError, StopPendingError

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


async def async_stop_once(
    hass: HomeAssistant, entry: ConfigEntry[Any], address: str
) -> bool:
    """Stop a BackHug over a temporary connection; return whether that ended a session.

    Raises BackHugError.
    """
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


class TemporaryConnection:
    """Stops a BackHug whose own connection is released; stops at the same time share one connection."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        address: str,
        back_hug: BackHug,
    ) -> None:
        """Initialize without a connection; `address` is that of the device, also after another has replaced it."""
        self._hass = hass
        self._entry = entry
        self._address = address
        self._own = back_hug.connection
        self._stopping: asyncio.Task[bool] | None = None

    async def async_stop(self) -> bool | None:
        """Stop; return whether that ended a session, or None if the device's own connection is held meanwhile.

        Raises HomeAssistantError.
        """
        await self._own.closed()
        if self._own.held:
            return None
        if (stopping := self._stopping) is None:
            stopping = create_eager_task(
                async_stop_once(self._hass, self._entry, self._address)
            )
            self._stopping = stopping
        try:
            await asyncio.wait({stopping})
        finally:
            stopping.cancel()
            if self._stopping is stopping:
                self._stopping = None
        if stopping.cancelled():
            return None
        try:
            return stopping.result()
        except BackHugError as error:
            raise _error("stop_released", self._entry.title) from error

    @callback
    def async_close(self) -> None:
        """Leave the device to its own connection."""
        if self._stopping is not None:
            self._stopping.cancel()


def stop_pending(name: str) -> HomeAssistantError:
    """Return the error for a stop that has not reached the device yet."""
    return _error(StopPendingError.reason, name)


def _error(key: str, name: str) -> HomeAssistantError:
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"name": name},
    )
