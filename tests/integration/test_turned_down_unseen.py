"""A strength that was turned down in a programme's session whose end nobody saw."""

import pytest

from tests.home import SimulatedBackHug, until

from .programme_runs import start
from .stops import unload


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(("turned_to", "shown"), [(1, "1"), (None, "9")])
async def test_own_strength_is_not_restored(
    back_hug: SimulatedBackHug, restart: bool, turned_to: int | None, shown: str
) -> None:
    """It was turned down below the own strength: the next session does not start with that."""
    await back_hug.call("number", "set_value", "strength", value=9)
    await start(back_hug)
    if restart:
        await unload(back_hug)
    else:
        back_hug.faults.refuse_connections = True
        back_hug.peripheral.drop_link()
        await back_hug.shows("binary_sensor", "connected", "off")
    back_hug.back.set_at_device(strength=turned_to)
    back_hug.back.stop_at_device()
    back_hug.clock.advance(20)
    back_hug.faults.clear()
    if restart:
        await back_hug.set_up()
    await back_hug.shows("binary_sensor", "connected", "on")
    await until(
        lambda: back_hug.coordinator.controller.runner.run is None, "it has ended"
    )
    await back_hug.call("select", "select_option", "programme", option="none")
    await back_hug.shows("sensor", "state", "standby")
    assert back_hug.value("number", "strength") == shown
