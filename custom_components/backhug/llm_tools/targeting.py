"""Which BackHug a language model means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.llm import LLMContext, async_get_match_preferences
import voluptuous as vol

from ..exposure import ExposedBackHug, async_called, async_exposed, async_there, nearest

ATTR_DEVICE_AREA: Final = "device_area"
ATTR_DEVICE_NAME: Final = "device_name"

DEVICE: Final = {
    vol.Optional(
        ATTR_DEVICE_NAME, description="Name of the BackHug, if there are several."
    ): cv.string,
    vol.Optional(
        ATTR_DEVICE_AREA, description="Room of the BackHug, if there are several."
    ): cv.string,
}
"""The fields that say which one is meant."""


class NotMeantError(Exception):
    """None or several can be meant, or it is not set up; the message is a sentence for the model."""


@callback
def async_seen(hass: HomeAssistant, context: LLMContext) -> list[ExposedBackHug]:
    """Return the BackHugs that a model may see: those exposed to its assistant, none without one."""
    return async_exposed(hass, context.assistant) if context.assistant else []


@callback
def async_all_meant(
    hass: HomeAssistant, context: LLMContext, args: Mapping[str, Any]
) -> list[ExposedBackHug]:
    """Return the BackHugs that a name and a room can mean; raises NotMeantError if none."""
    seen = async_seen(hass, context)
    if not seen:
        raise NotMeantError("No BackHug is exposed to this assistant.")
    meant = async_there(hass, seen, args.get(ATTR_DEVICE_AREA))
    if (name := args.get(ATTR_DEVICE_NAME)) is not None:
        meant = async_called(hass, meant, name)
    if not meant:
        raise NotMeantError(f"There is no such BackHug. Exposed: {_list(seen)}.")
    return meant


@callback
def async_meant(
    hass: HomeAssistant, context: LLMContext, args: Mapping[str, Any]
) -> ExposedBackHug:
    """Return the one that is meant: of several, that in the room of the device that is spoken to.

    Raises NotMeantError if there is none, if several remain, or if it is not set up.
    """
    meant = nearest(
        async_all_meant(hass, context, args),
        async_get_match_preferences(hass, context).area_id,
    )
    if len(meant) > 1:
        raise NotMeantError(
            f"There are several: {_list(meant)}. Ask which one is meant, and pass {ATTR_DEVICE_NAME}."
        )
    (one,) = meant
    if not one.loaded:
        raise NotMeantError(f"{one.name} is not set up at the moment.")
    return one


def _list(exposed: Iterable[ExposedBackHug]) -> str:
    return ", ".join(each.described for each in exposed)
