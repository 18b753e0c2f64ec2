"""What the controls of a simulated device have in common."""

from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from simulator.back import Observer

from .const import DOMAIN
from .simulation import Device


class SimulatorEntity(Entity):
    """A control or a display of one simulated device."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, device: Device, description: EntityDescription) -> None:
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
        """Follow what happens at the device."""
        observer = _Follower(self)
        self.async_on_remove(self.device.back.observe(observer))

    @callback
    def refresh(self) -> None:
        """Show what is the case now."""
        self.async_write_ha_state()


class _Follower(Observer):
    """Refreshes an entity when something happens that can be seen."""

    def __init__(self, entity: SimulatorEntity) -> None:
        self._entity = entity

    @override
    def status_changed(self) -> None:
        self._entity.refresh()

    @override
    def power_changed(self) -> None:
        self._entity.refresh()
