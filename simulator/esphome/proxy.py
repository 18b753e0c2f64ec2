"""An ESPHome Bluetooth proxy: scanner and connections for one API client.

It behaves like ESPHome's component `bluetooth_proxy`, with the error numbers of ESP-IDF.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from aioesphomeapi.model import BluetoothProxyFeature
from bleak.exc import BleakError, BleakGATTProtocolError
from bluetooth_data_tools import int_to_bluetooth_address, mac_to_int
from bumble.att import ATT_DEFAULT_MTU
from bumble.device import Advertisement

from simulator.central import Central
from simulator.radio import Radio

from .api import Message, messages
from .link import ProxyLink, describe

FEATURES = sum(BluetoothProxyFeature)
"""All features, as a current ESPHome with active connections reports."""

NOT_CONNECTED = -1
"""ESPHome's GATT error for an operation without a connection."""
NOT_ESTABLISHED = 0x3E
GATT_ERROR = 0x85
"""ESP-IDF's generic error, also for a connection attempt that times out."""
PAIRING_FAILED = 0x55

CONNECT_TIMEOUT = 20.0
"""Seconds until ESP-IDF gives up a connection attempt."""
BATCH_INTERVAL = 0.1
"""Seconds between two messages with advertisements."""
BATCH = 16
"""Most advertisements in one message."""
_RANDOM = 1
"""Address type of every simulated device."""


class ApiClient(Protocol):
    """A client of the native API."""

    def send(self, message: Message) -> None:
        """Send a message to the client."""


