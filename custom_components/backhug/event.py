"""Event: session events."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import ATTR_ENTITY_ID, ATTR_NAME, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import EVENT_SESSION_ENDED
from .coordinator import BackHugConfigEntry
from .entity import BackHugEntity, BackHugEntityDescription, offered
from .session.events import SessionEvent, SessionEventType
from .texts import session_summary

# The coordinator pushes updates.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugEventEntityDescription(BackHugEntityDescription, EventEntityDescription):
    """Describes a BackHug event."""


DESCRIPTIONS: tuple[BackHugEventEntityDescription, ...] = (
    BackHugEventEntityDescription(
        key="session",
        event_types=[event_type.value for event_type in SessionEventType],
        # The last event stays valid, and the device coming back must not trigger automations.
        always_available=True,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entity."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugEvent(coordinator, description)
        for description in offered(coordinator, Platform.EVENT, DESCRIPTIONS)
    )


class BackHugEvent(BackHugEntity, EventEntity):
    """Session events of a BackHug."""

    entity_description: BackHugEventEntityDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to session events."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.history.async_listen(self._async_session_event)
        )

    @callback
    def _async_session_event(self, event: SessionEvent) -> None:
        summary, words = event.summary(), None
        if event.ends:
            words = session_summary(self.hass, {**summary, **event.eased()})
        self._trigger_event(event.type, {**event.as_dict(), "summary": words})
        self.async_write_ha_state()
        if event.ends:
            self.hass.bus.async_fire(
                EVENT_SESSION_ENDED,
                {
                    ATTR_ENTITY_ID: self.entity_id,
                    ATTR_NAME: self.coordinator.config_entry.title,
                    **summary,
                },
            )
