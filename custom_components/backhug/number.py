"""Numbers: strength and session length."""

from collections.abc import Callable, Coroutine
from typing import Any, override

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
from .entity import BackHugEntity, Described

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


STRENGTH: Described[NumberEntityDescription, int | None] = Described(
    NumberEntityDescription(
        key="strength",
        mode=NumberMode.SLIDER,
        native_step=1,
    ),
    lambda coordinator: coordinator.settings.strength,
)
SESSION_LENGTH: Described[NumberEntityDescription, int | None] = Described(
    NumberEntityDescription(
        key="session_length",
        device_class=NumberDeviceClass.DURATION,
        mode=NumberMode.SLIDER,
        native_step=1,
        native_unit_of_measurement=UnitOfTime.MINUTES,
    ),
    lambda coordinator: coordinator.settings.minutes,
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of one BackHug."""
    coordinator = entry.runtime_data
    features, controller = coordinator.features, coordinator.controller
    async_add_entities(
        [
            BackHugNumber(
                coordinator,
                STRENGTH,
                (1, features.strength_levels),
                controller.async_set_strength,
            ),
            BackHugNumber(
                coordinator,
                SESSION_LENGTH,
                (features.min_minutes, features.max_minutes),
                controller.async_set_length,
            ),
        ]
    )


class BackHugNumber(BackHugEntity[int | None], NumberEntity):
    """A number that a person sets, of the running session or of the next one."""

    def __init__(
        self,
        coordinator: BackHugCoordinator,
        described: Described[NumberEntityDescription, int | None],
        bounds: tuple[int, int],
        setter: Callable[[int], Coroutine[Any, Any, None]],
    ) -> None:
        """Take the bounds from what the device offers."""
        super().__init__(coordinator, described)
        self._attr_native_min_value, self._attr_native_max_value = bounds
        self._setter = setter

    @property
    @override
    def native_value(self) -> int | None:
        """Return the value that is set."""
        return self.described.value_fn(self.coordinator)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the value."""
        await self._setter(round(value))
