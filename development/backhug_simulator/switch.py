"""Lasting conditions of a simulated device: power, reach, person."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import SimulatorEntity
from .simulation import SimulatorConfigEntry

SWITCHES = tuple(
    SwitchEntityDescription(key=key, translation_key=key)
    for key in ("power", "in_reach", "occupied")
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

    @property
    @override
    def is_on(self) -> bool:
        """Whether it is so now."""
        return bool(self.device.shown[self.entity_description.key])

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Make it so."""
        await self._turn("on")

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Make it not so."""
        await self._turn("off")

    async def _turn(self, how: str) -> None:
        await self.device.perform(f"{self.entity_description.key}_{how}")
        self.refresh()
