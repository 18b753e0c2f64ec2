"""The number of rows that a session adds to the recorder."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
import time

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.backhug import coordinator, image
from custom_components.backhug.device import state
from custom_components.backhug.session import history
from tests.home import PATIENCE, Home, SimulatedBackHug, until

MOST_ROWS = 60
TOKENS = 6
"""Rows that Home Assistant writes in half an hour for an image, whose token it changes every five minutes."""


class Times:
    """The time that our modules see, advanced by the test.

    Freezing all of Python's time makes half an hour of Bluetooth take half an hour.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take over."""
        self.passed = 0.0
        began, counted = datetime.now(UTC), time.monotonic()

        def now() -> datetime:
            return began + timedelta(seconds=self.passed)

        monkeypatch.setattr(state, "time", lambda: now().timestamp())
        for module in (coordinator, history, image):
            monkeypatch.setattr(module, "monotonic", lambda: counted + self.passed)
        monkeypatch.setattr(history, "utcnow", now)


async def test_session_writes_few_rows(
    home: Home, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an hour with live scans, second by second: few rows for all entities together."""
    times = Times(monkeypatch)
    ours = {
        entry.entity_id
        for entry in er.async_entries_for_config_entry(
            er.async_get(home.hass), back_hug.entry.entry_id
        )
    }
    await back_hug.call("number", "set_value", "session_length", value=30)
    await home.hass.async_block_till_done()
    rows: Counter[str] = Counter()

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] in ours:
            rows[event.data["entity_id"]] += 1

    home.hass.bus.async_listen(EVENT_STATE_CHANGED, changed)
    known = back_hug.coordinator.controller.back_hug.reported
    scans = 0

    def seen() -> bool:
        return (
            known.status is not None
            and known.status.seconds_left == back_hug.back.seconds_left
            and known.status.state.value == back_hug.back.state.name.lower()
        )

    await back_hug.call("switch", "turn_on", "session")
    for _ in range(30 * 60 + 30):
        tension = known.tension
        back_hug.clock.advance(1)
        times.passed += 1
        async with asyncio.timeout(PATIENCE):
            # Polled without a pause: pauses would be most of the test's time.
            while not seen():
                await asyncio.sleep(0)
        scans += known.tension is not tension
    await back_hug.shows("sensor", "state", "standby")
    await until(lambda: back_hug.coordinator.history.last, "the session is over")
    await home.hass.async_block_till_done()

    assert scans > 1000, "live scans were on"
    last = back_hug.coordinator.history.last
    assert last is not None
    assert (last.minutes, last.treated) == (30, 1800)
    assert last.tension_change is not None
    assert sum(rows.values()) + TOKENS <= MOST_ROWS, rows
