"""Selects: treatment area and flow."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.client import BackHug
from .device.model import Area, Features, Flow
from .entity import BackHugEntity, BackHugEntityDescription, offered

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugSelectDescription(SelectEntityDescription, BackHugEntityDescription):
    """Describes a select of a BackHug."""

    value_fn: Callable[[BackHugCoordinator], StrEnum | None]
    options_fn: Callable[[Features], Sequence[StrEnum]]
    set_fn: Callable[[BackHug, str], Coroutine[Any, Any, None]]


DESCRIPTIONS = (
    BackHugSelectDescription(
        key="area",
        offered_fn=lambda features: bool(features.areas),
        options_fn=lambda features: features.areas,
        value_fn=lambda coordinator: coordinator.settings.area,
        set_fn=lambda back_hug, option: back_hug.set_area(Area(option)),
    ),
    BackHugSelectDescription(
        key="flow",
        offered_fn=lambda features: bool(features.flows),
        options_fn=lambda features: features.flows,
        value_fn=lambda coordinator: coordinator.settings.flow,
        set_fn=lambda back_hug, option: back_hug.set_flow(Flow(option)),
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the selects of one BackHug."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugSelect(coordinator, description)
        for description in offered(coordinator, DESCRIPTIONS)
    )


class BackHugSelect(BackHugEntity, SelectEntity):
    """A choice that a person makes, for the running session or for the next one."""

    entity_description: BackHugSelectDescription

    def __init__(
        self, coordinator: BackHugCoordinator, description: BackHugSelectDescription
    ) -> None:
        """Take the options from what the device offers."""
        super().__init__(coordinator, description)
        self._attr_options = [
            option.value for option in description.options_fn(coordinator.features)
        ]

    @property
    @override
    def current_option(self) -> str | None:
        """Return the chosen option; None is one that the device does not say to offer."""
        option = self.entity_description.value_fn(self.coordinator)
        return option if option in self.options else None

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose an option."""
        await self.coordinator.async_run(
            self.entity_description.set_fn(self.coordinator.back_hug, option)
        )
