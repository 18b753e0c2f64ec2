"""The time of the home that these tests advance."""

import asyncio

import pytest

from custom_components.backhug.device import connection
from tests.home import SimulatedBackHug, until

from ..living import Hours


async def test_time_waits_for_the_radio(
    back_hug: SimulatedBackHug, hours: Hours, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home's time does not outrun a radio at work."""
    # It reconnects often.
    monkeypatch.setattr(connection, "FIRST_BACK_OFF", 0.05)
    for ticks in range(0, 60, 6):
        back_hug.peripheral.drop_link()
        for _ in range(ticks):
            await asyncio.sleep(0)
        await hours.pass_(seconds=11)
        await until(
            lambda: back_hug.coordinator.controller.back_hug.connection.client,
            "it is back",
        )
