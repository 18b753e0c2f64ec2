"""Repair issue for a BackHug that has been out of reach for a week."""

from collections.abc import Callable
from datetime import datetime, timedelta
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_HOLD_CONNECTION,
    CONF_LAST_CONTACT,
    CONF_TELL_UNREACHABLE,
    DOMAIN,
)
from ..storage import StoredState

LONG: Final = timedelta(days=7)
"""Absence after which the issue is raised."""
CHECK_INTERVAL: Final = timedelta(hours=1)
STORE_INTERVAL: Final = timedelta(days=1)
"""Maximum age of the stored last contact: not every advertisement is saved."""
NOTE_INTERVAL: Final = 60
"""Seconds between two contacts that are noted."""


def _issue_id(entry: ConfigEntry[Any]) -> str:
    return f"unreachable_{entry.entry_id}"


@callback
def async_delete_unreachable_issue(
    hass: HomeAssistant, entry: ConfigEntry[Any]
) -> None:
    """Delete the issue."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(entry))


async def async_restart_wait(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Wait a week again from now on."""
    stored: StoredState
    if entry.state is ConfigEntryState.LOADED:
        stored = entry.runtime_data.stored
    else:
        stored = StoredState(hass, entry.entry_id, entry.data[CONF_ADDRESS])
        await stored.async_load()
    stored.last_contact = dt_util.utcnow()
    await stored.async_save()


async def async_migrate_last_contact(
    hass: HomeAssistant, entry: ConfigEntry[Any], stored: StoredState
) -> None:
    """Move the last contact to the stored state from the entry data, where earlier versions kept it."""
    if CONF_LAST_CONTACT not in entry.data:
        return
    data = dict(entry.data)
    moved = dt_util.parse_datetime(str(data.pop(CONF_LAST_CONTACT)))
    if stored.last_contact is None and moved is not None:
        stored.last_contact = dt_util.as_utc(moved)
        await stored.async_save()
    hass.config_entries.async_update_entry(entry, data=data)


class UnreachableMonitor:
    """Raises a repair issue if a BackHug is out of reach for long, if the user has chosen that.

    A connection or an advertisement is a contact. While the connection is released no contact is expected.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        stored: StoredState,
        connected: Callable[[], bool],
    ) -> None:
        """Initialize; `connected` returns whether there is a connection now."""
        self._hass = hass
        self._entry = entry
        self._stored = stored
        self._connected = connected
        self._enabled: bool = entry.options.get(CONF_TELL_UNREACHABLE, False)
        self._noted_at = -math.inf
        self._saved: datetime | None = None

    @callback
    def async_start(self) -> None:
        """Check now and every hour, until the entry is unloaded."""
        if not self._enabled:
            async_delete_unreachable_issue(self._hass, self._entry)
            if self._stored.last_contact is not None:
                self._stored.last_contact = None
                self._stored.async_save_soon()
            return
        if self._stored.last_contact is None:
            self._stored.last_contact = dt_util.utcnow()
            self._stored.async_save_soon()
        self._saved = self._stored.last_contact
        self._entry.async_on_unload(
            async_track_time_interval(
                self._hass, self._async_check, CHECK_INTERVAL, cancel_on_shutdown=True
            )
        )
        self._async_check(dt_util.utcnow())

    @callback
    def async_note_contact(self) -> None:
        """Note that there is contact."""
        now = self._hass.loop.time()
        if not self._enabled or now - self._noted_at < NOTE_INTERVAL:
            return
        self._noted_at = now
        self._stored.last_contact = contact = dt_util.utcnow()
        async_delete_unreachable_issue(self._hass, self._entry)
        if self._saved is None or contact - self._saved >= STORE_INTERVAL:
            self._saved = contact
            self._stored.async_save_soon()

    @callback
    def async_stop(self) -> None:
        """Delete the issue of a device that was disabled."""
        if self._entry.disabled_by:
            # Not on every unload: an ignored issue stays ignored.
            async_delete_unreachable_issue(self._hass, self._entry)

    @callback
    def _async_check(self, now: datetime) -> None:
        last = self._stored.last_contact
        assert last is not None
        if not self._entry.options.get(CONF_HOLD_CONNECTION, True):
            async_delete_unreachable_issue(self._hass, self._entry)
        elif self._connected():
            # It may report nothing for weeks, and need not advertise while connected.
            self.async_note_contact()
        elif now - last >= LONG:
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                _issue_id(self._entry),
                data={"entry_id": self._entry.entry_id},
                is_fixable=True,
                severity=ir.IssueSeverity.WARNING,
                translation_key="unreachable",
                translation_placeholders={"name": self._entry.title},
            )
