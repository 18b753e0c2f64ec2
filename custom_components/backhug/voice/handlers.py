"""Intent handlers: all but stop act on exactly one BackHug."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, override

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.intent import (
    Intent,
    IntentHandler,
    IntentResponse,
    IntentResponseType,
)

from . import commands, queries
from .request import RefusedError, SpokenRequest
from .responses import Texts, failure, target_failure, targets
from .stop import StopHandler
from .targeting import TargetError, async_single_target


def handlers() -> list[IntentHandler]:
    """Return a handler for each intent."""
    return [
        StopHandler(),
        CommandHandler(
            "BackHugStartSession", commands.async_start, prefer_running=False
        ),
        CommandHandler("BackHugPauseSession", commands.async_pause),
        CommandHandler("BackHugResumeSession", commands.async_resume),
        CommandHandler("BackHugSetStrength", commands.async_set_strength),
        CommandHandler("BackHugStronger", commands.async_stronger),
        CommandHandler("BackHugSofter", commands.async_softer),
        CommandHandler("BackHugSetArea", commands.async_set_area),
        CommandHandler("BackHugSetFlow", commands.async_set_flow),
        QueryHandler("BackHugTimeLeft", queries.async_time_left),
        QueryHandler("BackHugTension", queries.async_tension),
        QueryHandler("BackHugProgrammes", queries.async_programmes),
    ]


class CommandHandler(IntentHandler):
    """Handler of an intent that acts on one BackHug."""

    response_type = IntentResponseType.ACTION_DONE

    def __init__(
        self,
        intent_type: str,
        answer: Callable[[SpokenRequest], Coroutine[Any, Any, str]],
        *,
        prefer_running: bool = True,
    ) -> None:
        """Create a handler.

        `answer` carries the request out and returns the sentence to speak. With `prefer_running`, of several
        BackHugs the one with a running session is chosen.
        """
        self.intent_type = intent_type
        self._answer = answer
        self._prefer_running = prefer_running

    @override
    async def async_handle(self, intent_obj: Intent) -> IntentResponse:
        """Carry out the request and return the spoken answer."""
        texts = await Texts.async_load(intent_obj.hass, intent_obj.language)
        response = intent_obj.create_response()
        try:
            target = async_single_target(
                intent_obj, prefer_running=self._prefer_running
            )
        except TargetError as error:
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
