"""The radio as Home Assistant's Bluetooth manager sees it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import override
from unittest.mock import AsyncMock, Mock

from bleak.exc import BleakCharacteristicNotFoundError, BleakError
from bleak_retry_connector import BleakSlotManager, establish_connection
from bluetooth_adapters import BluetoothAdapters
from habluetooth import (
    BluetoothManager,
    BluetoothScanningMode,
    BluetoothServiceInfoBleak,
    HaBleakClientWrapper,
    HaBluetoothSlotAllocations,
    set_manager,
)
import pytest

from simulator import protocol
from simulator.back import Back, Build, ManualClock
from simulator.peripheral import Peripheral
from simulator.radio import Radio
from simulator.scanner import SimulatedScanner

from .waiting import INTERVAL, until

SOURCE = "00:00:00:00:5C:01"
ADDRESS = Build().address


class Manager(BluetoothManager):
    """Home Assistant's Bluetooth manager, without Home Assistant."""

    @override
    def _discover_service_info(self, service_info: BluetoothServiceInfoBleak) -> None:
        """Inform nothing."""


class Client(HaBleakClientWrapper):
    """The client that an integration gets."""

    @override
    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs["_is_retry_client"] = True
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class Place:
    """A manager, a BackHug and scanners."""

    def __init__(self, manager: Manager) -> None:
        """Put a BackHug there."""
        self.manager = manager
        self.radio = Radio(supervision_timeout=0.1)
        self.back = Back(Build(), ManualClock())
        self.peripheral = Peripheral(self.back, self.radio, interval=INTERVAL)
        self._scanners: list[SimulatedScanner] = []

    async def add(
        self, source: str = SOURCE, **options: bool | int
    ) -> SimulatedScanner:
        """Set up a scanner the way that is documented."""
        scanner = SimulatedScanner(self.radio, source, **options)  # type: ignore[arg-type]
        self.manager.async_register_scanner(scanner, connection_slots=3)
        scanner.async_setup()
        await scanner.async_wait_started()
        self._scanners.append(scanner)
        return scanner

    def info(self) -> BluetoothServiceInfoBleak | None:
        """Return what the manager has of the BackHug."""
        return self.manager.async_last_service_info(ADDRESS, connectable=True)

    async def connect(self) -> Client:
        """Connect as an integration does."""
        await until(self.info)
        device = self.manager.async_ble_device_from_address(ADDRESS, connectable=True)
        assert device is not None
        return await establish_connection(Client, device, "BackHug", max_attempts=1)

    async def close(self) -> None:
        """Leave nothing behind."""
        for scanner in self._scanners:
            await scanner.async_stop()
        await self.peripheral.stop()
        await self.radio.close()


@pytest.fixture
async def place() -> AsyncGenerator[Place]:
    """Yield a place with a BackHug that is on the air."""
    adapters = Mock(spec=BluetoothAdapters, adapters={}, refresh=AsyncMock())
    manager = Manager(adapters, BleakSlotManager())
    set_manager(manager)
    await manager.async_setup()
    place = Place(manager)
    await place.peripheral.start()
    yield place
    await place.close()
    manager.async_stop()


async def test_passive_scanning(place: Place) -> None:
    """The service is seen, the name only in an active window."""
    scanner = await place.add()
    assert scanner.current_mode is BluetoothScanningMode.PASSIVE
    await until(place.info)
    info = place.info()
    assert info is not None
    assert info.name == ADDRESS
    assert info.service_uuids == [protocol.SERVICE]
    assert info.rssi == -60
    assert info.connectable
    assert await scanner.async_request_active_window(0.1)
    info = place.info()
    assert info is not None
    assert info.name == "BackHug-7F2A"
    assert scanner.current_mode is BluetoothScanningMode.PASSIVE


async def test_active_scanning(place: Place) -> None:
    """The name is there from the beginning."""
    scanner = await place.add(passive=False)
    await until(place.info)
    info = place.info()
    assert info is not None
    assert (info.name, info.service_uuids) == ("BackHug-7F2A", [protocol.SERVICE])
    assert not await scanner.async_request_active_window(0.1)


