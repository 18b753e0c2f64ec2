"""What can be done at a simulated device, or happen to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from simulator.back import Result

from .const import DOMAIN
from .entity import SimulatorEntity
from .simulation import Device, SimulatorConfigEntry


@dataclass(frozen=True, kw_only=True)
class SimulatorButtonDescription(ButtonEntityDescription):
    """What a button does."""

    press: Callable[[Device], None]


def _start(device: Device) -> None:
    """Start as the device's own button does: with the settings of last time."""
    result = device.back.start_at_device(device.back.length // 60)
    if result is not Result.DONE:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="refused",
            translation_placeholders={"result": result.name.lower().replace("_", " ")},
        )


BUTTONS = (
    SimulatorButtonDescription(key="start", translation_key="start", press=_start),
    SimulatorButtonDescription(
        key="stop",
        translation_key="stop",
        press=lambda device: device.back.stop_at_device(),
    ),
    SimulatorButtonDescription(
        key="block_finger",
        translation_key="block_finger",
        press=lambda device: device.back.block_finger(),
    ),
    SimulatorButtonDescription(
        key="clear_fault",
        translation_key="clear_fault",
        press=lambda device: device.back.clear_fault(),
    ),
    SimulatorButtonDescription(
        key="drop_link",
        translation_key="drop_link",
        press=lambda device: device.peripheral.drop_link(),
    ),
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

    entity_description: SimulatorButtonDescription

    @override
    async def async_press(self) -> None:
        """Do it, or say why not."""
        self.entity_description.press(self.device)
