"""The intent of any sentence with a word that means a BackHug.

Its template has wildcards before and after that word. Custom sentences have precedence over built-in ones, so
everybody else is asked first, such as a lamp that is called "Massage lamp".
"""

from __future__ import annotations

from typing import override

from homeassistant.components.conversation import (
    HOME_ASSISTANT_AGENT,
    ConversationInput,
)
from homeassistant.helpers import intent
from homeassistant.helpers.intent import (
    Intent,
    IntentHandler,
    IntentResponse,
    IntentResponseErrorCode,
)

from ..const import DOMAIN
from .assist import async_assist
from .meaning import async_understand
from .responses import Texts
from .triggers import ANY_SENTENCE, async_others, async_second_recognizer
from .understanding.vocabulary import transcribed


async def async_by_words(intent_obj: Intent) -> IntentResponse | None:
    """Return the response of what a sentence means by its words; None if that is not clear."""
    hass, text = intent_obj.hass, intent_obj.text_input or ""
    assist = await async_assist(hass)
    grammars = assist.grammars.values()
    meaning = async_understand(hass, text, grammars, intent_obj.language)
    if meaning is None:
        return None
    return await intent.async_handle(
        hass,
        DOMAIN,
        meaning.intent,
        {name: {"value": value} for name, value in meaning.slots.items()},
        text,
        intent_obj.context,
        intent_obj.language,
        assistant=intent_obj.assistant,
        device_id=intent_obj.device_id,
        satellite_id=intent_obj.satellite_id,
        conversation_agent_id=intent_obj.conversation_agent_id,
    )


async def async_is_name(intent_obj: Intent, name: str) -> bool:
    """Return whether words may be the name of a device: "would you please the" is none."""
    assist = await async_assist(intent_obj.hass)
    *_, last = transcribed(name).split()
    return not any(
        last in grammar.vocabulary.articles for grammar in assist.grammars.values()
    )


class AnySentenceHandler(IntentHandler):
    """Handles a sentence by its words if nothing else matches it."""

    intent_type = ANY_SENTENCE

    @override
    async def async_handle(self, intent_obj: Intent) -> IntentResponse:
        """Return the answer of the intent that is meant; else an error that leaves the sentence to other agents."""
        hass, text = intent_obj.hass, intent_obj.text_input or ""
        said = ConversationInput(
            text,
            intent_obj.context,
            None,
            intent_obj.device_id,
            intent_obj.satellite_id,
            intent_obj.language,
            intent_obj.conversation_agent_id or HOME_ASSISTANT_AGENT,
        )
        if (response := await async_others(hass, said)) is not None:
            return response
        if (response := await async_by_words(intent_obj)) is not None:
            return response
        if (response := await async_second_recognizer(hass, said)) is not None:
            return response
        texts = await Texts.async_load(hass, intent_obj.language)
        response = intent_obj.create_response()
        response.async_set_error(
            IntentResponseErrorCode.NO_INTENT_MATCH, texts.say("not_understood")
        )
        return response
