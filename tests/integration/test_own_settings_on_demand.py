"""The person's own settings, when the device was turned down while nobody listened."""

import pytest

from custom_components.backhug.const import DOMAIN
from simulator.back import Opcode
from tests.home import Home, SimulatedBackHug

from .on_demand import rests, set_up


async def run_programme(back_hug: SimulatedBackHug) -> None:
    """Run a programme, and stop it; no programme is chosen then."""
    await back_hug.call("select", "select_option", "programme", option="short_break")
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", "treating")
    await back_hug.call("switch", "turn_off", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "state", "standby")
    await back_hug.call("select", "select_option", "programme", option="none")


async def test_step_up_begins_where_the_device_was_turned_down_to(home: Home) -> None:
    """One step stronger is one step, not a return to the own settings."""
    back_hug = await set_up(home)
    await back_hug.call("number", "set_value", "strength", value=9)
    await run_programme(back_hug)
    assert back_hug.value("number", "strength") == "9"
    await rests(home, back_hug)
    back_hug.back.set_at_device(strength=2)
    await back_hug.hass.services.async_call(
        DOMAIN,
        "adjust_session",
        {"entity_id": back_hug.entity_id("switch", "session"), "strength_step": 1},
        blocking=True,
    )
    assert back_hug.requests(Opcode.SET_STRENGTH)[-1].parameters == b"\x03"
    assert back_hug.value("number", "strength") == "3"


@pytest.mark.parametrize("lost", [False, True])
async def test_programme_keeps_what_the_device_was_turned_down_to(
    home: Home, lost: bool
) -> None:
    """Settings from before a programme are those that the device has as it starts."""
    back_hug = await set_up(home)
    await back_hug.call("number", "set_value", "strength", value=9)
    if lost:
        back_hug.faults.refuse_connections = True
        back_hug.peripheral.drop_link()
        await back_hug.shows("binary_sensor", "connected", "off")
        back_hug.faults.clear()
    else:
        await rests(home, back_hug)
    back_hug.back.set_at_device(strength=2)
    await run_programme(back_hug)
    assert back_hug.value("number", "strength") == "2"
