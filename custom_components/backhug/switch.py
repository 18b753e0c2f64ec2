"""Switches: the session, and whether the connection is held."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import State
from .entity import BackHugEntity, BackHugEntityDescription, offered

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugSwitchDescription(SwitchEntityDescription, BackHugEntityDescription):
    """Describes a switch of a BackHug."""

    value_fn: Callable[[BackHugCoordinator], bool | None]
    set_fn: Callable[[BackHugCoordinator, bool], Awaitable[None]]


def _session_runs(coordinator: BackHugCoordinator) -> bool | None:
    status = coordinator.status
    return None if status.state is State.UNKNOWN else status.running


async def _set_session(coordinator: BackHugCoordinator, on: bool) -> None:
    if on:
        await coordinator.async_start_session()
    else:
        await coordinator.async_stop_session()


DESCRIPTIONS = (
    BackHugSwitchDescription(
        key="session",
        value_fn=_session_runs,
        set_fn=_set_session,
    ),
    BackHugSwitchDescription(
        key="hold_connection",
        entity_category=EntityCategory.CONFIG,
        always_available=True,
        value_fn=lambda coordinator: coordinator.hold,
        set_fn=BackHugCoordinator.async_hold_connection,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of one BackHug."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugSwitch(coordinator, description)
        for description in offered(coordinator, DESCRIPTIONS)
    )


class BackHugSwitch(BackHugEntity, SwitchEntity):
    """Something of a BackHug that is on or off."""

    entity_description: BackHugSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is on."""
        return self.entity_description.value_fn(self.coordinator)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self.entity_description.set_fn(self.coordinator, True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self.entity_description.set_fn(self.coordinator, False)
