"""A failed test ends with its failure, whatever it holds up."""

import asyncio

import pytest

from tests.home import Home, SimulatedBackHug


async def test_held_up_unload_is_abandoned(
    home: Home, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unload that a failed test holds up is cancelled, and the device is disconnected."""
    hass, begun = home.hass, asyncio.Event()

    async def never() -> None:
        begun.set()
        await asyncio.Event().wait()

    back_hug.faults.hang_disconnect = True
    with monkeypatch.context() as patched:
        connection = back_hug.coordinator.controller.back_hug.connection
        patched.setattr(connection, "release", never)
        unloading = hass.async_create_task(
            hass.config_entries.async_unload(back_hug.entry.entry_id)
        )
        await begun.wait()
    await home.abandon()
    assert unloading.cancelled()
    assert connection.client is None
    assert not back_hug.faults.hang_disconnect
