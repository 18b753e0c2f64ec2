"""The question of which BackHug is meant; for half a minute, a name or a room alone answers it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
import re
from typing import Final, override

from homeassistant.components.conversation import (
    DOMAIN as CONVERSATION,
    ConversationInput,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.intent import Intent

from ..exposure import ExposedBackHug, labels, normalize_name
from .grammar import words
from .names_trigger import NamesTrigger
from .targeting import (
    SLOT_AREA,
    SLOT_DEVICE,
    SLOT_ENTITY,
    SLOT_FLOOR,
    SLOT_NAME,
    SLOT_PREFERRED_AREA,
)
from .triggers import async_act, async_not_understood, async_pass_on

ANSWER_WITHIN: Final = 30
"""Seconds in which the question can be answered."""
_NUMBERS: Final = (
    ("1", "one", "first", "eins", "erste", "ersten"),
    ("2", "two", "second", "zwei", "zweite", "zweiten"),
    ("3", "three", "third", "drei", "dritte", "dritten"),
    ("4", "four", "fourth", "vier", "vierte", "vierten"),
)
"""Words for the first one, and so on."""
_OF_TEMPLATES: Final = re.compile(r"[()\[\]{}<>|:;]")
"""What means something in a template of sentences: a device may be called anything."""


class FollowUp(NamesTrigger):
    """The question that was asked last, and the sentence trigger for its answer."""

    def __init__(self, hass: HomeAssistant, templates: Collection[str]) -> None:
        """Create it, without a question; `templates` contain `{names}`."""
        super().__init__(hass, templates)
        self._intent: Intent | None = None
        self._choices: dict[str, str] = {}
        """Session switches by what is said for them."""
        self._cancel_timer: CALLBACK_TYPE | None = None

    @callback
    def async_asked(self, intent: Intent, choices: Sequence[ExposedBackHug]) -> None:
        """Wait for the answer to a question of Assist's."""
        self.async_end()
        if intent.assistant != CONVERSATION:
            return
        self._intent = intent
        self._choices = _said_for(choices)
        self._async_register(self._choices)
        self._cancel_timer = async_call_later(self._hass, ANSWER_WITHIN, self.async_end)

    @callback
    def async_end(self, _now: datetime | None = None) -> None:
        """Wait for no answer any more."""
        self._async_register(())
        self._intent = None
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None

    @override
    async def _async_answer(self, user_input: ConversationInput) -> str:
        """Carry out what was asked for, with the BackHug that is named now; return the answer."""
        asked = self._intent
        if (
            asked is None
            or user_input.device_id != asked.device_id
            or user_input.satellite_id != asked.satellite_id
        ):
            return await async_pass_on(
                self._hass, user_input
            ) or await async_not_understood(self._hass, user_input)
        self.async_end()
        text = normalize_name(user_input.text)
        said = max(
            (each for each in self._choices if normalize_name(each) in text), key=len
        )
        slots = {
            name: slot["value"]
            for name, slot in asked.slots.items()
            if name
            not in (
                SLOT_AREA,
                SLOT_DEVICE,
                SLOT_FLOOR,
                SLOT_NAME,
                SLOT_PREFERRED_AREA,
            )
        }
        return await async_act(
            self._hass,
            user_input,
            asked.intent_type,
            {**slots, SLOT_ENTITY: self._choices[said]},
        )


def _said_for(choices: Sequence[ExposedBackHug]) -> dict[str, str]:
    """Return the session switches by what can be said for one of them and no other."""
    said: dict[str, set[str]] = {}
    for each, label in zip(choices, labels(choices), strict=True):
        written = _OF_TEMPLATES.sub("", label.casefold())
        area = "" if each.area is None else words(each.area.name.casefold())
        for spelt in (written, words(written)):
            for one in {spelt, spelt.replace("backhug", "").strip(), area} - {""}:
                said.setdefault(one, set()).add(each.state.entity_id)
    unique = {one: found.pop() for one, found in said.items() if len(found) == 1}
    for numbers, each in zip(_NUMBERS, choices, strict=False):
        for one in numbers:
            unique.setdefault(one, each.state.entity_id)
    return unique
