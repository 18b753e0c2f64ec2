"""What a simulated device knows of itself, to compare with what arrives."""

from datetime import timedelta
from enum import IntEnum
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.back import Area, Flow, State

from .entity import SimulatorEntity
from .simulation import SimulatorConfigEntry

SCAN_INTERVAL = timedelta(seconds=1)
OFF = "off"
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
    _unrecorded_attributes = frozenset({"told"})

    @property
    @override
    def native_value(self) -> str:
        """The state as the profile names it, or off."""
        back = self.device.back
        return back.state.name.lower() if back.powered else OFF

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """What Status holds, and what only the device itself knows."""
        status = self.device.back.status()
        return {
            "strength": status.strength,
            "area": _name(Area, status.area),
            "flow": _name(Flow, status.flow),
            "length_minutes": status.length // 60,
            "seconds_left": status.seconds_left,
            "session_number": status.session_number,
            "last_end": status.last_end.name.lower(),
            "occupied": self.device.back.occupied,
            "leg_rest_raised": self.device.back.leg_rest_raised,
            "fault": status.fault.name.lower(),
            "connected": self.device.peripheral.connected,
            "told": list(self.device.record.requests),
            "speed": self.device.back.clock.speed,
        }


def _name(kind: type[IntEnum], code: int) -> str:
    """Return the name of a code, or the code itself where the profile has none."""
    return kind(code).name.lower() if code in kind else str(code)
