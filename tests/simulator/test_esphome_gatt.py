"""GATT, the service cache and bonds over the simulated ESPHome proxy."""

import asyncio
from collections.abc import Awaitable

from aioesphomeapi.core import (
    BluetoothConnectionDroppedError,
    BluetoothGATTAPIError,
    TimeoutAPIError,
)
import pytest

from simulator import protocol
from simulator.back import Build
from simulator.faults import Lost
from simulator.model import Opcode

from .esphome_client import ADDRESS, BUILD, Proxy
from .waiting import until

pytestmark = pytest.mark.usefixtures("socket_enabled")


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
