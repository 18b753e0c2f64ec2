"""Stops while the entry is not loaded, released or connected on demand."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import (
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.device import gatt as radio, timeouts
from custom_components.backhug.session import controller, stopping
from simulator.build import Build
from simulator.faults import Lost
from tests.home import Home, SimulatedBackHug, until

from .on_demand import rests, set_up
from .stops import STOP, ended, not_let_back, release, stop, stored, under_way, unload

SECOND = Build(name="BackHug-2", address="C0:FF:EE:00:00:02")


async def disable(back_hug: SimulatedBackHug) -> None:
    """Disable the entry."""
    await back_hug.hass.config_entries.async_set_disabled_by(
        back_hug.entry.entry_id, ConfigEntryDisabler.USER
    )
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")


async def test_stop_within_a_reload_uses_the_open_connection(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disconnection that hangs leaves the device connected: the stop uses that connection."""
    monkeypatch.setattr(radio, "DISCONNECT_TIMEOUT", 0.5)
    await back_hug.treat()
    back_hug.faults.hang_disconnect = True
    reload = back_hug.hass.async_create_task(
        back_hug.hass.config_entries.async_reload(back_hug.entry.entry_id)
    )
    await until(
        lambda: back_hug.entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS,
        "it is being unloaded",
    )
    await until(
        lambda: back_hug.coordinator.controller.back_hug.connection.closing, "it hangs"
    )
    assert await stop(back_hug) == ended(back_hug)
    assert not back_hug.back.running
    await reload
    back_hug.faults.clear()
    back_hug.peripheral.drop_link()
    await back_hug.live()
    assert back_hug.requests(STOP) == [back_hug.requests(STOP)[0]]


