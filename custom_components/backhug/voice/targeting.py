"""Which BackHug a spoken sentence is meant for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr, intent as intent_helper

from ..exposure import ExposedBackHug, async_called, async_exposed, async_there, nearest

SLOT_AREA: Final = "area"
SLOT_DEVICE: Final = "device"
SLOT_FLOOR: Final = "floor"
SLOT_NAME: Final = "name"
SLOT_PREFERRED_AREA: Final = "preferred_area_id"
"""The id of the area of the satellite, as the agent knows it."""


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


@callback
def async_addressable(intent: intent_helper.Intent) -> list[ExposedBackHug]:
    """Return the BackHugs that are exposed to the assistant; raises AddressError if none is."""
    exposed = async_exposed(intent.hass, intent.assistant)
    if not exposed:
        raise AddressError("none_exposed")
    return exposed


@callback
def async_addressed(intent: intent_helper.Intent) -> list[ExposedBackHug]:
    """Return the BackHugs that a sentence names, by name, area or floor; all if it names none.

    Raises AddressError if there is none of them that is exposed to the assistant.
    """
    exposed = async_addressable(intent)
    names = [each.name for each in exposed]
    area, floor = slot(intent, SLOT_AREA), slot(intent, SLOT_FLOOR)
    there = async_there(intent.hass, exposed, area, floor)
    if not there:
        raise AddressError("none_there", names, area or floor)
    if (name := slot(intent, SLOT_DEVICE) or slot(intent, SLOT_NAME)) is None:
        return there
    called = async_called(intent.hass, there, name)
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
    intent: intent_helper.Intent, candidates: list[ExposedBackHug]
) -> list[ExposedBackHug]:
    """Return those in the speaker's own area, or all if none is there."""
    return nearest(candidates, _speakers_area(intent))


@callback
def async_one(
    intent: intent_helper.Intent, *, running_first: bool = True
) -> ExposedBackHug:
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


def _speakers_area(intent: intent_helper.Intent) -> str | None:
    """Return the id of the area in which the sentence was spoken."""
    if area := slot(intent, SLOT_PREFERRED_AREA):
        return area
    device = dr.async_get(intent.hass).async_get(intent.device_id or "")
    if device is None:
        return None
    return dr.async_get_effective_area_id(intent.hass, device)
