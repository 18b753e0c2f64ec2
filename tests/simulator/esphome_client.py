"""A simulated proxy, BackHugs in its reach, and a client of its native API."""

from typing import Any

from aioesphomeapi.client import APIClient
from aioesphomeapi.model import (
    BluetoothProxyFeature,
    BluetoothScannerStateResponse,
)
from bluetooth_data_tools import mac_to_int

from simulator.back import Back, Build, ManualClock
from simulator.esphome.server import EsphomeServer
from simulator.faults import Faults
from simulator.peripheral import Peripheral
from simulator.radio import Radio

from .waiting import INTERVAL, until

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
