"""Binary sensors: occupied, leg rest, problem, connected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import State, Status
from .entity import BackHugEntity, BackHugEntityDescription, offered

# Nothing is fetched: the coordinator is told.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugBinarySensorDescription(
    BinarySensorEntityDescription, BackHugEntityDescription
):
    """Describes a binary sensor of a BackHug."""

    value_fn: Callable[[BackHugCoordinator], bool | None]


def _now(
    value_fn: Callable[[Status], bool],
) -> Callable[[BackHugCoordinator], bool | None]:
    """Return what is so at this moment: unknown while the link rests, as nobody would tell."""
    return lambda coordinator: (
        None if coordinator.resting else value_fn(coordinator.status)
    )


DESCRIPTIONS = (
    BackHugBinarySensorDescription(
        key="occupied",
        device_class=BinarySensorDeviceClass.OCCUPANCY,
        offered_fn=lambda features: features.senses_occupancy,
        concerns=frozenset({"occupied"}),
        value_fn=_now(lambda status: status.occupied),
    ),
    BackHugBinarySensorDescription(
        key="leg_rest",
        offered_fn=lambda features: features.reports_leg_rest,
        concerns=frozenset({"leg_rest_raised"}),
        value_fn=_now(lambda status: status.leg_rest_raised),
    ),
    BackHugBinarySensorDescription(
        key="problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        value_fn=lambda coordinator: coordinator.status.state is State.FAULT,
        attributes_fn=lambda coordinator: {"fault": coordinator.status.fault},
    ),
    BackHugBinarySensorDescription(
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
    """Add the binary sensors of one BackHug."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugBinarySensor(coordinator, description)
        for description in offered(coordinator, DESCRIPTIONS)
    )


class BackHugBinarySensor(BackHugEntity, BinarySensorEntity):
    """Something that a BackHug reports to be so, or not."""

    entity_description: BackHugBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is so; None if that is not known."""
        return self.entity_description.value_fn(self.coordinator)
