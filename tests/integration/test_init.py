"""Set-up of an entry, without radio work."""

import asyncio

import bleak_retry_connector
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    STATE_OFF,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.backhug.const import (
    CONF_HOLD_CONNECTION,
)
from custom_components.backhug.device import connection as link
from tests.home import Home, until

from .conftest import OURS


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
