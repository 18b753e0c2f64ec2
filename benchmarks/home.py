"""A home to measure in: Home Assistant in this process, a virtual radio, BackHugs in its reach.

The Home Assistant is a real one with its storage in a folder of its own; without what a BackHug
does not touch: no frontend, no recorder.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
import logging
import socket
import tempfile
from types import MappingProxyType
from typing import Any, cast

from bleak.backends.device import BLEDevice
from homeassistant import bootstrap, config_entries, loader
from homeassistant.components import bluetooth
from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.const import ATTR_ENTITY_ID, CONF_ADDRESS
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import async_get_platforms
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component

from custom_components.backhug.const import CONF_FEATURES, CONF_INFORMATION, DOMAIN
from custom_components.backhug.coordinator import BackHugConfigEntry
from custom_components.backhug.device.identification import identify
from simulator.back import Back, Build
from simulator.clock import ManualClock
from simulator.peripheral import Peripheral
from simulator.radio import Radio
from simulator.scanner import SimulatedScanner

SOURCE = "00:00:00:00:5C:01"
RADIO_DELAY = 0.015
"""Seconds one way that make the virtual link like a radio: a write takes 30 ms, and 30 to 60 over a proxy."""
ADVERTISING_INTERVAL = 0.02
"""Seconds; the shortest that Bluetooth allows: who connects waits for an advertisement, however quick it is."""
PATIENCE = 60.0
"""Seconds in which anything that is waited for must have happened."""


async def until(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds. Raises TimeoutError if it does not come to hold."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110, Home Assistant's state has no event
            await asyncio.sleep(0.005)


@dataclass
class Device:
    """A simulated BackHug, its time, and its entry in Home Assistant, if it has one."""

    back: Back
    clock: ManualClock
    peripheral: Peripheral
    entry: BackHugConfigEntry | None = None

    @property
    def address(self) -> str:
        """Its Bluetooth address."""
        return self.back.build.address


class Home:
    """Home Assistant with one Bluetooth proxy, and BackHugs in its reach."""

    def __init__(self, hass: HomeAssistant, delay: float, slots: int) -> None:
        """Take the one-way delay of the radio in seconds, and the connection slots of the proxy."""
        self.hass = hass
        self.radio = Radio(delay)
        self.scanner = SimulatedScanner(self.radio, SOURCE, slots=slots, passive=False)
        self.devices: list[Device] = []
        self._slots = slots
        self._number = 0
        self._unregister: Callable[[], None] | None = None

    async def start(self) -> None:
        """Let Home Assistant listen."""
        self._unregister = bluetooth.async_register_scanner(
            self.hass, self.scanner, connection_slots=self._slots
        )
        self.scanner.async_setup()
        await self.scanner.async_wait_started()

    async def close(self) -> None:
        """Take everything off the air."""
        if self._unregister is not None:
            self._unregister()
        await self.scanner.async_stop()
        for device in self.devices:
            await device.peripheral.stop()
        await self.radio.close()

    def new_address(self) -> str:
        """Return an unused address."""
        self._number += 1
        return f"C0:FF:EE:00:{self._number >> 8:02X}:{self._number & 0xFF:02X}"

    async def add(
        self,
        *,
        powered: bool = True,
        interval: float = ADVERTISING_INTERVAL,
        **build: Any,
    ) -> Device:
        """Put a BackHug in reach with somebody on it; wait until Home Assistant sees it, if it is on."""
        address = self.new_address()
        name = f"BackHug-{address[-5:-3]}{address[-2:]}"
        clock = ManualClock()
        back = Back(Build(name=name, address=address, **build), clock)
        back.lie_down()
        if not powered:
            back.switch_off()
        peripheral = Peripheral(back, self.radio, interval=interval)
        await peripheral.start()
        device = Device(back, clock, peripheral)
        self.devices.append(device)
        if powered:
            await until(lambda: self.path(device))
        return device

    async def remove(self, device: Device) -> None:
        """Take a BackHug away for good."""
        await device.peripheral.stop()
        self.devices.remove(device)

    def path(self, device: Device) -> BLEDevice | None:
        """Return the device as Home Assistant's Bluetooth reaches it."""
        return bluetooth.async_ble_device_from_address(
            self.hass, device.address, connectable=True
        )

    def subscribers(self, device: Device, uuid: str) -> set[Callable[[bytes], None]]:
        """Return the callbacks that bleak's backend calls with notifications; it can be changed."""
        handle = device.peripheral.handle(uuid)
        for connection in self.scanner.central.device.connections.values():
            if connection.peer_address.to_string(False) == device.address:
                assert connection.gatt_client is not None
                subscribers = connection.gatt_client.notification_subscribers
                return cast("set[Callable[[bytes], None]]", subscribers[handle])
        raise LookupError(device.address)

    async def data(self, **build: Any) -> dict[str, Any]:
        """Return the entry data of a device of that build, without its address."""
        device = await self.add(**build)
        path = self.path(device)
        assert path is not None
        identity = await identify(device.back.build.name, path)
        await self.remove(device)
        return {
            CONF_FEATURES: asdict(identity.features),
            CONF_INFORMATION: asdict(identity.information),
        }

    async def set_up(self, device: Device, data: dict[str, Any]) -> BackHugConfigEntry:
        """Add a device to Home Assistant, as the config flow does; do not wait for its connection."""
        data = {**data, CONF_ADDRESS: device.address}
        device.entry = await self.add_entry(
            DOMAIN, device.back.build.name, device.address, data
        )
        return device.entry

    async def set_up_live(self, device: Device, data: dict[str, Any]) -> None:
        """Add a device to Home Assistant, and wait until all is known of it."""
        coordinator = (await self.set_up(device, data)).runtime_data
        await until(lambda: coordinator.available)
        await until(lambda: coordinator.controller.back_hug.reported.information)
        await self.hass.async_block_till_done()

    async def add_entry(
        self, domain: str, title: str, address: str, data: dict[str, Any]
    ) -> ConfigEntry[Any]:
        """Add a config entry to Home Assistant, which sets it up."""
        entry: ConfigEntry[Any] = ConfigEntry(
            data=data,
            discovery_keys=MappingProxyType({}),
            domain=domain,
            minor_version=1,
            options={},
            source=SOURCE_USER,
            subentries_data=(),
            title=title,
            unique_id=address,
            version=1,
        )
        await self.hass.config_entries.async_add(entry)
        return entry

    async def call(
        self, device: Device, platform: str, service: str, key: str, **data: Any
    ) -> None:
        """Call an action of an entity, as a dashboard does; returns when it was carried out."""
        target = {ATTR_ENTITY_ID: self.entity_id(device, platform, key), **data}
        await self.hass.services.async_call(platform, service, target, blocking=True)

    async def treat(self, device: Device) -> None:
        """Have a session of an hour run that treats."""
        await self.call(device, "number", "set_value", "session_length", value=60)
        await self.call(device, "switch", "turn_on", "session")
        device.peripheral.faults.drop_notifications = True
        device.clock.advance(21)
        device.peripheral.faults.drop_notifications = False
        device.clock.advance(1)
        await until(
            lambda: self.value(device, "sensor", "state") == "treating",
        )

    def entity_id(self, device: Device, platform: str, key: str) -> str:
        """Return the id of an entity."""
        unique_id = f"{device.address}_{key}"
        registry = er.async_get(self.hass)
        entity_id = registry.async_get_entity_id(platform, DOMAIN, unique_id)
        assert entity_id is not None
        return entity_id

    def entity(self, device: Device, platform: str, key: str) -> Entity:
        """Return an entity itself."""
        entity_id = self.entity_id(device, platform, key)
        return next(
            each.entities[entity_id]
            for each in async_get_platforms(self.hass, DOMAIN)
            if entity_id in each.entities
        )

    def value(self, device: Device, platform: str, key: str) -> str:
        """Return the state of an entity."""
        state = self.hass.states.get(self.entity_id(device, platform, key))
        assert state is not None
        return state.state

    def shown(
        self, device: Device, platform: str, key: str, value: str
    ) -> asyncio.Future[None]:
        """Return a future that completes as soon as an entity has a value."""
        entity_id = self.entity_id(device, platform, key)
        shown: asyncio.Future[None] = self.hass.loop.create_future()

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            if state is not None and state.state == value and not shown.done():
                shown.set_result(None)

        stop = async_track_state_change_event(self.hass, entity_id, changed)
        shown.add_done_callback(lambda _: stop())
        return shown


