"""Binary sensors: occupied, leg rest, problem, connected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import State, Status
from .entity import BackHugEntity, BackHugEntityDescription, offered

# The coordinator pushes updates.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugBinarySensorEntityDescription(
    BackHugEntityDescription, BinarySensorEntityDescription
):
    """Describes a BackHug binary sensor."""

    value_fn: Callable[[BackHugCoordinator], bool | None]


def _if_connected(
    value_fn: Callable[[Status], bool],
) -> Callable[[BackHugCoordinator], bool | None]:
    """Return a value function that is unknown while the connection rests, as changes are not reported then."""
    return lambda coordinator: (
        None if coordinator.resting else value_fn(coordinator.status)
    )


DESCRIPTIONS: tuple[BackHugBinarySensorEntityDescription, ...] = (
    BackHugBinarySensorEntityDescription(
        key="occupied",
        device_class=BinarySensorDeviceClass.OCCUPANCY,
        offered_fn=lambda features: features.senses_occupancy,
        value_fn=_if_connected(lambda status: status.occupied),
    ),
    BackHugBinarySensorEntityDescription(
        key="leg_rest",
        offered_fn=lambda features: features.reports_leg_rest,
        value_fn=_if_connected(lambda status: status.leg_rest_raised),
    ),
    BackHugBinarySensorEntityDescription(
        key="problem",
        offered_fn=lambda features: features.reports_faults,
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=lambda coordinator: coordinator.status.state is State.FAULT,
        attributes_fn=lambda coordinator: {"fault": coordinator.status.fault},
    ),
    BackHugBinarySensorEntityDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
        value_fn=lambda coordinator: coordinator.data.connected,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugBinarySensor(coordinator, description)
        for description in offered(coordinator, Platform.BINARY_SENSOR, DESCRIPTIONS)
    )


class BackHugBinarySensor(BackHugEntity, BinarySensorEntity):
    """Binary sensor of a BackHug."""

    entity_description: BackHugBinarySensorEntityDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the sensor is on; None is unknown."""
        return self.entity_description.value_fn(self.coordinator)
