"""The base of a simulated device's entities."""

from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from development.devices import Controls

from .const import DOMAIN


class SimulatorEntity(Entity):
    """A control or a display of one simulated device."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, device: Controls, description: EntityDescription) -> None:
        """Belong to the device "Simulator: …", which is not the BackHug itself."""
        self.entity_description = description
        self.device = device
        build = device.build
        self._attr_unique_id = f"{build.address}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, build.address)},
            name=f"Simulator: {build.name}",
            manufacturer=build.manufacturer,
            model=f"{build.fingers} fingers",
        )

    @override
    async def async_added_to_hass(self) -> None:
        """Observe the simulated device."""
        self.async_on_remove(self.device.observe(self.refresh))

    @callback
    def refresh(self) -> None:
        """Show the current state."""
        self.async_write_ha_state()
