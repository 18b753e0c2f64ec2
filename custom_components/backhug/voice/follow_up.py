"""The question of which BackHug is meant; for half a minute, a name or a room alone answers it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
import re
from typing import Final

from hassil import Intents, RecognizeResult
from homeassistant.components.conversation import (
    DOMAIN as CONVERSATION,
    ConversationInput,
    get_agent_manager,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.intent import Intent

from ..exposure import ExposedBackHug, labels, normalize_name
from .grammar import as_intents, matches, with_names, words
from .targeting import (
    SLOT_AREA,
    SLOT_DEVICE,
    SLOT_ENTITY,
    SLOT_FLOOR,
    SLOT_NAME,
    SLOT_PREFERRED_AREA,
)
from .triggers import Once, async_act, async_not_understood, async_pass_on

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


class FollowUp:
    """The question that was asked last, and the sentence trigger for its answer."""

    def __init__(self, hass: HomeAssistant, templates: Collection[str]) -> None:
        """Create it, without a question; `templates` contain `{names}`."""
        self._hass = hass
        self._templates = templates
        self._intent: Intent | None = None
        self._choices: dict[str, str] = {}
        """Session switches by what is said for them."""
        self._answers: Intents | None = None
        self._once = Once()
        self._end: list[CALLBACK_TYPE] = []

    @callback
    def async_asked(self, intent: Intent, choices: Sequence[ExposedBackHug]) -> None:
        """Wait for the answer to a question of Assist's."""
        self.async_end()
        if intent.assistant != CONVERSATION:
            return
        self._intent = intent
        self._choices = _said_for(choices)
        answers = with_names(self._templates, self._choices)
        self._answers = as_intents(answers)
        self._end = [
            get_agent_manager(self._hass).register_trigger(answers, self.async_handle),
            async_call_later(self._hass, ANSWER_WITHIN, self.async_end),
        ]

    @callback
    def async_end(self, _now: datetime | None = None) -> None:
        """Wait for no answer any more."""
        for end in self._end:
            end()
        self._end = []
        self._intent = None
        self._answers = None

    def takes(self, text: str) -> bool:
        """Return whether a sentence may be an answer."""
        return matches(self._answers, text)

    async def async_handle(
        self, user_input: ConversationInput, _matched: RecognizeResult | None = None
    ) -> str | None:
        """Carry out what was asked for, with the BackHug that is named now; return the answer.

        None if the sentence is being handled already.
        """
        if not self._once.is_first(user_input):
            return None
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
