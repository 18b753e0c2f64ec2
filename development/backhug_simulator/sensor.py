"""The internal state of a simulated device, to compare with the integration's."""

from datetime import timedelta
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from development.devices import OFF
from simulator.back import State

from .entity import SimulatorEntity
from .simulation import SimulatorConfigEntry

SCAN_INTERVAL = timedelta(seconds=1)
STATE = SensorEntityDescription(
    key="state",
    translation_key="state",
    device_class=SensorDeviceClass.ENUM,
    options=[OFF, *(state.name.lower() for state in State)],
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: SimulatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the state of each device."""
    async_add_entities(
        SimulatorState(device, STATE) for device in entry.runtime_data.devices
    )


class SimulatorState(SimulatorEntity, SensorEntity):
    """The state of a simulated device; all else that it knows is in the attributes."""

    # The seconds left and the connection change without the device saying so.
    _attr_should_poll = True
    _unrecorded_attributes = frozenset({"requests"})

    @property
    @override
    def native_value(self) -> str:
        """The state as the profile names it, or off."""
        return str(self.device.shown["state"])

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """The values of Status, and internal ones."""
        return dict(self.device.shown["known"])
