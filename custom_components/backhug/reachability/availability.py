"""Availability of the entities of one BackHug."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
import logging
from typing import Any, Final

from homeassistant.components import bluetooth
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..const import (
    CONF_CONNECTION,
    CONF_IDLE_TIME,
    CONNECTION_ON_DEMAND,
    DEFAULT_IDLE_TIME,
)
from ..device.client import BackHug
from ..device.model import Snapshot

_LOGGER = logging.getLogger(__name__)

GRACE: Final = 5
"""Seconds that the connection may be down before the entities become unavailable."""
SEEN_AGAIN: Final = 60
"""Seconds within which a device must advertise again after its idle connection was closed."""
FIRST_CONNECTION: Final = 60
"""Seconds for the first connection after set-up, before the device is logged as unavailable."""


class Availability:
    """Decides whether the entities of one BackHug are available, and logs each change once.

    They stay available over a short drop of the connection, and while an idle connection is closed and the device
    is believed to be in reach.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        back_hug: BackHug,
        publish: Callable[[], None],
    ) -> None:
        """Initialize as unavailable; `publish` is called when a device has become unavailable."""
        self._hass = hass
        self._entry = entry
        self._back_hug = back_hug
        self._publish = publish
        self._address: str = entry.data[CONF_ADDRESS]
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._resting = False
        self._lost = False
        self.available = False
        """Whether the entities show what the device reports, or reported a moment ago."""

    @callback
    def async_expect_connection(self) -> None:
        """Log a device that is not connected within `FIRST_CONNECTION` seconds."""
        if not self.available:
            self._async_wait(FIRST_CONNECTION, self._async_not_connected)

    @callback
    def async_follow(self, snapshot: Snapshot) -> None:
        """Follow the connection."""
        resting, self._resting = self._resting, snapshot.resting
        if snapshot.status is None:
            # A malformed status: there is nothing to show over a short drop either.
            self.available = False
        if snapshot.connected:
            self._async_cancel_timer()
            self.available = snapshot.status is not None
            if self._lost and self.available:
                self._lost = False
                _LOGGER.info("%s is connected again", self._entry.title)
        elif snapshot.resting:
            if not resting:
                self._async_wait(SEEN_AGAIN, self._async_check_seen)
        else:
            if resting:
                # A connection is needed again, and there is none.
                self._async_cancel_timer()
            if self.available and self._cancel_timer is None:
                self._async_wait(GRACE, self._async_dropped)

    @callback
    def async_unseen(self) -> None:
        """Take note that Home Assistant's Bluetooth does not see the device any more."""
        self._back_hug.connection.gone()
        if self._resting and self.available:
            self._async_lose("is out of reach")

    @callback
    def async_close(self) -> None:
        """Become unavailable without a grace period: the connection was released on purpose."""
        self._async_cancel_timer()
        self.available = False

    @callback
    def _async_not_connected(self, _now: datetime) -> None:
        self._async_lose("is unavailable")

    @callback
    def _async_dropped(self, _now: datetime) -> None:
        self._async_lose("is no longer connected")

    @callback
    def _async_check_seen(self, _now: datetime) -> None:
        self._cancel_timer = None
        if not bluetooth.async_address_present(
            self._hass, self._address, connectable=True
        ):
            self._back_hug.connection.gone()
            self._async_lose("is out of reach")

    @callback
    def _async_lose(self, what: str) -> None:
        self.async_close()
        self._lost = True
        _LOGGER.info("%s %s", self._entry.title, what)
        self._publish()

    @callback
    def _async_wait(self, seconds: float, then: Callable[[datetime], None]) -> None:
        self._async_cancel_timer()
        self._cancel_timer = async_call_later(self._hass, seconds, then)

    @callback
    def _async_cancel_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None


def idle_after(entry: ConfigEntry[Any]) -> float | None:
    """Return after how many seconds an idle connection is closed; None for never."""
    if entry.options.get(CONF_CONNECTION) != CONNECTION_ON_DEMAND:
        return None
    return float(entry.options.get(CONF_IDLE_TIME, DEFAULT_IDLE_TIME))
