"""Tools for language models: status, start, adjust, stop and history of sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.llm import LLMContext
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..coordinator import BackHugCoordinator
from ..device.model import MAX_MINUTES
from ..exposure import ExposedBackHug
from ..service_fields import (
    ATTR_AREA,
    ATTR_FLOW,
    ATTR_MINUTES,
    ATTR_PROGRAMME,
    ATTR_STRENGTH,
    ATTR_STRENGTH_STEP,
    ATTR_TIMEOUT,
    ATTR_WHEN_OCCUPIED,
    SERVICE_ADJUST_SESSION,
    SERVICE_START_SESSION,
)
from ..session.history import KEPT
from ..session.start_on_occupancy import DEFAULT_TIMEOUT, LONGEST_TIMEOUT
from .answers import (
    offers_answer,
    plan_answer,
    session_answer,
    settings_answer,
    status_answer,
    time,
    weeks_answer,
)
from .targeting import DEVICE, TargetError, async_single_target, async_targets
from .tool import (
    MOST_LEVELS,
    MOST_STRONGER,
    MOVES,
    READS,
    STOPS,
    BackHugTool,
    RefusedError,
    area_and_flow,
    sentence,
    whole,
)

ATTR_SESSIONS: Final = "sessions"
ATTR_WAIT: Final = "wait_minutes"

MOST_SESSIONS: Final = 20
"""Maximum in one answer, to keep it short."""
_LONGEST_WAIT: Final = LONGEST_TIMEOUT // timedelta(minutes=1)
_DEFAULT_WAIT: Final = DEFAULT_TIMEOUT // timedelta(minutes=1)


class GetStatusTool(BackHugTool):
    """Returns the status and the choices."""

    name = "backhug__get_status"
    title = "Get BackHug status"
    description = (
        "Returns what a BackHug is doing now (state, whether somebody is lying on it, strength, area, flow, minutes "
        "left, tension in per cent as measured by the device) and what it offers: strength levels, areas, flows, "
        "minutes and the programmes with their names. Call it before choosing any of these."
    )
    parameters = vol.Schema(DEVICE)
    annotations = READS

    @override
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        exposed = async_single_target(hass, context, args)
        coordinator = exposed.coordinator
        return {
            "device": exposed.name_and_area,
            **status_answer(coordinator, context.context),
            "offers": offers_answer(coordinator),
        }


class StartSessionTool(BackHugTool):
    """Starts a session as soon as the BackHug is occupied."""

    name = "backhug__start_session"
    title = "Start BackHug session"
    description = (
        "Starts a session: at once if the person is already lying on the BackHug, else as soon as they lie down within "
        "wait_minutes. Call it only if the person asked for it. Give a programme by its name, OR strength, area, flow and "
        f"minutes; with neither, the choices on the device apply. Never longer than {MAX_MINUTES} minutes. strength "
        f"may be at most {MOST_STRONGER} levels above the current one. It ends by itself; backhug__stop_session ends it, "
        "or the wait, at any time."
    )
    annotations = MOVES

    def __init__(self, areas: Sequence[str], flows: Sequence[str]) -> None:
        """Create the tool with the areas and flows of the exposed devices."""
        self.parameters = vol.Schema(
            {
                vol.Optional(
                    ATTR_PROGRAMME,
                    description="Name as in backhug__get_status, or as just saved. Not with the other settings.",
                ): cv.string,
                vol.Optional(ATTR_STRENGTH, description="Level."): whole(
                    1, MOST_LEVELS
                ),
                **area_and_flow(areas, flows),
                vol.Optional(ATTR_MINUTES): whole(1, MAX_MINUTES),
                vol.Optional(
                    ATTR_WAIT,
                    default=_DEFAULT_WAIT,
                    description="How long to wait for the person to lie down.",
                ): whole(1, _LONGEST_WAIT),
                **DEVICE,
            }
        )

    @override
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        exposed = async_single_target(hass, context, args)
        coordinator = exposed.coordinator
        if not coordinator.features.senses_occupancy:
            raise RefusedError(
                f"{exposed.name} cannot sense whether somebody is lying on it, so it is not started from here. The person "
                "can start it with the switch Session, or at the device."
            )
        if ATTR_STRENGTH in args:
            strongest = await _strength(coordinator) + MOST_STRONGER
            if args[ATTR_STRENGTH] > strongest:
                raise RefusedError(
                    f"Strength {args[ATTR_STRENGTH]} is more than {MOST_STRONGER} levels above the current one: "
                    f"at most {strongest}. It can be made stronger in the session, once the person has felt it."
                )
        data = _given(
            args, ATTR_PROGRAMME, ATTR_STRENGTH, ATTR_AREA, ATTR_FLOW, ATTR_MINUTES
        )
        await exposed.async_act(
            hass,
            SERVICE_START_SESSION,
            {
                **data,
                ATTR_WHEN_OCCUPIED: True,
                ATTR_TIMEOUT: {"minutes": args[ATTR_WAIT]},
            },
            context.context,
        )
        answer: JsonObjectType = {
            "device": exposed.name_and_area,
            "available": coordinator.available,
        }
        if (until := coordinator.controller.start_on_occupancy.until) is not None:
            answer |= {
                "result": "armed",
                "armed_until": time(until),
                "next": "Tell the person to lie down: it starts by itself then, if it is available. Until then nothing moves.",
            }
        else:
            answer |= {
                "result": "started",
                "next": "It scans the back for about 20 seconds, then begins. The person can have it stopped at any time.",
            }
        return answer


class AdjustSessionTool(BackHugTool):
    """Changes settings, and the strength in small steps."""

    name = "backhug__adjust_session"
    title = "Adjust BackHug session"
    description = (
        "Changes strength, area, flow or length of the running session, or of the next one if none runs. strength_step is "
        f"relative: at most {MOST_STRONGER} levels stronger per call, any number weaker. After making it stronger, "
        "ask how it feels before doing so again. The next step of a programme uses its own settings again, but never more strength than the person turned it down to. Does not "
        "stop or start anything."
    )
    annotations = MOVES

    def __init__(self, areas: Sequence[str], flows: Sequence[str]) -> None:
        """Create the tool with the areas and flows of the exposed devices."""
        self.parameters = vol.Schema(
            {
                vol.Optional(
                    ATTR_STRENGTH_STEP,
                    description=f"Levels stronger ({MOST_STRONGER} at most), or weaker if negative.",
                ): whole(1 - MOST_LEVELS, MOST_STRONGER),
                **area_and_flow(areas, flows),
                vol.Optional(
                    ATTR_MINUTES, description="Length of the whole session."
                ): whole(1, MAX_MINUTES),
                **DEVICE,
            }
        )

    @override
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        exposed = async_single_target(hass, context, args)
        coordinator = exposed.coordinator
        data = _given(args, ATTR_STRENGTH_STEP, ATTR_AREA, ATTR_FLOW, ATTR_MINUTES)
        if not data:
            raise RefusedError(
                f"Say what to change: {ATTR_STRENGTH_STEP}, {ATTR_AREA}, {ATTR_FLOW} or {ATTR_MINUTES}."
            )
        if ATTR_STRENGTH_STEP in data:
            levels = coordinator.features.largest_step
            data[ATTR_STRENGTH_STEP] = max(data[ATTR_STRENGTH_STEP], -levels)
        before = None
        if ATTR_STRENGTH_STEP in data:
            before = await _strength(coordinator)
        await exposed.async_act(hass, SERVICE_ADJUST_SESSION, data, context.context)
        answer = {"device": exposed.name_and_area, **settings_answer(coordinator)}
        if before is not None:
            if answer["strength_level"] != before:
                answer["strength_level_before"] = before
            answer["limit"] = (
                f"At most {MOST_STRONGER} levels stronger per call. Ask how it feels before the next one."
            )
        return answer


class StopSessionTool(BackHugTool):
    """Stops one or all BackHugs."""

    name = "backhug__stop_session"
    title = "Stop BackHug session"
    description = (
        "Stops at once: the session, its programme, and waiting for somebody to lie down. Works at any time, also while "
        "the connection is lost: the device is then stopped as soon as it is back in reach. Stops every BackHug unless one "
        "is named. Never ask before calling it."
    )
    # Unknown arguments must not prevent the stop.
    parameters = vol.Schema(DEVICE, extra=vol.REMOVE_EXTRA)
    annotations = STOPS

    @override
    def _arguments(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments; invalid ones must not prevent the stop either."""
        try:
            return super()._arguments(given)
        except RefusedError:
            return {}

    @override
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        try:
            devices = async_targets(hass, context, args)
        except TargetError:
            # A name that was misheard must not prevent the stop.
            devices = async_targets(hass, context, {})

        async def stop(exposed: ExposedBackHug) -> bool | HomeAssistantError:
            try:
                return await exposed.async_stop(hass, context.context)
            except HomeAssistantError as error:
                return error

        # In parallel, so that an unreachable device does not delay the others.
        outcomes = await asyncio.gather(*map(stop, devices))
        failures = [each for each in outcomes if isinstance(each, HomeAssistantError)]
        if failures:
            raise RefusedError(" ".join(map(sentence, failures)))
        answer: JsonObjectType = {
            "stopped": [exposed.name_and_area for exposed in devices],
            "note": "Nothing runs and nothing waits to start any more.",
        }
        idle: list[JsonValueType] = [
            exposed.name_and_area
            for exposed, ended in zip(devices, outcomes, strict=True)
            if not ended
        ]
        if idle:
            answer["no_session_was_running_on"] = idle
        return answer


