"""The simulated ESPHome Bluetooth proxy, used by aioesphomeapi's client."""

import asyncio
from base64 import b64encode
from contextlib import suppress
import gc
from typing import Any

from aioesphomeapi.client import APIClient
from aioesphomeapi.core import (
    APIConnectionError,
    InvalidEncryptionKeyAPIError,
    RequiresEncryptionAPIError,
)
from aioesphomeapi.model import (
    BluetoothProxyFeature,
    BluetoothScannerMode,
    BluetoothScannerState,
)
from bluetooth_data_tools import mac_to_int
import pytest

from simulator import protocol
from simulator.back import Build
from simulator.esphome.server import EsphomeServer
from simulator.radio import Radio

from .esphome_client import ADDRESS, BUILD, Proxy
from .waiting import until

pytestmark = pytest.mark.usefixtures("socket_enabled")

KEY = b64encode(bytes(range(32))).decode()
OTHER_KEY = b64encode(bytes(32)).decode()


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
