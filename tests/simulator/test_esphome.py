"""The simulated ESPHome Bluetooth proxy, used by aioesphomeapi's client."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator, Awaitable
from contextlib import suppress
import gc
from typing import Any

from aioesphomeapi.client import APIClient
from aioesphomeapi.core import (
    APIConnectionError,
    BluetoothConnectionDroppedError,
    BluetoothGATTAPIError,
    InvalidEncryptionKeyAPIError,
    RequiresEncryptionAPIError,
    TimeoutAPIError,
)
from aioesphomeapi.model import (
    BluetoothProxyFeature,
    BluetoothScannerMode,
    BluetoothScannerState,
    BluetoothScannerStateResponse,
)
from bluetooth_data_tools import mac_to_int
import pytest

from simulator import protocol
from simulator.back import Back, Build, ManualClock
from simulator.esphome.server import EsphomeServer
from simulator.faults import Faults, Lost
from simulator.model import Opcode
from simulator.peripheral import Peripheral
from simulator.radio import Radio

from .conftest import INTERVAL, until

pytestmark = pytest.mark.usefixtures("socket_enabled")

KEY = b64encode(bytes(range(32))).decode()
OTHER_KEY = b64encode(bytes(32)).decode()
CONFIGURATION = 0x2902
BUILD = Build()
ADDRESS = mac_to_int(BUILD.address)


class Proxy:
    """A proxy, BackHugs in its reach, and a subscribed client."""

    def __init__(self) -> None:
        """Make the radio."""
        self.radio = Radio(supervision_timeout=0.2)
        self.faults = Faults()
        self.peripherals: list[Peripheral] = []
        self.clients: list[APIClient] = []
        self.scanner: list[BluetoothScannerStateResponse] = []
        self.slots: list[tuple[int, int, list[int]]] = []
        self.heard: list[tuple[int, bytes]] = []
        self.connection: list[tuple[bool, int, int]] = []

    async def start(self, **options: Any) -> None:
        """Start the proxy."""
        self.server = EsphomeServer(self.radio, request_timeout=1.0, **options)
        await self.server.start()

    async def add(self, build: Build = BUILD) -> Peripheral:
        """Put a BackHug in reach."""
        back = Back(build, ManualClock())
        peripheral = Peripheral(back, self.radio, faults=self.faults, interval=INTERVAL)
        await peripheral.start()
        self.peripherals.append(peripheral)
        return peripheral

    async def new_client(self, key: str | None = None) -> APIClient:
        """Return a connected client."""
        client = APIClient("127.0.0.1", self.server.port, None, noise_psk=key)
        self.clients.append(client)
        await client.connect(login=True)
        return client

    async def subscribe(self) -> APIClient:
        """Return a client with all subscriptions."""
        client = self.client = await self.new_client()
        client.subscribe_bluetooth_scanner_state(self.scanner.append)
        client.subscribe_bluetooth_connections_free(
            lambda *slots: self.slots.append(slots)
        )
        client.subscribe_bluetooth_le_raw_advertisements(self._hear)
        await until(lambda: self.scanner and self.slots)
        return client

    def _hear(self, message: Any) -> None:
        self.heard += [(each.address, each.data) for each in message.advertisements]

    async def connect(
        self, address: int = ADDRESS, *, has_cache: bool = False
    ) -> tuple[bool, int, int]:
        """Connect to a BackHug; return connected, MTU and error of the first report."""
        self.connection.clear()
        await self.client.bluetooth_device_connect(
            address,
            lambda *state: self.connection.append(state),
            timeout=3,
            feature_flags=sum(BluetoothProxyFeature),
            has_cache=has_cache,
            address_type=1,
        )
        return self.connection[0]

    async def handles(self, uuid: str) -> tuple[int, int]:
        """Return the handles of a characteristic and of its client configuration (0 if missing)."""
        found = await self.client.bluetooth_gatt_get_services(ADDRESS)
        for service in found.services:
            for characteristic in service.characteristics:
                if characteristic.uuid == uuid:
                    (configuration,) = [
                        descriptor.handle
                        for descriptor in characteristic.descriptors
                        if descriptor.uuid.startswith(f"{CONFIGURATION:08x}")
                    ] or [0]
                    return characteristic.handle, configuration
        raise KeyError(uuid)

    async def stop(self) -> None:
        """Close everything."""
        for client in self.clients:
            await client.disconnect(force=True)
        await self.server.stop()
        for peripheral in self.peripherals:
            await peripheral.stop()
        await self.radio.close()


@pytest.fixture
async def proxy() -> AsyncGenerator[Proxy]:
    """Yield a proxy before it is started."""
    proxy = Proxy()
    yield proxy
    await proxy.stop()


@pytest.fixture
async def ready(proxy: Proxy) -> Proxy:
    """Return a proxy with a BackHug in reach and a subscribed client."""
    await proxy.start()
    await proxy.add()
    await proxy.subscribe()
    return proxy


async def test_device_information(ready: Proxy) -> None:
    """The device is a current ESPHome proxy without entities."""
    info, entities, actions = await ready.client.device_info_and_list_entities()
    assert info.name == "backhug-simulator"
    assert info.bluetooth_mac_address == "02:00:00:00:5C:01"
    assert info.bluetooth_proxy_feature_flags == sum(BluetoothProxyFeature)
    assert not info.api_encryption_supported
    assert (entities, actions) == ([], [])


# -- The native API


async def test_encryption(proxy: Proxy) -> None:
    """Clients with the key are served, others get a specific error."""
    await proxy.start(key=KEY)
    client = await proxy.new_client(KEY)
    info = await client.device_info()
    assert info.api_encryption_supported
    with pytest.raises(InvalidEncryptionKeyAPIError):
        await proxy.new_client(OTHER_KEY)
    with pytest.raises(RequiresEncryptionAPIError):
        await proxy.new_client()
    # The first client is still connected.
    assert await client.device_info() == info


async def test_encrypted_client_without_a_key(proxy: Proxy) -> None:
    """A client that expects encryption gets a specific error."""
    await proxy.start()
    with pytest.raises(APIConnectionError, match="encryption"):
        await proxy.new_client(KEY)


@pytest.mark.parametrize("key", ["", "c2hvcnQ=", "not base64"])
def test_invalid_key(key: str) -> None:
    """Keys that are not 32 octets in base64 are rejected."""
    with pytest.raises(ValueError, match="32 octets"):
        EsphomeServer(Radio(), key=key)


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="another protocol"),
        pytest.param(b"\0\xff\xff\xff\xff\xff\xff", id="endless number"),
        pytest.param(b"\0\2\x44\xff\xff", id="invalid protobuf"),
        pytest.param(b"\1\0\0\1\0\1x", id="invalid handshake"),
    ],
)
async def test_malformed_input(
    proxy: Proxy, key: str | None, octets: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The client is disconnected without an error in the log; others are served."""
    await proxy.start(key=key)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.server.port)
    writer.write(octets)
    async with asyncio.timeout(2):
        await reader.read()
    writer.close()
    await proxy.new_client(key)
    # This logs exceptions of tasks that were not retrieved.
    gc.collect()
    assert [each for each in caplog.records if "never retrieved" in each.message] == []


