"""What the sentence triggers of the integration have in common.

A trigger has precedence over all intents, also where a language model is the agent, and it cannot decline. What is
meant for somebody else is therefore passed on to Home Assistant's own intents from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeassistant.components.conversation import (
    DOMAIN as CONVERSATION,
    ConversationInput,
    async_handle_intents,
)
from homeassistant.components.conversation.chat_log import current_chat_log
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent

from ..const import DOMAIN
from .responses import Texts


async def async_act(
    hass: HomeAssistant,
    user_input: ConversationInput,
    intent_type: str,
    slots: Mapping[str, Any],
) -> str:
    """Handle one of our intents for the speaker; return the answer."""
    response = await intent.async_handle(
        hass,
        DOMAIN,
        intent_type,
        {name: {"value": value} for name, value in slots.items()},
        user_input.text,
        user_input.context,
        language_of(hass, user_input),
        assistant=CONVERSATION,
        device_id=user_input.device_id,
        satellite_id=user_input.satellite_id,
        conversation_agent_id=user_input.agent_id,
    )
    return _speech(response)


async def async_pass_on(hass: HomeAssistant, user_input: ConversationInput) -> str:
    """Return the answer of the intents that understand it; empty if none does."""
    chat_log = current_chat_log.get()
    if chat_log is None:
        return ""
    response = await async_handle_intents(hass, user_input, chat_log)
    return "" if response is None else _speech(response)


async def async_not_understood(
    hass: HomeAssistant, user_input: ConversationInput
) -> str:
    """Return the answer to what nobody understands."""
    texts = await Texts.async_load(hass, language_of(hass, user_input))
    return texts.say("not_understood")


def language_of(hass: HomeAssistant, user_input: ConversationInput) -> str:
    """Return the language of the speaker."""
    return user_input.language or hass.config.language


def _speech(response: intent.IntentResponse) -> str:
    speech: Mapping[str, str] = response.speech.get("plain", {})
    return speech.get("speech", "")
