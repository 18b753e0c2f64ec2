"""Files that say of which device they are."""

from glob import escape
from pathlib import Path
from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

VERSION: Final = 1
MINOR_VERSION: Final = 2

CONF_OF: Final = "address"
"""The address of the device that stored data is of."""


class DeviceStore(Store[dict[str, Any]]):
    """A file of what is remembered of one device.

    Another device may take the place of that of an entry: the data says by its address which one it is of.
    """

    def __init__(self, hass: HomeAssistant, key: str, address: str) -> None:
        """Take the address of the device of the entry."""
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
        """Return what another version stored, as this one stores it.

        Minor version 1 did not store the address. A later minor version only adds: what this one does not know
        is left out. There is no older major version.
        """
        if old_major_version != VERSION:
            raise NotImplementedError
        old_data.setdefault(CONF_OF, self.address)
        return old_data

    def is_of_another(self, data: dict[str, Any]) -> bool:
        """Return whether stored data is of another device, which was replaced."""
        return bool(data[CONF_OF] != self.address)

    async def async_remove_set_aside(self) -> None:
        """Remove the files that could not be read, which we or Home Assistant have set aside."""
        path = Path(self.path)

        def remove() -> None:
            for kind in ("unreadable", "corrupt"):
                for aside in path.parent.glob(f"{escape(path.name)}.{kind}.*"):
                    aside.unlink(missing_ok=True)

        await self.hass.async_add_executor_job(remove)
