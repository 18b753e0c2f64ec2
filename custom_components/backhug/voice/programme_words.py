"""Sentences with the names of the users' own programmes, as one sentence trigger of Home Assistant.

The installed sentences cannot know these names, and a sentence that took any name would take the programmes of other
appliances.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from hassil import Intents, RecognizeResult
from homeassistant.components.conversation import ConversationInput, get_agent_manager
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..exposure import normalize_name, without_umlauts
from .grammar import as_intents, matches, with_names, words
from .request import SLOT_PROGRAMME
from .triggers import Once, async_act, async_pass_on
from .understanding.vocabulary import transcribed

_START: Final = "BackHugStartSession"


class ProgrammeWords:
    """The sentence trigger of all own programmes."""

    def __init__(self, hass: HomeAssistant, templates: Collection[str]) -> None:
        """Create it, not registered; `templates` contain `{names}`."""
        self._hass = hass
        self._templates = templates
        self._names: dict[str, frozenset[str]] = {}
        """Spoken names by config entry."""
        self._sentences: Intents | None = None
        self._once = Once()
        self._unregister: CALLBACK_TYPE | None = None

    @callback
    def async_update(self, entry_id: str, names: Collection[str]) -> None:
        """Register the trigger again if the names of a device have changed."""
        spoken = frozenset(
            words(spelt) for name in names for spelt in (name, without_umlauts(name))
        ) - {""}
        if spoken == self._names.get(entry_id, frozenset()):
            return
        self._names[entry_id] = spoken
        if self._unregister is not None:
            self._unregister()
            self._unregister = None
            self._sentences = None
        if every := sorted(frozenset().union(*self._names.values())):
            sentences = with_names(self._templates, every)
            self._sentences = as_intents(sentences)
            self._unregister = get_agent_manager(self._hass).register_trigger(
                sentences, self.async_handle
            )

    @property
    def names(self) -> frozenset[str]:
        """The names, transcribed."""
        return frozenset(
            transcribed(name) for names in self._names.values() for name in names
        )

    def takes(self, text: str) -> bool:
        """Return whether a sentence is about one of them."""
        return matches(self._sentences, text)

    async def async_handle(
        self, user_input: ConversationInput, _matched: RecognizeResult | None = None
    ) -> str | None:
        """Start the programme, unless Home Assistant has something else of this name; return the answer.

        None if the sentence is being handled already.
        """
        if not self._once.is_first(user_input):
            return None
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
