"""Stops, and what is left of them."""

import asyncio
from typing import Any

from homeassistant.const import (
    ATTR_ENTITY_ID,
)
from homeassistant.exceptions import HomeAssistantError

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.storage import StoredState
from simulator.back import Opcode
from tests.home import SimulatedBackHug, until

STOP = Opcode.STOP


async def stop(
    back_hug: SimulatedBackHug, **target: Any
) -> list[dict[str, object]] | str | None:
    """Call the stop action; return its response or the translation key of its error."""
    target = target or {ATTR_ENTITY_ID: back_hug.entity_id("switch", "session")}
    try:
        response = await back_hug.hass.services.async_call(
            DOMAIN, "stop_session", target, blocking=True, return_response=True
        )
    except HomeAssistantError as error:
        return error.translation_key
    devices: Any = (response or {})["devices"]
    return list(devices)


def ended(back_hug: SimulatedBackHug) -> list[dict[str, object]]:
    """Return the answer to a stop that ended a session."""
    return [{"name": back_hug.build.name, "session_ended": True}]


async def not_let_back(back_hug: SimulatedBackHug) -> None:
    """Lose the link in a session; the device is near, but cannot be connected to."""
    await back_hug.treat()
    back_hug.faults.refuse_connections = True
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")


async def under_way(back_hug: SimulatedBackHug) -> asyncio.Task[Any]:
    """Return a stop that waits for the connection."""
    await not_let_back(back_hug)
    task = back_hug.hass.async_create_task(stop(back_hug))
    await until(
        lambda: back_hug.coordinator.controller.back_hug.stop_due == {1}, "it is due"
    )
    return task


async def unload(back_hug: SimulatedBackHug) -> None:
    """Unload the entry."""
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")


async def stored(back_hug: SimulatedBackHug) -> StoredState:
    """Return what is on disk."""
    memory = StoredState(back_hug.hass, back_hug.entry.entry_id, back_hug.build.address)
    await memory.async_load()
    return memory


async def release(back_hug: SimulatedBackHug) -> None:
    """Release the connection, as for the phone app."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
