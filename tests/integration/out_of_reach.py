"""A BackHug that goes out of reach."""

from datetime import timedelta

from custom_components.backhug.reachability.availability import GRACE
from tests.home import SimulatedBackHug, put_forward


async def lose(back_hug: SimulatedBackHug) -> None:
    """Lose the device until it is unavailable."""
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    await pass_time(back_hug, GRACE + 1)
    assert back_hug.value("switch", "session") == "unavailable"


async def pass_time(back_hug: SimulatedBackHug, seconds: float) -> None:
    """Let time pass for Home Assistant."""
    put_forward(back_hug.hass, timedelta(seconds=seconds))
    await back_hug.hass.async_block_till_done()
