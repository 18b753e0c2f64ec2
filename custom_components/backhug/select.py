"""Selects: treatment area, flow, programme and person."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.const import Platform
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import (
    TrackStates,
    async_track_state_change_filtered,
)

from .const import DOMAIN, GUEST
from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Area, Flow
from .entity import BackHugEntity, BackHugEntityDescription, offered
from .people.persons import PERSON as PERSON_DOMAIN, async_persons, identity
from .programmes.model import NO_PROGRAMME, Programme

# The client queues commands, and a stop overtakes them.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BackHugSelectEntityDescription(BackHugEntityDescription, SelectEntityDescription):
    """Describes a BackHug select."""

    options_fn: Callable[[BackHugCoordinator], list[str]]
    value_fn: Callable[[BackHugCoordinator], str | None]
    select_fn: Callable[[BackHugCoordinator, str], Awaitable[None]]


def _option(programme: Programme | None) -> str:
    return NO_PROGRAMME if programme is None else programme.option


def _programme(coordinator: BackHugCoordinator) -> dict[str, Any]:
    """Return what the programme that is shown does on this device, what runs, and what the next session runs."""
    runner = coordinator.controller.runner
    next_session = not coordinator.may_be_in_session or runner.chosen_in_session
    attributes: dict[str, Any] = {
        "applies_to": "next_session" if next_session else "running_session",
        "running": runner.programme,
        "next": _option(runner.chosen),
    }
    if (programme := runner.shown) is not None:
        fitted = runner.fitted(programme)
        attributes |= {
            "minutes": fitted.minutes,
            "steps": len(fitted.steps),
            "sequence": [step.shown() for step in fitted.steps],
            "skipped": [skipped.as_dict() for skipped in fitted.skipped],
        }
    return attributes


async def _choose(coordinator: BackHugCoordinator, option: str) -> None:
    coordinator.controller.runner.async_choose(option)


def _person_names(coordinator: BackHugCoordinator) -> dict[str, str]:
    """Return the option of each person, by id."""
    persons = async_persons(coordinator.hass)
    return {person.id: person.name for person in persons} | {GUEST: GUEST}


async def _choose_person(coordinator: BackHugCoordinator, option: str) -> None:
    names = _person_names(coordinator)
    (person,) = (person for person, name in names.items() if name == option)
    coordinator.household.choice.async_choose(person)


SETTINGS: tuple[BackHugSelectEntityDescription, ...] = (
    BackHugSelectEntityDescription(
        key="area",
        offered_fn=lambda features: bool(features.areas),
        options_fn=lambda coordinator: [
            area.value for area in coordinator.features.areas
        ],
        value_fn=lambda coordinator: coordinator.settings.area,
        select_fn=lambda coordinator, option: coordinator.controller.async_set_area(
            Area(option)
        ),
    ),
    BackHugSelectEntityDescription(
        key="flow",
        offered_fn=lambda features: bool(features.flows),
        options_fn=lambda coordinator: [
            flow.value for flow in coordinator.features.flows
        ],
        value_fn=lambda coordinator: coordinator.settings.flow,
        select_fn=lambda coordinator, option: coordinator.controller.async_set_flow(
            Flow(option)
        ),
    ),
)
PROGRAMME = BackHugSelectEntityDescription(
    key="programme",
    offered_fn=lambda features: features.sets_strength,
    # Home Assistant keeps this choice for the next session, not the device.
    always_available=True,
    options_fn=lambda coordinator: coordinator.controller.runner.options,
    value_fn=lambda coordinator: _option(coordinator.controller.runner.shown),
    select_fn=_choose,
    attributes_fn=_programme,
)
PERSON = BackHugSelectEntityDescription(
    key="person",
    # Home Assistant keeps this choice, not the device.
    always_available=True,
    options_fn=lambda coordinator: [*_person_names(coordinator).values()],
    value_fn=lambda coordinator: _person_names(coordinator).get(
        coordinator.household.choice.person
    ),
    select_fn=_choose_person,
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: BackHugConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects."""
    coordinator = entry.runtime_data
    async_add_entities(
        BackHugSelect(coordinator, description)
        for description in offered(coordinator, Platform.SELECT, SETTINGS)
    )
    async_add_entities(
        ProgrammeSelect(coordinator, description)
        for description in offered(coordinator, Platform.SELECT, (PROGRAMME,))
    )
    async_add_entities([PersonSelect(coordinator, PERSON)])


class BackHugSelect(BackHugEntity, SelectEntity):
    """Select of a BackHug."""

    entity_description: BackHugSelectEntityDescription

    @property
    @override
    def options(self) -> list[str]:
        """Return the options."""
        return self.entity_description.options_fn(self.coordinator)

    @property
    @override
    def current_option(self) -> str | None:
        """Return the selected option."""
        return self.entity_description.value_fn(self.coordinator)

    @override
    async def async_select_option(self, option: str) -> None:
        """Select an option."""
        await self.entity_description.select_fn(self.coordinator, option)


class KeptSelect(BackHugSelect):
    """A choice that Home Assistant keeps, which depends on config entries."""

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to changes of config entries."""
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
        if entry.domain == DOMAIN:
            self.async_write_ha_state()


class ProgrammeSelect(KeptSelect):
    """Programme of the running session or, if none runs, of the next one.

    Choosing one during a session applies to the next session, and is then shown.
    """

    _unrecorded_attributes = frozenset({"sequence"})


class PersonSelect(KeptSelect):
    """Person of the running or the next session."""

    @override
    async def async_added_to_hass(self) -> None:
        """Subscribe to changes of the persons."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_track_state_change_filtered(
                self.hass,
                TrackStates(False, set(), {PERSON_DOMAIN}),
                self._async_person_changed,
            ).async_remove
        )

    @callback
    def _async_person_changed(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if identity(old) != identity(new):
            self.async_write_ha_state()
