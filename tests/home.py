"""A home to test in: Home Assistant, a Bluetooth radio, BackHugs in its reach."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
import os
from typing import Any

from bumble import att
from bumble.att import AttributeValue
from bumble.core import UUID
from bumble.gatt import Characteristic
from homeassistant.components import bluetooth
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, CONF_ADDRESS
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component import common
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug.const import (
    CONF_FEATURES,
    CONF_INFORMATION,
    DOMAIN,
)
from custom_components.backhug.coordinator import BackHugCoordinator
from custom_components.backhug.device.model import (
    Area,
    DeviceInformation,
    Features,
    Flow,
)
from simulator.back import Back, Request
from simulator.build import Build
from simulator.clock import ManualClock
from simulator.dialect import Dialect
from simulator.faults import Faults
from simulator.peripheral import Peripheral
from simulator.radio import Radio
from simulator.scanner import SimulatedScanner

SOURCE = "00:00:00:00:5C:01"
DIALECT = Dialect(os.environ.get("BACKHUG_DIALECT", Dialect.ESPHOME))
"""What Bluetooth speaks where a test does not say: as over an ESPHome proxy, which most owners have."""
SELDOM = 10.0
"""Seconds of the device between two repetitions while time is skipped."""
PATIENCE = 30.0
"""Seconds of real time in which anything that a test waits for must have happened."""


async def until(condition: Callable[[], Any], what: str = "") -> None:
    """Wait until a condition holds; fail if it does not come to hold."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"did not come to hold: {what or condition}") from None


def is_time_limit(timer: asyncio.TimerHandle) -> bool:
    """Return whether a timer of the event loop ends something that takes too long."""
    # A cancelled timer calls nothing.
    called = timer._callback  # type: ignore[attr-defined]
    return (getattr(called, "__module__", None) or "").startswith(
        "asyncio"
    ) or isinstance(getattr(called, "__self__", None), asyncio.Task)


@callback
def put_forward(hass: HomeAssistant, by: timedelta) -> None:
    """Fire what is due within this time."""
    common.async_fire_time_changed(hass, dt_util.utcnow() + by)


def features_of(build: Build) -> Features:
    """Return what the integration knows of a device of this build."""
    areas, flows = tuple(Area), tuple(Flow)
    return Features(
        strength_levels=build.strengths,
        fingers=build.fingers,
        areas=tuple(areas[code] for code in build.areas if code < len(areas)),
        flows=tuple(flows[code] for code in build.flows if code < len(flows)),
        min_minutes=build.shortest,
        max_minutes=build.longest_allowed,
        can_pause=build.can_pause,
        senses_occupancy=build.senses_occupancy,
        reports_leg_rest=build.reports_leg_rest,
        measures_tension=build.measures_tension,
        profile_minor=build.minor,
    )


