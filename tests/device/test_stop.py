"""Stop overtakes every command, and works in every state."""

from __future__ import annotations

import asyncio

import pytest

from custom_components.backhug.device.errors import (
    StoppedFirstError,
)
from custom_components.backhug.device.model import Area, Flow, SessionEnd, State
from simulator.back import End
from tests.home import until

from .bench import ONLY_STOP, STOP, Bench, given


async def test_stop_overtakes_queued_commands(bench: Bench) -> None:
    """They are neither carried out nor sent later."""
    client = await bench.client()
    client.back.control_point.carry_out_delay = 1000
    queue = given(
        client.hug.start(20),
        client.hug.set_strength(9),
        client.hug.set_area(Area.MID_BACK),
        client.hug.pause(),
        client.hug.set_length(30),
    )
    await until(client.requests)
    await client.hug.stop()
    assert client.requests() == [1, 2]
    for command in queue:
        assert type(await client.refused(command)) is StoppedFirstError
    await asyncio.sleep(0.5)
    assert client.requests() == [1, 2]
    client.clock.advance(2000)
    assert client.back.session_number == 0
    assert (client.back.strength, client.back.area) == (3, 0)


async def test_start_that_is_carried_out_before_a_stop_succeeds(bench: Bench) -> None:
    """Then the session is stopped."""
    client = await bench.client()
    client.back.control_point.answer_delay = 1000
    (start,) = given(client.hug.start(20))
    await until(lambda: client.back.running)
    await client.hug.stop()
    await start
    assert client.requests() == [1, 2]
    assert client.shown() is State.FINISHING
    assert client.status.last_end is SessionEnd.STOPPED_BY_CLIENT


async def test_commands_after_a_stop_are_carried_out(bench: Bench) -> None:
    """A stop affects earlier commands only."""
    client = await bench.client()
    await client.treat()
    before = given(client.hug.set_strength(9), client.hug.set_flow(Flow.FAST))
    await asyncio.sleep(0)
    stop, after = given(client.hug.stop(), client.hug.set_strength(8))
    await stop
    await after
    await asyncio.gather(*before, return_exceptions=True)
    assert client.requests().index(2) < len(client.requests()) - 1
    assert client.requests()[-1] == 5
    assert client.back.strength == 8
    assert client.back.last_end is End.STOPPED_BY_CLIENT


@pytest.mark.usefixtures("hurried")
async def test_later_commands_wait_for_the_stop(bench: Bench) -> None:
    """Nothing else is sent meanwhile."""
    client = await bench.client()
    await client.treat()
    client.faults.answers_affected = ONLY_STOP
    client.faults.answer_delay = 0.2
    stop, start = given(client.hug.stop(), client.hug.start(20))
    await until(lambda: client.requests(STOP))
    await asyncio.sleep(0.05)
    assert 8 not in client.requests()
    assert client.requests(1) == [1]
    await stop
    await asyncio.gather(start, return_exceptions=True)
    assert client.requests()[-1] == 1


async def test_stop_ends_a_slider_drag(bench: Bench) -> None:
    """No later value of the drag is sent."""
    client = await bench.client()
    await client.treat()
    drag = given(client.hug.set_strength(1))
    await until(lambda: client.requests(5))
    drag += given(*(client.hug.set_strength(level) for level in range(2, 11)))
    await asyncio.sleep(0)
    await client.hug.stop()
    outcomes = await asyncio.gather(*drag, return_exceptions=True)
    assert isinstance(outcomes[-1], StoppedFirstError)
    opcodes = client.requests()
    assert opcodes[-1] == 2
    assert client.hug.snapshot.settings is not None
    assert client.hug.snapshot.settings.strength == client.back.strength


async def test_two_stops_are_answered_both(bench: Bench) -> None:
    """Each with its result."""
    client = await bench.client()
    await client.treat()
    await asyncio.gather(client.hug.stop(), client.hug.stop())
    assert not client.back.running


@pytest.mark.parametrize("fault", [False, True])
async def test_stop_moves_nothing_on_an_idle_device(bench: Bench, fault: bool) -> None:
    """Nor in a fault."""
    client = await bench.client()
    if fault:
        client.back.overheat()
        await client.shows(State.FAULT)
    before = client.status
    await client.hug.stop()
    assert client.requests() == [2]
    assert client.status == before
    assert client.back.last_end is End.NONE


async def test_stop_works_in_every_running_state(bench: Bench) -> None:
    """Scanning, treating and paused."""
    client = await bench.client()
    for pause, treat in ((False, False), (False, True), (True, True)):
        await client.hug.start(20)
        if treat:
            client.clock.advance(21)
            await client.shows(State.TREATING)
        if pause:
            await client.hug.pause()
        await client.hug.stop()
        assert client.shown() is State.FINISHING
        await client.hug.stop()
        assert client.shown() is State.FINISHING
        client.clock.advance(16)
        await client.shows(State.STANDBY)
