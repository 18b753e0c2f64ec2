"""Sentence trigger for sentences that contain a name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection

from hassil import Intents, RecognizeResult, recognize
from homeassistant.components.conversation import ConversationInput, get_agent_manager
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback


class NamesTrigger(ABC):
    """Sentence trigger that is registered with the current names."""

    def __init__(self, hass: HomeAssistant, templates: Collection[str]) -> None:
        """Create it, not registered; `templates` contain `{names}`."""
        self._hass = hass
        self._templates = templates
        self._intents: Intents | None = None
        """The registered sentences."""
        self._handled: ConversationInput | None = None
        self._unregister: CALLBACK_TYPE | None = None

    @callback
    def _async_register(self, names: Collection[str]) -> None:
        """Register the trigger with these names only; without any, remove it."""
        if self._unregister is not None:
            self._unregister()
            self._unregister = self._intents = None
        if names:
            sentences = [
                each.replace("{names}", "|".join(names)) for each in self._templates
            ]
            self._intents = Intents.from_dict(
                {"language": "", "intents": {"": {"data": [{"sentences": sentences}]}}}
            )
            self._unregister = get_agent_manager(self._hass).register_trigger(
                sentences, self.async_handle
            )

    def takes(self, text: str) -> bool:
        """Return whether the trigger matches a sentence."""
        return self._intents is not None and recognize(text, self._intents) is not None

    async def async_handle(
        self, user_input: ConversationInput, _matched: RecognizeResult | None = None
    ) -> str | None:
        """Return the answer; None for a sentence that another trigger has passed on already."""
        if user_input is self._handled:
            return None
        self._handled = user_input
        return await self._async_answer(user_input)

    @abstractmethod
    async def _async_answer(self, user_input: ConversationInput) -> str:
        """Carry out a sentence and return the answer."""