@dataclass
class SimulatedBackHug:
    """A simulated BackHug in the home."""

    hass: HomeAssistant
    build: Build
    clock: ManualClock
    back: Back
    peripheral: Peripheral
    faults: Faults
    entry: MockConfigEntry = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the config entry that setting it up through the flow would make."""
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title=self.build.name,
            unique_id=self.build.address,
            data={
                CONF_ADDRESS: self.build.address,
                CONF_FEATURES: asdict(features_of(self.build)),
                CONF_INFORMATION: asdict(
                    DeviceInformation(
                        self.build.manufacturer,
                        self.build.model,
                        self.build.serial,
                        self.build.firmware,
                        self.build.hardware,
                    )
                ),
            },
        )

    @property
    def coordinator(self) -> BackHugCoordinator:
        """The coordinator of the entry."""
        coordinator: BackHugCoordinator = self.entry.runtime_data
        return coordinator

    async def set_up(self, *, live: bool = True) -> None:
        """Set the entry up; by default wait until it is live."""
        if not self.hass.config_entries.async_get_entry(self.entry.entry_id):
            self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        if live:
            await self.live()

    async def live(self) -> None:
        """Wait until the entities show what the device reports."""
        await until(lambda: self.coordinator.available, "entities are available")
        await until(
            lambda: self.coordinator.controller.back_hug.reported.information,
            "all is read",
        )
        await self.hass.async_block_till_done()

    def entity_id(self, platform: str, key: str) -> str:
        """Return the id of an entity."""
        entity_id = er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, f"{self.build.address}_{key}"
        )
        assert entity_id is not None, f"there is no {platform} {key}"
        return entity_id

    def state(self, platform: str, key: str) -> State:
        """Return the state of an entity."""
        state = self.hass.states.get(self.entity_id(platform, key))
        assert state is not None
        return state

    def value(self, platform: str, key: str) -> str:
        """Return what an entity shows."""
        return self.state(platform, key).state

    async def shows(self, platform: str, key: str, value: str) -> None:
        """Wait until an entity shows a value."""
        await until(
            lambda: self.value(platform, key) == value,
            f"{platform} {key} shows {value}",
        )

    async def reconnect(self) -> None:
        """Drop the link, and wait until Home Assistant has noticed it and is connected again.

        Being connected again can be a matter of milliseconds: what it showed between must not be missed.
        """
        shown: list[str] = []

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            if (state := event.data["new_state"]) is not None:
                shown.append(state.state)

        stop = async_track_state_change_event(
            self.hass, self.entity_id("binary_sensor", "connected"), changed
        )
        self.peripheral.drop_link()
        await until(lambda: shown == ["off", "on"], "it is connected again")
        stop()

    async def call(self, platform: str, service: str, key: str, **data: object) -> None:
        """Call an action of an entity, as a dashboard does."""
        await self.hass.services.async_call(
            platform,
            service,
            {ATTR_ENTITY_ID: self.entity_id(platform, key), **data},
            blocking=True,
        )

    async def treat(self, minutes: int = 20) -> None:
        """Have a session run that treats, as the entities show."""
        await self.call("number", "set_value", "session_length", value=minutes)
        await self.call("switch", "turn_on", "session")
        self.clock.advance(21)
        await self.shows("sensor", "state", "treating")

    def withhold(self, uuid: str) -> None:
        """Have the device not let a characteristic be read, given by its 16 bit."""

        def refuse(_connection: object) -> bytes:
            raise att.ATT_Error(att.ErrorCode.READ_NOT_PERMITTED)

        for attribute in self.peripheral.device.gatt_server.attributes:
            if isinstance(attribute, Characteristic) and attribute.uuid == UUID(uuid):
                attribute.value = AttributeValue(read=refuse)

    def skip(self, seconds: float) -> None:
        """Let time pass for the device, without the thousands of notifications of it."""
        self.faults.drop_notifications = True
        rest = min(seconds, SELDOM)
        self.clock.shortest = SELDOM
        self.clock.advance(seconds - rest)
        self.clock.shortest = 0.0
        # Each repetition falls due and is again as often as usual.
        self.clock.advance(rest)
        self.faults.drop_notifications = False

    def requests(self, opcode: int) -> list[Request]:
        """Return the received requests with this opcode."""
        return [request for request in self.back.requests if request.opcode == opcode]


class Home:
    """Home Assistant with Bluetooth proxies, and BackHugs in their reach."""

    def __init__(self, hass: HomeAssistant, dialect: Dialect = DIALECT) -> None:
        """Make the radio, whose proxies speak a dialect."""
        self.hass = hass
        self.dialect = dialect
        self.radio = Radio(supervision_timeout=0.2)
        self.scanners: list[SimulatedScanner] = []
        self._unregister: list[CALLBACK_TYPE] = []
        self._closing: list[Callable[[], Awaitable[None]]] = []
        self.back_hugs: list[SimulatedBackHug] = []

    @property
    def scanner(self) -> SimulatedScanner:
        """The first proxy."""
        return self.scanners[0]

    async def start(self) -> None:
        """Add the first proxy."""
        await self.add_scanner(SOURCE)

    async def add_scanner(
        self,
        source: str,
        *,
        passive: bool = False,
        connectable: bool = True,
        slots: int = 3,
    ) -> SimulatedScanner:
        """Add a Bluetooth proxy to the home; one that is not connectable only listens."""
        # Home Assistant's Bluetooth counts the slots by name.
        name = f"Simulated radio {source[-2:]}"
        scanner = SimulatedScanner(
            self.radio,
            source,
            name,
            slots=slots,
            passive=passive,
            connectable=connectable,
            dialect=self.dialect,
        )
        self._unregister.append(
            bluetooth.async_register_scanner(
                self.hass, scanner, connection_slots=slots if connectable else None
            )
        )
        self._unregister.append(scanner.async_setup())
        await scanner.async_wait_started()
        self.scanners.append(scanner)
        return scanner

    def remove_scanner(self) -> None:
        """Unplug the first proxy."""
        unregister, unsetup = self._unregister[:2]
        del self._unregister[:2], self.scanners[0]
        unsetup()
        unregister()

    async def add(
        self,
        build: Build | None = None,
        *,
        occupied: bool = True,
        powered: bool = True,
        faults: Faults | None = None,
        **options: Any,
    ) -> SimulatedBackHug:
        """Put a BackHug in reach, by default with somebody on it.

        The options are those of `Peripheral`.
        """
        build = build or Build()
        options.setdefault("interval", 0.02)
        clock = ManualClock()
        back = Back(build, clock)
        if occupied:
            back.lie_down()
        if not powered:
            back.switch_off()
        faults = faults or Faults()
        peripheral = Peripheral(back, self.radio, faults=faults, **options)
        await peripheral.start()
        back_hug = SimulatedBackHug(self.hass, build, clock, back, peripheral, faults)
        self.back_hugs.append(back_hug)
        return back_hug

    async def seen(self, back_hug: SimulatedBackHug) -> None:
        """Wait until Home Assistant's Bluetooth has seen a BackHug."""
        await until(
            lambda: bluetooth.async_ble_device_from_address(
                self.hass, back_hug.build.address, connectable=True
            ),
            "the device is seen",
        )
        await self.hass.async_block_till_done()

    def on_close(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Do something else before the home is closed."""
        self._closing.append(callback)

    async def abandon(self) -> None:
        """End what a failed test has left under way."""
        for task in tuple(self.hass._tasks):
            task.cancel()
        for back_hug in self.back_hugs:
            back_hug.faults.clear()
            if hasattr(back_hug.entry, "runtime_data"):
                async with asyncio.timeout(PATIENCE):
                    await back_hug.coordinator.async_shutdown()

    async def close(self) -> None:
        """Leave nothing behind."""
        for close in self._closing:
            await close()
        for back_hug in self.back_hugs:
            if back_hug.entry.state is ConfigEntryState.LOADED:
                await self.hass.config_entries.async_unload(back_hug.entry.entry_id)
            await back_hug.peripheral.stop()
        for unregister in reversed(self._unregister):
            unregister()
        for scanner in self.scanners:
            await scanner.async_stop()
        await self.radio.close()
