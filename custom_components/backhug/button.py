"""Button: pause, and carry on."""

from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry
from .entity import BackHugEntity, Described, offered

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


DESCRIPTIONS: tuple[Described[ButtonEntityDescription, None], ...] = (
    Described(
        ButtonEntityDescription(key="pause_resume"),
        lambda _: None,
        offered_fn=lambda features: features.can_pause,
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
        BackHugButton(coordinator, described)
        for described in offered(coordinator, Platform.BUTTON, DESCRIPTIONS)
    )


class BackHugButton(BackHugEntity[None], ButtonEntity):
    """Pauses the running session, or carries on with the paused one."""

    @override
    async def async_press(self) -> None:
        """Do it."""
        await self.coordinator.async_pause_or_resume()
