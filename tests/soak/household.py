"""A household: Home Assistant, two Bluetooth proxies and BackHugs in their reach."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
import gc
import logging
from pathlib import Path
import shutil
import tempfile
import traceback
from typing import Any, cast
from unittest.mock import patch
import weakref

from aiousbwatcher import InotifyNotAvailableError
from habluetooth import get_manager
from homeassistant.components import bluetooth
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import frame
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import async_test_home_assistant

from simulator.build import Build
from simulator.faults import Faults
from simulator.radio import DEFAULT_RSSI, Radio
from simulator.scanner import SimulatedScanner
from tests.home import DIALECT

from .checks import AGREE, COMMAND, QUIET, RECONNECT
from .log import OURS, Log
from .ownership import PEOPLE
from .resident import Resident
from .virtual_time import VirtualTime

RADIO_DELAY = 0.015
"""Seconds that a packet takes: the interval between two connection events."""


_TIMED = ("backhug", "simulator")
"""Parts of the timers of the integration and of the simulator."""


class ViolationError(AssertionError):
    """A promise is violated."""


async def _nothing(*_arguments: object, **_named: object) -> None:
    """Do nothing; a mock would keep a record of each call."""


async def _no_bluez(*_arguments: object) -> None:
    raise OSError


async def _loopback(*_arguments: object) -> str:
    return "127.0.0.1"


def _no_inotify() -> None:
    raise InotifyNotAvailableError


@contextmanager
def without_adapters() -> Iterator[None]:
    """Hide adapters and D-Bus from Home Assistant, and open no port."""
    http = "homeassistant.components.http"
    with (
        patch("habluetooth.channels.bluez.MGMTBluetoothCtl.setup", _no_bluez),
        patch("bluetooth_adapters.systems.platform.system", lambda: "Linux"),
        patch("bluetooth_adapters.systems.linux.LinuxAdapters.refresh", _nothing),
        patch("bluetooth_adapters.systems.linux.LinuxAdapters.adapters", {}),
        patch("homeassistant.components.usb.AIOUSBWatcher", _no_inotify),
        patch.multiple(
            f"{http}.HomeAssistantHTTP",
            async_bind=_nothing,
            start=_nothing,
            stop=_nothing,
        ),
        patch(f"{http}.async_get_source_ip", _loopback),
        patch("homeassistant.components.usb.scan_serial_ports", list),
        patch(
            "bleak_retry_connector.bluez.get_global_bluez_manager_with_timeout",
            _nothing,
        ),
    ):
        yield


class Household:
    """A household in virtual time."""

    dialect = DIALECT
    """The error vocabulary of the proxies of new households."""

    def __init__(self, time: VirtualTime) -> None:
        """Initialize; `start` starts Home Assistant."""
        self.time = time
        self.violations: list[str] = []
        self.residents: list[Resident] = []
        self.scanners: list[tuple[SimulatedScanner, Callable[[], None]]] = []
        self.deaf: set[tuple[str, str]] = set()
        """Pairs of a proxy (source) and a device (address) that it does not hear."""
        self.removed: list[str] = []
        """The ids of removed entries."""
        self.faultless = Faults(supervision_timeout=4.0)
        self.log = Log()
        self._directory = tempfile.mkdtemp(prefix="backhug-")
        self._stack = AsyncExitStack()

    async def start(self, builds: list[Build]) -> None:
        """Start Home Assistant, and set up every BackHug."""
        loop = asyncio.get_running_loop()
        self.radio = Radio(RADIO_DELAY, supervision_timeout=4.0)
        self._stack.enter_context(without_adapters())
        # The plugin's fixture is available to tests only.
        self.hass: HomeAssistant = await self._stack.enter_async_context(
            async_test_home_assistant(config_dir=self._directory)
        )
        frame.async_setup(self.hass)
        loop.set_exception_handler(self._broken)
        self.hass.data.pop(DATA_CUSTOM_COMPONENTS)
        logging.getLogger().addHandler(self.log)
        ours = logging.getLogger(OURS)
        self._stack.callback(ours.setLevel, ours.level)
        ours.setLevel(logging.INFO)
        if not await async_setup_component(self.hass, "bluetooth", {}):
            raise ViolationError("\n".join(self.log.violations))
        for name in PEOPLE:
            self.hass.states.async_set(
                f"person.{name.lower()}",
                "home",
                {"id": name.lower(), "friendly_name": name},
            )
        await self.hass.async_block_till_done()
        self.slots = max(3, len(builds))
        for number in range(2):
            await self.plug_in(number)
        async_dispatcher_connect(
            self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed
        )
        for number, build in enumerate(builds):
            resident = Resident(self, number, build)
            resident.faults.supervision_timeout = self.faultless.supervision_timeout
            self.residents.append(resident)
            await resident.start()
        await self.hass.async_block_till_done()

    @callback
    def _entry_changed(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.state is not ConfigEntryState.LOADED:
            self.log.forget_outage(entry.title)

    def _broken(self, _loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        trace = "".join(traceback.format_exception(error)) if error else ""
        self.violations.append(f"{context['message']} {trace}")

    async def plug_in(self, number: int) -> None:
        """Plug a proxy in; the second one is further away."""
        source = f"00:00:00:00:5C:{number:02X}"
        scanner = SimulatedScanner(
            self.radio,
            source,
            f"Proxy {number}",
            slots=self.slots,
            dialect=self.dialect,
        )
        unregister = bluetooth.async_register_scanner(
            self.hass, scanner, connection_slots=scanner.central.slots
        )
        unsetup = scanner.async_setup()
        await scanner.async_wait_started()

        def unplug() -> None:
            unsetup()
            unregister()

        self.scanners.append((scanner, unplug))

    async def unplug(self) -> None:
        """Unplug the proxy that was plugged in first."""
        if self.scanners:
            scanner, unplug = self.scanners.pop(0)
            unplug()
            await scanner.async_stop()

    def move(self, scanner: SimulatedScanner, address: str, rssi: int | None) -> None:
        """Change the signal strength of a device at a proxy; None: it is not heard."""
        scanner.set_rssi(address, rssi)
        if rssi is None:
            self.deaf.add((scanner.source, address))
        else:
            self.deaf.discard((scanner.source, address))

    def hears(self, resident: Resident) -> bool:
        """Return whether a proxy with enough slots hears a device."""
        return any(
            scanner.central.slots >= len(self.residents)
            and (scanner.source, resident.back.build.address) not in self.deaf
            for scanner, _ in self.scanners
        )

    @property
    def cancelling(self) -> bool:
        """Whether a proxy cancels the next requests, which ends the connection."""
        return any(scanner.central.cancels for scanner, _ in self.scanners)

    def repair_proxies(self) -> None:
        """Clear the faults of the proxies; whatever hung in one ends, as with a reset."""
        for scanner, _ in self.scanners:
            scanner.central.cancels = 0
            if scanner.central.heedless:
                scanner.central.heedless = False
                for resident in self.residents:
                    resident.checks.interrupted()
                    resident.peripheral.drop_link()

    def check(self) -> None:
        """Raise ViolationError if a promise is violated."""
        now = asyncio.get_running_loop().time()
        for resident in self.residents:
            resident.checks.check(now)
        self.violations += self.log.violations
        self.log.violations.clear()
        if self.violations:
            found = "\n".join(self.violations)
            self.violations.clear()
            # The traceback must not keep a device that `close` then finds.
            del resident
            raise ViolationError(found)

    async def recover(self) -> None:
        """Clear every fault, and check that everything works again."""
        self.repair_proxies()
        for scanner, _ in self.scanners:
            scanner.central.slots = self.slots
            for resident in self.residents:
                self.move(scanner, resident.back.build.address, DEFAULT_RSSI)
        for resident in self.residents:
            await resident.recover()
            if resident.loading is not None:
                await asyncio.wait({resident.loading})
            if resident.entry.state is ConfigEntryState.LOADED:
                await resident.coordinator.async_hold_connection(True)
        async with asyncio.TaskGroup() as group:
            for resident in self.residents:
                group.create_task(resident.clock.rest(RECONNECT + QUIET))
        await asyncio.sleep(AGREE)
        self.check()

    async def close(self, *, at_once: bool = False) -> None:
        """Stop Home Assistant, and check that nothing is left; `at_once` does not wait for what is under way."""
        coordinators = [
            weakref.ref(resident.coordinator)
            for resident in self.residents
            if resident.entry.state is ConfigEntryState.LOADED
        ]
        loop = cast("Any", asyncio.get_running_loop())
        try:
            if at_once:
                await self._stop()
            for resident in self.residents:
                if resident.loading is not None:
                    await asyncio.wait({resident.loading})
                if resident.entry.state is ConfigEntryState.LOADED:
                    await self.hass.config_entries.async_unload(resident.entry.entry_id)
                if resident.calls:
                    await asyncio.wait(resident.calls)
            await self.hass.async_block_till_done()
            await asyncio.sleep(1)
            self._check_released()
            for resident in self.residents:
                await resident.peripheral.stop()
            while self.scanners:
                await self.unplug()
            await self.radio.close()
            await self.hass.async_stop(force=True)
        finally:
            logging.getLogger().removeHandler(self.log)
            await self._stack.aclose()
            shutil.rmtree(self._directory)
        # Nothing of the integration may still be scheduled.
        left = [
            text
            for handle in loop._scheduled
            if not handle.cancelled()
            # What Home Assistant's own timers call is among their arguments.
            and any(each in (text := f"{handle} {handle._args}") for each in _TIMED)
        ]
        left += [
            repr(task)
            for task in asyncio.all_tasks()
            if task is not asyncio.current_task()
        ]
        self.violations += left
        self.residents.clear()
        del resident
        self.hass = cast("Any", None)
        gc.collect()
        self.violations += [
            f"a coordinator is left: {gc.get_referrers(coordinator)}"[:2000]
            for reference in coordinators
            if (coordinator := reference()) is not None
        ]
        self.violations += self.log.violations
        if self.violations:
            raise ViolationError("\n".join(self.violations))

    async def _stop(self) -> None:
        """Fire the stop event; check that each connection is released for good."""
        self.hass.set_state(CoreState.stopping)
        self.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await asyncio.sleep(COMMAND)
        held = [
            resident
            for resident in self.residents
            if resident.loaded
            and resident.coordinator.controller.back_hug.connection.held
        ]
        connections = [each.peripheral.connections for each in self.residents]
        for resident in self.residents:
            resident.recover_now()
        await asyncio.sleep(RECONNECT)
        if held or connections != [
            each.peripheral.connections for each in self.residents
        ]:
            self.violations.append(
                "a connection was kept although Home Assistant stopped"
            )

    def _check_released(self) -> None:
        storage = Path(self.hass.config.path(STORAGE_DIR))
        self.violations += [
            f"{path.name} of a removed entry is left"
            for entry_id in self.removed
            for path in storage.glob(f"*{entry_id}*")
        ]
        manager = cast("Any", get_manager())
        for resident in self.residents:
            address = resident.back.build.address
            for scanner, _ in self.scanners:
                with suppress(AttributeError):
                    if (
                        address in scanner.central.allocated
                        and not resident.faults.hang_disconnect
                        and not scanner.central.heedless
                    ):
                        self.violations.append(f"{address} still has a slot")
            for callbacks in (
                manager._connectable_unavailable_callbacks,
                manager._unavailable_callbacks,
            ):
                if callbacks.get(address):
                    self.violations.append(f"{address} is still tracked")
