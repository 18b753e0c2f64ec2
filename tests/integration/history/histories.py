"""The history of a BackHug: its file, and the events of its sessions."""

from pathlib import Path
from typing import Any

from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers.event import async_track_state_change_event

from tests.home import SimulatedBackHug, until


def published_events(back_hug: SimulatedBackHug) -> list[dict[str, Any]]:
    """Return the list of events published from now on."""
    events: list[dict[str, Any]] = []

    @callback
    def changed(event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        assert new is not None
        # Restored, removed and added again on restart: not a new event.
        if (
            "event_type" in new.attributes
            and old is not None
            and "event_type" in old.attributes
            and new.state != old.state
        ):
            events.append(dict(new.attributes))

    async_track_state_change_event(
        back_hug.hass, back_hug.entity_id("event", "session"), changed
    )
    return events


def path(back_hug: SimulatedBackHug) -> Path:
    """Return where the history is stored."""
    return Path(
        back_hug.hass.config.path(
            ".storage", f"backhug.{back_hug.entry.entry_id}.history"
        )
    )


async def unload(back_hug: SimulatedBackHug) -> None:
    """Unload the entry."""
    assert await back_hug.hass.config_entries.async_unload(back_hug.entry.entry_id)
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
