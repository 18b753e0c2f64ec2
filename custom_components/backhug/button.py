"""Buttons: stop; pause, and carry on."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry
from .entity import BackHugEntity, Described, offered
from .session.controller import SessionController

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


DESCRIPTIONS: tuple[Described[ButtonEntityDescription, None], ...] = (
    # Home Assistant drops what is asked of an unavailable entity: a stop must not be.
    Described(
        ButtonEntityDescription(key="stop"),
        lambda _: None,
        always_available=True,
    ),
    Described(
        ButtonEntityDescription(key="pause_resume"),
        lambda _: None,
        offered_fn=lambda features: features.can_pause,
    ),
)

_PRESSED: Final[Mapping[str, Callable[[SessionController], Awaitable[Any]]]] = {
    "stop": SessionController.async_stop,
    "pause_resume": SessionController.async_pause_or_resume,
}


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of one BackHug."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugButton(coordinator, described)
        for described in offered(coordinator, Platform.BUTTON, DESCRIPTIONS)
    )


class BackHugButton(BackHugEntity[None], ButtonEntity):
    """Something to press on a BackHug."""

    @override
    async def async_press(self) -> None:
        """Do it."""
        await _PRESSED[self.described.entity.key](self.coordinator.controller)
