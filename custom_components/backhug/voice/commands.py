"""Spoken commands to one BackHug, except stop; each returns the sentence to speak."""

from __future__ import annotations

from typing import Any

from homeassistant.exceptions import HomeAssistantError

from ..device.model import Area, Flow, State
from ..exposure import normalize_name
from ..programmes.model import NO_PROGRAMME, whole_number
from ..service_fields import (
    ATTR_AREA,
    ATTR_FLOW,
    ATTR_PROGRAMME,
    ATTR_STRENGTH,
    ATTR_STRENGTH_STEP,
    SERVICE_ADJUST_SESSION,
    SERVICE_PAUSE_SESSION,
    SERVICE_RESUME_SESSION,
    SERVICE_START_SESSION,
)
from .request import (
    FIELDS,
    SLOT_BACK_AREA,
    SLOT_FLOW,
    SLOT_PROGRAMME,
    SLOT_STEP,
    SLOT_STRENGTH,
    RefusedError,
    SpokenRequest,
)

# Start, pause, resume


async def async_start(request: SpokenRequest) -> str:
    """Start a session, now or on occupancy; resume it if it is paused."""
    data = {
        field: value
        for slot, field in FIELDS.items()
        if (value := request.slot(slot)) is not None
    }
    if (name := request.slot(SLOT_PROGRAMME)) is not None:
        data[ATTR_PROGRAMME] = _programme(request, name)
    status = request.status
    if not data and status is not None and status.state is State.PAUSED:
        return await async_resume(request)
    if data.keys() == {ATTR_AREA} and request.target.in_session:
        # "Massage my shoulder blades" changes the area of a running session.
        return await async_set_area(request)
    try:
        await request.async_act(SERVICE_START_SESSION, **data)
    except HomeAssistantError as error:
        if error.translation_key == "wrong_state":
            status = request.status
            finishing = status is not None and status.state is State.FINISHING
            raise RefusedError(
                request.say("finishing" if finishing else "already_running")
            ) from error
        raise
    coordinator = request.coordinator
    if (until := coordinator.controller.start_on_occupancy.until) is not None:
        return request.say("armed", time=request.texts.time(until))
    minutes = request.texts.minutes(coordinator.controller.known_settings().minutes)
    programme = coordinator.controller.runner.find(
        coordinator.controller.runner.programme or ""
    )
    if programme is None:
        return request.say("started", minutes=minutes)
    return request.say(
        "started_programme",
        programme=request.texts.programme(programme),
        minutes=minutes,
    )


def _programme(request: SpokenRequest, spoken: str) -> str:
    """Return the option of the programme with a spoken name; raises RefusedError if there is none.

    An exact match comes first, then the user's own programmes.
    """
    runner = request.coordinator.controller.runner
    if runner.means_none(spoken):
        return NO_PROGRAMME
    if (found := runner.find(spoken)) is not None:
        return found.option
    wanted = normalize_name(spoken)
    programmes = sorted(
        runner.programmes.values(), key=lambda programme: programme.name is None
    )
    for programme in programmes:
        if wanted in (
            normalize_name(programme.option),
            normalize_name(request.texts.programme(programme)),
        ):
            return programme.option
    raise RefusedError(request.say("programme_unknown", programme=spoken))


async def async_pause(request: SpokenRequest) -> str:
    """Pause the session."""
    await _async_in_session(request, SERVICE_PAUSE_SESSION)
    return request.say("paused")


async def async_resume(request: SpokenRequest) -> str:
    """Resume the session."""
    await _async_in_session(request, SERVICE_RESUME_SESSION)
    return request.say("resumed")


async def _async_in_session(request: SpokenRequest, action: str) -> None:
    """Call an action that needs a running session."""
    try:
        await request.async_act(action)
    except HomeAssistantError as error:
        if error.translation_key == "wrong_state":
            running = request.target.in_session
            raise RefusedError(
                request.say("still_scanning" if running else "no_session")
            ) from error
        raise


# Adjust


async def async_set_strength(request: SpokenRequest) -> str:
    """Set the strength."""
    await _async_adjust(request, **{ATTR_STRENGTH: request.slot(SLOT_STRENGTH)})
    return _strength(request)


async def async_stronger(request: SpokenRequest) -> str:
    """Increase the strength; default: one level."""
    return await _async_step(request, 1, "strongest")


async def async_softer(request: SpokenRequest) -> str:
    """Decrease the strength; default: one level."""
    return await _async_step(request, -1, "weakest")


async def _async_step(request: SpokenRequest, direction: int, at_limit: str) -> str:
    """Change the strength by a step; `at_limit` is the key of the answer if it cannot change."""
    before = request.coordinator.controller.own_settings.shown
    spoken = request.slot(SLOT_STEP) or 1
    try:
        step = direction * whole_number(
            spoken, 1, request.coordinator.features.largest_step
        )
    except ValueError as error:
        raise RefusedError(
            request.not_offered(ATTR_STRENGTH_STEP, str(spoken))
        ) from error
    await _async_adjust(request, **{ATTR_STRENGTH_STEP: step})
    strength = request.coordinator.controller.known_settings().strength
    limit = 1 if direction < 0 else request.coordinator.features.strength_levels
    if before is not None and before.strength == strength == limit:
        return request.say(at_limit, strength=strength)
    return _strength(request)


def _strength(request: SpokenRequest) -> str:
    if not request.coordinator.features.sets_strength:
        return request.say("strength_changed")
    return _current_setting(
        request,
        "strength",
        strength=request.coordinator.controller.known_settings().strength or "?",
        strongest=request.coordinator.features.strength_levels,
    )


async def async_set_area(request: SpokenRequest) -> str:
    """Set the area of the back; ask which one if the slot is empty."""
    texts = request.texts
    if (area := request.slot(SLOT_BACK_AREA)) is None:
        areas = map(texts.area, request.coordinator.features.areas)
        return request.say("which_area", areas=texts.one_of(areas))
    await _async_adjust(request, **{ATTR_AREA: area})
    return _current_setting(request, "area", area=texts.area(Area(area)))


async def async_set_flow(request: SpokenRequest) -> str:
    """Set the flow; ask which one if the slot is empty."""
    texts = request.texts
    if (flow := request.slot(SLOT_FLOW)) is None:
        flows = map(texts.flow, request.coordinator.features.flows)
        return request.say("which_flow", flows=texts.one_of(flows))
    await _async_adjust(request, **{ATTR_FLOW: flow})
    return _current_setting(request, "flow", flow=texts.flow(Flow(flow)))


async def _async_adjust(request: SpokenRequest, **data: Any) -> None:
    await request.async_act(SERVICE_ADJUST_SESSION, **data)


def _current_setting(
    request: SpokenRequest, key: str, **placeholders: str | float
) -> str:
    """Return a setting of the running session, or of the next one."""
    if not request.target.in_session:
        key = f"{key}_next"
    return request.say(key, **placeholders)
