"""What Home Assistant remembers of one BackHug over a restart, beside its entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..storage import CONF_OF, DeviceStore
from .model import NO_PROGRAMME

_LOGGER = logging.getLogger(__name__)


_JITTER: Final = 60
"""Seconds by which the end of a stop that is kept may differ from the stored one."""


def _store(hass: HomeAssistant, entry_id: str, address: str) -> DeviceStore:
    return DeviceStore(hass, f"{DOMAIN}.programmes.{entry_id}", address)


async def async_forget(hass: HomeAssistant, entry_id: str, address: str) -> None:
    """Forget what was remembered of a BackHug that was removed."""
    store = _store(hass, entry_id, address)
    await store.async_remove()
    await store.async_remove_set_aside()


class StoredState:
    """The chosen programme, the running one, and whether the device is armed.

    All but the chosen programme is of one device: it ends when another one takes its place.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str, address: str) -> None:
        """Remember nothing yet; the address is that of the device."""
        self._hass = hass
        self._store = _store(hass, entry_id, address)
        self.chosen = NO_PROGRAMME
        """The key of the programme that the next session runs."""
        self.run: dict[str, Any] | None = None
        """The programme that runs, as the runner stores it."""
        self.armed_until: str | None = None
        """When the arming ends that was on."""
        self.stop_due: list[int] = []
        """The numbers of the sessions of which a person was told that they will be stopped."""
        self.stop_any_until: datetime | None = None
        """Until when whatever session runs on the first connection is to be stopped."""

    async def async_load(self) -> None:
        """Read what was remembered. Without a file that can be read it begins anew: set-up goes on."""
        try:
            if data := await self._store.async_load():
                stop_due = sorted({int(number) for number in data.get("stop_due", ())})
                chosen, run = str(data["chosen"]), data["run"]
                armed_until = data["armed_until"]
                until = data.get("stop_any_until")
                stop_any_until = (
                    None
                    if until is None
                    else dt_util.as_utc(
                        dt_util.parse_datetime(until, raise_on_error=True)
                    )
                )
                self.chosen = chosen
                if not self._store.is_of_another(data):
                    self.run, self.armed_until = run, armed_until
                    self.stop_due, self.stop_any_until = stop_due, stop_any_until
        except (
            AttributeError,
            HomeAssistantError,
            LookupError,
            NotImplementedError,
            TypeError,
            ValueError,
        ) as error:
            _LOGGER.warning(
                "What was remembered of a BackHug cannot be read (%r) and begins anew",
                error,
            )

    async def async_save(self) -> None:
        """Write it at once: a power cut may follow."""
        await self._store.async_save(
            {
                CONF_OF: self._store.address,
                "chosen": self.chosen,
                "run": self.run,
                "armed_until": self.armed_until,
                "stop_due": self.stop_due,
                "stop_any_until": None
                if self.stop_any_until is None
                else self.stop_any_until.isoformat(),
            }
        )

    @property
    def stop_is_kept(self) -> bool:
        """Whether a stop is remembered."""
        return bool(self.stop_due) or self.stop_any_until is not None

    @property
    def stop_any_for(self) -> float | None:
        """Seconds until `stop_any_until`; None if no such stop is kept, or not any more."""
        if self.stop_any_until is None:
            return None
        left = (self.stop_any_until - dt_util.utcnow()).total_seconds()
        return left if left > 0 else None

    async def async_keep_stop(
        self, sessions: Iterable[int], any_for: float | None
    ) -> None:
        """Remember which sessions are still to be stopped; written at once, if it is news."""
        stop_due = sorted(sessions)
        same = (any_for is None) == (self.stop_any_until is None) and (
            any_for is None or abs(any_for - (self.stop_any_for or 0)) < _JITTER
        )
        if stop_due == self.stop_due and same:
            return
        self.stop_due = stop_due
        self.stop_any_until = (
            None if any_for is None else dt_util.utcnow() + timedelta(seconds=any_for)
        )
        await self.async_save()

    @callback
    def async_save_soon(self) -> None:
        """Write it, without waiting for it."""
        self._hass.async_create_task(self.async_save(), "BackHug memory")
