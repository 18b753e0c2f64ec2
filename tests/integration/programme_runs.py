"""Programmes that run, and the requests that they make."""

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry

from tests.home import SimulatedBackHug, until

START, STOP, PAUSE, RESUME, STRENGTH, AREA, FLOW, LENGTH = range(1, 9)


FULL_BACK, UPPER_BACK, LOWER_BACK, SHOULDER_BLADES = 0, 1, 3, 4


SLOW, MEDIUM, WAVE = 0, 1, 3


THREE_STEPS = {
    "strength_levels": 10,
    "steps": [
        {"area": "upper_back", "strength": 2, "flow": "medium", "minutes": 4},
        {"area": "shoulder_blades", "strength": 5, "flow": "wave", "minutes": 6},
        {"area": "full_back", "strength": 3, "flow": "slow", "minutes": 5},
    ],
}


def add_programme(
    back_hug: SimulatedBackHug, title: str = "Mine", data: dict[str, Any] = THREE_STEPS
) -> ConfigSubentry:
    """Add a user's own programme."""
    subentry = ConfigSubentry(
        data=MappingProxyType(data),
        subentry_type="programme",
        title=title,
        unique_id=None,
    )
    back_hug.hass.config_entries.async_add_subentry(back_hug.entry, subentry)
    return subentry


async def choose(back_hug: SimulatedBackHug, option: str) -> None:
    """Select a programme."""
    await back_hug.call("select", "select_option", "programme", option=option)


async def start(back_hug: SimulatedBackHug, option: str = "Mine") -> None:
    """Start a session that runs a programme; the back is scanned."""
    if option == "Mine":
        add_programme(back_hug)
    await choose(back_hug, option)
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", "treating")
    await back_hug.shows("sensor", "programme_step", "1")


def settings(back_hug: SimulatedBackHug) -> tuple[int, int, int]:
    """Return the device's settings: area, strength, flow."""
    return back_hug.back.area, back_hug.back.strength, back_hug.back.flow


async def pass_time(back_hug: SimulatedBackHug, seconds: float) -> None:
    """Let time pass for the device, which then notifies the time left."""
    back_hug.skip(seconds - 1)
    back_hug.clock.advance(1)
    await back_hug.hass.async_block_till_done()


async def set_to(back_hug: SimulatedBackHug, *expected: int) -> None:
    """Wait until the device has an area, a strength and a flow, and no request is under way."""
    await until(lambda: settings(back_hug) == expected, f"set to {expected}")
    await until(
        lambda: back_hug.coordinator.controller.runner._sender._task is None,
        "the step is sent",
    )
    await back_hug.hass.async_block_till_done()


async def reload(back_hug: SimulatedBackHug) -> None:
    """Restart Home Assistant, as far as the device and the integration can tell."""
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    await back_hug.set_up(live=False)
