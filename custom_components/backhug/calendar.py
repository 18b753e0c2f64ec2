"""Calendar: the days with an advised session."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEvent,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .entity import BackHugEntity, BackHugEntityDescription, offered
from .plan.model import AdvisedDay
from .texts import server_text

# The coordinator pushes updates.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugCalendarEntityDescription(
    BackHugEntityDescription, CalendarEntityDescription
):
    """Describes a BackHug calendar."""

    days_fn: Callable[[BackHugCoordinator], Iterator[AdvisedDay]]


DESCRIPTIONS: tuple[BackHugCalendarEntityDescription, ...] = (
    BackHugCalendarEntityDescription(
        key="plan",
        # Home Assistant keeps the plan, not the device.
        always_available=True,
        days_fn=lambda coordinator: coordinator.household.plans.advised(
            coordinator.household.shown_plan
        ),
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the calendar."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugCalendar(coordinator, description)
        for description in offered(coordinator, Platform.CALENDAR, DESCRIPTIONS)
    )


class BackHugCalendar(BackHugEntity, CalendarEntity):
    """Calendar of the plan of the chosen person."""

    entity_description: BackHugCalendarEntityDescription

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """Return the event of today or the next one."""
        return next(self._events(), None)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return the events between two times."""
        return [
            event
            for event in self._events()
            if event.start_datetime_local < end_date
            and start_date < event.end_datetime_local
        ]

    def _events(self) -> Iterator[CalendarEvent]:
        for advised in self.entity_description.days_fn(self.coordinator):
            stage = advised.stage
            yield CalendarEvent(
                start=advised.day,
                end=advised.day + timedelta(days=1),
                summary=server_text(
                    self.coordinator.hass,
                    "plan_event",
                    name=self.coordinator.config_entry.title,
                    minutes=stage.minutes,
                ),
                description=server_text(
                    self.coordinator.hass,
                    "plan_event_description",
                    week=advised.week,
                    number=advised.number,
                    sessions=stage.sessions,
                    strength=stage.strength,
                ),
                uid=advised.day.isoformat(),
            )
