"""Sentences with the names of the users' own programmes, as one sentence trigger of Home Assistant.

The installed sentences cannot know these names, and a sentence that took any name would take the programmes of other
appliances.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, override

from homeassistant.components.conversation import ConversationInput
from homeassistant.core import HomeAssistant, callback

from ..exposure import normalize_name, without_umlauts
from .grammar import words
from .names_trigger import NamesTrigger
from .request import SLOT_PROGRAMME
from .triggers import async_act, async_pass_on
from .understanding.vocabulary import transcribed

_START: Final = "BackHugStartSession"


class ProgrammeWords(NamesTrigger):
    """The sentence trigger of all own programmes."""

    def __init__(self, hass: HomeAssistant, templates: Collection[str]) -> None:
        """Create it, not registered; `templates` contain `{names}`."""
        super().__init__(hass, templates)
        self._names: dict[str, frozenset[str]] = {}
        """Spoken names by config entry."""

    @callback
    def async_update(self, entry_id: str, names: Collection[str]) -> None:
        """Register the trigger again if the names of a device have changed."""
        spoken = frozenset(
            words(spelt) for name in names for spelt in (name, without_umlauts(name))
        ) - {""}
        if spoken == self._names.get(entry_id, frozenset()):
            return
        self._names[entry_id] = spoken
        self._async_register(sorted(frozenset().union(*self._names.values())))

    @property
    def names(self) -> frozenset[str]:
        """The names, transcribed."""
        return frozenset(
            transcribed(name) for names in self._names.values() for name in names
        )

    @override
    async def _async_answer(self, user_input: ConversationInput) -> str:
        """Start the programme, unless Home Assistant has something else of this name; return the answer."""
        if answer := await async_pass_on(self._hass, user_input):
            return answer
        text = normalize_name(user_input.text)
        name = max(
            (
                name
                for names in self._names.values()
                for name in names
                if normalize_name(name) in text
            ),
            key=len,
        )
        return await async_act(self._hass, user_input, _START, {SLOT_PROGRAMME: name})
