"""Which BackHug a spoken sentence is meant for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.switch import DOMAIN as SWITCH
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    intent as intent_helper,
)

from .const import DOMAIN
from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .spoken import plain

SLOT_AREA: Final = "area"
SLOT_DEVICE: Final = "device"
SLOT_FLOOR: Final = "floor"
SLOT_NAME: Final = "name"
SLOT_PREFERRED_AREA: Final = "preferred_area_id"
"""The area of the satellite, as the agent knows it."""


class AddressError(Exception):
    """No BackHug, or more than one, can be meant; the key of a sentence that says so."""

    def __init__(
        self, key: str, names: Iterable[str] = (), wanted: str | None = None
    ) -> None:
        """Take the ones that there are, and what was asked for instead."""
        super().__init__(key)
        self.key = key
        self.names = tuple(names)
        self.wanted = wanted


@callback
def slot(intent: intent_helper.Intent, name: str) -> str | None:
    """Return what was said of something; None if nothing."""
    value: str | float | None = intent.slots.get(name, {}).get("value")
    # A number in digits comes as one with a fraction.
    return f"{value:g}" if isinstance(value, int | float) else value


@dataclass(frozen=True, slots=True)
class Addressed:
    """A BackHug that may be spoken to."""

    entry: BackHugConfigEntry
    state: State
    """Of its session switch, whose exposure counts for all of it."""
    name: str
    """What a person calls it."""

    @property
    def loaded(self) -> bool:
        """Whether it is set up at the moment."""
        return self.entry.state is ConfigEntryState.LOADED

    @property
    def coordinator(self) -> BackHugCoordinator:
        """What owns it; there while `loaded`."""
        return self.entry.runtime_data

    @property
    def in_session(self) -> bool:
        """Whether a session runs on it, as far as we know."""
        return self.loaded and self.coordinator.in_session

    @property
    def armed(self) -> bool:
        """Whether it waits for somebody to lie down."""
        return self.loaded and self.coordinator.arming.until is not None


@callback
def async_exposed(intent: intent_helper.Intent) -> list[Addressed]:
    """Return the BackHugs that are exposed to the assistant; raises AddressError if none is."""
    exposed = _matching(intent, _every(intent.hass))
    if not exposed:
        raise AddressError("none_exposed")
    return exposed


@callback
def async_addressed(intent: intent_helper.Intent) -> list[Addressed]:
    """Return the BackHugs that a sentence names, by name, area or floor; all if it names none.

    Raises AddressError if there is none of them that is exposed to the assistant.
    """
    exposed = async_exposed(intent)
    names = [each.name for each in exposed]
    area, floor = slot(intent, SLOT_AREA), slot(intent, SLOT_FLOOR)
    there = _matching(intent, exposed, area, floor)
    if not there:
        raise AddressError("none_there", names, area or floor)
    if (name := slot(intent, SLOT_DEVICE) or slot(intent, SLOT_NAME)) is None:
        return there
    called = [each for each in there if plain(name) in _names(intent.hass, each)]
    if not called:
        raise AddressError("none_called", names, name)
    return called


@callback
def is_addressed(intent: intent_helper.Intent) -> bool:
    """Return whether a sentence names a BackHug, an area or a floor at all."""
    names = (SLOT_AREA, SLOT_DEVICE, SLOT_FLOOR, SLOT_NAME)
    return any(slot(intent, name) is not None for name in names)


@callback
def async_nearest(
    intent: intent_helper.Intent, candidates: list[Addressed]
) -> list[Addressed]:
    """Return those in the speaker's own area, or all if none is there."""
    return _matching(intent, candidates, _speakers_area(intent)) or candidates


@callback
def async_one(intent: intent_helper.Intent, *, running_first: bool = True) -> Addressed:
    """Return the one BackHug that a sentence is meant for.

    Of several, it is that in the speaker's own area; then that on which a session runs, unless the sentence
    is to begin one. Raises AddressError if there is none, if several remain, or if it is not set up.
    """
    candidates = async_nearest(intent, async_addressed(intent))
    if running_first and len(candidates) > 1:
        candidates = [each for each in candidates if each.in_session] or candidates
    if len(candidates) > 1:
        raise AddressError("which_one", [each.name for each in candidates])
    (one,) = candidates
    if not one.loaded:
        raise AddressError("not_loaded", [one.name])
    return one


def _every(hass: HomeAssistant) -> list[Addressed]:
    """Return every BackHug that has a session switch."""
    registry = er.async_get(hass)
    every = []
    entry: BackHugConfigEntry
    for entry in hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    ):
        entity_id = registry.async_get_entity_id(
            SWITCH, DOMAIN, f"{entry.data[CONF_ADDRESS]}_session"
        )
        state = None if entity_id is None else hass.states.get(entity_id)
        if state is not None:
            every.append(Addressed(entry, state, _name(hass, entry, state)))
    return every


def _name(hass: HomeAssistant, entry: BackHugConfigEntry, state: State) -> str:
    entity = er.async_get(hass).async_get(state.entity_id)
    assert entity is not None
    device = dr.async_get(hass).async_get(entity.device_id or "")
    assert device is not None
    return device.name_by_user or device.name or entry.title


def _matching(
    intent: intent_helper.Intent,
    candidates: list[Addressed],
    area: str | None = None,
    floor: str | None = None,
) -> list[Addressed]:
    """Return those that are exposed, and in an area or on a floor."""
    if not candidates:
        return []
    result = intent_helper.async_match_targets(
        intent.hass,
        intent_helper.MatchTargetsConstraints(
            area_name=area, floor_name=floor, assistant=intent.assistant
        ),
        states=[each.state for each in candidates],
    )
    return [each for each in candidates if each.state in result.states]


def _names(hass: HomeAssistant, addressed: Addressed) -> set[str]:
    """Return what a BackHug answers to, as it is compared: with and without the word BackHug."""
    names = {
        plain(name)
        for name in (
            addressed.name,
            addressed.entry.title,
            *intent_helper.async_get_entity_aliases(
                hass,
                er.async_get(hass).async_get(addressed.state.entity_id),
                state=addressed.state,
            ),
        )
    }
    return (names | {name.replace("backhug", "") for name in names}) - {""}


def _speakers_area(intent: intent_helper.Intent) -> str | None:
    """Return the area in which the sentence was spoken."""
    if area := slot(intent, SLOT_PREFERRED_AREA):
        return area
    device = dr.async_get(intent.hass).async_get(intent.device_id or "")
    if device is None:
        return None
    return dr.async_get_effective_area_id(intent.hass, device)
