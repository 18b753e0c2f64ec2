"""Files of an entry that is reloaded: only the loaded coordinator writes them."""

import asyncio
from copy import deepcopy
from typing import Any
from unittest.mock import patch

from homeassistant.const import (
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import CoreState

from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.session.history import SAVE_DELAY, Choice
from custom_components.backhug.storage import DeviceStore
from tests.home import Home, SimulatedBackHug

from .programme_runs import reload
from .stops import stop

FIRST, SECOND = list(BUILT_IN)[:2]


async def test_closed_coordinator_saves_nothing(
    back_hug: SimulatedBackHug, hass_storage: dict[str, Any]
) -> None:
    """What still refers to it, such as a conversation, does not undo what was saved since."""
    closed, entry_id = back_hug.coordinator, back_hug.entry.entry_id
    keys = [f"backhug.programmes.{entry_id}", f"backhug.{entry_id}.history"]
    await reload(back_hug)
    back_hug.coordinator.controller.runner.async_choose(FIRST)
    back_hug.coordinator.history.async_choose(Choice("anna", by_hand=True))
    await back_hug.hass.async_block_till_done()
    saved = {key: deepcopy(hass_storage[key]) for key in keys}
    assert saved[keys[0]]["data"]["chosen"] == FIRST
    closed.controller.runner.async_choose(SECOND)
    closed.history.async_end_choice()
    await asyncio.sleep(SAVE_DELAY + 0.1)
    await back_hug.hass.async_block_till_done()
    assert {key: hass_storage[key] for key in keys} == saved


async def test_reload_waits_for_a_save(back_hug: SimulatedBackHug) -> None:
    """A save under way is done before the files are loaded again."""
    write = DeviceStore._async_write_data

    async def write_slowly(store: DeviceStore, data: dict[str, Any]) -> None:
        if "programmes" in store.key:
            # With the last save, less than Home Assistant waits for an entry to unload.
            await asyncio.sleep(3)
        await write(store, data)

    with patch.object(DeviceStore, "_async_write_data", write_slowly):
        back_hug.coordinator.controller.runner.async_choose(FIRST)
        await reload(back_hug)
    assert back_hug.coordinator.stored.chosen == FIRST


async def test_stop_after_the_shutdown_is_saved(
    home: Home, back_hug: SimulatedBackHug, hass_storage: dict[str, Any]
) -> None:
    """While Home Assistant stops, the last save is not the end: the stop survives the restart."""
    await back_hug.treat()
    home.hass.set_state(CoreState.stopping)
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await home.hass.async_block_till_done()
    assert await stop(back_hug) == "stop_pending"
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await home.hass.async_block_till_done()
    key = f"backhug.programmes.{back_hug.entry.entry_id}"
    assert hass_storage[key]["data"]["stop_due"] == [1]
    home.hass.set_state(CoreState.running)
