"""Set-up without radio work; unload, removal and shutdown that leave nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import replace
import gc
from typing import Any
import weakref

import bleak_retry_connector
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STOP,
    STATE_OFF,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.event_type import EventType
import pytest

from custom_components.backhug.const import (
    CONF_FEATURES,
    CONF_HOLD_CONNECTION,
    CONF_INFORMATION,
    DOMAIN,
)
from custom_components.backhug.device import connection as link, gatt as radio, timeouts
from custom_components.backhug.device.model import Features
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, features_of, until

from .conftest import OURS


def device_of(back_hug: SimulatedBackHug) -> dr.DeviceEntry:
    """Return the device of a BackHug in the registry."""
    (device,) = dr.async_entries_for_config_entry(
        dr.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return device


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what we logged at info or above."""
    return [
        record.getMessage() for record in caplog.records if record.name.startswith(OURS)
    ]


async def test_set_up_uses_no_radio(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """With the device off, entities exist, nothing is tried and nothing logged."""
    back_hug = await home.add(powered=False)
    async with asyncio.timeout(2):
        await back_hug.set_up(live=False)
    assert back_hug.entry.state is ConfigEntryState.LOADED
    entries = er.async_entries_for_config_entry(
        er.async_get(home.hass), back_hug.entry.entry_id
    )
    states = {
        entry.unique_id.removeprefix(f"{back_hug.build.address}_")
        + ("_event" if entry.domain == "event" else ""): state.state
        for entry in entries
        if (state := home.hass.states.get(entry.entity_id))
    }
    assert len(states) == 30
    assert states.pop("connected") == STATE_OFF
    assert states.pop("hold_connection") == "on"
    assert states.pop("programme") == "none"
    assert states.pop("person") == "guest"
    assert states.pop("stop") == STATE_UNKNOWN
    assert states.pop("armed_until") == STATE_UNKNOWN
    assert states.pop("next_session_due") == STATE_UNKNOWN
    assert states.pop("plan") == STATE_OFF
    # Of Home Assistant's own history.
    for key in ("tension_before", "tension_after", "tension_change"):
        assert states.pop(key) == STATE_UNKNOWN
    assert states.pop("last_session") == STATE_UNKNOWN
    assert states.pop("session_event") == STATE_UNKNOWN
    assert states.pop("minutes_treated") == "0"
    assert set(states.values()) == {STATE_UNAVAILABLE}
    await asyncio.sleep(0.1)
    assert back_hug.peripheral.connections == 0
    assert not home.scanner.central.allocated
    assert said(caplog) == []


async def test_no_attempts_while_out_of_reach(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device that does not advertise is never polled."""
    tried: list[str] = []

    async def connect(name: str, *_: object) -> None:
        tried.append(name)

    monkeypatch.setattr(link, "connect", connect)
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    await asyncio.sleep(0.1)
    assert tried == []


async def test_stale_bluez_connection_is_closed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that BlueZ kept from a killed Home Assistant is closed without delaying set-up."""
    closed: list[str] = []
    may_end = asyncio.Event()
    back_hug = await home.add()
    await home.seen(back_hug)

    async def close(address: str) -> None:
        assert not back_hug.peripheral.connected
        closed.append(address)
        await may_end.wait()

    monkeypatch.setattr(
        bleak_retry_connector, "close_stale_connections_by_address", close
    )
    await back_hug.set_up(live=False)
    assert back_hug.entry.state is ConfigEntryState.LOADED
    await until(lambda: closed == [back_hug.build.address])
    assert back_hug.peripheral.connections == 0
    may_end.set()
    await back_hug.shows("binary_sensor", "connected", "on")
    # On a second set-up its own connection is already closed.
    await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    await back_hug.shows("binary_sensor", "connected", "on")
    assert closed == 2 * [back_hug.build.address]


async def test_released_connection_is_left_alone(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While released, connections of others are left alone."""
    closed: list[str] = []

    async def close(address: str) -> None:
        closed.append(address)

    monkeypatch.setattr(
        bleak_retry_connector, "close_stale_connections_by_address", close
    )
    back_hug = await home.add()
    await home.seen(back_hug)
    back_hug.entry.add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(
        back_hug.entry, options={CONF_HOLD_CONNECTION: False}
    )
    await back_hug.set_up(live=False)
    assert closed == []


async def test_available_when_switched_on(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Switching the device on is enough."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    back_hug.back.switch_on()
    await back_hug.live()
    assert back_hug.value("sensor", "state") == "standby"
    assert back_hug.value("binary_sensor", "connected") == "on"
    assert back_hug.peripheral.connections == 1
    assert said(caplog) == []


async def test_set_up_without_bluetooth(home: Home) -> None:
    """Without any Bluetooth the entry loads, and becomes available with the first proxy."""
    home.remove_scanner()
    back_hug = await home.add()
    await back_hug.set_up(live=False)
    assert back_hug.entry.state is ConfigEntryState.LOADED
    assert back_hug.value("switch", "session") == STATE_UNAVAILABLE
    await home.add_scanner("00:00:00:00:5C:03")
    await back_hug.live()


# Unload, removal, disabling


async def unload(back_hug: SimulatedBackHug) -> None:
    """Unload the entry."""
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    assert back_hug.entry.state is ConfigEntryState.NOT_LOADED


async def remove(back_hug: SimulatedBackHug) -> None:
    """Remove the entry."""
    await back_hug.hass.config_entries.async_remove(back_hug.entry.entry_id)
    assert not device_registry_of(back_hug.hass)
    assert not er.async_entries_for_config_entry(
        er.async_get(back_hug.hass), back_hug.entry.entry_id
    )


async def disable(back_hug: SimulatedBackHug) -> None:
    """Disable the entry."""
    await back_hug.hass.config_entries.async_set_disabled_by(
        back_hug.entry.entry_id, ConfigEntryDisabler.USER
    )


def device_registry_of(hass: HomeAssistant) -> list[dr.DeviceEntry]:
    """Return our devices."""
    return [
        device
        for device in dr.async_get(hass).devices
        if (dr.CONNECTION_BLUETOOTH, Build().address) in device.connections
    ]


def listening(hass: HomeAssistant) -> dict[EventType[Any] | str, int]:
    """Return how many listeners each event has, but for what waits to be stored."""
    listeners = dict(hass.bus.async_listeners())
    listeners.pop(EVENT_HOMEASSISTANT_FINAL_WRITE, None)
    return listeners


async def idle(_back_hug: SimulatedBackHug) -> None:
    """Do nothing."""


async def treating(back_hug: SimulatedBackHug) -> None:
    """Let a session run."""
    await back_hug.treat()


async def gone(back_hug: SimulatedBackHug) -> None:
    """Let the link have just been lost, with entities that still show it."""
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", STATE_OFF)


async def hanging_connect(back_hug: SimulatedBackHug) -> None:
    """Let an attempt to connect hang."""
    back_hug.faults.hang_connect = True
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", STATE_OFF)


async def hanging_disconnect(back_hug: SimulatedBackHug) -> None:
    """Let a disconnection hang."""
    back_hug.faults.hang_disconnect = True


async def commanded(back_hug: SimulatedBackHug) -> None:
    """Let a command be under way that is never answered."""
    back_hug.faults.answer_times = 0
    back_hug.hass.async_create_background_task(
        give_up(back_hug.call("number", "set_value", "strength", value=7)), "command"
    )
    await until(lambda: back_hug.requests(5), "the device has the request")


async def give_up(command: Awaitable[None]) -> None:
    """Wait for a command that may fail."""
    with suppress(HomeAssistantError):
        await command


@pytest.mark.parametrize("let_go", [unload, remove, disable])
@pytest.mark.parametrize(
    "before", [idle, treating, gone, hanging_connect, hanging_disconnect, commanded]
)
async def test_unload_leaves_nothing_behind(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    before: Callable[[SimulatedBackHug], Awaitable[None]],
    let_go: Callable[[SimulatedBackHug], Awaitable[None]],
) -> None:
    """Unload, removal and disabling end in bounded time and leave nothing behind.

    Tasks and timers that stay are found by Home Assistant's own fixtures.
    """
    monkeypatch.setattr(radio, "DISCONNECT_TIMEOUT", 0.3)
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    assert await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    # Home Assistant keeps its own listeners for the loaded platforms.
    listeners = listening(home.hass)
    await back_hug.set_up()
    assert listening(home.hass) != listeners
    await before(back_hug)
    coordinator = weakref.ref(back_hug.coordinator)
    connections = back_hug.peripheral.connections

    async with asyncio.timeout(2):
        await let_go(back_hug)
    await home.hass.async_block_till_done()

    back_hug.faults.clear()
    back_hug.peripheral.appear()
    if before is hanging_disconnect:
        back_hug.peripheral.drop_link()
    await until(lambda: not home.scanner.central.allocated, "the slot is free")
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
    # It advertises again, which has no effect.
    await asyncio.sleep(0.25)
    assert back_hug.peripheral.connections == connections
    assert listening(home.hass) == listeners
    await until(
        lambda: gc.collect() >= 0 and coordinator() is None, "it is garbage-collected"
    )
    # A session goes on: only a person stops it.
    assert [
        request.opcode for request in back_hug.back.requests if request.opcode == 2
    ] == []


async def test_reload_reconnects(home: Home, back_hug: SimulatedBackHug) -> None:
    """A reload reconnects; a session goes on meanwhile."""
    await back_hug.treat()
    assert await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    await back_hug.live()
    assert back_hug.value("sensor", "state") == "treating"
    assert back_hug.peripheral.connections == 2
    assert back_hug.back.session_number == 1


@pytest.mark.parametrize(
    "before", [idle, treating, gone, hanging_connect, hanging_disconnect, commanded]
)
async def test_shutdown_disconnects_in_time(
    home: Home,
    back_hug: SimulatedBackHug,
    monkeypatch: pytest.MonkeyPatch,
    before: Callable[[SimulatedBackHug], Awaitable[None]],
) -> None:
    """Home Assistant's stop disconnects in time, and nothing reconnects."""
    monkeypatch.setattr(radio, "DISCONNECT_TIMEOUT", 0.3)
    await before(back_hug)
    connections = back_hug.peripheral.connections
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    async with asyncio.timeout(2):
        await home.hass.async_block_till_done()
    back_hug.faults.clear()
    back_hug.peripheral.appear()
    if before is hanging_disconnect:
        back_hug.peripheral.drop_link()
    await until(lambda: not home.scanner.central.allocated, "the slot is free")
    await asyncio.sleep(0.25)
    assert back_hug.peripheral.connections == connections
    assert not back_hug.peripheral.connected


async def test_unload_during_shutdown_logs_nothing(
    home: Home, back_hug: SimulatedBackHug, caplog: pytest.LogCaptureFixture
) -> None:
    """An unload during shutdown logs nothing."""
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await home.hass.async_block_till_done()
    assert await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    assert "Unable to remove" not in caplog.text


async def test_set_up_during_shutdown_does_not_connect(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """An entry that is set up during shutdown does not connect, as nothing would disconnect it."""
    await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
    connections = back_hug.peripheral.connections
    home.hass.set_state(CoreState.stopping)
    assert await home.hass.config_entries.async_setup(back_hug.entry.entry_id)
    await asyncio.sleep(0.5)
    assert back_hug.peripheral.connections == connections
    home.hass.set_state(CoreState.running)


async def test_disconnect_timeout_is_below_home_assistants() -> None:
    """A disconnection that hangs ends before Home Assistant's warning (20 s)."""
    assert radio.DISCONNECT_TIMEOUT <= 5
    assert timeouts.COMMAND_TIMEOUT < 10


# Firmware updates


async def test_changed_features_reload_the_entry(back_hug: SimulatedBackHug) -> None:
    """Firmware with other features: they are stored and the entry is reloaded with other entities."""
    await until(lambda: back_hug.value("number", "strength") == "3", "it is live")
    new = replace(
        back_hug.build, strengths=6, areas=(0, 3, 6), longest=40, firmware="2.0.0"
    )
    loaded = back_hug.coordinator

    await back_hug.peripheral.restart(new)
    await until(
        lambda: (
            back_hug.entry.state is ConfigEntryState.LOADED
            and back_hug.coordinator is not loaded
        ),
        "the entry is reloaded",
    )
    await back_hug.live()

    stored = Features.from_dict(back_hug.entry.data[CONF_FEATURES])
    assert stored.strength_levels == 6
    assert stored.max_minutes == 40
    assert back_hug.state("number", "strength").attributes["max"] == 6
    assert back_hug.state("number", "session_length").attributes["max"] == 40
    assert back_hug.state("select", "area").attributes["options"] == [
        "full_back",
        "lower_back",
        "left_side",
    ]
    assert device_of(back_hug).sw_version == "2.0.0"


async def test_new_features_add_entities(home: Home) -> None:
    """Firmware with new features adds entities."""
    old = Build(can_pause=False, measures_tension=False)
    back_hug = await home.add(old)
    await home.seen(back_hug)
    await back_hug.set_up()
    registry = er.async_get(home.hass)

    def has(platform: str, key: str) -> bool:
        unique_id = f"{old.address}_{key}"
        return registry.async_get_entity_id(platform, DOMAIN, unique_id) is not None

    assert not has("button", "pause_resume")
    assert not has("sensor", "tension")
    await back_hug.peripheral.restart(
        replace(old, can_pause=True, measures_tension=True)
    )
    await until(lambda: has("button", "pause_resume"), "the button is there")
    await back_hug.live()
    # The cached services are of the old firmware: they are discovered again, once.
    assert back_hug.peripheral.complaints == ["a wrong client configuration: 02 00"]
    back_hug.peripheral.complaints.clear()
    assert back_hug.value("sensor", "tension") == "unknown"


async def test_entry_of_a_later_version_loads(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """An entry that a later version stored loads with what is known."""
    await unload(back_hug)
    data = back_hug.entry.data
    features, information = data[CONF_FEATURES], data[CONF_INFORMATION]
    home.hass.config_entries.async_update_entry(
        back_hug.entry,
        minor_version=9,
        data={
            **data,
            CONF_FEATURES: {
                **features,
                "areas": [*features["areas"], "tail"],
                "flows": ["tide", *features["flows"]],
                "heats": True,
            },
            CONF_INFORMATION: {**information, "software": "3"},
        },
    )
    await back_hug.set_up()
    assert back_hug.coordinator.features == features_of(back_hug.build)
    assert device_of(back_hug).sw_version == "1.0.0"


async def test_device_registry_follows_the_information(
    back_hug: SimulatedBackHug,
) -> None:
    """The device registry follows the device information without a reload."""
    loaded = back_hug.coordinator
    device = device_of(back_hug)
    assert device.manufacturer == "BackHug simulator"
    assert device.model == "Simulated BackHug"
    assert device.serial_number == "SIM-7F2A"
    assert device.hw_version == "A"
    assert device.sw_version == "1.0.0"
    new = replace(
        back_hug.build, firmware="1.1.0", hardware="B", model="Other", serial="NEW"
    )

    await back_hug.peripheral.restart(new)
    await until(lambda: device_of(back_hug).sw_version == "1.1.0", "it follows")

    device = device_of(back_hug)
    assert (device.hw_version, device.model, device.serial_number) == (
        "B",
        "Other",
        "NEW",
    )
    assert back_hug.coordinator is loaded
    assert back_hug.entry.data[CONF_INFORMATION]["firmware"] == "1.1.0"
    # After a restart of Home Assistant it is known without the radio.
    await unload(back_hug)
    back_hug.back.switch_off()
    await back_hug.set_up(live=False)
    assert device_of(back_hug).sw_version == "1.1.0"


async def test_device_information_is_optional(home: Home) -> None:
    """A device without device information works."""
    back_hug = await home.add(
        Build(manufacturer=None, model=None, serial=None, firmware=None, hardware=None)
    )
    await home.seen(back_hug)
    await back_hug.set_up()
    device = device_of(back_hug)
    assert device.name == "BackHug-7F2A"
    assert device.manufacturer == "BackHug"
    assert device.model is device.serial_number is device.sw_version is None
    assert device.connections == {(dr.CONNECTION_BLUETOOTH, back_hug.build.address)}


async def test_reconnection_stores_nothing(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Reconnecting to an unchanged device stores nothing and reloads nothing."""
    modified = back_hug.entry.modified_at
    loaded = back_hug.coordinator
    back_hug.peripheral.drop_link()
    await until(lambda: back_hug.peripheral.connections == 2, "it is connected again")
    await back_hug.shows("binary_sensor", "connected", "on")
    await home.hass.async_block_till_done()
    assert back_hug.entry.modified_at == modified
    assert back_hug.coordinator is loaded


async def test_information_is_stored_without_a_registry_device(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Device information is stored even if the registry's device was removed."""
    dr.async_get(home.hass).async_remove_device(device_of(back_hug).id)
    await back_hug.peripheral.restart(replace(back_hug.build, firmware="1.1.0"))
    await until(
        lambda: back_hug.entry.data[CONF_INFORMATION]["firmware"] == "1.1.0", "stored"
    )


@pytest.mark.parametrize("mtu", [23, 247])
@pytest.mark.parametrize("fingers", [24, 26, 28])
async def test_session_on_every_kind_of_device(
    home: Home, mtu: int, fingers: int
) -> None:
    """A whole session, from lying down to the tension after, on every kind of device."""
    back_hug = await home.add(Build(mtu=mtu, fingers=fingers))
    await home.seen(back_hug)
    await back_hug.set_up()
    assert back_hug.peripheral.mtu == mtu
    assert back_hug.coordinator.features.fingers == fingers
    await back_hug.treat(20)
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(2)
    await back_hug.shows("sensor", "state", "finishing")
    back_hug.clock.advance(15)
    await back_hug.shows("sensor", "state", "standby")
    await until(
        lambda: (
            back_hug.state("sensor", "tension").attributes["measured"] == "after"
            and back_hug.coordinator.data.record
            and back_hug.coordinator.data.record.after
        ),
        "the tension after is shown",
    )
    record = back_hug.back.record
    assert record.before
    assert record.after
    touching = [effort for effort in record.after if effort != 255]
    tension = round(100 * sum(touching) / 254 / len(touching))
    assert back_hug.value("sensor", "tension") == str(tension)
    assert back_hug.value("sensor", "last_session_ended_by") == "completed"
    assert back_hug.coordinator.history.number == 1
