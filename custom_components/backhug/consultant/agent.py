"""The consultant of one BackHug: dialogues by conversation, and what they do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util, language as language_util

from ..const import DOMAIN, LANGUAGES, UNKNOWN_EFFECT
from ..consultation.advise import advise
from ..consultation.questionnaire import DayTime
from ..consultation.saving import async_save_advice
from ..consultation.text import ConsultationText
from ..coordinator import BackHugCoordinator
from ..people.permission import async_require, async_session_switch
from ..programmes.names import tidy
from ..programmes.user_programmes import async_free_name, async_name_error
from ..service_fields import (
    ATTR_PROGRAMME,
    ATTR_WHEN_OCCUPIED,
    SERVICE_START_SESSION,
)
from ..session.stopping import async_stop_entry
from ..voice.assist import async_assist
from ..voice.plan import Speaker
from ..voice.request import SLOT_IT
from ..voice.responses import Texts
from ..voice.understanding.meaning import STOP, Moment
from ..voice.understanding.rules import understand as understand_in_session
from .dialogue import Dialogue
from .sayings import Saying, Topic
from .speech import Speech
from .understanding import MAX_LENGTH, is_stop, understand

STOP_TIMEOUT: Final = 1.5
"""Seconds until the answer to a stop, which goes on in the background."""


class Consultant:
    """Talks with people about one BackHug; remembers each conversation until it ends."""

    def __init__(self, hass: HomeAssistant, coordinator: BackHugCoordinator) -> None:
        """Initialise without conversations."""
        self._hass = hass
        self._coordinator = coordinator
        self._entry = coordinator.config_entry
        self._dialogues: dict[str, Dialogue] = {}

    def forget(self, conversation_id: str) -> None:
        """Forget a conversation."""
        self._dialogues.pop(conversation_id, None)

    async def async_answer(
        self, text: str, language: str, conversation_id: str, context: Context
    ) -> tuple[str, bool]:
        """Return the answer to an utterance, and whether the conversation goes on."""
        language = [*language_util.matches(language, LANGUAGES), LANGUAGES[0]][0]
        if is_stop(text, language) or await self._async_ends(text, language):
            self.forget(conversation_id)
            return await self._async_stop(language, context), False
        texts = await Texts.async_load(self._hass, language)
        speech = Speech(texts, await ConsultationText.async_load(self._hass, language))
        answers: list[str] = []
        try:
            await self._async_require(context, POLICY_READ)
            dialogue = self._dialogue(conversation_id, context)
            answer = await self._async_about_plan(dialogue, text, language, context)
            if answer is not None:
                return answer, False
            turn = dialogue.turn(understand(text, language, asked=dialogue.topic))
            answers.append(speech.spoken(turn.says))
            refused = dialogue.topic is Topic.REFUSED
            if turn.stops or (refused and dialogue.started):
                dialogue.started = False
                answers.append(await self._async_stop(language, context))
            if turn.save_as is not None:
                says = await self._async_save(dialogue, turn.save_as, texts, context)
                answers.append(speech.spoken(says))
            starts = turn.start and dialogue.saved is not None
            if starts:
                answers.append(await self._async_start(dialogue, texts, context))
        except HomeAssistantError as error:
            answers.append(texts.error(error, self._entry.title))
            return " ".join(filter(None, answers)), False
        return " ".join(filter(None, answers)), not (starts or turn.ends)

    async def _async_ends(self, text: str, language: str) -> bool:
        """Return whether Assist would take a text for a stop while a session may run: "ouch, turn it off"."""
        if not self._coordinator.may_be_in_session:
            return False
        words = (await async_assist(self._hass)).grammars[language].vocabulary
        meaning = understand_in_session(text, words, Moment.RUNNING, frozenset())
        return meaning is not None and meaning.intent == STOP

    async def _async_about_plan(
        self, dialogue: Dialogue, text: str, language: str, context: Context
    ) -> str | None:
        """Return what Assist answers to a sentence about the plan; None for another one, or while something is asked."""
        was_about_plan, dialogue.about_plan = dialogue.about_plan, False
        if dialogue.topic not in (None, Topic.SAVED) or len(text) > MAX_LENGTH:
            return None
        grammar = (await async_assist(self._hass)).grammars[language]
        result = grammar.recognise_plan(text)
        if result is None:
            return None
        slots = {entity.name: entity.value for entity in result.entities_list}
        # In a session "go on" is not meant for the plan.
        runs = self._coordinator.may_be_in_session
        if SLOT_IT in slots and (runs or not was_about_plan):
            return None
        dialogue.about_plan = True
        texts = await Texts.async_load(self._hass, language)
        speaker = Speaker(self._coordinator, self._entry.title, context, texts)
        return await speaker.async_answer(result.intent.name, slots)

    def _dialogue(self, conversation_id: str, context: Context) -> Dialogue:
        if conversation_id not in self._dialogues:
            persons = self._coordinator.household.visible_to(context)
            self._dialogues[conversation_id] = Dialogue(
                self._coordinator.features,
                lambda questionnaire: advise(self._entry, questionnaire, persons),
                DayTime.at(dt_util.now().hour),
            )
        return self._dialogues[conversation_id]

    async def _async_require(self, context: Context, policy: str) -> str | None:
        switch = async_session_switch(self._hass, self._entry)
        await async_require(self._hass, context, switch, policy)
        return switch

    async def _async_stop(self, language: str, context: Context) -> str:
        """Stop at once, before anything else; the stop goes on if its answer takes longer."""
        coordinator = self._coordinator
        armed = coordinator.controller.start_on_occupancy.until is not None
        stop = self._hass.async_create_task(
            self._async_permitted_stop(context), f"Stop {self._entry.title}"
        )
        texts = await Texts.async_load(self._hass, language)
        await asyncio.wait({stop}, timeout=STOP_TIMEOUT)
        name = self._entry.title
        if not stop.done():
            return texts.say("stopping", name=name)
        outcome = stop.result()
        if isinstance(outcome, HomeAssistantError):
            return texts.error(outcome, name)
        if outcome:
            return texts.say("stopped", name=name)
        return texts.say("disarmed" if armed else "no_session", name=name)

    async def _async_permitted_stop(
        self, context: Context
    ) -> bool | HomeAssistantError:
        try:
            await self._async_require(context, POLICY_CONTROL)
            return await async_stop_entry(self._hass, self._entry)
        except HomeAssistantError as error:
            return error

    async def _async_save(
        self, dialogue: Dialogue, save_as: str, texts: Texts, context: Context
    ) -> Sequence[Saying]:
        """Save the advised programme; return what is said."""
        await self._async_require(context, POLICY_CONTROL)
        name = tidy(save_as) or await async_free_name(
            self._hass, self._entry, texts.say("programme_default_name")
        )
        if error := await async_name_error(self._hass, self._entry, name):
            return dialogue.was_refused(error)
        assert dialogue.advice is not None
        subentry = async_save_advice(
            self._hass, self._entry, name, dialogue.advice, context
        )
        return dialogue.was_saved(subentry.subentry_id, name)

    async def _async_start(
        self, dialogue: Dialogue, texts: Texts, context: Context
    ) -> str:
        """Start a saved programme by the action, when somebody lies down; return the answer."""
        switch = await self._async_require(context, POLICY_CONTROL)
        senses = self._coordinator.features.senses_occupancy
        before, dialogue.started = dialogue.started, True
        try:
            await self._hass.services.async_call(
                DOMAIN,
                SERVICE_START_SESSION,
                {
                    ATTR_ENTITY_ID: switch,
                    ATTR_PROGRAMME: dialogue.saved,
                    ATTR_WHEN_OCCUPIED: senses,
                },
                blocking=True,
                context=context,
            )
        except HomeAssistantError as error:
            # Otherwise the session may have begun.
            if error.translation_key not in UNKNOWN_EFFECT:
                dialogue.started = before
            raise
        name = self._entry.title
        until = self._coordinator.controller.start_on_occupancy.until
        if until is not None:
            return texts.say("armed", name=name, time=texts.time(until))
        return texts.say("consultant_started", name=name)
