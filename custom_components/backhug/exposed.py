"""Which BackHugs a language model may see, and which one it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from homeassistant.components.homeassistant import async_should_expose
from homeassistant.components.switch import DOMAIN as SWITCH
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_ADDRESS
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    intent,
)
from homeassistant.helpers.llm import LLMContext, async_get_match_preferences

from .const import CONF_FEATURES, DOMAIN
from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .device.model import Features


class NotMeantError(Exception):
    """None or several can be meant, or it is not set up; the message is a sentence for the model."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """A BackHug that is exposed to an assistant."""

    entry: BackHugConfigEntry
    state: State
    """Of its session switch, whose exposure counts for all of it."""
    name: str
    """What a person calls it."""
    area: ar.AreaEntry | None
    """The room that it is in."""

    @property
    def coordinator(self) -> BackHugCoordinator:
        """What owns it; raises NotMeantError while it is not set up."""
        if self.entry.state is not ConfigEntryState.LOADED:
            raise NotMeantError(f"{self.name} is not set up at the moment.")
        return self.entry.runtime_data

    @property
    def features(self) -> Features:
        """What it offers, as of its last connection."""
        return Features.from_dict(self.entry.data[CONF_FEATURES])

    @property
    def described(self) -> str:
        """Its name, and where it is."""
        return self.name if self.area is None else f"{self.name} ({self.area.name})"


@callback
def async_exposed(hass: HomeAssistant, assistant: str | None) -> list[Exposed]:
    """Return the BackHugs that are exposed to an assistant, sorted by name."""
    if not assistant:
        return []
    registry = er.async_get(hass)
    found = []
    entry: BackHugConfigEntry
    for entry in hass.config_entries.async_entries(
        DOMAIN, include_ignore=False, include_disabled=False
    ):
        entity_id = registry.async_get_entity_id(
            SWITCH, DOMAIN, f"{entry.data[CONF_ADDRESS]}_session"
        )
        state = None if entity_id is None else hass.states.get(entity_id)
        if state is not None and async_should_expose(hass, assistant, state.entity_id):
            found.append(_exposed(hass, entry, state))
    return sorted(found, key=lambda each: each.name.casefold())


def _exposed(hass: HomeAssistant, entry: BackHugConfigEntry, state: State) -> Exposed:
    entity = er.async_get(hass).async_get(state.entity_id)
    assert entity is not None
    device = dr.async_get(hass).async_get(entity.device_id or "")
    assert device is not None
    name = device.name_by_user or device.name or entry.title
    area_id = er.async_get_effective_area_id(hass, entity)
    area = None if area_id is None else ar.async_get(hass).async_get_area(area_id)
    return Exposed(entry, state, name, area)


@callback
def async_meant(
    hass: HomeAssistant, context: LLMContext, name: str | None, area: str | None
) -> list[Exposed]:
    """Return the exposed BackHugs that a name and a room can mean; raises NotMeantError if none."""
    every = async_exposed(hass, context.assistant)
    if not every:
        raise NotMeantError("No BackHug is exposed to this assistant.")
    meant: Sequence[Exposed] = every
    if area is not None:
        there = intent.async_match_targets(
            hass,
            intent.MatchTargetsConstraints(area_name=area),
            states=[each.state for each in every],
        )
        meant = [each for each in every if each.state in there.states]
    if name is not None:
        meant = [each for each in meant if name.casefold() in _names(hass, each)]
    if not meant:
        raise NotMeantError(f"There is no such BackHug. Exposed: {_list(every)}.")
    return list(meant)


@callback
def async_one(
    hass: HomeAssistant, context: LLMContext, name: str | None, area: str | None
) -> Exposed:
    """Return the one that is meant: of several, that in the room of the device that is spoken to.

    Raises NotMeantError if there is none, or if several remain.
    """
    meant = async_meant(hass, context, name, area)
    if len(meant) > 1:
        here = async_get_match_preferences(hass, context).area_id
        meant = [each for each in meant if each.area and each.area.id == here] or meant
    if len(meant) > 1:
        raise NotMeantError(
            f"There are several: {_list(meant)}. Ask which one is meant, and pass device_name."
        )
    return meant[0]


def _names(hass: HomeAssistant, exposed: Exposed) -> set[str]:
    """Return what it answers to."""
    aliases = intent.async_get_entity_aliases(
        hass,
        er.async_get(hass).async_get(exposed.state.entity_id),
        state=exposed.state,
    )
    return {
        name.strip().casefold()
        for name in (exposed.name, exposed.entry.title, *aliases)
    }


def _list(exposed: Sequence[Exposed]) -> str:
    return ", ".join(each.described for each in exposed)
