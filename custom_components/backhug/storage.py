"""Files in which the state of one device survives a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from glob import escape
import logging
from pathlib import Path
from typing import Any, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

VERSION: Final = 1
MINOR_VERSION: Final = 3

CONF_OF: Final = "address"
"""The address of the device to which stored data belongs."""
_STOP_JITTER: Final = 60
"""Seconds by which the end of a kept stop may differ from the stored one without being saved."""

_CHOSEN: Final = "chosen"
_NO_PROGRAMME: Final = "none"
"""Stored in place of the key of the chosen programme."""


class DeviceStore(Store[dict[str, Any]]):
    """A file with data of one device.

    Another device may replace that of a config entry: the data contains the address of its own device.
    """

    def __init__(self, hass: HomeAssistant, key: str, address: str) -> None:
        """Initialize with the address of the device of the config entry."""
        super().__init__(
            hass, VERSION, key, atomic_writes=True, minor_version=MINOR_VERSION
        )
        self.address = address

    @override
    async def _async_migrate_func(
        self,
        old_major_version: int,
        old_minor_version: int,
        old_data: dict[str, Any],
    ) -> dict[str, Any]:
        """Return the data of another version in the format of this one.

        Minor version 1 did not store the address, and 2 no persons. Later minor versions only add keys, which are
        ignored. Raises NotImplementedError for any other major version.
        """
        if old_major_version != VERSION:
            raise NotImplementedError
        old_data.setdefault(CONF_OF, self.address)
        return old_data

    async def async_close(self, data: dict[str, Any], *, last: bool) -> None:
        """Save; `last`: from now on the file belongs to the next set-up of the entry."""
        await self.async_save(data)
        if last:
            self.make_read_only()

    def is_of_another(self, data: dict[str, Any]) -> bool:
        """Return whether stored data belongs to a device that was replaced."""
        return bool(data[CONF_OF] != self.address)

    @override
    async def async_remove(self) -> None:
        """Remove the file, and the unreadable ones that were set aside."""
        await super().async_remove()
        await self.async_remove_set_aside()

    async def async_remove_set_aside(self) -> None:
        """Remove the unreadable files that were set aside."""
        path = Path(self.path)

        def remove() -> None:
            for kind in ("unreadable", "corrupt"):
                for aside in path.parent.glob(f"{escape(path.name)}.{kind}.*"):
                    aside.unlink(missing_ok=True)

        await self.hass.async_add_executor_job(remove)


class StoredState:
    """What survives a restart beside the config entry and the history.

    All but the chosen programme belongs to one device and ends when that is replaced.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str, address: str) -> None:
        """Initialize with the address of the device of the config entry."""
        self._hass = hass
        # Named after the programmes, which were the first to be stored.
        self._store = DeviceStore(hass, f"{DOMAIN}.programmes.{entry_id}", address)
        self.chosen: str | None = None
        """The key of the programme that the next session runs; None for no programme."""
        self.person: str | None = None
        """The person who was chosen, as earlier versions stored it: now it is stored with the history."""
        self.person_by_hand = False
        """Likewise: whether that was chosen by the select."""
        self.plans: dict[str, dict[str, Any]] = {}
        """The plan of each person, as `FollowedPlan.as_dict` returns it."""
        self.own_settings: dict[str, Any] | None = None
        """The settings from before a programme, as `OwnSettings` keeps them."""
        self.run: dict[str, Any] | None = None
        """The running programme, as `Run.as_dict` returns it."""
        self.armed_until: str | None = None
        """When start-on-occupancy expires, in ISO format; None while it is off."""
        self.stop_due: list[int] = []
        """The numbers of the sessions that are still to be stopped."""
        self.stop_any_until: datetime | None = None
        """Until when any session that runs is to be stopped on the first connection."""
        self.asked_minutes: int | None = None
        """The length that was asked for, where the device does not keep it."""
        self.session_ends_at: datetime | None = None
        """When Home Assistant ends the running session; None if none runs, or the device ends it."""
        self.last_contact: datetime | None = None
        """The last connection or advertisement; None if nobody waits for one."""

    async def async_load(self) -> None:
        """Load the stored state. What cannot be read is discarded; all else, such as a stop that is due, counts."""
        try:
            data = await self._store.async_load() or {}
            kept = _READERS
            if data and self._store.is_of_another(data):
                kept = {_CHOSEN: _READERS[_CHOSEN]}
        except (
            AttributeError,
            HomeAssistantError,
            LookupError,
            NotImplementedError,
            TypeError,
            ValueError,
        ) as error:
            _LOGGER.warning(
                "The stored state of a BackHug cannot be read (%r) and is discarded",
                error,
            )
            return
        for name in kept.keys() & data.keys():
            try:
                setattr(self, name, kept[name](data[name]))
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                _LOGGER.warning(
                    "Part of the stored state of a BackHug cannot be read (%s: %r) and is discarded",
                    name,
                    error,
                )

    async def async_save(self) -> None:
        """Save at once: a power cut may follow."""
        await self._store.async_save(self._as_dict())

    async def async_close(self, *, last: bool) -> None:
        """Save at the end of the coordinator; `last`: it saves nothing afterwards."""
        await self._store.async_close(self._as_dict(), last=last)

    def _as_dict(self) -> dict[str, Any]:
        return {
            CONF_OF: self._store.address,
            _CHOSEN: self.chosen or _NO_PROGRAMME,
            "own_settings": self.own_settings,
            "run": self.run,
            "armed_until": self.armed_until,
            "stop_due": self.stop_due,
            "stop_any_until": _text(self.stop_any_until),
            "asked_minutes": self.asked_minutes,
            "session_ends_at": _text(self.session_ends_at),
            "last_contact": _text(self.last_contact),
            "plans": self.plans,
        }

    @callback
    def async_save_soon(self) -> None:
        """Save in a task of its own."""
        self._hass.async_create_task(self.async_save(), "BackHug stored state")

    async def async_remove(self) -> None:
        """Remove the file of a device that was removed."""
        await self._store.async_remove()

    async def async_remove_set_aside(self) -> None:
        """Remove the unreadable files that were set aside."""
        await self._store.async_remove_set_aside()

    @property
    def stop_is_kept(self) -> bool:
        """Whether a stop is stored."""
        return bool(self.stop_due) or self.stop_any_until is not None

    @property
    def stop_any_for(self) -> float | None:
        """Seconds until `stop_any_until`; None without it or after it."""
        if self.stop_any_until is None:
            return None
        left = (self.stop_any_until - dt_util.utcnow()).total_seconds()
        return left if left > 0 else None

    async def async_keep_stop(
        self, sessions: Iterable[int], any_for: float | None
    ) -> None:
        """Store the sessions that are still to be stopped; saves only changes.

        `any_for` is as `stop_any_for`.
        """
        stop_due = sorted(sessions)
        same = (any_for is None) == (self.stop_any_until is None) and (
            any_for is None or abs(any_for - (self.stop_any_for or 0)) < _STOP_JITTER
        )
        if stop_due == self.stop_due and same:
            return
        self.stop_due = stop_due
        self.stop_any_until = (
            None if any_for is None else dt_util.utcnow() + timedelta(seconds=any_for)
        )
        await self.async_save()


def _time(stored: str | None) -> datetime | None:
    """Return a stored time in UTC; raises TypeError or ValueError if it is not one."""
    if stored is None:
        return None
    return dt_util.as_utc(dt_util.parse_datetime(stored, raise_on_error=True))


def _text(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _string(stored: Any) -> str | None:
    return None if stored is None else str(stored)


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    _CHOSEN: lambda stored: None if stored == _NO_PROGRAMME else _string(stored),
    "own_settings": lambda stored: stored,
    "run": lambda stored: stored,
    "armed_until": _string,
    "stop_due": lambda stored: sorted({int(number) for number in stored}),
    "stop_any_until": _time,
    "asked_minutes": lambda stored: None if stored is None else int(stored),
    "session_ends_at": _time,
    "last_contact": _time,
    "person": _string,
    "person_by_hand": bool,
    "plans": dict,
}
"""How each attribute of `StoredState` is read; `Run` and `OwnSettings` read theirs."""
