"""Session events as automations receive them."""

from typing import Any

from homeassistant.const import STATE_UNKNOWN
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
)

from tests.home import SimulatedBackHug, until


class EventLog:
    """The session events since this log was made."""

    def __init__(self, back_hug: SimulatedBackHug) -> None:
        """Listen."""
        self._entity_id = back_hug.entity_id("event", "session")
        self._events = async_capture_events(back_hug.hass, "state_changed")

    @property
    def all(self) -> list[dict[str, Any]]:
        """All events, as attributes."""
        return [
            dict(event.data["new_state"].attributes)
            for event in self._events
            if event.data["entity_id"] == self._entity_id
            and event.data["new_state"].state != STATE_UNKNOWN
            and "event_type" in event.data["new_state"].attributes
        ]

    @property
    def kinds(self) -> list[tuple[str, bool]]:
        """The types of the events, and whether they were missed."""
        return [(event["event_type"], event["missed"]) for event in self.all]

    async def has(self, *kinds: tuple[str, bool]) -> None:
        """Wait for as many events; fail if they differ."""
        await until(lambda: len(self.kinds) >= len(kinds), f"{kinds} are published")
        assert self.kinds == [*kinds]