async def test_before_start() -> None:
    """There is no port yet, and `stop` does nothing."""
    server = EsphomeServer(Radio())
    with pytest.raises(RuntimeError):
        _ = server.port
    await server.stop()


async def test_stop_disconnects_clients(ready: Proxy) -> None:
    """Clients see an expected disconnect."""
    ends: list[bool] = []

    async def ended(expected: bool) -> None:
        ends.append(expected)

    client = APIClient("127.0.0.1", ready.server.port, None)
    await client.connect(on_stop=ended, login=True)
    await ready.server.stop()
    await until(lambda: ends)
    assert ends == [True]


@pytest.mark.parametrize("key", [None, KEY])
async def test_stop_with_unresponsive_clients(
    proxy: Proxy, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients that do not disconnect in time are dropped."""
    monkeypatch.setattr("simulator.esphome.server.GOODBYE", 0.1)
    await proxy.start(key=key)
    port = proxy.server.port
    streams = [await asyncio.open_connection("127.0.0.1", port)]
    await asyncio.sleep(0.01)
    proxy.server.freeze()
    streams.append(await asyncio.open_connection("127.0.0.1", port))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(0.5):
        await proxy.server.stop()
        for reader, writer in streams:
            with suppress(ConnectionError):
                await reader.read()
            writer.close()


# -- Scanning


async def test_advertisements(ready: Proxy) -> None:
    """Raw advertisements arrive unchanged."""
    await until(lambda: ready.heard)
    assert {address for address, _ in ready.heard} == {ADDRESS}
    assert bytes.fromhex(protocol.SERVICE.replace("-", ""))[::-1] in ready.heard[0][1]


async def test_scanning_mode(ready: Proxy) -> None:
    """Only an active scan sees the scan response with the full name."""
    name = BUILD.name.encode()
    await until(lambda: any(name in data for _, data in ready.heard))
    ready.client.bluetooth_scanner_set_mode(BluetoothScannerMode.PASSIVE)
    await until(lambda: ready.scanner[-1].mode is BluetoothScannerMode.PASSIVE)
    assert ready.scanner[-1].configured_mode is BluetoothScannerMode.ACTIVE
    # The last batch of the active scan may still arrive.
    await asyncio.sleep(0.15)
    ready.heard.clear()
    await until(lambda: ready.heard)
    assert not any(name in data for _, data in ready.heard)


async def test_scanner_pauses_while_connecting(ready: Proxy) -> None:
    """No advertisement arrives during a connection attempt."""
    ready.faults.hang_connect = True
    attempt = asyncio.create_task(ready.connect())
    await until(lambda: ready.scanner[-1].state is BluetoothScannerState.IDLE)
    await asyncio.sleep(0.15)
    ready.heard.clear()
    await asyncio.sleep(0.15)
    assert ready.heard == []
    attempt.cancel()
    await until(lambda: ready.scanner[-1].state is BluetoothScannerState.RUNNING)
    await until(lambda: ready.heard)
    await until(lambda: ready.slots[-1] == (3, 3, []))


async def test_second_subscriber(ready: Proxy) -> None:
    """It is ignored until the first one disconnects, which also closes its connections."""
    await ready.connect()
    (peripheral,) = ready.peripherals
    other = await ready.new_client()
    heard: list[Any] = []
    other.subscribe_bluetooth_le_raw_advertisements(heard.append)
    await asyncio.sleep(0.15)
    assert heard == []
    await ready.client.disconnect()
    await until(lambda: not peripheral.connected)
    other.subscribe_bluetooth_le_raw_advertisements(heard.append)
    await until(lambda: heard)


# -- Connections


async def test_connect(ready: Proxy) -> None:
    """The MTU is reported, and is 23 for a client with cached services."""
    assert await ready.connect() == (True, BUILD.mtu, 0)
    assert ready.slots[-1] == (2, 3, [ADDRESS])
    # A second request is answered with the existing connection.
    assert await ready.connect() == (True, BUILD.mtu, 0)
    await ready.client.bluetooth_device_disconnect(ADDRESS)
    await until(lambda: ready.slots[-1] == (3, 3, []))
    assert await ready.connect(has_cache=True) == (True, 23, 0)


async def test_disconnect_without_a_connection(ready: Proxy) -> None:
    """The request is answered at once."""
    await ready.client.bluetooth_device_disconnect(ADDRESS)


async def test_no_free_slot(proxy: Proxy) -> None:
    """The connection is refused without an error number."""
    await proxy.start(slots=1)
    await proxy.add()
    await proxy.add(Build(name="BackHug-26AB", address="C0:FF:EE:00:26:AB"))
    await proxy.subscribe()
    await proxy.connect()
    assert proxy.slots[-1] == (0, 1, [ADDRESS])
    assert await proxy.connect(mac_to_int("C0:FF:EE:00:26:AB")) == (False, 0, 0)


async def test_connection_errors(ready: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Failed attempts report HCI's error or ESP-IDF's generic one."""
    ready.faults.refuse_connections = True
    assert await ready.connect() == (False, 0, 0x3E)
    ready.faults.clear()
    monkeypatch.setattr("simulator.esphome.proxy.CONNECT_TIMEOUT", 0.1)
    ready.faults.hang_connect = True
    assert await ready.connect() == (False, 0, 133)


async def test_link_loss(ready: Proxy) -> None:
    """The report carries HCI's reason."""
    (peripheral,) = ready.peripherals
    await ready.connect()
    peripheral.drop_link()
    await until(lambda: ready.connection[-1] == (False, 0, 0x13))
    await ready.connect()
    peripheral.vanish()
    await until(lambda: ready.connection[-1] == (False, 0, 8))


async def test_link_loss_is_reported_before_the_free_slot(ready: Proxy) -> None:
    """Otherwise `bleak_esphome` assumes that the report got lost, and warns."""
    connected: list[bool] = []
    ready.client.subscribe_bluetooth_connections_free(
        lambda free, *_: connected.append(free == 3 and ready.connection[-1][0])
    )
    await ready.connect()
    connected.clear()
    ready.peripherals[0].drop_link()
    await until(lambda: connected)
    assert connected == [False]


# -- GATT


async def test_read_write_notify(ready: Proxy) -> None:
    """A request is written, and its answer is indicated."""
    client, sink = ready.client, []
    (peripheral,) = ready.peripherals
    peripheral.back.lie_down()
    await ready.connect()
    control, configuration = await ready.handles(protocol.CONTROL_POINT)
    await client.bluetooth_gatt_start_notify(
        ADDRESS, control, lambda _, data: sink.append(bytes(data))
    )
    await client.bluetooth_gatt_write_descriptor(ADDRESS, configuration, b"\2\0")
    read = await client.bluetooth_gatt_read_descriptor(ADDRESS, configuration)
    assert read == b"\2\0"
    request = bytes((Opcode.SET_STRENGTH, 7, 4))
    await client.bluetooth_gatt_write(ADDRESS, control, request, response=True)
    await until(lambda: sink)
    assert sink[0][:4] == bytes((0x80, Opcode.SET_STRENGTH, 7, 0))
    status, _ = await ready.handles(protocol.STATUS)
    assert await client.bluetooth_gatt_read(ADDRESS, status) == protocol.encode_status(
        peripheral.back.status()
    )
    client.bluetooth_gatt_stop_notify(ADDRESS, control)
    await client.bluetooth_gatt_write(
        ADDRESS, control, bytes((Opcode.STOP, 8)), response=True
    )
    assert len(sink) == 1


async def test_gatt_errors(ready: Proxy) -> None:
    """ATT errors keep their number; without a connection it is -1."""
    client = ready.client

    async def error_of(work: Awaitable[object]) -> int:
        with pytest.raises(BluetoothGATTAPIError) as caught:
            await work
        return int(caught.value.error.error)

    assert await error_of(client.bluetooth_gatt_read(ADDRESS, 3)) == -1
    assert await error_of(client.bluetooth_gatt_get_services(ADDRESS)) == -1
    await ready.connect()
    control, _ = await ready.handles(protocol.CONTROL_POINT)
    status, _ = await ready.handles(protocol.STATUS)
    write = client.bluetooth_gatt_write
    assert await error_of(client.bluetooth_gatt_read(ADDRESS, 999)) == 1
    assert await error_of(client.bluetooth_gatt_read(ADDRESS, control)) == 2
    assert await error_of(write(ADDRESS, status, b"", response=True)) == 3
    ready.faults.write_errors = [0x80]
    assert await error_of(write(ADDRESS, control, b"\2\1", response=True)) == 0x80


async def test_lost_response(ready: Proxy) -> None:
    """The client times out, and the link is still usable."""
    await ready.connect()
    control, _ = await ready.handles(protocol.CONTROL_POINT)
    status, _ = await ready.handles(protocol.STATUS)
    ready.faults.lose_writes = Lost.RESPONSE
    with pytest.raises(TimeoutAPIError):
        await ready.client.bluetooth_gatt_write(
            ADDRESS, control, bytes((Opcode.STOP, 1)), response=True, timeout=1.2
        )
    assert await ready.client.bluetooth_gatt_read(ADDRESS, status)


async def test_link_loss_during_a_write(ready: Proxy) -> None:
    """Only the disconnection is reported."""
    await ready.connect()
    control, _ = await ready.handles(protocol.CONTROL_POINT)
    ready.faults.lose_writes = Lost.REQUEST
    write = ready.client.bluetooth_gatt_write(ADDRESS, control, b"\2\1", response=True)
    writing = asyncio.ensure_future(write)
    await asyncio.sleep(0.05)
    ready.peripherals[0].drop_link()
    with pytest.raises(BluetoothConnectionDroppedError):
        await writing


async def test_write_without_response(ready: Proxy) -> None:
    """A long value is truncated."""
    await ready.connect()
    control, _ = await ready.handles(protocol.CONTROL_POINT)
    await ready.client.bluetooth_gatt_write(
        ADDRESS, control, bytes((Opcode.STOP, 1)) + bytes(300), response=False
    )
    (peripheral,) = ready.peripherals
    await until(lambda: peripheral.complaints)
    what, _, octets = peripheral.complaints[0].partition(": ")
    assert what == "a write without response"
    assert len(bytes.fromhex(octets)) == BUILD.mtu - 3


# -- Cache and bonds


@pytest.mark.parametrize("forget", ["clear the cache", "reboot"])
async def test_cached_services(ready: Proxy, forget: str) -> None:
    """After a firmware update the old handles stay until the cache is cleared or the proxy reboots."""
    (peripheral,) = ready.peripherals
    await ready.connect()
    before = await ready.handles(protocol.CONTROL_POINT)
    await peripheral.restart(Build(measures_tension=False))
    await until(lambda: ready.connection[-1][0] is False)
    await ready.connect()
    assert await ready.handles(protocol.CONTROL_POINT) == before
    with pytest.raises(BluetoothGATTAPIError) as caught:
        await ready.client.bluetooth_gatt_write_descriptor(ADDRESS, before[1], b"\2\0")
    assert caught.value.error.error in {1, 3, 10}
    if forget == "reboot":
        await ready.server.reboot()
        await ready.subscribe()
    else:
        assert (await ready.client.bluetooth_device_clear_cache(ADDRESS)).success
        await ready.client.bluetooth_device_disconnect(ADDRESS)
    await ready.connect()
    assert await ready.handles(protocol.CONTROL_POINT) != before


async def test_pairing(proxy: Proxy) -> None:
    """Pairing satisfies a device that requires encryption; the bond survives a reboot."""
    await proxy.start()
    peripheral = await proxy.add(Build(encrypted=True))
    client = await proxy.subscribe()
    await proxy.connect()
    control, configuration = await proxy.handles(protocol.CONTROL_POINT)
    request = bytes((Opcode.SET_STRENGTH, 7, 4))

    async def write() -> int:
        try:
            await proxy.client.bluetooth_gatt_write_descriptor(
                ADDRESS, configuration, b"\2\0"
            )
            await proxy.client.bluetooth_gatt_write(
                ADDRESS, control, request, response=True
            )
        except BluetoothGATTAPIError as error:
            return int(error.error.error)
        return 0

    assert await write() == 5
    assert (await client.bluetooth_device_pair(ADDRESS)).paired
    assert await write() == 0
    await proxy.server.reboot()
    await until(lambda: not peripheral.connected)
    client = await proxy.subscribe()
    await proxy.connect()
    assert await write() == 0
    assert (await client.bluetooth_device_unpair(ADDRESS)).success
    await client.bluetooth_device_disconnect(ADDRESS)
    await proxy.connect()
    assert await write() == 15


async def test_frozen(ready: Proxy) -> None:
    """Messages in both directions are delayed until it is thawed."""
    await until(lambda: ready.heard)
    ready.server.freeze()
    asking = asyncio.ensure_future(ready.client.device_info())
    await asyncio.sleep(0.05)
    ready.heard.clear()
    await asyncio.sleep(0.15)
    assert ready.heard == []
    assert not asking.done()
    ready.server.thaw()
    assert (await asking).name == "backhug-simulator"
    await until(lambda: ready.heard)
