"""Sentences that no template matches, said through Assist."""

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any, override
from unittest.mock import patch

from homeassistant.components import conversation
from homeassistant.components.conversation import (
    AbstractConversationAgent,
    AssistantContent,
    ChatLog,
    ConversationInput,
    ConversationResult,
    async_converse,
    async_get_chat_log,
    async_set_agent,
)
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import intent
from homeassistant.helpers.chat_session import async_get_chat_session
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug.voice import any_sentence, programme_words
from custom_components.backhug.voice.assist import async_assist
from custom_components.backhug.voice.triggers import (
    async_act,
    async_ask_agent,
    async_others,
)
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug
from tests.integration.programme_runs import add_programme

from .speaking import handle, say

NOT_UNDERSTOOD = "I did not understand that."


class Model(AbstractConversationAgent):
    """A language model."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Create it; it remembers what it hears."""
        self._hass = hass
        self.heard: list[str] = []
        self.saw: list[str] = []

    @property
    @override
    def supported_languages(self) -> list[str]:
        """Return the languages."""
        return ["en"]

    @override
    async def async_process(self, user_input: ConversationInput) -> ConversationResult:
        """Answer, and add the answer to the conversation."""
        self.heard.append(user_input.text)
        response = intent.IntentResponse(user_input.language)
        response.async_set_speech("says the model")
        with opened(self._hass, user_input) as chat_log:
            self.saw = [each.role for each in chat_log.content]
        return ConversationResult(response, user_input.conversation_id)


@contextmanager
def opened(hass: HomeAssistant, said: ConversationInput) -> Iterator[ChatLog]:
    """Open the conversation of a sentence."""
    options: dict[str, Any] = {}
    if "context" in signature(async_get_chat_session).parameters:
        # Since 2026.11.
        options["context"] = said.context
    with (
        async_get_chat_session(hass, said.conversation_id, **options) as session,
        async_get_chat_log(hass, session, said) as chat_log,
    ):
        yield chat_log


async def test_others_keep_their_sentences(
    talking: Home, one: SimulatedBackHug
) -> None:
    """A lamp that is called by one of our words is Home Assistant's, with and without a session."""
    hass = talking.hass
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"one": {"name": "Massage lamp"}}}
    )
    async_expose_entity(hass, "conversation", "input_boolean.one", True)
    await hass.async_block_till_done()
    await say(talking, "turn on the massage lamp")
    assert hass.states.is_state("input_boolean.one", "on")
    await one.treat()
    await say(talking, "turn off the massage lamp")
    assert hass.states.is_state("input_boolean.one", "off")
    assert one.back.running
    assert one.requests(Opcode.STOP) == []
    assert await say(talking, "this is far too rough for my taste") == (
        "Strength 2 of 10."
    )


async def test_second_recognizer(talking: Home, one: SimulatedBackHug) -> None:
    """What Home Assistant understands without a sentence stays its own."""
    hass = talking.hass
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"one": {"name": "Reading corner"}}}
    )
    async_expose_entity(hass, "conversation", "input_boolean.one", True)
    await hass.async_block_till_done()
    found = intent.IntentResponse("en")
    found.async_set_speech("found")
    with patch.object(any_sentence, "async_second_recognizer", return_value=found):
        assert await say(talking, "what about massage and lights") == "found"
    await one.treat()
    await say(talking, "I want the reading corner on please")
    assert hass.states.is_state("input_boolean.one", "on")
    await say(talking, "can you get the reading corner off for me")
    assert hass.states.is_state("input_boolean.one", "off")
    assert one.back.running
    unclear = intent.IntentResponse("en")
    unclear.async_set_error(
        intent.IntentResponseErrorCode.NO_INTENT_MATCH, "Which one do you mean?"
    )
    agent = conversation.get_agent_manager(hass).default_agent
    with patch.object(agent, "_async_gazetteer_fallback", return_value=unclear):
        assert await say(talking, "the strength of my coffee") == NOT_UNDERSTOOD


async def test_start_and_stop(talking: Home, one: SimulatedBackHug) -> None:
    """The device is named, in a way that nobody has thought of; in a session it need not be."""
    said = "my back is killing me so fire up the massage bed for ten minutes"
    assert "has started: 10 minutes" in await say(talking, said)
    await one.shows("switch", "session", "on")
    assert (
        await say(talking, "oh dear the soup boils over let me out of this")
        == "Stopped: Anna's BackHug."
    )


