"""What comes while the device is read before it waits for somebody."""

from collections.abc import Awaitable, Callable

from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.cases import in_one_home
from tests.home import SimulatedBackHug, until

from .arming import arm, release


async def unload(back_hug: SimulatedBackHug) -> None:
    """Unload the entry."""
    await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)


@in_one_home(
    "end",
    [
        pytest.param(release, id="released"),
        pytest.param(unload, id="unloaded"),
    ],
)
async def test_release_during_the_reading_prevents_it(
    empty: SimulatedBackHug, end: Callable[[SimulatedBackHug], Awaitable[None]]
) -> None:
    """A device that is released while it is read waits for nobody, and nothing of that is stored."""
    coordinator = empty.coordinator
    empty.faults.read_delay = 0.3
    arming = empty.hass.async_create_task(arm(empty))
    await until(
        lambda: coordinator.controller.back_hug.connection._demand.needs, "it is read"
    )
    await end(empty)
    with pytest.raises(HomeAssistantError) as error:
        await arming
    assert error.value.translation_key == "released"
    start_on_occupancy = coordinator.controller.start_on_occupancy
    assert start_on_occupancy.until is None
    assert start_on_occupancy._cancel_timer is None
    assert coordinator.stored.armed_until is None
    empty.faults.clear()
    empty.hass.config_entries.async_update_entry(empty.entry, options={})
    assert await empty.hass.config_entries.async_reload(empty.entry.entry_id)
    await empty.live()
