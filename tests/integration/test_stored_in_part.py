"""Stored state of which one part cannot be read: all else counts."""

from copy import deepcopy
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.storage import StoredState
from tests.home import SimulatedBackHug

from .conftest import warnings

DAMAGED: dict[str, Any] = {
    "asked_minutes": "long",
    "armed_until": None,
    "chosen": None,
    "last_contact": "yesterday",
    "own_settings": 7,
    "person": [],
    "person_by_hand": "yes",
    "plans": 3,
    "run": "x",
    "session_ends_at": "later",
    "stop_any_until": "soon",
}
"""A value of another kind for each part but the stop that is due."""
UNREADABLE = {
    *("asked_minutes", "last_contact", "plans"),
    *("session_ends_at", "stop_any_until"),
}


async def test_stop_is_due_whatever_else_is_damaged(
    back_hug: SimulatedBackHug,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A damaged or missing part is discarded alone; the warning names it."""
    hass, entry = back_hug.hass, back_hug.entry
    await hass.config_entries.async_unload(entry.entry_id)
    kept = StoredState(hass, entry.entry_id, back_hug.build.address)
    kept.stop_due, kept.last_contact = [7], dt_util.utcnow()
    await kept.async_save()
    key = f"backhug.programmes.{entry.entry_id}"
    good = deepcopy(hass_storage[key])
    earlier = {"person", "person_by_hand"}
    assert DAMAGED.keys() - earlier == good["data"].keys() - {"address", "stop_due"}
    for part, value in DAMAGED.items():
        for change in ({part: value}, {}):
            data = {name: good["data"][name] for name in good["data"] if name != part}
            hass_storage[key] = {**good, "data": {**data, **change}}
            stored = StoredState(hass, entry.entry_id, back_hug.build.address)
            await stored.async_load()
            assert stored.stop_due == [7], part
            found = warnings(caplog)
            assert len(found) == (part in UNREADABLE and bool(change)), part
            assert all(f"({part}: " in each for each in found)
            caplog.clear()
