"""A BackHug with a connection on demand."""

from typing import Any

from custom_components.backhug.const import (
    CONF_CONNECTION,
    CONF_HOLD_CONNECTION,
    CONF_IDLE_TIME,
    CONNECTION_ON_DEMAND,
)
from tests.home import Home, SimulatedBackHug, until

IDLE = 0.4


async def set_up(home: Home, **options: Any) -> SimulatedBackHug:
    """Set up a BackHug with a connection on demand; wait until it is idle."""
    back_hug = await home.add()
    await home.seen(back_hug)
    back_hug.entry.add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(
        back_hug.entry,
        options={
            CONF_CONNECTION: CONNECTION_ON_DEMAND,
            CONF_IDLE_TIME: IDLE,
            **options,
        },
    )
    await back_hug.set_up(live=options.get(CONF_HOLD_CONNECTION, True))
    return back_hug


async def rests(home: Home, back_hug: SimulatedBackHug) -> None:
    """Wait until the connection is closed, and its slot is free."""
    await until(lambda: back_hug.coordinator.resting, "the connection rests")
    await until(lambda: not home.scanner.central.allocated, "the slot is free")
    await home.hass.async_block_till_done()
