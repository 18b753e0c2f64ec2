"""A radio with a BackHug and a central on it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

from bleak.backends.characteristic import BleakGATTCharacteristic
import pytest

from simulator import protocol
from simulator.back import Back, Build, ManualClock
from simulator.bleak_client import SimulatedClient
from simulator.central import Central
from simulator.faults import Faults
from simulator.peripheral import Peripheral
from simulator.radio import Radio

from .esphome_client import Proxy
from .waiting import INTERVAL, until


def _into(sink: list[bytes]) -> Callable[[bytearray], None]:
    return lambda value: sink.append(bytes(value))


class Setup:
    """One BackHug, one client, and the values sent to the client."""

    def __init__(self) -> None:
        """Make a radio with nothing on it yet."""
        self.radio = Radio(supervision_timeout=0.2)
        self.faults = Faults()
        self.clock = ManualClock()
        self.statuses: list[bytes] = []
        self.fragments: list[bytes] = []
        self.answers: list[bytes] = []
        self.disconnections = 0
        self._token = 0

    async def start(self, build: Build | None = None, **options: Any) -> None:
        """Start the BackHug and the central."""
        self.back = Back(build or Build(), self.clock)
        self.peripheral = Peripheral(
            self.back, self.radio, faults=self.faults, interval=INTERVAL, **options
        )
        await self.peripheral.start()
        self.central = Central(self.radio, "F0:00:00:00:5C:01", request_timeout=1.0)
        await self.central.start()
        self.client = self.new_client()

    def new_client(self, central: Central | None = None) -> SimulatedClient:
        """Return a client that is not connected yet."""
        return SimulatedClient(
            self.back.build.address,
            central=central or self.central,
            disconnected_callback=self._on_disconnection,
        )

    def _on_disconnection(self) -> None:
        self.disconnections += 1

    async def connect(self, build: Build | None = None, **options: Any) -> None:
        """Start everything, connect and enable all there is."""
        await self.start(build, **options)
        await self.client.connect(timeout=2)
        await self.enable()

    async def enable(self) -> None:
        """Enable notifications and indications."""
        client = self.client
        sinks = {
            protocol.CONTROL_POINT: self.answers,
            protocol.STATUS: self.statuses,
            protocol.TENSION_STREAM: self.fragments,
        }
        for uuid, sink in sinks.items():
            characteristic = client.services and client.services.get_characteristic(
                uuid
            )
            if characteristic:
                await client.start_notify(characteristic, _into(sink))
        await asyncio.sleep(0.005)
        self.statuses.clear()

    def find(self, uuid: str) -> BleakGATTCharacteristic:
        """Return a characteristic, or fail."""
        assert self.client.services is not None
        characteristic = self.client.services.get_characteristic(uuid)
        assert characteristic is not None
        return characteristic

    async def read(self, uuid: str) -> bytes:
        """Read a characteristic."""
        return bytes(await self.client.read_gatt_char(self.find(uuid)))

    async def write(self, value: bytes) -> None:
        """Write to the control point."""
        await self.client.write_gatt_char(
            self.find(protocol.CONTROL_POINT), value, response=True
        )

    async def ask(self, opcode: int, parameters: bytes = b"") -> int:
        """Make a request and return its result."""
        self._token = (self._token + 1) % 256
        self.answers.clear()
        await self.write(bytes((opcode, self._token)) + parameters)
        await until(lambda: self.answers)
        assert self.answers[0][:3] == bytes((0x80, opcode, self._token))
        return self.answers[0][3]

    async def stop(self) -> None:
        """Leave nothing behind."""
        self.central.close()
        await self.peripheral.stop()
        await self.radio.close()


@pytest.fixture
async def setup() -> AsyncGenerator[Setup]:
    """Yield a setup; its parts are started by the test."""
    setup = Setup()
    yield setup
    await setup.stop()


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
