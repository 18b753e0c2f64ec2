"""Common parts of the sentence triggers.

A trigger has precedence over all intents, also where a language model is the agent, and it cannot decline. What is
meant for somebody else is therefore passed on to Home Assistant's own intents from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from hassil import RecognizeResult
from homeassistant.components.conversation import (
    DOMAIN as CONVERSATION,
    HOME_ASSISTANT_AGENT,
    AssistantContent,
    ChatLog,
    ConversationInput,
    async_converse,
    async_handle_intents,
    get_agent_manager,
)
from homeassistant.components.conversation.chat_log import current_chat_log
from homeassistant.components.conversation.const import METADATA_CUSTOM_SENTENCE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent

from ..const import DOMAIN
from .responses import Texts

ANY_SENTENCE: Final = "AnyBackHugSentence"
"""The intent of any sentence with a word that means a BackHug."""
_NOT_MATCHED: Final = (
    intent.IntentResponseErrorCode.NO_INTENT_MATCH,
    intent.IntentResponseErrorCode.NO_VALID_TARGETS,
)
_COMMAND: Final = "conversation_command"
_ANY_NAME: Final = frozenset({"name", _COMMAND, "state"})
"""Slots of Home Assistant's own sentences for the name of a timer, a command or a zone, which can be any words."""
_WITHOUT_IT: Final = asyncio.Lock()


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


async def async_pass_on(
    hass: HomeAssistant,
    user_input: ConversationInput,
    is_ours: Callable[[str], bool] | None = None,
) -> str:
    """Return the answer of the intents that understand it; empty if none does."""
    response = await async_others(hass, user_input, is_ours)
    return "" if response is None else _speech(response)


async def async_others(
    hass: HomeAssistant,
    user_input: ConversationInput,
    is_ours: Callable[[str], bool] | None = None,
) -> intent.IntentResponse | None:
    """Return the response of the intent that understands it, except ANY_SENTENCE; None if none does.

    `is_ours` is given if we understand it: whether words name a BackHug or a massage. Then "how long is the massage
    still running" is not about a timer called "massage still".

    Of several, Home Assistant takes a custom sentence, and so ANY_SENTENCE. It has no way to ask for the second best.
    """
    chat_log, agent = current_chat_log.get(), get_agent_manager(hass).default_agent
    if chat_log is None or agent is None:
        return None
    loaded = await agent.async_get_or_load_intents(language_of(hass, user_input))
    ours = None if loaded is None else loaded.intents.intents.get(ANY_SENTENCE)
    if ours is None:
        return await async_handle_intents(hass, user_input, chat_log)
    # Home Assistant remembers what a text was recognised as, and punctuation means nothing.
    said = replace(user_input, text=f"{user_input.text}.")
    async with _WITHOUT_IT:
        data, ours.data = ours.data, []
        try:
            found = await agent.async_recognize_intent(said, strict_intents_only=True)
        finally:
            ours.data = data
    # What was recognised is remembered, so it is not recognised again.
    if found is None or (is_ours and _is_any_name(found, is_ours)):
        return None
    return await async_handle_intents(hass, said, chat_log)


def _is_any_name(found: RecognizeResult, is_ours: Callable[[str], bool]) -> bool:
    """Return whether Home Assistant took words that mean a BackHug for any name."""
    own = (found.intent_metadata or {}).get(METADATA_CUSTOM_SENTENCE)
    return not own and any(
        entity.is_wildcard
        and entity.name in _ANY_NAME
        # A delayed command is any words before "in one minute".
        and (entity.name == _COMMAND or is_ours(entity.text))
        for entity in found.entities_list
    )


async def async_second_recognizer(
    hass: HomeAssistant, user_input: ConversationInput
) -> intent.IntentResponse | None:
    """Return the response of what Home Assistant tries when no sentence matches; None if it understands nothing.

    It tries that where nothing else is the agent, and offers no other way to it.
    """
    chat_log, agent = current_chat_log.get(), get_agent_manager(hass).default_agent
    recognize = getattr(agent, "_async_gazetteer_fallback", None)
    if (
        chat_log is None
        or recognize is None
        or user_input.agent_id != HOME_ASSISTANT_AGENT
    ):
        return None
    response: intent.IntentResponse | None = await recognize(None, user_input, chat_log)
    if response is not None and response.error_code in _NOT_MATCHED:
        return None
    return response


async def async_ask_agent(hass: HomeAssistant, user_input: ConversationInput) -> str:
    """Return the answer of the agent, such as a language model; empty if it does not understand it."""
    chat_log = current_chat_log.get()
    if user_input.agent_id == HOME_ASSISTANT_AGENT or chat_log is None:
        response = await async_second_recognizer(hass, user_input)
        return "" if response is None else _speech(response)
    with _as_if_untriggered(chat_log):
        result = await async_converse(
            hass,
            user_input.text,
            chat_log.conversation_id,
            user_input.context,
            user_input.language,
            user_input.agent_id,
            user_input.device_id,
            user_input.satellite_id,
            user_input.extra_system_prompt,
        )
    return _speech(result.response)


@contextmanager
def _as_if_untriggered(chat_log: ChatLog) -> Iterator[None]:
    """Hide from an agent that our trigger matched.

    Language models refuse a tool call without a result, and the answer is spoken as that of the trigger, not streamed.
    """
    *before, last = chat_log.content
    triggered = isinstance(last, AssistantContent) and bool(last.tool_calls)
    if triggered:
        chat_log.content[:] = before
    listener, chat_log.delta_listener = chat_log.delta_listener, None
    try:
        yield
    finally:
        chat_log.delta_listener = listener
        if triggered:
            chat_log.content.append(last)


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
