"""The spoken stop: it waits for nothing, and stops too many BackHugs rather than too few."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final, override

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.intent import Intent, IntentHandler, IntentResponse

from ..exposure import ExposedBackHug
from .responses import Texts, failure, target_failure, targets
from .targeting import (
    TargetError,
    async_exposed_to_speaker,
    async_nearest,
    async_targets,
    names_target,
)

RESPONSE_TIMEOUT: Final = 1.5
"""Seconds until the spoken answer; the stop continues in the background."""


class StopHandler(IntentHandler):
    """Stops the named BackHugs, or else those with a session that runs or may run."""

    intent_type = "BackHugStopSession"

    @override
    async def async_handle(self, intent_obj: Intent) -> IntentResponse:
        """Stop every target at the same time; answer after RESPONSE_TIMEOUT at the latest."""
        response = intent_obj.create_response()
        try:
            to_stop = _to_stop(intent_obj)
        except TargetError as error:
            texts = await Texts.async_load(intent_obj.hass, intent_obj.language)
            return target_failure(response, texts, error)
        were_armed = [target.armed for target in to_stop]
        # Tasks of Home Assistant: they continue if this handler is cancelled.
        tasks = [
            intent_obj.hass.async_create_task(
                _async_stop(intent_obj, target), f"Stop {target.name}"
            )
            for target in to_stop
        ]
        texts = await Texts.async_load(intent_obj.hass, intent_obj.language)
        await asyncio.wait(tasks, timeout=RESPONSE_TIMEOUT)
        names_by_outcome: dict[str, list[str]] = {}
        errors = []
        for target, was_armed, task in zip(to_stop, were_armed, tasks, strict=True):
            if not task.done():
                key = "stopping"
            elif isinstance(outcome := task.result(), HomeAssistantError):
                errors.append(texts.error(outcome, target.name))
                continue
            elif outcome:
                key = "stopped"
            else:
                key = "disarmed" if was_armed else "no_session"
            names_by_outcome.setdefault(key, []).append(target.name)
        if len(names_by_outcome) > 1 and not names_target(intent_obj):
            # Idle devices were stopped only as a precaution.
            names_by_outcome.pop("no_session", None)
        sentences = [
            texts.say(key, name=texts.all_of(names))
            for key, names in names_by_outcome.items()
        ]
        if errors:
            return failure(response, " ".join([*sentences, *errors]))
        response.async_set_speech(" ".join(sentences))
        response.async_set_results(targets(to_stop))
        return response


def _to_stop(intent: Intent) -> list[ExposedBackHug]:
    """Return the BackHugs to stop; raises TargetError if none is exposed."""
    exposed = async_exposed_to_speaker(intent)
    if names_target(intent):
        # A name that was misheard must not prevent the stop.
        with suppress(TargetError):
            return async_targets(intent)
    busy = async_nearest(
        intent, [each for each in exposed if each.may_be_in_session or each.armed]
    )
    unseen = [
        each
        for each in exposed
        if each.may_run_unseen(intent.hass) and each not in busy
    ]
    return busy + unseen if busy else exposed


async def _async_stop(
    intent: Intent, target: ExposedBackHug
) -> bool | HomeAssistantError:
    """Return whether the stop ended a session, or its error."""
    try:
        return await target.async_stop(intent.hass, intent.context)
    except HomeAssistantError as error:
        return error
