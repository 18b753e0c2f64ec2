"""Intent handlers: all but stop act on exactly one BackHug."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, override

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.intent import (
    Intent,
    IntentHandler,
    IntentResponse,
    IntentResponseType,
)

from ..exposure import ExposedBackHug
from . import commands, plan, queries
from .any_sentence import AnySentenceHandler, async_by_words, async_may_be_name
from .notifier import async_notifier
from .request import RefusedError, SpokenRequest
from .responses import Texts, failure, target_failure, targets
from .stop import StopHandler
from .targeting import TargetError, async_single_target


def handlers() -> list[IntentHandler]:
    """Return a handler for each intent."""
    return [
        StopHandler(),
        AnySentenceHandler(),
        CommandHandler("BackHugStartSession", commands.async_start, to_start=True),
        CommandHandler("BackHugPauseSession", commands.async_pause),
        CommandHandler("BackHugResumeSession", commands.async_resume),
        CommandHandler("BackHugSetStrength", commands.async_set_strength),
        CommandHandler("BackHugStronger", commands.async_stronger),
        CommandHandler("BackHugSofter", commands.async_softer),
        CommandHandler("BackHugSetArea", commands.async_set_area),
        CommandHandler("BackHugSetFlow", commands.async_set_flow),
        CommandHandler("BackHugFaster", commands.async_faster),
        CommandHandler("BackHugSlower", commands.async_slower),
        CommandHandler("BackHugSetLength", commands.async_set_length),
        CommandHandler("BackHugLonger", commands.async_longer),
        CommandHandler("BackHugShorter", commands.async_shorter),
        CommandHandler("BackHugSaveProgramme", commands.async_save),
        QueryHandler("BackHugQuestion", queries.async_question),
        QueryHandler("BackHugTimeLeft", queries.async_time_left),
        QueryHandler("BackHugTension", queries.async_tension),
        QueryHandler("BackHugProgrammes", queries.async_programmes),
        QueryHandler(plan.QUESTION, plan.async_question, concerns=plan.concerns),
        CommandHandler(plan.CHANGE, plan.async_change, concerns=plan.concerns),
        QueryHandler(plan.DEVELOPMENT, plan.async_development),
    ]


class CommandHandler(IntentHandler):
    """Handler of an intent that acts on one BackHug."""

    response_type = IntentResponseType.ACTION_DONE

    def __init__(
        self,
        intent_type: str,
        answer: Callable[[SpokenRequest], Coroutine[Any, Any, str]],
        *,
        to_start: bool = False,
        concerns: Callable[[Intent, ExposedBackHug], bool] | None = None,
    ) -> None:
        """Create a handler.

        `answer` carries the request out and returns the sentence to speak. `to_start`: it is meant for a BackHug
        on which somebody waits for a session. `concerns`: it is rather meant for such a BackHug.
        """
        self.intent_type = intent_type
        self._answer = answer
        self._to_start = to_start
        self._concerns = concerns

    @override
    async def async_handle(self, intent_obj: Intent) -> IntentResponse:
        """Carry out the request and return the spoken answer."""
        texts = await Texts.async_load(intent_obj.hass, intent_obj.language)
        response = intent_obj.create_response()
        try:
            target = async_single_target(
                intent_obj,
                to_start=self._to_start,
                concerns=self._concerns and partial(self._concerns, intent_obj),
            )
        except TargetError as error:
            if error.choices:
                for listener in async_notifier(intent_obj.hass).asked:
                    listener(intent_obj, error.choices)
            elif error.key == "none_called" and not await async_may_be_name(
                intent_obj, error.wanted or ""
            ):
                return await async_by_words(intent_obj)
            return target_failure(response, texts, error)
        try:
            speech = await self._answer(SpokenRequest(intent_obj, texts, target))
        except RefusedError as error:
            return failure(response, str(error))
        except HomeAssistantError as error:
            return failure(response, texts.error(error, target.name))
        response.response_type = self.response_type
        response.async_set_speech(speech)
        response.async_set_results(targets([target]))
        return response


class QueryHandler(CommandHandler):
    """Handler of an intent that asks one BackHug something."""

    response_type = IntentResponseType.QUERY_ANSWER
