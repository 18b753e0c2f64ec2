"""Stops while the connection is released, together with something else."""

import asyncio

import pytest

from simulator.faults import Lost
from tests.home import SimulatedBackHug, until

from .stops import STOP, ended, release, stop


async def test_stops_at_once_share_a_connection(back_hug: SimulatedBackHug) -> None:
    """Two stops at the same time make one connection, send one stop, and both report the end."""
    await back_hug.treat()
    await release(back_hug)
    connections = back_hug.peripheral.connections
    answers: list[object] = [*await asyncio.gather(stop(back_hug), stop(back_hug))]
    assert answers == [ended(back_hug), ended(back_hug)]
    assert len(back_hug.requests(STOP)) == 1
    assert back_hug.peripheral.connections == connections + 1


@pytest.mark.parametrize("fault", ["refuse_connections", "hang_connect"])
async def test_hold_takes_a_stop_over(back_hug: SimulatedBackHug, fault: str) -> None:
    """A stop that waits for its own connection goes on over the one that is held meanwhile."""
    await back_hug.treat()
    await release(back_hug)
    setattr(back_hug.faults, fault, True)
    task = back_hug.hass.async_create_task(stop(back_hug))
    await asyncio.sleep(0.1)
    back_hug.faults.clear()
    began = back_hug.hass.loop.time()
    await back_hug.call("switch", "turn_on", "hold_connection")
    assert await task == ended(back_hug)
    assert back_hug.hass.loop.time() - began < 2
    assert not back_hug.back.running
    assert len(back_hug.requests(STOP)) == 1
    assert not back_hug.coordinator.controller.back_hug.stop_kept


async def test_hold_while_the_connection_is_being_closed(
    back_hug: SimulatedBackHug,
) -> None:
    """A stop that fails on the connection that is being closed goes on over the next one."""
    await back_hug.treat()
    back_hug.faults.hang_disconnect = True
    back_hug.faults.lose_writes = Lost.REQUEST
    releasing = back_hug.hass.async_create_task(release(back_hug))
    connection = back_hug.coordinator.controller.back_hug.connection
    await until(lambda: connection.closing, "it hangs")
    task = back_hug.hass.async_create_task(stop(back_hug))
    await asyncio.sleep(0.05)
    holding = back_hug.hass.async_create_task(
        back_hug.call("switch", "turn_on", "hold_connection")
    )
    await until(lambda: connection.held, "it is to be held")
    back_hug.faults.clear()
    back_hug.peripheral.drop_link()
    await asyncio.gather(releasing, holding)
    assert await task == ended(back_hug)
    assert not back_hug.back.running
