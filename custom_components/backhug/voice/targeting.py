"""Selection of the BackHug that a spoken sentence is meant for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.intent import Intent

from ..exposure import (
    ExposedBackHug,
    async_exposed,
    async_filter_by_name,
    async_filter_by_place,
    prefer_area,
)

SLOT_AREA: Final = "area"
SLOT_DEVICE: Final = "device"
SLOT_FLOOR: Final = "floor"
SLOT_NAME: Final = "name"
SLOT_PREFERRED_AREA: Final = "preferred_area_id"
"""The id of the satellite's area, set by some conversation agents."""


class TargetError(Exception):
    """The sentence does not select a usable BackHug; `key` is that of the sentence to speak."""

    def __init__(
        self, key: str, names: Iterable[str] = (), wanted: str | None = None
    ) -> None:
        """Create the error with the names to choose from and the unknown name or place."""
        super().__init__(key)
        self.key = key
        self.names = tuple(names)
        self.wanted = wanted


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
    names = [each.name for each in exposed]
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
    intent: Intent, *, prefer_running: bool = True
) -> ExposedBackHug:
    """Return the one BackHug that the sentence is meant for.

    Of several, the one in the speaker's area is chosen; then, with `prefer_running`, the one in a session.
    Raises TargetError if none or several remain, or if the BackHug is not set up.
    """
    candidates = async_nearest(intent, async_targets(intent))
    if prefer_running and len(candidates) > 1:
        candidates = [each for each in candidates if each.in_session] or candidates
    if len(candidates) > 1:
        raise TargetError("which_one", [each.name for each in candidates])
    (target,) = candidates
    if not target.loaded:
        raise TargetError("not_loaded", [target.name])
    return target


def _speakers_area(intent: Intent) -> str | None:
    """Return the id of the area in which the sentence was spoken."""
    if area := slot_value(intent, SLOT_PREFERRED_AREA):
        return area
    device = dr.async_get(intent.hass).async_get(intent.device_id or "")
    if device is None:
        return None
    return dr.async_get_effective_area_id(intent.hass, device)