async def test_stop_within_a_reload_is_handed_over(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that the old coordinator cannot deliver is delivered by the new one, with one answer."""
    monkeypatch.setattr(radio, "DISCONNECT_TIMEOUT", 0.5)
    await back_hug.treat()
    back_hug.faults.hang_disconnect = True
    back_hug.faults.lose_writes = Lost.REQUEST
    reload = back_hug.hass.async_create_task(
        back_hug.hass.config_entries.async_reload(back_hug.entry.entry_id)
    )
    await until(
        lambda: back_hug.coordinator.controller.back_hug.connection.closing, "it hangs"
    )
    task = back_hug.hass.async_create_task(stop(back_hug))
    await asyncio.sleep(0.1)
    back_hug.faults.clear()
    back_hug.peripheral.drop_link()
    await reload
    assert await task == ended(back_hug)
    assert not back_hug.back.running


async def test_stop_waits_for_the_set_up(back_hug: SimulatedBackHug) -> None:
    """A stop waits until the entry is set up."""
    await back_hug.treat()
    await unload(back_hug)
    async with back_hug.entry.setup_lock:
        task = back_hug.hass.async_create_task(stop(back_hug))
        await asyncio.sleep(0.05)
        assert not task.done()
        await back_hug.hass.config_entries.async_setup(
            back_hug.entry.entry_id, _lock=False
        )
    assert await task == ended(back_hug)
    assert not back_hug.back.running


@pytest.mark.parametrize("before", [unload, disable])
async def test_stop_connects_for_an_entry_that_is_not_loaded(
    back_hug: SimulatedBackHug, before: Callable[[SimulatedBackHug], Awaitable[None]]
) -> None:
    """Without a coordinator the stop makes a connection and closes it again."""
    await back_hug.treat()
    await before(back_hug)
    connections = back_hug.peripheral.connections
    assert await stop(back_hug) == ended(back_hug)
    assert not back_hug.back.running
    await back_hug.hass.async_block_till_done()
    assert not back_hug.peripheral.connected
    assert back_hug.peripheral.connections == connections + 1
    assert not (await stored(back_hug)).stop_is_kept
    assert await stop(back_hug) == [
        {"name": back_hug.build.name, "session_ended": False}
    ]


async def test_stop_of_an_entry_not_loaded_is_kept(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of reach, the stop is kept for the next connection; other stored data stays."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await back_hug.call("select", "select_option", "programme", option="short_break")
    await back_hug.treat()
    await unload(back_hug)
    back_hug.faults.refuse_connections = True
    assert await stop(back_hug) == "stop_pending"
    assert back_hug.back.running
    memory = await stored(back_hug)
    assert memory.stop_any_until is not None
    assert memory.chosen == "short_break"
    back_hug.faults.clear()
    await back_hug.set_up()
    await until(lambda: not back_hug.back.running, "it is stopped")
    assert back_hug.value("select", "programme") == "short_break"
    await until(lambda: not back_hug.coordinator.stored.stop_is_kept, "it is over")
    assert (await stored(back_hug)).stop_any_until is None


async def test_kept_stop_expires_after_an_hour(back_hug: SimulatedBackHug) -> None:
    """A session that runs later began after the stop, and is not stopped."""
    await unload(back_hug)
    memory = await stored(back_hug)
    memory.stop_any_until = dt_util.utcnow() - timedelta(seconds=1)
    await memory.async_save()
    back_hug.back.start_at_device(30)
    await back_hug.set_up()
    await back_hug.shows("sensor", "state", "scanning")
    assert back_hug.requests(STOP) == []


async def test_kept_stop_expires_when_the_clock_is_set_back(
    back_hug: SimulatedBackHug,
) -> None:
    """A stop is kept for an hour at most, also if the clock is set back."""
    await unload(back_hug)
    memory = await stored(back_hug)
    memory.stop_any_until = dt_util.utcnow() + timedelta(days=30)
    await memory.async_save()
    back_hug.back.switch_off()
    await back_hug.set_up(live=False)
    left = back_hug.coordinator.controller.back_hug.stop_any_for
    assert left is not None
    assert left <= timeouts.LONGEST_SESSION


async def test_stop_of_an_entry_removed_meanwhile_is_tried_once(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop of an entry that is removed meanwhile is tried once and leaves nothing behind."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    entries = back_hug.hass.config_entries
    await back_hug.treat()
    await unload(back_hug)
    back_hug.faults.refuse_connections = True
    outcomes: list[Any] = []
    for removed, refuse in ((False, True), (True, True), (True, False)):
        back_hug.faults.refuse_connections = refuse
        await back_hug.entry.setup_lock.acquire()
        task = back_hug.hass.async_create_task(
            stopping.async_stop_entry(back_hug.hass, back_hug.entry)
        )
        await asyncio.sleep(0)
        back_hug.entry.setup_lock.release()
        if not removed:
            await entries.async_remove(back_hug.entry.entry_id)
        outcomes += await asyncio.gather(task, return_exceptions=True)
    assert isinstance(outcomes[0], HomeAssistantError)
    assert isinstance(outcomes[1], HomeAssistantError)
    assert outcomes[2] is True
    assert not (await stored(back_hug)).stop_is_kept


async def test_stop_of_two_names_the_one_that_failed(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """All are stopped; the error names the one that could not be."""
    second = await home.add(SECOND)
    await home.seen(second)
    await second.set_up()
    for each in (back_hug, second):
        await each.treat()
    await unload(second)
    answer = await stop(back_hug, entity_id="all")
    assert answer == [*ended(back_hug), *ended(second)]
    assert not back_hug.back.running
    assert not second.back.running


async def test_stop_before_the_first_connection_stops_any_session(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after a restart no session is known: the stop ends whichever runs."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    back_hug = await home.add()
    await home.seen(back_hug)
    back_hug.faults.refuse_connections = True
    back_hug.back.start_at_device(30)
    await back_hug.set_up(live=False)
    assert await stop(back_hug) == "stop_pending"
    # Another restart does not extend the hour.
    assert await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    assert await stop(back_hug) == "stop_pending"
    back_hug.faults.clear()
    await back_hug.live()
    assert not back_hug.back.running


async def test_stop_on_demand_reports_an_unseen_session(home: Home) -> None:
    """A session begun at the device while disconnected is stopped and reported."""
    back_hug = await set_up(home)
    await rests(home, back_hug)
    back_hug.back.start_at_device(30)
    assert await stop(back_hug) == ended(back_hug)
    assert not back_hug.back.running


async def test_due_stop_connects_on_demand(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that is due makes the connection in *on demand* mode too."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    monkeypatch.setattr(timeouts, "STALE", 0)
    back_hug = await set_up(home)
    await rests(home, back_hug)
    back_hug.back.start_at_device(30)
    back_hug.faults.refuse_connections = True
    assert await stop(back_hug) == "stop_pending"
    back_hug.faults.clear()
    await until(lambda: not back_hug.back.running, "it is delivered")


async def test_stop_while_released_uses_a_connection_of_its_own(
    back_hug: SimulatedBackHug,
) -> None:
    """A stop connects for itself and disconnects; the entities stay unavailable."""
    await back_hug.treat()
    await release(back_hug)
    assert await stop(back_hug) == ended(back_hug)
    assert not back_hug.back.running
    await back_hug.hass.async_block_till_done()
    assert not back_hug.peripheral.connected
    assert back_hug.value("switch", "session") == STATE_UNAVAILABLE
    assert back_hug.peripheral.connections == 2
    assert not back_hug.coordinator.controller.back_hug.stop_kept
    assert not (await stored(back_hug)).stop_is_kept


async def test_stop_is_kept_while_the_app_has_the_device(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the phone app has the device the stop is kept for that session, and the error says so."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await back_hug.treat()
    await release(back_hug)
    back_hug.faults.refuse_connections = True
    assert await stop(back_hug) == "stop_released"
    await asyncio.sleep(0.2)
    assert (await stored(back_hug)).stop_due == [1]
    back_hug.faults.clear()
    await back_hug.call("switch", "turn_on", "hold_connection")
    await until(lambda: not back_hug.back.running, "it is delivered")


async def test_release_does_not_cancel_a_stop(back_hug: SimulatedBackHug) -> None:
    """Releasing the connection does not cancel a stop."""
    task = await under_way(back_hug)
    await back_hug.call("switch", "turn_off", "hold_connection")
    back_hug.faults.clear()
    assert await task == ended(back_hug)
    assert not back_hug.back.running


async def test_unload_keeps_a_stop_while_released(back_hug: SimulatedBackHug) -> None:
    """A stop whose own connection is cut short by an unload is kept."""
    await back_hug.treat()
    await release(back_hug)
    back_hug.faults.hang_connect = True
    task = back_hug.hass.async_create_task(stop(back_hug))
    await asyncio.sleep(0.1)
    assert not task.done()
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    assert await task == "stop_pending"
    assert (await stored(back_hug)).stop_due == [1]


async def test_button_is_always_available(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The button does what the action does, in every state of the connection."""
    assert back_hug.value("button", "stop") == STATE_UNKNOWN
    await back_hug.treat()
    await back_hug.call("button", "press", "stop")
    assert not back_hug.back.running
    back_hug.clock.advance(16)
    await back_hug.shows("sensor", "state", "standby")
    await back_hug.treat()
    await release(back_hug)
    assert back_hug.value("switch", "session") == STATE_UNAVAILABLE
    assert back_hug.value("button", "stop") != STATE_UNAVAILABLE
    await back_hug.call("button", "press", "stop")
    assert not back_hug.back.running
    await home.hass.async_block_till_done()


async def test_button_keeps_a_stop_while_the_link_is_lost(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that cannot be delivered is kept, and the error says so."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    await not_let_back(back_hug)
    with pytest.raises(HomeAssistantError) as error:
        await back_hug.call("button", "press", "stop")
    assert error.value.translation_key == "stop_pending"
    back_hug.faults.clear()
    await until(lambda: not back_hug.back.running, "it is delivered")


async def test_kept_stop_delivered_at_set_up_is_reported(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session ended by a kept stop during set-up is reported as stopped."""
    await back_hug.treat()
    await unload(back_hug)
    memory = await stored(back_hug)
    await memory.async_keep_stop({back_hug.back.session_number}, None)
    right = controller.SessionController.async_stop

    async def later(self: controller.SessionController) -> bool:
        await until(lambda: self.back_hug.sessions_stopped, "it is delivered")
        return await right(self)

    monkeypatch.setattr(controller.SessionController, "async_stop", later)
    async with back_hug.entry.setup_lock:
        task = back_hug.hass.async_create_task(stop(back_hug))
        await asyncio.sleep(0.05)
        await back_hug.hass.config_entries.async_setup(
            back_hug.entry.entry_id, _lock=False
        )
    assert await task == ended(back_hug)