@asynccontextmanager
async def home(*, delay: float = 0.0, slots: int = 3) -> AsyncGenerator[Home]:
    """Open a home, and leave nothing of it behind."""
    with tempfile.TemporaryDirectory(prefix="backhug-bench-") as directory:
        hass = await _home_assistant(directory)
        place = Home(hass, delay, slots)
        try:
            await place.start()
            yield place
            for entry in hass.config_entries.async_entries():
                await hass.config_entries.async_unload(entry.entry_id)
        finally:
            await place.close()
            await hass.async_stop(force=True)


async def _home_assistant(directory: str) -> HomeAssistant:
    """Return a running Home Assistant with its Bluetooth."""
    # The log is not measured; the warning about custom integrations is expected.
    logging.getLogger().setLevel(logging.ERROR)
    logging.getLogger("homeassistant").setLevel(logging.ERROR)
    logging.getLogger("bumble").setLevel(logging.ERROR)
    hass = HomeAssistant(directory)
    hass.config.skip_pip = True
    loader.async_setup(hass)
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await bootstrap.async_load_base_functionality(hass)
    await async_process_ha_core_config(hass, {})
    # Bluetooth depends on it, by way of USB: it must not take the port of another Home Assistant.
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    config = {"http": {"server_host": ["127.0.0.1"], "server_port": port}}
    for domain in ("homeassistant", "http", "bluetooth"):
        if not await async_setup_component(hass, domain, config):
            msg = f"{domain} could not be set up"
            raise RuntimeError(msg)
    await hass.async_start()
    await hass.async_block_till_done()
    return hass
