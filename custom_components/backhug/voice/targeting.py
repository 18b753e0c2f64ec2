"""Selection of the BackHug that a spoken sentence is meant for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.intent import Intent

from ..exposure import (
    ExposedBackHug,
    async_exposed,
    async_filter_by_name,
    async_filter_by_place,
    labels,
    prefer_area,
)

SLOT_AREA: Final = "area"
SLOT_DEVICE: Final = "device"
SLOT_ENTITY: Final = "entity_id"
"""The session switch of the BackHug that was chosen in answer to a question."""
SLOT_FLOOR: Final = "floor"
SLOT_NAME: Final = "name"
SLOT_PREFERRED_AREA: Final = "preferred_area_id"
"""The id of the satellite's area, set by some conversation agents."""


class TargetError(Exception):
    """The sentence does not select a usable BackHug; `key` is that of the sentence to speak."""

    def __init__(
        self,
        key: str,
        names: Iterable[str] = (),
        wanted: str | None = None,
        choices: Sequence[ExposedBackHug] = (),
    ) -> None:
        """Create the error with the names to choose from, the unknown name or place, and what is asked about."""
        super().__init__(key)
        self.key = key
        self.names = tuple(names)
        self.wanted = wanted
        self.choices = tuple(choices)


@callback
def slot_value(intent: Intent, name: str) -> str | None:
    """Return the value of a slot as text, or None if it is empty."""
    value: str | float | None = intent.slots.get(name, {}).get("value")
    # Home Assistant recognises digits as floats.
    return f"{value:g}" if isinstance(value, int | float) else value


@callback
def async_exposed_to_speaker(intent: Intent) -> list[ExposedBackHug]:
    """Return the BackHugs exposed to the intent's assistant; raises TargetError if there is none."""
    exposed = async_exposed(intent.hass, intent.assistant)
    if not exposed:
        raise TargetError("none_exposed")
    return exposed


@callback
def async_targets(intent: Intent) -> list[ExposedBackHug]:
    """Return the BackHugs with the name, area and floor in the sentence; all if it has none of these.

    Raises TargetError if no exposed BackHug matches.
    """
    exposed = async_exposed_to_speaker(intent)
    if (entity_id := slot_value(intent, SLOT_ENTITY)) is not None:
        exposed = [each for each in exposed if each.state.entity_id == entity_id]
        if not exposed:
            raise TargetError("none_exposed")
        return exposed
    names = labels(exposed)
    area, floor = slot_value(intent, SLOT_AREA), slot_value(intent, SLOT_FLOOR)
    in_place = async_filter_by_place(intent.hass, exposed, area, floor)
    if not in_place:
        raise TargetError("none_there", names, area or floor)
    name = slot_value(intent, SLOT_DEVICE) or slot_value(intent, SLOT_NAME)
    if name is None:
        return in_place
    named = async_filter_by_name(intent.hass, in_place, name)
    if not named:
        raise TargetError("none_called", names, name)
    return named


@callback
def names_target(intent: Intent) -> bool:
    """Return whether the sentence contains the name of a BackHug, an area or a floor."""
    slots = (SLOT_AREA, SLOT_DEVICE, SLOT_FLOOR, SLOT_NAME)
    return any(slot_value(intent, slot) is not None for slot in slots)


@callback
def async_nearest(
    intent: Intent, candidates: list[ExposedBackHug]
) -> list[ExposedBackHug]:
    """Return the candidates in the speaker's area, or all if none is there."""
    return prefer_area(candidates, _speakers_area(intent))


@callback
def async_single_target(
    intent: Intent,
    *,
    to_start: bool = False,
    concerns: Callable[[ExposedBackHug], bool] | None = None,
) -> ExposedBackHug:
    """Return the one BackHug that the sentence is meant for.

    Of several, those that it `concerns` come first. Then the one that runs is chosen, the one that is occupied, the
    one in the speaker's area, the one in reach. `to_start`: one that runs for somebody else is not. Raises TargetError
    if several remain, or if it is not set up.
    """
    candidates = async_targets(intent)
    if concerns is not None:
        candidates = _preferred(candidates, concerns)
    if to_start:
        candidates = _preferred(candidates, lambda each: each.waits_for_start)
    else:
        candidates = _preferred(candidates, lambda each: each.in_session)
        candidates = _preferred(candidates, lambda each: each.occupied)
    candidates = async_nearest(intent, candidates)
    candidates = _preferred(candidates, lambda each: each.reachable)
    if len(candidates) > 1:
        raise TargetError("which_one", labels(candidates), choices=candidates)
    (target,) = candidates
    if not target.loaded:
        raise TargetError("not_loaded", [target.name])
    return target


def _preferred(
    candidates: list[ExposedBackHug], preferred: Callable[[ExposedBackHug], bool]
) -> list[ExposedBackHug]:
    """Return the preferred candidates, or all if there is none."""
    return list(filter(preferred, candidates)) or candidates


@callback
def async_area_of(
    hass: HomeAssistant, satellite_id: str | None, device_id: str | None
) -> str | None:
    """Return the id of the area of a voice satellite, given by its entity or its device."""
    satellite = er.async_get(hass).async_get(satellite_id or "")
    if satellite is not None:
        return er.async_get_effective_area_id(hass, satellite)
    device = dr.async_get(hass).async_get(device_id or "")
    return None if device is None else dr.async_get_effective_area_id(hass, device)


def _speakers_area(intent: Intent) -> str | None:
    """Return the id of the area in which the sentence was spoken."""
    return slot_value(intent, SLOT_PREFERRED_AREA) or async_area_of(
        intent.hass, intent.satellite_id, intent.device_id
    )
