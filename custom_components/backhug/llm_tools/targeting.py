"""Selection of the BackHug that a language model addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.llm import LLMContext, async_get_match_preferences
import voluptuous as vol

from ..exposure import (
    ExposedBackHug,
    async_exposed,
    async_filter_by_name,
    async_filter_by_place,
    prefer_area,
)

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
"""Parameters that select a BackHug."""


class TargetError(Exception):
    """The parameters do not select a usable BackHug; the message is a sentence for the model."""


@callback
def async_visible(hass: HomeAssistant, context: LLMContext) -> list[ExposedBackHug]:
    """Return the BackHugs exposed to the model's assistant; none without an assistant."""
    return async_exposed(hass, context.assistant) if context.assistant else []


@callback
def async_targets(
    hass: HomeAssistant, context: LLMContext, args: Mapping[str, Any]
) -> list[ExposedBackHug]:
    """Return the BackHugs that match the parameters; raises TargetError if there is none."""
    visible = async_visible(hass, context)
    if not visible:
        raise TargetError("No BackHug is exposed to this assistant.")
    matching = async_filter_by_place(hass, visible, args.get(ATTR_DEVICE_AREA))
    if (name := args.get(ATTR_DEVICE_NAME)) is not None:
        matching = async_filter_by_name(hass, matching, name)
    if not matching:
        raise TargetError(f"There is no such BackHug. Exposed: {_list(visible)}.")
    return matching


@callback
def async_single_target(
    hass: HomeAssistant, context: LLMContext, args: Mapping[str, Any]
) -> ExposedBackHug:
    """Return the one BackHug that matches; of several, the one in the area of the voice device.

    Raises TargetError if none or several remain, or if the BackHug is not set up.
    """
    matching = prefer_area(
        async_targets(hass, context, args),
        async_get_match_preferences(hass, context).area_id,
    )
    if len(matching) > 1:
        raise TargetError(
            f"There are several: {_list(matching)}. Ask which one is meant, and pass {ATTR_DEVICE_NAME}."
        )
    (one,) = matching
    if not one.loaded:
        raise TargetError(f"{one.name} is not set up at the moment.")
    return one


def _list(exposed: Iterable[ExposedBackHug]) -> str:
    return ", ".join(each.name_and_area for each in exposed)
