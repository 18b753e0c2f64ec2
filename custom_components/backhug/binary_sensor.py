"""Binary sensors: occupied, leg rest, problem, connected."""

from collections.abc import Callable
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
from .entity import BackHugEntity, Described, offered

# Nothing is fetched: the coordinator is told.
PARALLEL_UPDATES = 0


def _now(
    value_fn: Callable[[Status], bool],
) -> Callable[[BackHugCoordinator], bool | None]:
    """Return what is so at this moment: unknown while the link rests, as nobody would tell."""
    return lambda coordinator: (
        None if coordinator.resting else value_fn(coordinator.status)
    )


DESCRIPTIONS: tuple[Described[BinarySensorEntityDescription, bool | None], ...] = (
    Described(
        BinarySensorEntityDescription(
            key="occupied",
            device_class=BinarySensorDeviceClass.OCCUPANCY,
        ),
        _now(lambda status: status.occupied),
        offered_fn=lambda features: features.senses_occupancy,
    ),
    Described(
        BinarySensorEntityDescription(key="leg_rest"),
        _now(lambda status: status.leg_rest_raised),
        offered_fn=lambda features: features.reports_leg_rest,
    ),
    Described(
        BinarySensorEntityDescription(
            key="problem",
            device_class=BinarySensorDeviceClass.PROBLEM,
        ),
        lambda coordinator: coordinator.status.state is State.FAULT,
        attributes_fn=lambda coordinator: {"fault": coordinator.status.fault},
    ),
    Described(
        BinarySensorEntityDescription(
            key="connected",
            device_class=BinarySensorDeviceClass.CONNECTIVITY,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
        lambda coordinator: coordinator.data.connected,
        always_available=True,
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
        BackHugBinarySensor(coordinator, described)
        for described in offered(coordinator, Platform.BINARY_SENSOR, DESCRIPTIONS)
    )


class BackHugBinarySensor(BackHugEntity[bool | None], BinarySensorEntity):
    """Something that a BackHug reports to be so, or not."""

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is so; None if that is not known."""
        return self.described.value_fn(self.coordinator)
