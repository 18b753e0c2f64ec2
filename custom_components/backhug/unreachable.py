"""When a BackHug was last in contact, and what is told of one that is missed for long."""

from collections.abc import Callable
from datetime import datetime, timedelta
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .const import (
    CONF_HOLD_CONNECTION,
    CONF_LAST_CONTACT,
    CONF_TELL_UNREACHABLE,
    DOMAIN,
)

LONG: Final = timedelta(days=7)
"""For how long a BackHug must have been out of reach before a person is told, if they want that."""
CHECK_INTERVAL: Final = timedelta(hours=1)
STORE_INTERVAL: Final = timedelta(days=1)
"""How old the stored time of the last contact may become: it is not written for each advertisement."""
NOTE_INTERVAL: Final = 60
"""Seconds between two looks at the clock."""


def _unreachable(entry_id: str) -> str:
    return f"unreachable_{entry_id}"


@callback
def async_forget_unreachable(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Withdraw what was said of a BackHug that was out of reach for long."""
    ir.async_delete_issue(hass, DOMAIN, _unreachable(entry.entry_id))


@callback
def async_store_contact(
    hass: HomeAssistant, entry: ConfigEntry[Any], when: datetime
) -> None:
    """Store when a BackHug was last in contact, or when the wait for it begins anew."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_LAST_CONTACT: when.isoformat()}
    )


class UnreachableMonitor:
    """Notices that a BackHug has been out of reach for long, if the person wants to be told.

    A connection or an advertisement is a contact. While the connection is released nothing is missed.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        connected: Callable[[], bool],
    ) -> None:
        """Begin with what is stored; `connected` returns whether there is a connection now."""
        self._hass = hass
        self._entry = entry
        self._connected = connected
        self._address: str = entry.data[CONF_ADDRESS]
        self._asked_for: bool = entry.options.get(CONF_TELL_UNREACHABLE, False)
        self._made: datetime | None = None
        self._noted_at = -math.inf

    @property
    def _wanted(self) -> bool:
        """Whether the person wants to be told, and of this device: the entry may be about to be that of another."""
        return self._asked_for and self._entry.data[CONF_ADDRESS] == self._address

    @property
    def _last(self) -> datetime:
        """The last contact: stored, or more exactly known."""
        stored = datetime.fromisoformat(self._entry.data[CONF_LAST_CONTACT])
        return stored if self._made is None else max(stored, self._made)

    @callback
    def async_start(self) -> None:
        """Look for a long absence now and from time to time, until the entry is unloaded."""
        if not self._wanted:
            async_forget_unreachable(self._hass, self._entry)
            if CONF_LAST_CONTACT in self._entry.data:
                data = dict(self._entry.data)
                del data[CONF_LAST_CONTACT]
                self._hass.config_entries.async_update_entry(self._entry, data=data)
            return
        if CONF_LAST_CONTACT not in self._entry.data:
            async_store_contact(self._hass, self._entry, dt_util.utcnow())
        self._entry.async_on_unload(
            async_track_time_interval(
                self._hass, self._async_check, CHECK_INTERVAL, cancel_on_shutdown=True
            )
        )
        self._async_check(dt_util.utcnow())

    @callback
    def async_note_contact(self) -> None:
        """Take note that there is contact."""
        if not self._wanted:
            return
        now = self._hass.loop.time()
        if now - self._noted_at < NOTE_INTERVAL:
            return
        self._noted_at = now
        self._made = dt_util.utcnow()
        async_forget_unreachable(self._hass, self._entry)
        stored = datetime.fromisoformat(self._entry.data[CONF_LAST_CONTACT])
        if self._made - stored >= STORE_INTERVAL:
            async_store_contact(self._hass, self._entry, self._made)

    @callback
    def async_stop(self) -> None:
        """Store when the last contact was; tell nobody of a device that they have disabled."""
        if self._entry.disabled_by:
            # Not at each unload: who ignores what is told goes on to ignore it.
            async_forget_unreachable(self._hass, self._entry)
        if self._made is not None and self._wanted:
            async_store_contact(self._hass, self._entry, self._last)

    @callback
    def _async_check(self, now: datetime) -> None:
        if not self._wanted:
            return
        if not self._entry.options.get(CONF_HOLD_CONNECTION, True):
            async_forget_unreachable(self._hass, self._entry)
            return
        if self._connected():
            # For weeks it may have nothing to say, and while it is connected it need not advertise.
            self.async_note_contact()
            return
        if now - self._last < LONG:
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            _unreachable(self._entry.entry_id),
            data={"entry_id": self._entry.entry_id},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key="unreachable",
            translation_placeholders={"name": self._entry.title},
        )
