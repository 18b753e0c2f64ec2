"""A simulated BackHug in this process, whose time passes as fast as it can be computed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, override

from bleak import BleakClient
from bleak.backends.device import BLEDevice
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement as Heard

from simulator.back import Back, ManualClock
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from simulator.central import Central
from simulator.faults import Faults
from simulator.peripheral import Peripheral
from simulator.radio import Radio

from .surroundings import Advertisement, Surroundings, ask

_CENTRAL = "F0:00:00:00:5C:0F"
_STEP = 0.05
"""Device seconds between two looks at what was sent."""
_TURNS = 40
"""Turns of the event loop in which everything sent arrives, at most."""
_ANSWER_DELAY = 0.2
"""Device seconds: long enough for another request to come before the answer."""


class Simulated(Surroundings):
    """A simulated device, and a person who does what they are asked to."""

    def __init__(
        self, central: Central, peripheral: Peripheral, *, agrees: bool
    ) -> None:
        """Take both ends of the radio; the person agrees unasked, or is asked."""
        self.central = central
        self.peripheral = peripheral
        self.questions: list[str] = []
        """What the person was asked."""
        self._agrees = agrees

    @property
    def back(self) -> Back:
        """The simulated device itself."""
        return self.peripheral.back

    @property
    def clock(self) -> ManualClock:
        """Its clock."""
        clock = self.back.clock
        assert isinstance(clock, ManualClock)
        return clock

    @override
    async def advertisement(self) -> Advertisement | None:
        heard: list[Heard] = []
        await self.central.scan(active=True, callback=heard.append)
        name: str | None = None
        services: list[UUID] = []
        for _ in range(100):
            await asyncio.sleep(0.02)
            for each in heard:
                name = each.data.get(AdvertisingData.COMPLETE_LOCAL_NAME) or name
                services = (
                    each.data.get(
                        AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
                    )
                    or services
                )
            if name and services:
                break
        await self.central.device.stop_scanning()
        listed = tuple(str(uuid.to_hex_str("-")).lower() for uuid in services)
        return Advertisement(name, listed) if heard else None

    @override
    def client(self) -> BleakClient:
        central = self.central

        class Backend(SimulatedClient):
            """The backend of this one central."""

            def __init__(self, address: BLEDevice | str, **options: Any) -> None:
                super().__init__(address, central=central, **options)

        return BleakClient(self.back.build.address, backend=Backend)

    @override
    def now(self) -> float:
        return self.clock.time()

    @override
    async def sleep(self, seconds: float) -> None:
        until = self.now() + seconds
        while (left := until - self.now()) > 1e-9:
            await self._arrive()
            self.clock.advance(min(_STEP, left))
        await self._arrive()

    async def _arrive(self) -> None:
        ready = vars(asyncio.get_running_loop()).get("_ready", (None,))
        for _ in range(_TURNS):
            await asyncio.sleep(0)
            if not ready:
                # Nobody else has anything to do.
                break

    @override
    async def confirm(self, request: str, *, occupied: bool | None = None) -> bool:
        self.questions.append(request)
        if not (self._agrees or await ask(request)):
            return False
        if occupied is not None:
            (self.back.lie_down if occupied else self.back.get_up)()
        await self._arrive()
        return True


@asynccontextmanager
async def simulated(
    build: Build | None = None,
    *,
    back: type[Back] = Back,
    peripheral: type[Peripheral] = Peripheral,
    faults: Faults | None = None,
    agrees: bool = True,
) -> AsyncGenerator[Simulated]:
    """Yield a simulated device; classes and faults of one's own make it misbehave."""
    radio = Radio(supervision_timeout=0.2)
    device = peripheral(back(build, ManualClock()), radio, faults=faults, interval=0.02)
    device.back.control_point.answer_delay = _ANSWER_DELAY
    central = Central(radio, _CENTRAL, request_timeout=2.0)
    await device.start()
    await central.start()
    try:
        yield Simulated(central, device, agrees=agrees)
    finally:
        central.close()
        await device.stop()
        await radio.close()
