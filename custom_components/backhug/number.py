"""Numbers: strength and session length."""

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.client import BackHug
from .device.model import Features
from .entity import BackHugEntity, Described

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


class BackHugNumberDescription(NamedTuple):
    """Describes a number of a BackHug."""

    described: Described[NumberEntityDescription, int]
    bounds_fn: Callable[[Features], tuple[int, int]]
    set_fn: Callable[[BackHug, int], Coroutine[Any, Any, None]]


DESCRIPTIONS = (
    BackHugNumberDescription(
        Described(
            NumberEntityDescription(
                key="strength",
                mode=NumberMode.SLIDER,
                native_step=1,
            ),
            lambda coordinator: coordinator.settings.strength,
            concerns=frozenset({"strength"}),
        ),
        bounds_fn=lambda features: (1, features.strength_levels),
        set_fn=BackHug.set_strength,
    ),
    BackHugNumberDescription(
        Described(
            NumberEntityDescription(
                key="session_length",
                device_class=NumberDeviceClass.DURATION,
                mode=NumberMode.SLIDER,
                native_step=1,
                native_unit_of_measurement=UnitOfTime.MINUTES,
            ),
            lambda coordinator: coordinator.settings.minutes,
            concerns=frozenset({"minutes"}),
        ),
        bounds_fn=lambda features: (features.min_minutes, features.max_minutes),
        set_fn=BackHug.set_length,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of one BackHug."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugNumber(coordinator, description)
        for description in DESCRIPTIONS
        if description.described.offered_fn(coordinator.features)
    )


class BackHugNumber(BackHugEntity[int], NumberEntity):
    """A number that a person sets, of the running session or of the next one."""

    def __init__(
        self, coordinator: BackHugCoordinator, description: BackHugNumberDescription
    ) -> None:
        """Take the bounds from what the device offers."""
        super().__init__(coordinator, description.described)
        self._set_fn = description.set_fn
        lowest, highest = description.bounds_fn(coordinator.features)
        self._attr_native_min_value = lowest
        self._attr_native_max_value = highest

    @property
    @override
    def native_value(self) -> int | None:
        """Return the value that is set."""
        return self.described.value_fn(self.coordinator)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the value."""
        await self.coordinator.async_run(
            self._set_fn(self.coordinator.back_hug, round(value))
        )