class GetHistoryTool(BackHugTool):
    """Returns the last sessions."""

    name = "backhug__get_history"
    title = "Get BackHug history"
    description = (
        "Returns the last sessions of the person who asks, newest first: when, how long, with what settings, how each ended, and the tension "
        "before and after in per cent, as measured by the device; the weekly means, the region that the sessions eased most and the "
        "regions in which the tension before sessions rises; and their plan for the coming weeks: week, sessions done, the day of the next one due. Tension is not a measure of health: report it without "
        "interpreting it medically."
    )
    parameters = vol.Schema(
        {
            vol.Optional(
                ATTR_SESSIONS, default=5, description="How many sessions."
            ): whole(1, MOST_SESSIONS),
            **DEVICE,
        }
    )
    annotations = READS

    @override
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        exposed = async_single_target(hass, context, args)
        coordinator = exposed.coordinator
        history = coordinator.history
        own = history.newest(KEPT, of=coordinator.household.visible_to(context.context))
        sessions: list[JsonValueType] = [
            session_answer(session) for session in own[: args[ATTR_SESSIONS]]
        ]
        try:
            plan = plan_answer(coordinator, context.context)
        except ServiceValidationError as error:
            plan = {"note": sentence(error)}
        return {
            "device": exposed.name_and_area,
            "sessions": sessions,
            "minutes_of_all_sessions": sum(each.treated or 0 for each in own) // 60,
            **weeks_answer(own),
            "plan": plan,
        }


async def _strength(coordinator: BackHugCoordinator) -> int:
    """Return the strength read from the device; raises HomeAssistantError if that fails."""
    return await coordinator.controller.async_read_strength()


def _given(args: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: args[name] for name in names if name in args}
