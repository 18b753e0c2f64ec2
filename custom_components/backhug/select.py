"""Selects: treatment area and flow, and the programme."""

from collections.abc import Callable, Coroutine, Iterable
from enum import StrEnum
from typing import Any, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Area, Flow
from .entity import BackHugEntity, Described, offered
from .programmes.model import NO_PROGRAMME

# The client carries out one command at a time, and lets a stop overtake.
PARALLEL_UPDATES = 0


AREA: Described[SelectEntityDescription, StrEnum | None] = Described(
    SelectEntityDescription(key="area"),
    lambda coordinator: coordinator.settings.area,
    offered_fn=lambda features: bool(features.areas),
)
FLOW: Described[SelectEntityDescription, StrEnum | None] = Described(
    SelectEntityDescription(key="flow"),
    lambda coordinator: coordinator.settings.flow,
    offered_fn=lambda features: bool(features.flows),
)


def _option(coordinator: BackHugCoordinator) -> str:
    programme = coordinator.controller.runner.chosen
    return NO_PROGRAMME if programme is None else programme.option


def _programme(coordinator: BackHugCoordinator) -> dict[str, Any]:
    """Return what this device makes of the chosen programme."""
    programme = coordinator.controller.runner.chosen
    if programme is None:
        return {}
    fitted = coordinator.controller.runner.fitted(programme)
    return {
        "minutes": fitted.minutes,
        "steps": len(fitted.steps),
        "skipped": [skipped._asdict() for skipped in fitted.skipped],
    }


PROGRAMME: Described[SelectEntityDescription, str] = Described(
    SelectEntityDescription(key="programme"),
    _option,
    attributes_fn=_programme,
    # A choice for the next session: no device is needed for it.
    always_available=True,
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the selects of one BackHug."""
    coordinator = entry.runtime_data
    features, controller = coordinator.features, coordinator.controller
    selects = (
        BackHugSelect(
            coordinator,
            AREA,
            features.areas,
            lambda option: controller.async_set_area(Area(option)),
        ),
        BackHugSelect(
            coordinator,
            FLOW,
            features.flows,
            lambda option: controller.async_set_flow(Flow(option)),
        ),
    )
    # Where a device offers nothing to choose from there is no entity.
    shown = tuple(offered(coordinator, Platform.SELECT, (AREA, FLOW)))
    async_add_entities(select for select in selects if select.described in shown)
    async_add_entities([ProgrammeSelect(coordinator, PROGRAMME)])


class BackHugSelect(BackHugEntity[StrEnum | None], SelectEntity):
    """A choice that a person makes, for the running session or for the next one."""

    def __init__(
        self,
        coordinator: BackHugCoordinator,
        described: Described[SelectEntityDescription, StrEnum | None],
        options: Iterable[StrEnum],
        setter: Callable[[str], Coroutine[Any, Any, None]],
    ) -> None:
        """Take the options from what the device offers."""
        super().__init__(coordinator, described)
        self._attr_options = [option.value for option in options]
        self._setter = setter

    @property
    @override
    def current_option(self) -> str | None:
        """Return the chosen option; None is one that the device does not say to offer."""
        option = self.described.value_fn(self.coordinator)
        return option if option in self.options else None

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose an option."""
        await self._setter(option)


class ProgrammeSelect(BackHugEntity[str], SelectEntity):
    """The programme that the next session runs, or none."""

    @override
    async def async_added_to_hass(self) -> None:
        """Offer the person's own programmes as they come, change and go."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(
                self.hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_entry_changed
            )
        )

    @callback
    def _async_entry_changed(
        self, _change: ConfigEntryChange, entry: ConfigEntry
    ) -> None:
        if entry is self.coordinator.config_entry:
            self.async_write_ha_state()

    @property
    @override
    def options(self) -> list[str]:
        """Return what can be chosen."""
        return self.coordinator.controller.runner.options

    @property
    @override
    def current_option(self) -> str:
        """Return what is chosen."""
        return self.described.value_fn(self.coordinator)

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose what the next session runs."""
        self.coordinator.controller.runner.async_choose(option)
