"""Switches: the session, and whether the connection is held."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import State
from .entity import BackHugEntity, Described

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


def _session_runs(coordinator: BackHugCoordinator) -> bool | None:
    status = coordinator.status
    return None if status.state is State.UNKNOWN else status.running


async def _set_session(coordinator: BackHugCoordinator, on: bool) -> None:
    if on:
        await coordinator.controller.async_start_or_resume()
    else:
        await coordinator.controller.async_stop()


SESSION: Described[SwitchEntityDescription, bool | None] = Described(
    SwitchEntityDescription(key="session"),
    _session_runs,
)
HOLD_CONNECTION: Described[SwitchEntityDescription, bool | None] = Described(
    SwitchEntityDescription(
        key="hold_connection",
        entity_category=EntityCategory.CONFIG,
    ),
    lambda coordinator: coordinator.hold,
    always_available=True,
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of one BackHug."""
    coordinator = entry.runtime_data
    async_add_entities(
        [
            BackHugSwitch(coordinator, SESSION, partial(_set_session, coordinator)),
            BackHugSwitch(
                coordinator, HOLD_CONNECTION, coordinator.async_hold_connection
            ),
        ]
    )


class BackHugSwitch(BackHugEntity[bool | None], SwitchEntity):
    """Something of a BackHug that is on or off."""

    def __init__(
        self,
        coordinator: BackHugCoordinator,
        described: Described[SwitchEntityDescription, bool | None],
        setter: Callable[[bool], Awaitable[None]],
    ) -> None:
        """Take what sets it."""
        super().__init__(coordinator, described)
        self._setter = setter

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is on."""
        return self.described.value_fn(self.coordinator)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await self._setter(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await self._setter(False)
