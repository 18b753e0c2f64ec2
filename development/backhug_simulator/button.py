"""Buttons: actions of a person, and faults, at a simulated device."""

from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from development.devices import RefusedError

from .const import DOMAIN
from .entity import SimulatorEntity
from .simulation import SimulatorConfigEntry

BUTTONS = tuple(
    ButtonEntityDescription(key=key, translation_key=key)
    for key in ("start", "stop", "block_finger", "clear_fault", "drop_link")
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: SimulatorConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of each device."""
    async_add_entities(
        SimulatorButton(device, description)
        for device in entry.runtime_data.devices
        for description in BUTTONS
    )


class SimulatorButton(SimulatorEntity, ButtonEntity):
    """A button at a simulated device."""

    @override
    async def async_press(self) -> None:
        """Do it, or say why not."""
        try:
            await self.device.perform(self.entity_description.key)
        except RefusedError as error:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="refused",
                translation_placeholders={"result": str(error)},
            ) from error
