"""A bleak backend on a Bumble central, as Home Assistant's wrapper expects one.

It speaks the dialect of its adapter (see `dialect`). Where that says nothing it behaves as that of an ESPHome proxy,
which most owners have: the services are gone with the link; a lost response is a TimeoutError with the link still
usable; a connection with cached services reports an MTU of 23.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, cast, override

from bleak.args import SizedBuffer
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTServiceCollection
from bleak.exc import BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_16
from bumble import att, core
from bumble.device import Connection
from bumble.hci import HCI_Error

from .central import Central
from .dialect import refusal
from .gatt_discovery import discover, gatt_client

LARGEST_MTU = 517
"""What this client offers; a peripheral may want less."""

_CONFIGURATION = normalize_uuid_16(0x2902)
_ERRORS = (core.BaseBumbleError, HCI_Error)


class SimulatedClient(BaseBleakClient):
    """A client of one peripheral over one central."""

    def __init__(
        self, address_or_ble_device: BLEDevice | str, *, central: Central, **kwargs: Any
    ) -> None:
        """Take bleak's arguments for a backend, and the central to connect with."""
        kwargs.setdefault("timeout", 10.0)
        super().__init__(address_or_ble_device, **kwargs)
        self._central = central
        self._connection: Connection | None = None
        self._connected = False
        self._cached = False
        # In order: the order of disconnection callbacks must not depend on memory addresses.
        self._under_way: dict[asyncio.Task[Any], None] = {}
        self._notified: set[int] = set()
        self._name = getattr(address_or_ble_device, "name", None)

    @property
    @override
    def name(self) -> str:
        return self._name or self.address

    @property
    @override
    def mtu_size(self) -> int:
        if self._connection is None or self._cached:
            return att.ATT_DEFAULT_MTU
        return self._connection.att_mtu

    @property
    @override
    def is_connected(self) -> bool:
        return self._connected

    # -- Connection

    @override
    async def connect(self, pair: bool = False, **kwargs: Any) -> None:
        """Connect, discover the services (or take cached ones), pair if asked to."""
        if self._connected:
            return
        timeout = kwargs.get("timeout", self._timeout)
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        connection = await self._central.connect(self.address, timeout)
        self._connection = connection
        connection.once(connection.EVENT_DISCONNECTION, self._on_disconnection)
        try:
            async with asyncio.timeout_at(until):
                await self._encrypt_if_bonded(connection)
                await self._exchange_mtu(connection)
                use_cache = bool(kwargs.get("dangerous_use_bleak_cache", False))
                self.services = await self._get_services(connection, use_cache)
                if pair:
                    await self.pair()
        except BaseException:
            await self._give_up(connection)
            raise
        if self._connection is None:
            raise BleakError(f"{self.address}: the connection was lost at once")
        self._connected = True

    async def _give_up(self, connection: Connection) -> None:
        """Disconnect a connection that no caller knows of."""
        if self._connection is connection:
            try:
                await connection.disconnect()
            except _ERRORS:
                self._on_disconnection(0)

    async def _encrypt_if_bonded(self, connection: Connection) -> None:
        keystore = connection.device.keystore
        if keystore is None or not await keystore.get(str(connection.peer_address)):
            return
        try:
            await self._perform(connection.encrypt())
        except BleakError:
            # The peripheral has forgotten the bond: requests that need it will fail.
            if self._connection is None:
                raise

    async def _exchange_mtu(self, connection: Connection) -> None:
        try:
            await self._perform(gatt_client(connection).request_mtu(LARGEST_MTU))
        except BleakGATTProtocolError:
            return  # The peripheral refuses: it stays at 23.

    async def _get_services(
        self, connection: Connection, use_cache: bool
    ) -> BleakGATTServiceCollection:
        cached = self._central.services.get(self.address) if use_cache else None
        self._cached = cached is not None
        if cached is not None:
            return cached
        unannounced = self._central.unannounced
        left_out = unannounced.pop(0) if unannounced else frozenset()
        services = await self._perform(discover(connection, left_out))
        self._central.services[self.address] = services
        return services

    async def clear_cache(self) -> bool:
        """Forget the discovered services: the next connection discovers them again."""
        return self._central.remove(self.address)

    @override
    async def disconnect(self) -> None:
        """Disconnect; returns when the link is down."""
        if (connection := self._connection) is None:
            return
        try:
            await connection.disconnect()
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise BleakError(f"{self.address}: the adapter was closed") from None
        except _ERRORS as error:
            if self._connection is not None:
                raise BleakError(f"{self.address}: {error}") from error

    def _on_disconnection(self, _reason: int) -> None:
        was_connected = self._connected
        self._connection = None
        self._connected = False
        self.services = BleakGATTServiceCollection()
        self._notified.clear()
        for task in self._under_way:
            task.cancel()
        self._central.release(self.address)
        if was_connected and self._disconnected_callback is not None:
            self._disconnected_callback()

    @override
    async def pair(self, *args: Any, **kwargs: Any) -> None:
        """Pair without anything to compare (Just Works); BleakError if it fails."""
        connection = self._link()
        if not connection.is_encrypted:
            await self._perform(connection.device.pair(connection))

    @override
    async def unpair(self) -> None:
        """Forget the keys of the peripheral."""
        keystore = self._central.device.keystore
        if keystore is not None:
            keys = {name.split("/")[0]: name for name, _ in await keystore.get_all()}
            if (name := keys.get(self.address)) is not None:
                await keystore.delete(name)

    # -- GATT

    def withhold_confirmations(self) -> Callable[[], None]:
        """Stop confirming indications; return a function that resumes, at once."""
        gatt = gatt_client(self._link())
        withheld: list[att.ATT_Handle_Value_Confirmation] = []
        # An attribute of the object takes precedence over the method of its class.
        gatt.__dict__["send_confirmation"] = withheld.append

        def confirm() -> None:
            del gatt.__dict__["send_confirmation"]
            for confirmation in withheld:
                gatt.send_confirmation(confirmation)

        return confirm

    def _link(self) -> Connection:
        if self._connection is None:
            raise BleakError(f"{self.address}: not connected")
        return self._connection

    async def _perform[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Await what needs the link, and say in bleak's words how it failed.

        Who stops waiting takes nothing back: a request that is on its way keeps the next
        one waiting until its response has come, or its time is up.
        """
        if self._connection is None:
            work.close()
            raise BleakError(f"{self.address}: the connection was lost")
        if self._central.cancels:
            self._central.cancels -= 1
            work.close()
            raise asyncio.CancelledError
        loop = asyncio.get_running_loop()
        task = loop.create_task(work)
        self._under_way[task] = None
        time_is_up = loop.call_later(self._central.request_timeout, task.cancel)

        def ended(_: object) -> None:
            time_is_up.cancel()
            self._under_way.pop(task, None)
            if not task.cancelled():
                task.exception()

        task.add_done_callback(ended)
        await self._end(task)
        try:
            return task.result()
        except asyncio.CancelledError:
            if self._connection is not None:
                raise TimeoutError(f"{self.address}: no response") from None
            raise BleakError(f"{self.address}: the connection was lost") from None
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except _ERRORS as error:
            raise BleakError(f"{self.address}: {error}") from error

    async def _end(self, task: asyncio.Task[Any]) -> None:
        """Wait until a request has ended, or until its caller is cancelled."""
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                if not self._central.heedless:
                    raise

    @override
    async def read_gatt_char(
        self,
        characteristic: BleakGATTCharacteristic,
        *,
        use_cached: bool = False,
        **kwargs: Any,
    ) -> bytearray:
        """Read a characteristic, however long it is."""
        return await self._read(characteristic.handle)

    @override
    async def read_gatt_descriptor(
        self,
        descriptor: BleakGATTDescriptor,
        *,
        use_cached: bool = False,
        **kwargs: Any,
    ) -> bytearray:
        """Read a descriptor, however long it is."""
        return await self._read(descriptor.handle)

    async def _read(self, handle: int) -> bytearray:
        work = gatt_client(self._link()).read_value(handle)
        with self._refused(handle):
            return bytearray(await self._perform(work))

    @contextmanager
    def _refused(self, handle: int) -> Iterator[None]:
        """Say in the adapter's dialect that the peripheral refuses something."""
        try:
            yield
        except BleakGATTProtocolError as error:
            refused = refusal(
                self._central.dialect, int(error.code), self.address, handle
            )
            raise refused from refused.__cause__ or error

    @override
    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a characteristic; without response it is cut to what fits."""
        value = bytes(data)
        if not response:
            value = value[: self._link().att_mtu - 3]
        await self._write_characteristic(characteristic.handle, value, response)

    async def _write_characteristic(
        self, handle: int, value: bytes, response: bool
    ) -> None:
        await self._write(handle, value, response)

    async def _write(self, handle: int, value: bytes, response: bool) -> None:
        work = gatt_client(self._link()).write_value(handle, value, response)
        with self._refused(handle):
            await self._perform(work)

    @override
    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        """Write a descriptor, with response."""
        await self._write(descriptor.handle, bytes(data), True)

    @override
    async def start_notify(
        self,
        characteristic: BleakGATTCharacteristic,
        callback: NotifyCallback,
        **kwargs: Any,
    ) -> None:
        """Enable notifications, or indications where there are no notifications."""
        gatt = gatt_client(self._link())
        handle = characteristic.handle
        configuration = characteristic.get_descriptor(_CONFIGURATION)
        if configuration is None:
            raise BleakError(f"{characteristic.uuid} neither notifies nor indicates")
        if handle in self._notified:
            raise BleakError(f"{characteristic.uuid} is enabled already")
        notifies = "notify" in characteristic.properties
        subscribers = cast(
            "dict[int, set[Callable[[bytes], None]]]",
            gatt.notification_subscribers if notifies else gatt.indication_subscribers,
        )
        subscribers[handle] = {lambda value: callback(bytearray(value))}
        self._notified.add(handle)
        value = bytes((1 if notifies else 2, 0))
        try:
            await self._write(configuration.handle, value, True)
        except BaseException:
            self._notified.discard(handle)
            subscribers.pop(handle, None)
            raise

    @override
    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Disable notifications and indications."""
        gatt = gatt_client(self._link())
        handle = characteristic.handle
        configuration = characteristic.get_descriptor(_CONFIGURATION)
        if configuration is None or handle not in self._notified:
            return
        self._notified.discard(handle)
        gatt.notification_subscribers.pop(handle, None)
        gatt.indication_subscribers.pop(handle, None)
        await self._write(configuration.handle, bytes(2), True)
