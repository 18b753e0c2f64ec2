"""Stop by voice while one BackHug is in session, and another one may be without anybody knowing."""

from collections.abc import Awaitable, Callable

import pytest

from tests.home import Home, SimulatedBackHug, until

from .speaking import say


async def unload(back_hug: SimulatedBackHug) -> None:
    """Unload the entry."""
    await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)


async def release(back_hug: SimulatedBackHug) -> None:
    """Release the connection."""
    await back_hug.call("switch", "turn_off", "hold_connection")


async def connect_later(back_hug: SimulatedBackHug) -> None:
    """Restart with a device that cannot be connected to yet."""
    back_hug.faults.refuse_connections = True
    await back_hug.hass.config_entries.async_reload(back_hug.entry.entry_id)
    back_hug.faults.clear()


@pytest.mark.parametrize("leave", [unload, release, connect_later])
async def test_stop_includes_a_device_without_a_connection(
    talking: Home,
    two: list[SimulatedBackHug],
    leave: Callable[[SimulatedBackHug], Awaitable[None]],
) -> None:
    """It is in reach, so somebody may lie on it in a session begun at the device."""
    first, second = two
    await first.treat()
    await leave(second)
    await until(lambda: not second.peripheral.connected, "the link is closed")
    second.back.start_at_device(20)
    await say(talking, "stop the massage")
    assert not first.back.running
    await until(lambda: not second.back.running, "the other one is stopped")


async def test_stop_spares_a_device_that_is_known_to_be_idle(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """Its connection says that no session runs."""
    first, second = two
    await first.treat()
    assert "BackHug 2" not in await say(talking, "stop the massage")
    assert second.requests(2) == []
