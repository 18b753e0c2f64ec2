"""Unload, removal and shutdown, which leave nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import gc
from typing import Any
import weakref

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STOP,
    STATE_OFF,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.event_type import EventType
import pytest

from custom_components.backhug.device import gatt as radio, timeouts
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until


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
