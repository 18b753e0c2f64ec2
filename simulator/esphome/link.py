"""A proxy's connection to one peripheral, with GATT operations by handle."""

from collections.abc import Callable, Iterable
from typing import override
from uuid import UUID

from bleak.assigned_numbers import CHARACTERISTIC_PROPERTIES
from bleak.backends.service import BleakGATTService
from bumble.gatt_client import Client

from simulator.bleak_client import SimulatedClient
from simulator.central import Central

from .api import Message, messages

_BASE_UUID = "-0000-1000-8000-00805f9b34fb"


class ProxyLink(SimulatedClient):
    """A connection to one peripheral; errors are those of `SimulatedClient`.

    Handles are not checked: a client may have cached them before a firmware update.
    """

    def __init__(
        self, address: str, central: Central, lost: Callable[[ProxyLink], None]
    ) -> None:
        """Call `lost` when the link is lost, before its slot is released."""
        super().__init__(address, central=central)
        self._lost = lost
        self.reason = 0
        """HCI error code of the disconnection."""

    @override
    def _on_disconnection(self, _reason: int) -> None:
        self.reason = _reason
        if self.is_connected:
            self._lost(self)
        super()._on_disconnection(_reason)

    @property
    def mtu(self) -> int:
        """ATT MTU of the link; BleakError while disconnected."""
        return self._link().att_mtu

    @property
    def _client(self) -> Client:
        client = self._link().gatt_client
        assert client is not None
        return client

    async def read(self, handle: int) -> bytes:
        """Read a characteristic or a descriptor."""
        return bytes(await self._read(handle))

    async def write(self, handle: int, value: bytes, *, response: bool = True) -> None:
        """Write a characteristic or a descriptor; without response the value is truncated to the MTU."""
        if not response:
            value = value[: self.mtu - 3]
        await self._perform(self._client.write_value(handle, value, response))

    def listen(self, handle: int, sink: Callable[[bytes], None]) -> None:
        """Forward notifications and indications; the client enables them by the descriptor."""
        client = self._client
        client.notification_subscribers[handle] = {sink}
        client.indication_subscribers[handle] = {sink}


def describe(services: Iterable[BleakGATTService]) -> list[Message]:
    """Convert services to messages of the native API."""
    described = []
    for service in services:
        message = messages.BluetoothGATTService(
            handle=service.handle, **_uuid(service.uuid)
        )
        for characteristic in service.characteristics:
            added = message.characteristics.add(
                handle=characteristic.handle,
                properties=sum(
                    flag
                    for flag, name in CHARACTERISTIC_PROPERTIES.items()
                    if name in characteristic.properties
                ),
                **_uuid(characteristic.uuid),
            )
            for descriptor in characteristic.descriptors:
                added.descriptors.add(
                    handle=descriptor.handle, **_uuid(descriptor.uuid)
                )
        described.append(message)
    return described


def _uuid(text: str) -> dict[str, int | list[int]]:
    """Return the fields of a UUID; 16-bit UUIDs are sent in short form."""
    if text.startswith("0000") and text.endswith(_BASE_UUID):
        return {"short_uuid": int(text[4:8], 16)}
    whole = UUID(text).int
    return {"uuid": [whole >> 64, whole & (1 << 64) - 1]}