async def test_declined(talking: Home, one: SimulatedBackHug) -> None:
    """What is not clear is left to other agents."""
    result = await async_converse(
        talking.hass, "massages are good for you", None, Context(), language="en"
    )
    assert result.response.error_code is intent.IntentResponseErrorCode.NO_INTENT_MATCH
    assert result.response.speech["plain"]["speech"] == NOT_UNDERSTOOD
    response = await handle(talking, "AnyBackHugSentence", language="nl")
    assert response.speech["plain"]["speech"] == NOT_UNDERSTOOD
    await one.treat()
    assert await say(talking, "stop dat gedoe nu", "nl") == NOT_UNDERSTOOD
    assert one.requests(Opcode.STOP) == []


async def test_own_programme_in_a_session(talking: Home, one: SimulatedBackHug) -> None:
    """It is handled once, whichever trigger was registered first."""
    add_programme(one, "Slow Sunday")
    await one.treat()
    with patch.object(programme_words, "async_act", wraps=async_act) as acted:
        assert "already running" in await say(talking, "Start slow Sunday")
        assert acted.call_count == 1
        add_programme(one, "Slow Monday")
        assert "already running" in await say(talking, "Start slow Sunday")
        assert acted.call_count == 2


async def test_in_a_pause(talking: Home, one: SimulatedBackHug) -> None:
    """What goes on then was paused."""
    await one.treat()
    await say(talking, "pause")
    await one.shows("sensor", "state", "paused")
    await handle(talking, "BackHugStartSession")
    await one.shows("sensor", "state", "treating")
    await say(talking, "pause")
    await one.shows("sensor", "state", "paused")
    said = "right I'm comfortable once more so you may proceed"
    assert await say(talking, said) == "Anna's BackHug carries on."


async def test_nothing_is_taken_from_a_language_model(
    talking: Home, one: SimulatedBackHug
) -> None:
    """It hears what neither we nor Home Assistant understand, in its own conversation."""
    await one.treat()
    hass, entry, model = talking.hass, MockConfigEntry(), Model(talking.hass)
    entry.add_to_hass(hass)
    async_set_agent(hass, entry, model)
    answers, called = [], []
    for text in ("how much wood would a woodchuck chuck", "let me out of this thing"):
        said = ConversationInput(
            text, Context(), "one", None, None, "en", entry.entry_id
        )
        with opened(hass, said) as chat_log:
            answers.append(
                await conversation.async_handle_sentence_triggers(hass, said, chat_log)
            )
            called = [
                each.role
                for each in chat_log.content
                if isinstance(each, AssistantContent) and each.tool_calls
            ]
    assert answers == ["says the model", "Stopped: Anna's BackHug."]
    assert model.heard == ["how much wood would a woodchuck chuck"]
    assert model.saw[-1] == "user"
    assert called == ["assistant"] * 2


async def test_without_our_sentences(assist: Home) -> None:
    """Home Assistant is asked as it is."""
    hass = assist.hass
    said = ConversationInput("Stop", Context(), None, None, None, "en", "test")
    with opened(hass, said):
        assert await async_others(hass, said) is None


async def test_two_triggers_of_one_sentence(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """The second one leaves it to the first."""
    assist = await async_assist(talking.hass)
    for each in (assist.programmes, assist.question):
        said = ConversationInput("x", Context(), None, None, None, "en", "test")
        each._handled = said
        assert await each.async_handle(said) is None
    assert all(each.back.requests == [] for each in two)


async def test_asking_an_agent_without_a_trigger(
    talking: Home, one: SimulatedBackHug
) -> None:
    """The conversation stays as it is."""
    hass, entry, model = talking.hass, MockConfigEntry(), Model(talking.hass)
    entry.add_to_hass(hass)
    async_set_agent(hass, entry, model)
    said = ConversationInput(
        "Hello", Context(), "two", None, None, "en", entry.entry_id
    )
    with opened(hass, said) as chat_log:
        assert await async_ask_agent(hass, said) == "says the model"
        assert [each.role for each in chat_log.content] == ["system", "user"]
    assert one.back.requests == []


async def test_words_that_are_no_name(talking: Home, one: SimulatedBackHug) -> None:
    """A template takes any words for a name: parts of a sentence are none."""
    assert "called Bob" in await say(talking, "pause the BackHug called Bob")
    assert await say(talking, "pause nobody but the BackHug") == NOT_UNDERSTOOD
    said = "würden Sie bitte den BackHug einschalten"
    assert await say(talking, said, "de") == "Anna's BackHug ist gestartet: 20 Minuten."
    assert len(one.requests(Opcode.START)) == 1
