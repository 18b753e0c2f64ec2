"""bleak alone: a minimal script that operates a BackHug in Home Assistant.

It takes `bleak.BleakClient` as it is once Home Assistant's Bluetooth is set up: habluetooth's
wrapper, which chooses the adapter and takes a connection slot. That is the least that reaches a
device in Home Assistant, and our client goes through it too. There is no bleak-retry-connector, no
timeout, no codec, no check, nobody who waits in a queue. It asks for cached services, as
bleak-retry-connector does for us. On a connection it does what the profile asks of every client:
read Features, enable indications and notifications, read Status and Tension record.
"""

import asyncio
from collections.abc import Callable

import bleak
from bleak import BleakClient
from bleak.backends.device import BLEDevice

from simulator import protocol


class Script:
    """One device, operated by bleak alone."""

    def __init__(self, lost: Callable[[], None] = lambda: None) -> None:
        """Begin without a connection; `lost` is called when one goes down."""
        self._lost = lost
        self._client: BleakClient | None = None
        self._answered = asyncio.Event()
        self._token = 0

    async def connect(self, device: BLEDevice) -> None:
        """Connect, subscribe and read."""
        client = bleak.BleakClient(device, lambda _: self._lost())
        await client.connect(dangerous_use_bleak_cache=True)
        await client.read_gatt_char(protocol.FEATURES)
        await client.start_notify(
            protocol.CONTROL_POINT, lambda *_: self._answered.set()
        )
        await client.start_notify(protocol.STATUS, lambda *_: None)
        await client.start_notify(protocol.TENSION_STREAM, lambda *_: None)
        await client.read_gatt_char(protocol.STATUS)
        await client.read_gatt_char(protocol.TENSION_RECORD)
        self._client = client

    async def ask(self, opcode: int, *parameters: int) -> None:
        """Write a request and wait for its answer."""
        assert self._client is not None
        self._token = self._token % 255 + 1
        self._answered.clear()
        request = bytes((opcode, self._token, *parameters))
        await self._client.write_gatt_char(
            protocol.CONTROL_POINT, request, response=True
        )
        await self._answered.wait()

    async def disconnect(self) -> None:
        """Disconnect."""
        if self._client is not None:
            await self._client.disconnect()
