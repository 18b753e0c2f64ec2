"""A spoken request to one BackHug."""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Any, Final

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.intent import Intent
from homeassistant.util import dt as dt_util

from ..coordinator import BackHugCoordinator
from ..device.model import Area, Flow, Status
from ..exposure import ExposedBackHug
from ..service_fields import (
    ATTR_AREA,
    ATTR_FLOW,
    ATTR_MINUTES,
    ATTR_STRENGTH,
    ATTR_WHEN_OCCUPIED,
)
from .responses import Texts
from .targeting import slot_value

# The slot `area` is a room of the home.
SLOT_BACK_AREA: Final = "back_area"
SLOT_ABOUT: Final = "about"
SLOT_CHANGE: Final = "change"
SLOT_FIRMNESS: Final = "firmness"
SLOT_FLOW: Final = "flow"
SLOT_IT: Final = "it"
"""The sentence says "it" for the plan."""
SLOT_LEFT: Final = "left"
"""The minutes are those after which the session ends, not those by which it becomes shorter."""
SLOT_MINUTES: Final = "minutes"
SLOT_PROGRAMME: Final = "programme"
SLOT_RUN: Final = "run"
"""The sentence says "let it run": a start, or in a session a change of its length."""
SLOT_SESSIONS: Final = "sessions"
SLOT_STEP: Final = "step"
SLOT_STRENGTH: Final = "strength"
SLOT_WHEN_OCCUPIED: Final = "when_occupied"

FIELDS: Final = {
    SLOT_STRENGTH: ATTR_STRENGTH,
    SLOT_BACK_AREA: ATTR_AREA,
    SLOT_FLOW: ATTR_FLOW,
    SLOT_MINUTES: ATTR_MINUTES,
    SLOT_WHEN_OCCUPIED: ATTR_WHEN_OCCUPIED,
}
"""Fields of the actions, by slot."""


class RefusedError(Exception):
    """The request cannot be carried out; the message is the sentence to speak."""


@dataclass(frozen=True, slots=True)
class SpokenRequest:
    """An intent with its target and the texts of its language."""

    intent: Intent
    texts: Texts
    target: ExposedBackHug

    @property
    def coordinator(self) -> BackHugCoordinator:
        """The target's coordinator."""
        return self.target.coordinator

    @property
    def status(self) -> Status | None:
        """The last known status."""
        return self.coordinator.controller.back_hug.snapshot.status

    @property
    def minutes_left(self) -> int | None:
        """For how many minutes the session still runs, rounded up, at least one; None if there is none."""
        status = self.status
        if status is None or not status.running:
            return None
        ends_at = self.coordinator.controller.back_hug.snapshot.ends_at
        seconds = float(status.seconds_left)
        if ends_at is not None:
            seconds = (ends_at - dt_util.utcnow()).total_seconds()
        return max(math.ceil(seconds / 60), 1)

    def slot(self, name: str) -> str | None:
        """Return the value of a slot, or None if it is empty."""
        return slot_value(self.intent, name)

    def say(self, key: str, **placeholders: str | float) -> str:
        """Return a sentence about the target."""
        return self.texts.say(key, name=self.target.name, **placeholders)

    async def async_act(self, action: str, **data: Any) -> None:
        """Call one of the integration's actions for the target.

        Raises RefusedError for a value that the device does not offer, else HomeAssistantError as the action does.
        """
        try:
            await self.target.async_act(
                self.intent.hass, action, data, self.intent.context
            )
        except HomeAssistantError as error:
            if error.translation_key != "invalid_field":
                raise
            placeholders = error.translation_placeholders or {}
            raise RefusedError(self.not_offered(**placeholders)) from error

    def not_offered(self, field: str, value: str, **_: str) -> str:
        """Return a sentence with the values that the device offers for a field of an action."""
        features, texts = self.coordinator.features, self.texts
        match field:
            case "area":
                return self.say(
                    "area_not_offered",
                    area=texts.area(Area(value)),
                    areas=texts.all_of(map(texts.area, features.areas)),
                )
            case "flow":
                return self.say(
                    "flow_not_offered",
                    flow=texts.flow(Flow(value)),
                    flows=texts.all_of(map(texts.flow, features.flows)),
                )
            case "minutes":
                return self.say(
                    "minutes_not_offered",
                    shortest=features.min_minutes,
                    longest=features.max_minutes,
                )
        return self.say("strength_not_offered", strongest=features.strength_levels)


def current_setting(
    request: SpokenRequest, key: str, **placeholders: str | float
) -> str:
    """Return a sentence about a setting of the running session, or of the next one."""
    if not request.target.in_session:
        key = f"{key}_next"
    return request.say(key, **placeholders)


def strength(request: SpokenRequest) -> str:
    """Return a sentence about the strength."""
    if not request.coordinator.features.sets_strength:
        return request.say("strength_changed")
    return current_setting(
        request,
        "strength",
        strength=request.coordinator.controller.known_settings().strength or "?",
        strongest=request.coordinator.features.strength_levels,
    )
