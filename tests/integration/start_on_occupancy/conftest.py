"""Fixtures of the tests of start on occupancy."""

import pytest

from tests.home import Home, SimulatedBackHug


@pytest.fixture
async def empty(home: Home) -> SimulatedBackHug:
    """Return a live BackHug that is not occupied."""
    back_hug = await home.add(occupied=False)
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug
