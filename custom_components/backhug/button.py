"""Button: pause, and carry on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .entity import BackHugEntity, BackHugEntityDescription, offered

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugButtonDescription(ButtonEntityDescription, BackHugEntityDescription):
    """Describes a button of a BackHug."""

    press_fn: Callable[[BackHugCoordinator], Awaitable[None]]


DESCRIPTIONS = (
    BackHugButtonDescription(
        key="pause_resume",
        offered_fn=lambda features: features.can_pause,
        value_fn=lambda _: None,
        press_fn=BackHugCoordinator.async_pause_or_resume,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the button of one BackHug, if it can pause."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugButton(coordinator, description)
        for description in offered(coordinator, DESCRIPTIONS)
    )


class BackHugButton(BackHugEntity, ButtonEntity):
    """Something that a person does at once."""

    entity_description: BackHugButtonDescription

    @override
    async def async_press(self) -> None:
        """Do it."""
        await self.entity_description.press_fn(self.coordinator)
