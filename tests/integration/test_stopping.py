"""Stop: carried out or kept, in every state of the entry and whether or not its caller waits."""

import asyncio
from contextlib import suppress

from homeassistant.const import (
    ATTR_ENTITY_ID,
    EVENT_HOMEASSISTANT_STOP,
)
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.device import timeouts
from custom_components.backhug.session import controller, delivery
from simulator.back import Opcode
from tests.home import SimulatedBackHug, until

from .stops import STOP, ended, not_let_back, stop, stored, under_way, unload

# Unloaded while a stop is under way


async def test_reload_keeps_a_stop_under_way(back_hug: SimulatedBackHug) -> None:
    """The response says that the stop is pending; it is delivered on reconnection."""
    task = await under_way(back_hug)
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    assert await task == "stop_pending"
    assert back_hug.back.running
    back_hug.faults.clear()
    await back_hug.set_up()
    await until(lambda: not back_hug.back.running, "it is stopped")
    await until(lambda: not back_hug.coordinator.stored.stop_is_kept, "it is over")
    assert not (await stored(back_hug)).stop_is_kept


async def test_shutdown_keeps_a_stop_under_way(back_hug: SimulatedBackHug) -> None:
    """A stop under way is kept over a restart, as is one requested during the shutdown."""
    task = await under_way(back_hug)
    back_hug.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    assert await task == "stop_pending"
    await back_hug.hass.async_block_till_done()
    assert (await stored(back_hug)).stop_due == [1]
    assert await stop(back_hug) == "stop_pending"
    assert (await stored(back_hug)).stop_due == [1]


async def test_unload_waits_for_a_stop_that_is_being_answered(
    back_hug: SimulatedBackHug,
) -> None:
    """An unload waits briefly for a stop that the device is about to answer."""
    await back_hug.treat()
    back_hug.faults.answers_affected = frozenset({int(STOP)})
    back_hug.faults.answer_delay = 0.3
    task = back_hug.hass.async_create_task(stop(back_hug))
    await until(lambda: back_hug.requests(STOP), "it is sent")
    await unload(back_hug)
    assert await task == ended(back_hug)
    assert not (await stored(back_hug)).stop_is_kept


async def test_stop_is_stored_while_under_way(back_hug: SimulatedBackHug) -> None:
    """A stop is on disk while it is under way."""
    task = await under_way(back_hug)
    await asyncio.sleep(2 * controller.STOP_WRITTEN_AFTER)
    assert not task.done()
    assert (await stored(back_hug)).stop_due == [1]
    back_hug.faults.clear()
    assert await task == ended(back_hug)
    assert not (await stored(back_hug)).stop_is_kept


async def test_removal_ends_a_stop_under_way(back_hug: SimulatedBackHug) -> None:
    """Removing the entry ends the stop and leaves nothing behind."""
    task = await under_way(back_hug)
    await back_hug.hass.config_entries.async_remove(back_hug.entry.entry_id)
    assert await task == "stop_pending"
    await back_hug.hass.async_block_till_done()
    assert not (await stored(back_hug)).stop_is_kept
    assert await stop(back_hug, entity_id="all") == "no_device"


# Cancelled callers


@pytest.mark.parametrize("by_action", [False, True])
async def test_stop_goes_on_without_its_caller(
    back_hug: SimulatedBackHug, by_action: bool
) -> None:
    """A stop goes on when its caller is cancelled."""
    await not_let_back(back_hug)
    task = asyncio.ensure_future(
        stop(back_hug) if by_action else back_hug.coordinator.controller.async_stop()
    )
    await until(
        lambda: back_hug.coordinator.controller.back_hug.stop_due, "it is under way"
    )
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    back_hug.faults.clear()
    await until(lambda: not back_hug.back.running, "it is stopped")


async def test_stop_uses_the_connection_of_a_cancelled_start(
    back_hug: SimulatedBackHug,
) -> None:
    """An automation in mode *restart* cancels its start: the stop uses the same connection."""
    back_hug.faults.answer_delay = 0.8
    back_hug.faults.answers_affected = frozenset({int(Opcode.START)})
    starting = asyncio.ensure_future(
        back_hug.hass.services.async_call(
            DOMAIN,
            "start_session",
            {ATTR_ENTITY_ID: back_hug.entity_id("switch", "session")},
            blocking=True,
        )
    )
    await until(lambda: back_hug.requests(Opcode.START), "the start has arrived")
    starting.cancel()
    await asyncio.sleep(0)
    await stop(back_hug)
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert back_hug.peripheral.connections == 1
    assert not back_hug.back.running


async def test_caller_is_answered_while_the_stop_goes_on(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller gets an answer within ten seconds, and the stop goes on."""
    assert timeouts.COMMAND_TIMEOUT < delivery.ANSWER_WITHIN < 10
    monkeypatch.setattr(delivery, "ANSWER_WITHIN", 0.1)
    await not_let_back(back_hug)
    assert await stop(back_hug) == "stop_pending"
    back_hug.faults.clear()
    await until(lambda: not back_hug.back.running, "it is stopped")


async def test_two_stops_at_once_both_report_the_end(
    back_hug: SimulatedBackHug,
) -> None:
    """Two stops at once both report that a session has ended."""
    await back_hug.treat()
    for answer in await asyncio.gather(stop(back_hug), stop(back_hug)):
        assert answer == ended(back_hug)
