"""Event: session events."""

from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.event import (
    EventEntity,
    EventEntityDescription,
    EventExtraStoredData,
)
from homeassistant.const import ATTR_ENTITY_ID, ATTR_NAME, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import EVENT_SESSION_ENDED
from .coordinator import BackHugConfigEntry
from .entity import BackHugEntity, BackHugEntityDescription, offered
from .people.persons import PERSON, async_persons
from .session.events import SessionEvent, SessionEventType
from .texts import session_summary

# The coordinator pushes updates.
PARALLEL_UPDATES = 0

_MEASURED: Final = ("tension_before", "tension_after", "summary")
"""Attributes that are deleted with the session."""


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
    _session: int | None = None
    """Number of the session of the last event since the start."""
    _event_attributes: dict[str, Any] | None = None
    """Attributes of the last event, in the object that Home Assistant shows and stores."""

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the entity id of the session's person, as long as it is stored; guests have none."""
        history = self.coordinator.history
        owners = {
            session.person
            for session in (history.last, history.running)
            if session is not None and session.number == self._session
        }
        for person in async_persons(self.hass):
            if person.id in owners:
                return {PERSON: person.entity_id}
        return {}

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to session events."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.history.async_listen(self._async_session_event)
        )

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        """Return the last event before the start."""
        restored = await super().async_get_last_event_data()
        self._event_attributes = getattr(restored, "last_event_attributes", None)
        return restored

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state, without measurements of a session that was deleted."""
        attributes = self._event_attributes or {}
        if attributes.get("ended_by") and any(map(attributes.get, _MEASURED)):
            stored = reversed(self.coordinator.history.sessions)
            if all(session.number != attributes["session"] for session in stored):
                attributes.update(dict.fromkeys(_MEASURED))
        super()._handle_coordinator_update()

    @callback
    def _async_session_event(self, event: SessionEvent) -> None:
        summary, words = event.summary(), None
        if event.ends:
            words = session_summary(self.hass, {**summary, **event.eased()})
        self._session = event.session.number
        self._event_attributes = {**event.as_dict(), "summary": words}
        self._trigger_event(event.type, self._event_attributes)
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
