"""Base class of the BackHug entities."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import CONNECTION_BLUETOOTH, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import BackHugCoordinator
from .device.model import Features

MANUFACTURER = "BackHug"


@dataclass(frozen=True, kw_only=True)
class BackHugEntityDescription(EntityDescription):
    """Describes a BackHug entity, on any platform."""

    offered_fn: Callable[[Features], bool] = lambda _: True
    """Return whether a device with these features has the entity."""
    attributes_fn: Callable[[BackHugCoordinator], dict[str, Any]] = lambda _: {}
    """Return the extra state attributes."""
    always_available: bool = False
    """Whether the entity is available without a connection."""


def offered[DescriptionT: BackHugEntityDescription](
    coordinator: BackHugCoordinator,
    platform: Platform,
    descriptions: Iterable[DescriptionT],
) -> Iterator[DescriptionT]:
    """Yield the descriptions that the device supports; remove the entities of the others.

    The registry keeps the user's settings of a removed entity, and restores them when it is added again.
    """
    registry = er.async_get(coordinator.hass)
    for description in descriptions:
        if description.offered_fn(coordinator.features):
            yield description
        elif entity_id := registry.async_get_entity_id(
            platform, DOMAIN, _unique_id(coordinator, description)
        ):
            registry.async_remove(entity_id)


def _unique_id(coordinator: BackHugCoordinator, description: EntityDescription) -> str:
    return f"{coordinator.address}_{description.key}"


class BackHugEntity(CoordinatorEntity[BackHugCoordinator]):
    """Base class of the BackHug entities."""

    _attr_has_entity_name = True
    entity_description: BackHugEntityDescription

    def __init__(
        self, coordinator: BackHugCoordinator, description: BackHugEntityDescription
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_translation_key = description.key
        self._attr_assumed_state = (
            not coordinator.features.reports_state
            and not description.always_available
            and description.entity_category is None
        )
        self._attr_unique_id = _unique_id(coordinator, description)
        information = coordinator.information
        self._attr_device_info = DeviceInfo(
            connections={(CONNECTION_BLUETOOTH, coordinator.address)},
            name=coordinator.config_entry.title,
            manufacturer=information.manufacturer or MANUFACTURER,
            model=information.model,
            serial_number=information.serial,
            hw_version=information.hardware,
            sw_version=information.firmware,
        )
        self._written: object = ()

    @property
    @override
    def available(self) -> bool:
        """Return whether the state is valid."""
        return self.entity_description.always_available or self.coordinator.available

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the extra state attributes."""
        return self.entity_description.attributes_fn(self.coordinator)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if something visible has changed."""
        visible = None
        if self.available:
            visible = self.state, self.state_attributes, self.extra_state_attributes
        if visible != self._written:
            self._written = visible
            super()._handle_coordinator_update()