class BluetoothProxy:
    """Scans and connects for the client that subscribed to advertisements.

    A second subscriber is ignored. When the subscriber disconnects, its connections are closed.
    """

    def __init__(
        self,
        radio: Radio,
        address: str,
        *,
        slots: int,
        active: bool,
        request_timeout: float,
    ) -> None:
        """Describe the adapter; `active` is the configured scanning mode."""
        self.central = Central(
            radio,
            address,
            slots=slots,
            request_timeout=request_timeout,
            on_slots_changed=self._report_slots,
        )
        self._configured = self._active = active
        self._subscriber: ApiClient | None = None
        self._links: dict[int, ProxyLink] = {}
        self._attempts: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._batch: list[Message] = []
        self._flushing: asyncio.TimerHandle | None = None

    # -- Life

    async def start(self) -> None:
        """Open the adapter and start scanning."""
        await self.central.start()
        self._active = self._configured
        await self._scan()

    async def stop(self) -> None:
        """Close the adapter and its connections."""
        self._subscriber = None
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        self._batch.clear()
        self.central.close()
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._links.clear()
        # Let callbacks of the closed connections run.
        for _ in range(5):
            await asyncio.sleep(0)

    async def reboot(self) -> None:
        """Close every connection and clear the GATT cache; bonds are kept."""
        bonds = self.central.device.keystore
        await self.stop()
        self.central.services.clear()
        await self.start()
        self.central.device.keystore = bonds

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # -- The client

    def _send(self, message: Message) -> None:
        if self._subscriber is not None:
            self._subscriber.send(message)

    def gone(self, client: ApiClient) -> None:
        """Close every connection if the client was the subscriber."""
        if client is self._subscriber:
            self._subscriber = None
            for address in {*self._links, *self._attempts}:
                self._spawn(self._disconnect(address))

    def handle(self, client: ApiClient, message: Message) -> None:
        """Handle a Bluetooth request; other messages are ignored."""
        match message:
            case messages.SubscribeBluetoothLEAdvertisementsRequest():
                if self._subscriber in (None, client):
                    self._subscriber = client
                    self._report_scanner()
            case messages.UnsubscribeBluetoothLEAdvertisementsRequest():
                self.gone(client)
            case messages.SubscribeBluetoothConnectionsFreeRequest():
                client.send(self._slots())
            case messages.BluetoothScannerSetModeRequest():
                active = messages.BLUETOOTH_SCANNER_MODE_ACTIVE
                self._active = message.mode == active
                self._spawn(self._scan())
            case messages.BluetoothDeviceRequest():
                self._handle_device(message)
            case messages.BluetoothSetConnectionParamsRequest():
                response = messages.BluetoothSetConnectionParamsResponse
                self._send(response(address=message.address))
            case _:
                self._handle_gatt(message)

    def _handle_device(self, message: Message) -> None:
        address, kind = message.address, message.request_type
        match kind:
            case messages.BLUETOOTH_DEVICE_REQUEST_TYPE_CONNECT_V3_WITH_CACHE:
                self._begin(address, cached=True)
            case messages.BLUETOOTH_DEVICE_REQUEST_TYPE_CONNECT_V3_WITHOUT_CACHE:
                self._begin(address, cached=False)
            case messages.BLUETOOTH_DEVICE_REQUEST_TYPE_DISCONNECT:
                self._spawn(self._disconnect(address))
            case messages.BLUETOOTH_DEVICE_REQUEST_TYPE_PAIR:
                self._spawn(self._pair(address))
            case messages.BLUETOOTH_DEVICE_REQUEST_TYPE_UNPAIR:
                self._spawn(self._unpair(address))
            case messages.BLUETOOTH_DEVICE_REQUEST_TYPE_CLEAR_CACHE:
                self.central.services.pop(int_to_bluetooth_address(address), None)
                response = messages.BluetoothDeviceClearCacheResponse
                self._send(response(address=address, success=True))

    def _handle_gatt(self, message: Message) -> None:
        work: Callable[[ProxyLink], Coroutine[Any, Any, Message]]
        match message:
            case messages.BluetoothGATTGetServicesRequest():
                work = self._get_services
            case (
                messages.BluetoothGATTReadRequest()
                | messages.BluetoothGATTReadDescriptorRequest()
            ):
                work = partial(_read, message)
            case messages.BluetoothGATTWriteRequest():
                work = partial(_write, message, response=message.response)
            case messages.BluetoothGATTWriteDescriptorRequest():
                work = partial(_write, message, response=True)
            case messages.BluetoothGATTNotifyRequest():
                work = partial(self._notify, message)
            case _:
                return
        self._spawn(self._gatt(message, work))

    # -- Scanning

    async def _scan(self) -> None:
        await self.central.scan(active=self._active, callback=self._on_advertisement)
        self._report_scanner()

    def _report_scanner(self) -> None:
        """Report the scanner's state; it pauses during connection attempts."""
        idle, running = (
            messages.BLUETOOTH_SCANNER_STATE_IDLE,
            messages.BLUETOOTH_SCANNER_STATE_RUNNING,
        )
        self._send(
            messages.BluetoothScannerStateResponse(
                state=idle if self._attempts else running,
                mode=_mode(self._active),
                configured_mode=_mode(self._configured),
            )
        )

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        if self._subscriber is None or self._attempts:
            return
        self._batch.append(
            messages.BluetoothLERawAdvertisement(
                address=mac_to_int(advertisement.address.to_string(False)),
                rssi=advertisement.rssi,
                address_type=_RANDOM,
                data=bytes(advertisement.data),
            )
        )
        if len(self._batch) >= BATCH:
            self._flush()
        elif self._flushing is None:
            loop = asyncio.get_running_loop()
            self._flushing = loop.call_later(BATCH_INTERVAL, self._flush)

    def _flush(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        batch, self._batch = self._batch, []
        self._send(messages.BluetoothLERawAdvertisementsResponse(advertisements=batch))

    # -- Connections

    def _slots(self) -> Message:
        return messages.BluetoothConnectionsFreeResponse(
            free=self.central.free,
            limit=self.central.slots,
            allocated=[mac_to_int(address) for address in self.central.allocated],
        )

    def _report_slots(self) -> None:
        self._send(self._slots())

    def _report(
        self, address: int, *, connected: bool, mtu: int = 0, error: int = 0
    ) -> None:
        self._send(
            messages.BluetoothDeviceConnectionResponse(
                address=address, connected=connected, mtu=mtu, error=error
            )
        )

    def _begin(self, address: int, *, cached: bool) -> None:
        """Connect unless connected or connecting already."""
        if address in self._attempts:
            return
        if (link := self._links.get(address)) is not None:
            self._report(address, connected=True, mtu=link.mtu)
        elif not self.central.free:
            self._report(address, connected=False)
        else:
            attempt = self._spawn(self._connect(address, cached=cached))
            self._attempts[address] = attempt
            self._report_scanner()

    async def _connect(self, address: int, *, cached: bool) -> None:
        link = ProxyLink(int_to_bluetooth_address(address), self.central, self._lost)
        error = 0
        try:
            # ESP-IDF keeps discovered services in its cache.
            await link.connect(timeout=CONNECT_TIMEOUT, dangerous_use_bleak_cache=True)
        except TimeoutError:
            error = GATT_ERROR
        except BleakError:
            error = link.reason or NOT_ESTABLISHED
        finally:
            del self._attempts[address]
            self._report_scanner()
        if error:
            self._report(address, connected=False, error=error)
            return
        self._links[address] = link
        # With cached services ESPHome reports the connection before the MTU exchange.
        mtu = ATT_DEFAULT_MTU if cached else link.mtu
        self._report(address, connected=True, mtu=mtu)

    def _lost(self, link: ProxyLink) -> None:
        address = mac_to_int(link.address)
        self._links.pop(address, None)
        self._report(address, connected=False, error=link.reason)

    async def _disconnect(self, address: int) -> None:
        if (attempt := self._attempts.get(address)) is not None:
            attempt.cancel()
            await asyncio.wait({attempt})
        if (link := self._links.get(address)) is not None:
            with suppress(BleakError):
                await link.disconnect()
        else:
            self._report(address, connected=False)
            self._report_slots()

    async def _pair(self, address: int) -> None:
        if (link := self._links.get(address)) is None:
            return
        error = 0
        try:
            await link.pair()
        except BleakError, TimeoutError:
            error = PAIRING_FAILED
        response = messages.BluetoothDevicePairingResponse
        self._send(response(address=address, paired=not error, error=error))

    async def _unpair(self, address: int) -> None:
        link = ProxyLink(int_to_bluetooth_address(address), self.central, self._lost)
        await link.unpair()
        response = messages.BluetoothDeviceUnpairingResponse
        self._send(response(address=address, success=True))

    # -- GATT

    async def _gatt(
        self,
        message: Message,
        work: Callable[[ProxyLink], Coroutine[Any, Any, Message]],
    ) -> None:
        """Carry out a request and send its response or error."""
        if (link := self._links.get(message.address)) is None:
            self._report_error(message, NOT_CONNECTED)
            return
        try:
            self._send(await work(link))
        except BleakGATTProtocolError as error:
            self._report_error(message, error.args[0])
        except BleakError:
            # A lost link is reported by `_lost`.
            if link.is_connected:
                self._report_error(message, GATT_ERROR)
        except TimeoutError:
            pass  # ESPHome sends nothing; the client has its own timeout.

    def _report_error(self, message: Message, error: int) -> None:
        handle = getattr(message, "handle", 0)
        self._send(
            messages.BluetoothGATTErrorResponse(
                address=message.address, handle=handle, error=error
            )
        )

    async def _get_services(self, link: ProxyLink) -> Message:
        address = mac_to_int(link.address)
        response = messages.BluetoothGATTGetServicesResponse
        for service in describe(link.services or ()):
            self._send(response(address=address, services=[service]))
        return messages.BluetoothGATTGetServicesDoneResponse(address=address)

    async def _notify(self, message: Message, link: ProxyLink) -> Message:
        """Start or stop forwarding notifications."""
        address, handle = message.address, message.handle

        def notified(value: bytes) -> None:
            response = messages.BluetoothGATTNotifyDataResponse
            self._send(response(address=address, handle=handle, data=value))

        link.listen(handle, notified if message.enable else lambda _: None)
        return messages.BluetoothGATTNotifyResponse(address=address, handle=handle)


async def _read(message: Message, link: ProxyLink) -> Message:
    data = await link.read(message.handle)
    return messages.BluetoothGATTReadResponse(
        address=message.address, handle=message.handle, data=data
    )


async def _write(message: Message, link: ProxyLink, *, response: bool) -> Message:
    await link.write(message.handle, message.data, response=response)
    return messages.BluetoothGATTWriteResponse(
        address=message.address, handle=message.handle
    )


def _mode(active: bool) -> int:
    """Return a scanning mode of the native API."""
    mode: int = (
        messages.BLUETOOTH_SCANNER_MODE_ACTIVE
        if active
        else messages.BLUETOOTH_SCANNER_MODE_PASSIVE
    )
    return mode
