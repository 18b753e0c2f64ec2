"""Switches: session, and hold connection."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import State
from .entity import BackHugEntity, BackHugEntityDescription
from .people.persons import async_asker

# The client queues commands, and a stop overtakes them.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugSwitchEntityDescription(BackHugEntityDescription, SwitchEntityDescription):
    """Describes a BackHug switch."""

    value_fn: Callable[[BackHugCoordinator], bool | None]
    set_fn: Callable[[BackHugCoordinator, bool, Context | None], Awaitable[None]]


def _session_runs(coordinator: BackHugCoordinator) -> bool | None:
    status = coordinator.status
    return None if status.state is State.UNKNOWN else status.running


async def _set_session(
    coordinator: BackHugCoordinator, on: bool, context: Context | None
) -> None:
    if on:
        asker = async_asker(coordinator.hass, context)
        await coordinator.controller.async_start_or_resume(asker)
    else:
        await coordinator.controller.async_stop()


async def _hold_connection(
    coordinator: BackHugCoordinator, on: bool, _context: Context | None
) -> None:
    await coordinator.async_hold_connection(on)


DESCRIPTIONS: tuple[BackHugSwitchEntityDescription, ...] = (
    BackHugSwitchEntityDescription(
        key="session",
        value_fn=_session_runs,
        set_fn=_set_session,
    ),
    BackHugSwitchEntityDescription(
        key="hold_connection",
        entity_category=EntityCategory.CONFIG,
        always_available=True,
        value_fn=lambda coordinator: coordinator.hold,
        set_fn=_hold_connection,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugSwitch(coordinator, description) for description in DESCRIPTIONS
    )


class BackHugSwitch(BackHugEntity, SwitchEntity):
    """Switch of a BackHug."""

    entity_description: BackHugSwitchEntityDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the switch is on; None is unknown."""
        return self.entity_description.value_fn(self.coordinator)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn the switch on."""
        await self.entity_description.set_fn(self.coordinator, True, self._context)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn the switch off."""
        await self.entity_description.set_fn(self.coordinator, False, self._context)
