"""Clients of beds whose protocols are described as data."""

from __future__ import annotations

from pathlib import Path

from bleak.backends.device import BLEDevice
from homeassistant.components import bluetooth

from custom_components.backhug.device.client import BackHug
from custom_components.backhug.device.model import Snapshot, State, Status
from custom_components.backhug.device.protocols.described.description import Description
from custom_components.backhug.device.protocols.described.file import read_description
from custom_components.backhug.device.protocols.described.protocol import (
    DescribedProtocol,
)
from simulator.clock import ManualClock
from simulator.vendors.bed import VendorBed
from simulator.vendors.htrest import HtRest
from simulator.vendors.murmur import Murmur
from simulator.vendors.nachtwerk import Nachtwerk
from simulator.vendors.relaxa import Relaxa
from simulator.vendors.taster import Taster
from tests.home import Home, until

ROOT = Path(__file__).parents[2]
FILES = {
    Relaxa: ROOT / "docs" / "protocol-example.yaml",
    Murmur: ROOT / "tests" / "descriptions" / "murmur.yaml",
    Nachtwerk: ROOT / "tests" / "descriptions" / "nachtwerk.yaml",
    HtRest: ROOT / "tests" / "descriptions" / "ht_rest.yaml",
    Taster: ROOT / "tests" / "descriptions" / "taster.yaml",
}


def text_of(kind: type[VendorBed]) -> str:
    """Return the description of a vendor's bed."""
    return FILES[kind].read_text()


def described(text: str) -> Description:
    """Return a description."""
    return read_description("bed.yaml", text)


class DescribedClient[BedT: VendorBed]:
    """A client, and the bed that it is for."""

    def __init__(self, home: Home, bed: BedT, text: str) -> None:
        """Make the client, released."""
        self.home = home
        self.bed = bed
        self.clock = bed.clock
        self.snapshots: list[Snapshot] = []
        self.protocol = DescribedProtocol(described(text))
        self.hug = BackHug(
            bed.name,
            self.path,
            features=None,
            changed=lambda snapshot, _: self.snapshots.append(snapshot),
            protocol=self.protocol,
        )
        self._unregister = bluetooth.async_register_advertisement_callback(
            home.hass, lambda _: self.hug.connection.advertised(), bed.address
        )

    def path(self) -> BLEDevice | None:
        """Return how to reach the bed."""
        return bluetooth.async_ble_device_from_address(
            self.home.hass, self.bed.address, connectable=True
        )

    @property
    def status(self) -> Status:
        """What the client shows."""
        assert self.hug.snapshot.status is not None
        return self.hug.snapshot.status

    async def connect(self) -> None:
        """Hold the connection, and wait for it."""
        self.hug.connection.hold()
        await until(lambda: self.hug.connection.client, "it is connected")

    async def shows(self, state: State) -> None:
        """Wait until the client shows a state."""
        await until(lambda: self.status.state is state, f"shows {state}")

    async def close(self) -> None:
        """Let go of everything."""
        self._unregister()
        await self.hug.connection.release()
        assert self.protocol._awaited == {}
        assert self.hug.reported.wanted == {}
        await self.bed.stop()


async def client_of[BedT: VendorBed](
    home: Home, kind: type[BedT], text: str | None = None, *, connect: bool = True
) -> DescribedClient[BedT]:
    """Return a client of a new bed."""
    bed = kind(home.radio, ManualClock())  # type: ignore[call-arg, arg-type]
    await bed.start()
    client = DescribedClient(home, bed, text or text_of(kind))
    home.on_close(client.close)
    await until(client.path, "it is seen")
    if connect:
        await client.connect()
    return client
