"""Button: pause, and carry on."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .entity import BackHugEntity, Described

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


class BackHugButtonDescription(NamedTuple):
    """Describes a button of a BackHug."""

    described: Described[ButtonEntityDescription, None]
    press_fn: Callable[[BackHugCoordinator], Awaitable[None]]


DESCRIPTIONS = (
    BackHugButtonDescription(
        Described(
            ButtonEntityDescription(key="pause_resume"),
            lambda _: None,
            offered_fn=lambda features: features.can_pause,
        ),
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
        for description in DESCRIPTIONS
        if description.described.offered_fn(coordinator.features)
    )


class BackHugButton(BackHugEntity[None], ButtonEntity):
    """Something that a person does at once."""

    def __init__(
        self, coordinator: BackHugCoordinator, description: BackHugButtonDescription
    ) -> None:
        """Take what it does from the description."""
        super().__init__(coordinator, description.described)
        self._press_fn = description.press_fn

    @override
    async def async_press(self) -> None:
        """Do it."""
        await self._press_fn(self.coordinator)
