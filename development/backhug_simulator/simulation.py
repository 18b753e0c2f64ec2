"""The simulated devices and the radio that Home Assistant reaches them by."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, override

from homeassistant.components import bluetooth
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant

from simulator.back import Area, Back, Build, Clock, Flow, Observer
from simulator.esphome.server import EsphomeServer
from simulator.model import Opcode, Told
from simulator.peripheral import Peripheral
from simulator.radio import Radio
from simulator.scanner import SimulatedScanner

from .proxy import start_proxy

ONE_WAY_DELAY = 0.015
"""Seconds; makes the virtual link about as slow as a real one."""
PROXY_DELAY = 0.03
"""Likewise over an ESPHome proxy, where a request and its response take 60 ms."""
RECORDED = 20
"""Requests that are shown: those of a session or two."""
CONNECTION_SLOTS = 3
"""As many as an ESPHome proxy has by default."""

FIRST = Build(
    name="BackHug",
    address="C0:FF:EE:00:7F:2A",
    strengths=10,
    fingers=28,
    areas=tuple(Area),
    flows=tuple(Flow),
    serial="SIM-7F2A",
)
SECOND = Build(
    name="BackHug-26C4",
    address="C0:FF:EE:00:26:C4",
    strengths=6,
    fingers=26,
    areas=(Area.FULL_BACK, Area.UPPER_BACK, Area.LOWER_BACK),
    flows=(Flow.SLOW, Flow.WAVE),
    shortest=10,
    longest=40,
    can_pause=False,
    serial="SIM-26C4",
    model="Simulated BackHug of 2023",
)

type SimulatorConfigEntry = ConfigEntry[Simulation]


class Record(Observer):
    """What a device was told, each with the time of its session, from which pauses are left out."""

    def __init__(self, back: Back) -> None:
        """Record the newest requests."""
        self.requests: deque[dict[str, Any]] = deque(maxlen=RECORDED)
        self._back = back

    @override
    def told(self, entry: Told) -> None:
        status = self._back.status()
        self.requests.append(
            {
                "session": status.session_number,
                "second": status.length - status.seconds_left,
                "request": (
                    Opcode(entry.opcode).name.lower()
                    if entry.opcode in Opcode
                    else str(entry.opcode)
                ),
                "parameters": list(entry.parameters),
            }
        )


@dataclass
class Device:
    """One simulated BackHug, and it on the air."""

    back: Back
    peripheral: Peripheral
    in_reach: bool = True
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        """Record from the beginning."""
        self.record = Record(self.back)
        self.back.observe(self.record)

    @property
    def build(self) -> Build:
        """How it is built."""
        return self.back.build

    def switch_on(self) -> None:
        """Switch it on, where it is."""
        self.back.switch_on()
        if not self.in_reach:
            self.peripheral.vanish()

    def carry_away(self) -> None:
        """Take it out of reach without a word; what it does goes on."""
        self.in_reach = False
        self.peripheral.vanish()

    def bring_back(self) -> None:
        """Bring it into reach again."""
        self.in_reach = True
        if self.back.powered:
            self.peripheral.appear()


class Simulation:
    """All simulated devices in reach of one virtual radio."""

    def __init__(self, hass: HomeAssistant, speed: float, *, over_proxy: bool) -> None:
        """Make the devices; nothing is on the air yet."""
        self.proxy: EsphomeServer | None = None
        """The ESPHome proxy, None unless `over_proxy` and started."""
        self.added = asyncio.Event()
        """Set once the first device need not be added (any more)."""
        self._hass = hass
        self._started = False
        self._over_proxy = over_proxy
        self._radio = Radio(delay=PROXY_DELAY if over_proxy else ONE_WAY_DELAY)
        self._scanner: SimulatedScanner | None = None
        self._unregister: CALLBACK_TYPE | None = None
        self.devices = [
            self._make(build, speed, seed)
            for seed, build in enumerate((FIRST, SECOND), 1)
        ]
        self.devices[0].back.lie_down()

    def _make(self, build: Build, speed: float, seed: int) -> Device:
        back = Back(build, Clock(speed), seed=seed)
        return Device(back, Peripheral(back, self._radio))

    async def async_start(self) -> None:
        """Put the devices on the air and let Home Assistant listen."""
        self._started = True
        for device in self.devices:
            await device.peripheral.start()
        if self._over_proxy:
            self.proxy = await start_proxy(self._hass, self._radio, CONNECTION_SLOTS)
            return
        self._scanner = SimulatedScanner(
            self._radio,
            source="00:00:00:00:5C:01",
            name="Simulated radio",
            slots=CONNECTION_SLOTS,
            passive=True,
        )
        self._unregister = bluetooth.async_register_scanner(
            self._hass, self._scanner, connection_slots=CONNECTION_SLOTS
        )
        self._scanner.async_setup()
        await self._scanner.async_wait_started()

    async def async_stop(self) -> None:
        """Take everything off the air; a second time there is nothing to do."""
        if not self._started:
            return
        self._started = False
        if self.proxy is not None:
            # When Home Assistant stops, its esphome integration disconnects by itself.
            await self.proxy.wait_idle()
            await self.proxy.stop()
        if self._unregister is not None:
            self._unregister()
        if self._scanner is not None:
            await self._scanner.async_stop()
        for device in self.devices:
            await device.peripheral.stop()
        await self._radio.close()
