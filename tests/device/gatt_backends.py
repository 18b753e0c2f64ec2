"""Clients of the backends."""

from __future__ import annotations

from typing import cast

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection

from custom_components.backhug.device.gatt import find
from custom_components.backhug.device.protocols import open_profile as profile


class Client:
    """A connection with services."""

    def __init__(self, *services: tuple[str, int, dict[int, str]]) -> None:
        """Take the services: UUID, handle, and the UUIDs of the characteristics by handle."""
        self.is_connected = True
        self.value: object = b""
        self.services = BleakGATTServiceCollection()
        for uuid, handle, characteristics in services:
            service = BleakGATTService(None, handle, uuid)
            self.services.add_service(service)
            for number, name in characteristics.items():
                self.services.add_characteristic(
                    BleakGATTCharacteristic(
                        None, number, name, ["read"], lambda: 97, service
                    )
                )

    async def read_gatt_char(self, _characteristic: object) -> object:
        """Return the stored value."""
        return self.value

    def found(self, uuid: str) -> int | None:
        """Return the handle of the characteristic in use."""
        found = find(cast("BleakClient", self), profile.SERVICE, uuid)
        return None if found is None else found.handle
