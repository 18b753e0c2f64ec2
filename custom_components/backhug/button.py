"""Buttons: stop, pause or resume, and the strength where it has no levels."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry
from .device.model import Adjustment
from .entity import BackHugEntity, BackHugEntityDescription, offered
from .session.controller import SessionController

# The client queues commands, and a stop overtakes them.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugButtonEntityDescription(BackHugEntityDescription, ButtonEntityDescription):
    """Describes a BackHug button."""

    press_fn: Callable[[SessionController], Awaitable[Any]]


DESCRIPTIONS: tuple[BackHugButtonEntityDescription, ...] = (
    BackHugButtonEntityDescription(
        key="stop",
        # Home Assistant ignores actions on unavailable entities: a stop must get through.
        always_available=True,
        press_fn=SessionController.async_stop,
    ),
    BackHugButtonEntityDescription(
        key="pause_resume",
        offered_fn=lambda features: features.can_pause,
        press_fn=SessionController.async_pause_or_resume,
    ),
    *(
        BackHugButtonEntityDescription(
            key=key,
            offered_fn=lambda features: features.steps_strength,
            press_fn=partial(
                SessionController.async_adjust,
                adjustment=Adjustment(strength_step=step),
            ),
        )
        for key, step in (("stronger", 1), ("softer", -1))
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugButton(coordinator, description)
        for description in offered(coordinator, Platform.BUTTON, DESCRIPTIONS)
    )


class BackHugButton(BackHugEntity, ButtonEntity):
    """Button of a BackHug."""

    entity_description: BackHugButtonEntityDescription

    @override
    async def async_press(self) -> None:
        """Press the button."""
        await self.entity_description.press_fn(self.coordinator.controller)
