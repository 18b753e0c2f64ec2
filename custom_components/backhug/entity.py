"""What all entities of a BackHug have in common."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, override

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


class Described[DescriptionT: EntityDescription, ValueT](NamedTuple):
    """Describes an entity of a BackHug.

    It holds Home Assistant's description instead of extending it: that would be one more dataclass of some twenty
    fields for each platform, and those are slow to make.
    """

    entity: DescriptionT
    """As Home Assistant knows it."""
    value_fn: Callable[[BackHugCoordinator], ValueT]
    """What the entity shows; evaluated only while there is a status."""
    offered_fn: Callable[[Features], bool] = lambda _: True
    """Whether a device with these features has the entity at all."""
    attributes_fn: Callable[[BackHugCoordinator], dict[str, Any]] = lambda _: {}
    """What it shows beside its value."""
    always_available: bool = False
    """Whether the entity tells of the connection itself."""


def offered[DescribedT: Described[Any, Any]](
    coordinator: BackHugCoordinator,
    platform: Platform,
    descriptions: Iterable[DescribedT],
) -> Iterator[DescribedT]:
    """Yield the descriptions of what the device offers; remove the entities of what it no longer offers.

    Home Assistant keeps the settings of a removed entity: they return with what is offered again.
    """
    registry = er.async_get(coordinator.hass)
    for described in descriptions:
        if described.offered_fn(coordinator.features):
            yield described
        elif entity_id := registry.async_get_entity_id(
            platform, DOMAIN, _unique_id(coordinator, described)
        ):
            registry.async_remove(entity_id)


def _unique_id(coordinator: BackHugCoordinator, described: Described[Any, Any]) -> str:
    return f"{coordinator.address}_{described.entity.key}"


class BackHugEntity[ValueT](CoordinatorEntity[BackHugCoordinator]):
    """An entity of one BackHug."""

    _attr_has_entity_name = True

    def __init__(
        self,
        coordinator: BackHugCoordinator,
        described: Described[Any, ValueT],
    ) -> None:
        """Initialize from the description."""
        super().__init__(coordinator)
        self.entity_description = described.entity
        self.described = described
        self._attr_translation_key = described.entity.key
        self._attr_unique_id = _unique_id(coordinator, described)
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
        self._written: tuple[Any, ...] = ()

    @property
    @override
    def available(self) -> bool:
        """Return whether the state is as the device reports it."""
        return self.described.always_available or self.coordinator.available

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what the entity shows beside its value."""
        return self.described.attributes_fn(self.coordinator)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state, but only if what a person sees has changed."""
        written: tuple[Any, ...] = (self.available,)
        if self.available:
            value = self.described.value_fn(self.coordinator)
            written = True, value, self.extra_state_attributes
        if written != self._written:
            self._written = written
            super()._handle_coordinator_update()
