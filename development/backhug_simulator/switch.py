"""What is the case at a simulated device until it is changed: power, reach, person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import SimulatorEntity
from .simulation import Device, SimulatorConfigEntry


@dataclass(frozen=True, kw_only=True)
class SimulatorSwitchDescription(SwitchEntityDescription):
    """What a switch shows and does."""

    is_on: Callable[[Device], bool]
    turn_on: Callable[[Device], None]
    turn_off: Callable[[Device], None]


SWITCHES = (
    SimulatorSwitchDescription(
        key="power",
        translation_key="power",
        is_on=lambda device: device.back.powered,
        turn_on=Device.switch_on,
        turn_off=lambda device: device.back.switch_off(),
    ),
    SimulatorSwitchDescription(
        key="in_reach",
        translation_key="in_reach",
        is_on=lambda device: device.in_reach,
        turn_on=Device.bring_back,
        turn_off=Device.carry_away,
    ),
    SimulatorSwitchDescription(
        key="occupied",
        translation_key="occupied",
        is_on=lambda device: device.back.occupied,
        turn_on=lambda device: device.back.lie_down(),
        turn_off=lambda device: device.back.get_up(),
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: SimulatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of each device."""
    async_add_entities(
        SimulatorSwitch(device, description)
        for device in entry.runtime_data.devices
        for description in SWITCHES
    )


class SimulatorSwitch(SimulatorEntity, SwitchEntity):
    """A switch at a simulated device."""

    entity_description: SimulatorSwitchDescription

    @property
    @override
    def is_on(self) -> bool:
        """Whether it is so now."""
        return self.entity_description.is_on(self.device)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Make it so."""
        self.entity_description.turn_on(self.device)
        self.refresh()

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Make it not so."""
        self.entity_description.turn_off(self.device)
        self.refresh()
