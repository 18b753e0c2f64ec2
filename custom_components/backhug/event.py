"""Event: what happens to sessions."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry
from .entity import BackHugEntity, Described, offered
from .session.events import SessionEvent, SessionEventType

# Nothing is fetched: the coordinator is told.
PARALLEL_UPDATES = 0


DESCRIPTIONS: tuple[Described[EventEntityDescription, None], ...] = (
    Described(
        EventEntityDescription(
            key="session",
            event_types=[each.value for each in SessionEventType],
        ),
        lambda _: None,
        # What happened stays true while the device is away. And an automation is not to be started by
        # the device's coming back.
        always_available=True,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event of one BackHug."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugEvent(coordinator, described)
        for described in offered(coordinator, Platform.EVENT, DESCRIPTIONS)
    )


class BackHugEvent(BackHugEntity[None], EventEntity):
    """What happens to the sessions of a BackHug, one after the other."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to what happens."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.history.async_listen(self._async_happened)
        )

    @callback
    def _async_happened(self, event: SessionEvent) -> None:
        self._trigger_event(event.type, event.as_dict())
        self.async_write_ha_state()
