"""Faster and slower by voice, when the flow was changed at the device while nobody listened."""

from homeassistant.helpers import intent
from homeassistant.setup import async_setup_component
import pytest

from custom_components.backhug.const import DOMAIN
from simulator.back import Opcode
from tests.home import Home

from .on_demand import rests, set_up

SLOW, MEDIUM, FAST = 0, 1, 2


@pytest.mark.parametrize(
    ("shown", "at_device", "said"),
    [("slow", FAST, "BackHugFaster"), ("fast", SLOW, "BackHugSlower")],
)
async def test_step_is_never_the_other_way(
    home: Home, shown: str, at_device: int, said: str
) -> None:
    """The flow that was shown is old: there is nothing faster, or slower, than the device's."""
    await async_setup_component(home.hass, "homeassistant", {})
    await async_setup_component(home.hass, "conversation", {})
    back_hug = await set_up(home)
    await back_hug.call("select", "select_option", "flow", option=shown)
    await rests(home, back_hug)
    back_hug.back.set_at_device(flow=at_device)
    sent = len(back_hug.requests(Opcode.SET_FLOW))
    await intent.async_handle(home.hass, DOMAIN, said, {})
    assert len(back_hug.requests(Opcode.SET_FLOW)) == sent
    assert back_hug.back.status().flow == at_device