async def test_connection_slots(place: Place) -> None:
    """The manager knows how many are free, and refuses when none is."""
    scanner = await place.add(slots=1)
    client = await place.connect()
    allocations = HaBluetoothSlotAllocations(SOURCE, 1, 0, [ADDRESS])
    assert place.manager.async_current_allocations(SOURCE) == [allocations]
    assert scanner.get_allocations().free == 0
    with pytest.raises(BleakError, match="connection slot"):
        await Client(ADDRESS).connect()
    await client.disconnect()
    allocations = HaBluetoothSlotAllocations(SOURCE, 1, 1, [])
    assert place.manager.async_current_allocations(SOURCE) == [allocations]


async def test_strongest_path(place: Place) -> None:
    """Of several scanners the one that hears the BackHug best connects."""
    far = await place.add()
    near = await place.add("00:00:00:00:5C:02")
    far.set_rssi(ADDRESS, -90)
    near.set_rssi(ADDRESS, -40)
    await until(
        lambda: len(place.manager.async_scanner_devices_by_address(ADDRESS, True)) == 2
    )
    client = await place.connect()
    assert near.central.allocated == [ADDRESS]
    near.set_rssi(ADDRESS, None)
    await client.disconnect()


async def test_lost_link(place: Place) -> None:
    """Home Assistant's wrapper reports it, and finds no characteristic any more."""
    await place.add()
    client = await place.connect()
    lost: list[object] = []
    client.set_disconnected_callback(lost.append)
    assert len(await client.read_gatt_char(protocol.STATUS)) == 16
    place.peripheral.vanish()
    await until(lambda: lost)
    assert lost == [client]
    with pytest.raises(BleakCharacteristicNotFoundError):
        await client.write_gatt_char(protocol.CONTROL_POINT, b"\x02\x01")


async def test_service_cache(place: Place) -> None:
    """The wrapper reaches the cache of the backend."""
    scanner = await place.add()
    client = await place.connect()
    assert ADDRESS in scanner.central.services
    assert await client.clear_cache()
    assert ADDRESS not in scanner.central.services
    await client.disconnect()


async def test_stopping_a_scanner(place: Place) -> None:
    """Its connections end, and it can be set up again as another one."""
    scanner = await place.add()
    client = await place.connect()
    await scanner.async_stop()
    assert not client.is_connected
    assert not scanner.central.started
    await until(lambda: not place.peripheral.connected)
    await scanner.async_stop()


async def test_unsetup_does_not_wait(place: Place) -> None:
    """The callback of the set-up ends everything at once."""
    scanner = SimulatedScanner(place.radio, "00:00:00:00:5C:03")
    unsetup = scanner.async_setup()
    unsetup()
    assert not scanner.central.started


async def test_wait_before_setup(place: Place) -> None:
    """There is nothing to wait for."""
    scanner = SimulatedScanner(place.radio, "00:00:00:00:5C:03")
    with pytest.raises(RuntimeError):
        await scanner.async_wait_started()


def test_order_in_a_set(place: Place) -> None:
    """Which of two scanners the manager asks first does not depend on where they are in memory."""
    sources = [f"00:00:00:00:5C:0{number}" for number in range(4)]
    for those in (sources, sources[::-1]):
        scanners = {SimulatedScanner(place.radio, source) for source in those}
        assert [scanner.source for scanner in scanners] == sources


async def test_unplugged_while_it_connects(place: Place) -> None:
    """Whenever a scanner is unplugged, the attempt to connect that it makes ends."""
    for ticks in range(1, 12):
        scanner = await place.add(f"00:00:00:00:5C:{ticks:02X}")
        # No device has that address.
        connecting = asyncio.create_task(
            scanner.central.connect("C0:FF:EE:00:00:99", 0.05)
        )
        for _ in range(ticks):
            await asyncio.sleep(0)
        await scanner.async_stop()
        with pytest.raises((BleakError, TimeoutError)):
            await connecting
    await asyncio.sleep(0)
    assert "connect_le" not in repr(asyncio.all_tasks())
