"""What Home Assistant remembers of one BackHug over a restart, beside its entry."""

from __future__ import annotations

import logging
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .programmes import NO_PROGRAMME
from .store import CONF_OF, DeviceStore

_LOGGER = logging.getLogger(__name__)


def _store(hass: HomeAssistant, entry_id: str, address: str) -> DeviceStore:
    return DeviceStore(hass, f"{DOMAIN}.programmes.{entry_id}", address)


async def async_forget(hass: HomeAssistant, entry_id: str, address: str) -> None:
    """Forget what was remembered of a BackHug that was removed."""
    store = _store(hass, entry_id, address)
    await store.async_remove()
    await store.async_remove_set_aside()


class Memory:
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

    async def async_load(self) -> None:
        """Read what was remembered. Without a file that can be read it begins anew: set-up goes on."""
        try:
            if data := await self._store.async_load():
                stop_due = sorted({int(number) for number in data.get("stop_due", ())})
                chosen, run = str(data["chosen"]), data["run"]
                armed_until = data["armed_until"]
                self.chosen = chosen
                if not self._store.is_of_another(data):
                    self.run, self.armed_until = run, armed_until
                    self.stop_due = stop_due
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
            }
        )

    @callback
    def async_save_soon(self) -> None:
        """Write it, without waiting for it."""
        self._hass.async_create_task(self.async_save(), "BackHug memory")
