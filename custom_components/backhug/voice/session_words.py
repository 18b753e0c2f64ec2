"""Bare words such as "stop" and "harder": understood while a session runs, and only then.

They are one sentence trigger of Home Assistant, registered when the first session begins and removed when the last one
ends, so they take nothing from other appliances at other times. A sentence that contains one of them is understood by
its words, or passed on.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from hassil import RecognizeResult
from homeassistant.components.conversation import (
    DOMAIN as CONVERSATION,
    ConversationInput,
    get_agent_manager,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..const import DOMAIN
from ..exposure import async_exposed
from .grammar import Grammar
from .meaning import async_understand, names_ours
from .names_trigger import NamesTrigger
from .sentence_files import Installed, async_installed
from .targeting import async_area_of
from .triggers import (
    async_act,
    async_ask_agent,
    async_not_understood,
    async_pass_on,
    language_of,
)
from .understanding.meaning import STOP, Meaning


class SessionWords:
    """The sentence trigger of all sessions."""

    def __init__(
        self,
        hass: HomeAssistant,
        every: Collection[Grammar],
        others: Collection[NamesTrigger],
    ) -> None:
        """Create it with the grammars of every language, not registered.

        `others` have precedence: Home Assistant may have matched both, or not have looked any further.
        """
        self._hass = hass
        self._every = every
        self._others = others
        self._grammars: list[Grammar] = []
        self._running: set[str] = set()
        """Config entries in a session."""
        self._unregister: CALLBACK_TYPE | None = None

    async def async_refresh(self) -> None:
        """Understand the languages whose sentences are installed."""
        try:
            installed = await async_installed(self._hass)
        except OSError:
            # A stop must be understood all the same.
            installed = {}
        self._grammars = [
            grammar
            for grammar in self._every
            if installed.get(grammar.language) is not Installed.ABSENT
        ]
        self._async_register()

    @callback
    def async_refresh_soon(self) -> None:
        """Refresh in the background."""
        self._hass.async_create_task(
            self.async_refresh(), f"{DOMAIN} words in a session"
        )

    @callback
    def async_update(self, entry_id: str, *, running: bool) -> None:
        """Register the trigger for the first session, and remove it after the last one."""
        if running is (entry_id in self._running):
            return
        if running:
            self._running.add(entry_id)
        else:
            self._running.remove(entry_id)
        if len(self._running) == running:
            self._async_register()

    @callback
    def _async_register(self) -> None:
        if self._unregister is not None:
            self._unregister()
            self._unregister = None
        if self._running and self._grammars:
            self._unregister = get_agent_manager(self._hass).register_trigger(
                [each for grammar in self._grammars for each in grammar.any_sentence],
                self._async_handle,
            )

    async def _async_handle(
        self, user_input: ConversationInput, _matched: RecognizeResult
    ) -> str | None:
        """Carry out what was said, or pass it on; return the answer, or None if another trigger handles it."""
        for other in self._others:
            if other.takes(user_input.text):
                return await other.async_handle(user_input)
        language = language_of(self._hass, user_input)
        meaning = async_understand(
            self._hass, user_input.text, self._grammars, language
        )
        is_ours = partial(names_ours, grammars=self._grammars) if meaning else None
        if (meaning is None or self._others_first(meaning, user_input)) and (
            answer := await async_pass_on(self._hass, user_input, is_ours)
        ):
            return answer
        if meaning is None:
            return await async_ask_agent(
                self._hass, user_input
            ) or await async_not_understood(self._hass, user_input)
        answer = await async_act(self._hass, user_input, meaning.intent, meaning.slots)
        if meaning.others_too:
            # "Turn everything off" is meant for the home, too.
            return f"{answer} {await async_pass_on(self._hass, user_input)}".strip()
        return answer

    @callback
    def _others_first(self, meaning: Meaning, user_input: ConversationInput) -> bool:
        """Return whether a sentence may be for somebody else, or for a device that it names."""
        if meaning.intent == STOP:
            return meaning.names_device and not meaning.certain
        return (
            not meaning.certain
            or meaning.names_device
            or self._is_elsewhere(user_input)
        )

    def _is_elsewhere(self, user_input: ConversationInput) -> bool:
        """Return whether the speaker is in another area than all sessions."""
        area = async_area_of(self._hass, user_input.satellite_id, user_input.device_id)
        areas = {
            each.area and each.area.id
            for each in async_exposed(self._hass, CONVERSATION)
            if each.may_be_in_session
        }
        return area is not None and area not in areas and None not in areas
