"""The intent of any sentence with a word that means a BackHug.

Its template has wildcards before and after that word. Custom sentences have precedence over built-in ones, so
everybody else is asked first, such as a lamp that is called "Massage lamp".
"""

from __future__ import annotations

from functools import partial
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
from .meaning import async_understand, names_ours
from .responses import Texts
from .triggers import ANY_SENTENCE, async_others, async_second_recognizer
from .understanding.meaning import Meaning


async def async_by_words(
    intent_obj: Intent, *, others_first: bool = False
) -> IntentResponse:
    """Return the response of what a sentence means by its words; else an error that leaves it to other agents.

    `others_first`: Home Assistant's own sentences, and those of others, have precedence.
    """
    hass, text = intent_obj.hass, intent_obj.text_input or ""
    assist = await async_assist(hass)
    grammars = assist.grammars.values()
    meaning = async_understand(
        hass, text, grammars, intent_obj.language, assist.programmes.names
    )
    said = ConversationInput(
        text,
        intent_obj.context,
        None,
        intent_obj.device_id,
        intent_obj.satellite_id,
        intent_obj.language,
        intent_obj.conversation_agent_id or HOME_ASSISTANT_AGENT,
    )
    if others_first:
        is_ours = partial(names_ours, grammars=grammars) if meaning else None
        if (response := await async_others(hass, said, is_ours)) is not None:
            return response
    if meaning is not None:
        return await _async_act(intent_obj, meaning)
    if (response := await async_second_recognizer(hass, said)) is not None:
        return response
    texts = await Texts.async_load(hass, intent_obj.language)
    response = intent_obj.create_response()
    response.async_set_error(
        IntentResponseErrorCode.NO_INTENT_MATCH, texts.say("not_understood")
    )
    return response


async def _async_act(intent_obj: Intent, meaning: Meaning) -> IntentResponse:
    return await intent.async_handle(
        intent_obj.hass,
        DOMAIN,
        meaning.intent,
        {name: {"value": value} for name, value in meaning.slots.items()},
        intent_obj.text_input,
        intent_obj.context,
        intent_obj.language,
        assistant=intent_obj.assistant,
        device_id=intent_obj.device_id,
        satellite_id=intent_obj.satellite_id,
        conversation_agent_id=intent_obj.conversation_agent_id,
    )


async def async_may_be_name(intent_obj: Intent, name: str) -> bool:
    """Return whether words may be the name of a device: "would you please the" is none."""
    assist = await async_assist(intent_obj.hass)
    return all(
        grammar.vocabulary.may_be_name(name) for grammar in assist.grammars.values()
    )


class AnySentenceHandler(IntentHandler):
    """Handles a sentence by its words if nothing else matches it."""

    intent_type = ANY_SENTENCE

    @override
    async def async_handle(self, intent_obj: Intent) -> IntentResponse:
        """Return the answer of the intent that is meant; else an error that leaves the sentence to other agents."""
        return await async_by_words(intent_obj, others_first=True)
