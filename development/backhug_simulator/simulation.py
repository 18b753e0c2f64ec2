"""The simulated devices and the radio that Home Assistant reaches them by."""

import asyncio

from homeassistant.components import bluetooth
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant

from development.devices import (
    FIRST,
    ONE_WAY_DELAY,
    SECOND,
    Device,
    Record,
    make_devices,
)
from simulator.esphome.server import EsphomeServer
from simulator.radio import Radio
from simulator.scanner import SimulatedScanner

from .proxy import start_proxy
from .remote import RemoteSimulation

__all__ = ["FIRST", "SECOND", "Device", "Record", "Simulation", "SimulatorConfigEntry"]

PROXY_DELAY = 0.03
"""Seconds; over an ESPHome proxy a request and its response take 60 ms."""
CONNECTION_SLOTS = 3
"""As many as an ESPHome proxy has by default."""

type SimulatorConfigEntry = ConfigEntry[Simulation | RemoteSimulation]


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
        self.devices = make_devices(self._radio, speed, FIRST, SECOND)

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
