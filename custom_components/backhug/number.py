"""Numbers: strength and session length."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import Platform, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Features
from .entity import BackHugEntity, BackHugEntityDescription, offered

# The client queues commands, and a stop overtakes them.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugNumberEntityDescription(BackHugEntityDescription, NumberEntityDescription):
    """Describes a BackHug number."""

    min_fn: Callable[[Features], int]
    max_fn: Callable[[Features], int]
    value_fn: Callable[[BackHugCoordinator], int | None]
    set_fn: Callable[[BackHugCoordinator, int], Awaitable[None]]


DESCRIPTIONS: tuple[BackHugNumberEntityDescription, ...] = (
    BackHugNumberEntityDescription(
        key="strength",
        offered_fn=lambda features: features.sets_strength,
        mode=NumberMode.SLIDER,
        native_step=1,
        min_fn=lambda _: 1,
        max_fn=lambda features: features.strength_levels,
        value_fn=lambda coordinator: coordinator.settings.strength,
        set_fn=lambda coordinator, strength: coordinator.controller.async_set_strength(
            strength
        ),
    ),
    BackHugNumberEntityDescription(
        key="session_length",
        device_class=NumberDeviceClass.DURATION,
        mode=NumberMode.SLIDER,
        native_step=1,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        min_fn=lambda features: features.min_minutes,
        max_fn=lambda features: features.max_minutes,
        value_fn=lambda coordinator: coordinator.settings.minutes,
        set_fn=lambda coordinator, minutes: coordinator.controller.async_set_length(
            minutes
        ),
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugNumber(coordinator, description)
        for description in offered(coordinator, Platform.NUMBER, DESCRIPTIONS)
    )


class BackHugNumber(BackHugEntity, NumberEntity):
    """Numeric setting of the running session or, if none runs, of the next one."""

    entity_description: BackHugNumberEntityDescription

    def __init__(
        self,
        coordinator: BackHugCoordinator,
        description: BackHugNumberEntityDescription,
    ) -> None:
        """Initialize the number with the bounds of the device."""
        super().__init__(coordinator, description)
        self._attr_native_min_value = description.min_fn(coordinator.features)
        self._attr_native_max_value = description.max_fn(coordinator.features)

    @property
    @override
    def native_value(self) -> int | None:
        """Return the value."""
        return self.entity_description.value_fn(self.coordinator)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the value."""
        await self.entity_description.set_fn(self.coordinator, round(value))
