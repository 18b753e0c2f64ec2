"""What the invented beds have in common: advertising, one connection, one writable and one notifying characteristic."""

import asyncio
from collections.abc import Coroutine
import struct
from typing import Any, ClassVar

from bumble.att import Attribute, AttributeValue
from bumble.core import UUID
from bumble.device import AdvertisingType, Connection, Device
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR as CCCD,
    Characteristic,
    Service,
)

from ..clock import Clock
from ..faults import Faults
from ..radio import Radio

_INTERVAL = 20.0
"""Milliseconds between two advertisements."""
_NAME = 0x09
_MANUFACTURER = 0xFF
_UUIDS_16 = 0x03
_UUIDS_128 = 0x07
_FLAGS = bytes((0x02, 0x01, 0x06))
_SHORT = 2
"""Octets of a UUID of 16 bits."""


class VendorBed:
    """A bed on a radio; subclasses know what it says."""

    service: ClassVar[UUID]
    written: ClassVar[UUID]
    notified: ClassVar[UUID]
    with_response: ClassVar[bool]
    encrypted: ClassVar[bool] = False
    """Whether a client must be paired before it can subscribe."""

    def __init__(self, name: str, address: str, radio: Radio, clock: Clock) -> None:
        """Put a bed on a radio, not started."""
        self.name = name
        self.address = address
        self.clock = clock
        self.faults = Faults()
        self.received: list[bytes] = []
        """Everything that was written, as it came."""
        self.manufacturer_data = b""
        """Company, little-endian, and what is advertised of it; empty: nothing."""
        self.connections = 0
        self._radio = radio
        self._device: Device | None = None
        self._connection: Connection | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        properties = Characteristic.Properties
        self._outgoing: Characteristic[bytes] = Characteristic(
            self.notified, properties.NOTIFY, Characteristic.READABLE, b""
        )
        self._incoming: Characteristic[bytes] = Characteristic(
            self.written,
            properties.WRITE
            if self.with_response
            else properties.WRITE_WITHOUT_RESPONSE,
            Characteristic.WRITEABLE,
            AttributeValue[bytes](write=self._on_write),
        )

    @property
    def connected(self) -> bool:
        """Whether a client is connected."""
        return self._connection is not None

    async def start(self) -> None:
        """Appear on the radio."""
        device = await self._radio.open_device(self.name, self.address, self.faults)
        self._device = device
        device.add_services(self.services())
        if self.encrypted:
            for attribute in device.gatt_server.attributes:
                if attribute.type == CCCD:
                    attribute.permissions |= Attribute.WRITE_REQUIRES_ENCRYPTION
        device.on(device.EVENT_CONNECTION, self._on_connection)
        await self._advertise()

    def services(self) -> list[Service]:
        """Return what it has."""
        return [Service(self.service, [self._outgoing, self._incoming])]

    async def stop(self) -> None:
        """Disappear."""
        device, self._device = self._device, None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if device is not None:
            await self._radio.close_device(device)

    def drop_link(self) -> None:
        """End the connection."""
        if self._device is not None and self._connection is not None:
            self._radio.drop(self._device)

    def notify(self, value: bytes) -> None:
        """Send a notification, if somebody is connected and has enabled them."""
        if self._device is not None and self._connection is not None:
            self._spawn(
                self._device.notify_subscriber(
                    self._connection, self._outgoing, value, force=False
                )
            )

    def take(self, value: bytes) -> None:
        """Take what was written."""
        raise NotImplementedError

    def forget_client(self) -> None:
        """Reset what belongs to one connection."""

    def _on_write(self, _connection: object, value: bytes) -> None:
        self.received.append(bytes(value))
        self.take(bytes(value))

    async def _advertise(self) -> None:
        if self._device is None:
            return
        uuid = self.service.to_bytes()
        kind = _UUIDS_16 if len(uuid) == _SHORT else _UUIDS_128
        name = self.name.encode()
        data = _FLAGS + struct.pack("BB", len(uuid) + 1, kind) + uuid
        if self.manufacturer_data:
            data += struct.pack("BB", len(self.manufacturer_data) + 1, _MANUFACTURER)
            data += self.manufacturer_data
        await self._device.start_advertising(
            advertising_type=AdvertisingType.UNDIRECTED_CONNECTABLE_SCANNABLE,
            advertising_data=data,
            scan_response_data=struct.pack("BB", len(name) + 1, _NAME) + name,
            advertising_interval_min=_INTERVAL,
            advertising_interval_max=_INTERVAL,
        )

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        self.connections += 1
        connection.once(connection.EVENT_DISCONNECTION, self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self.forget_client()
        self._spawn(self._advertise())

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
