"""Spoken commands to one BackHug, except stop; each returns the sentence to speak."""

from __future__ import annotations

from typing import Any, Final

from homeassistant.exceptions import HomeAssistantError

from ..device.model import Area, Flow, State
from ..exposure import normalize_name
from ..programmes.model import NO_PROGRAMME, whole_number
from ..programmes.user_programmes import async_free_name
from ..service_fields import (
    ATTR_AREA,
    ATTR_FLOW,
    ATTR_MINUTES,
    ATTR_MINUTES_STEP,
    ATTR_NAME,
    ATTR_PROGRAMME,
    ATTR_STRENGTH,
    ATTR_STRENGTH_STEP,
    SERVICE_ADJUST_SESSION,
    SERVICE_PAUSE_SESSION,
    SERVICE_RESUME_SESSION,
    SERVICE_SAVE_PROGRAMME,
    SERVICE_START_SESSION,
)
from .queries import async_time_left
from .request import (
    FIELDS,
    SLOT_BACK_AREA,
    SLOT_FIRMNESS,
    SLOT_FLOW,
    SLOT_LEFT,
    SLOT_MINUTES,
    SLOT_PROGRAMME,
    SLOT_RUN,
    SLOT_STEP,
    SLOT_STRENGTH,
    RefusedError,
    SpokenRequest,
    current_setting,
    strength,
)

MINUTES_STEP: Final = 5
"""Minutes of "longer" and "shorter" without a number."""
FIRMNESS: Final = {"gentle": 0.3, "strong": 0.7}
"""Strengths of a gentle and a strong massage, as shares of the strongest."""
SPEEDS: Final = (Flow.SLOW, Flow.MEDIUM, Flow.FAST)


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
    elif (firmness := request.slot(SLOT_FIRMNESS)) is not None:
        levels = request.coordinator.features.strength_levels
        data.setdefault(ATTR_STRENGTH, str(max(round(FIRMNESS[firmness] * levels), 1)))
    if data and request.slot(SLOT_RUN) is not None and request.target.in_session:
        return await async_set_length(request)
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

    An exact match comes first; else case, punctuation and emoji do not count, if only one programme matches.
    """
    runner = request.coordinator.controller.runner
    if runner.means_none(spoken):
        return NO_PROGRAMME
    if (found := runner.find(spoken)) is not None:
        return found.option
    wanted = normalize_name(spoken)
    similar = [
        programme
        for programme in runner.programmes.values()
        if wanted
        in (
            normalize_name(programme.option),
            normalize_name(request.texts.programme(programme)),
        )
    ]
    if len(similar) > 1:
        names = map(request.texts.programme, similar)
        raise RefusedError(
            request.say("programme_which", programmes=request.texts.one_of(names))
        )
    if similar:
        return similar[0].option
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
    return strength(request)


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
    after = request.coordinator.controller.known_settings().strength
    limit = 1 if direction < 0 else request.coordinator.features.strength_levels
    if before is not None and before.strength == after == limit:
        return request.say(at_limit, strength=after)
    return strength(request)


async def async_set_area(request: SpokenRequest) -> str:
    """Set the area of the back; ask which one if the slot is empty."""
    texts = request.texts
    if (area := request.slot(SLOT_BACK_AREA)) is None:
        areas = map(texts.area, request.coordinator.features.areas)
        return request.say("which_area", areas=texts.one_of(areas))
    await _async_adjust(request, **{ATTR_AREA: area})
    return current_setting(request, "area", area=texts.area(Area(area)))


async def async_set_flow(request: SpokenRequest) -> str:
    """Set the flow; ask which one if the slot is empty."""
    texts = request.texts
    if (flow := request.slot(SLOT_FLOW)) is None:
        flows = map(texts.flow, request.coordinator.features.flows)
        return request.say("which_flow", flows=texts.one_of(flows))
    await _async_adjust(request, **{ATTR_FLOW: flow})
    return current_setting(request, "flow", flow=texts.flow(Flow(flow)))


async def async_faster(request: SpokenRequest) -> str:
    """Change to the next faster flow."""
    return await _async_speed(request, 1, "fastest")


async def async_slower(request: SpokenRequest) -> str:
    """Change to the next slower flow."""
    return await _async_speed(request, -1, "slowest")


async def _async_speed(request: SpokenRequest, direction: int, at_limit: str) -> str:
    """Change the flow by a step from the one that the device has now; a flow that is no speed counts as medium."""
    await request.coordinator.controller.async_read()
    before = request.coordinator.controller.known_settings().flow
    speeds = [each for each in SPEEDS if each in request.coordinator.features.flows]
    at = SPEEDS.index(before if before in SPEEDS else Flow.MEDIUM)
    faster = [each for each in speeds if SPEEDS.index(each) > at]
    slower = [each for each in speeds if SPEEDS.index(each) < at]
    if not (faster if direction > 0 else slower):
        raise RefusedError(request.say(at_limit))
    flow = faster[0] if direction > 0 else slower[-1]
    await _async_adjust(request, **{ATTR_FLOW: flow.value})
    return current_setting(request, "flow", flow=request.texts.flow(flow))


async def async_set_length(request: SpokenRequest) -> str:
    """Set the length of the whole session."""
    await _async_adjust(request, **{ATTR_MINUTES: request.slot(SLOT_MINUTES)})
    return _length(request)


async def async_longer(request: SpokenRequest) -> str:
    """Make the session longer; default: MINUTES_STEP minutes."""
    return await _async_length_step(request, 1, "longest")


async def async_shorter(request: SpokenRequest) -> str:
    """Make the session shorter, or end it in so many minutes; default: MINUTES_STEP minutes."""
    if request.slot(SLOT_LEFT) is not None:
        return await _async_end_in(request, int(request.slot(SLOT_MINUTES) or 0))
    return await _async_length_step(request, -1, "shortest")


async def _async_end_in(request: SpokenRequest, minutes: int) -> str:
    """End the session in so many minutes, at most as long as it lasts; return how long it still runs."""
    left = request.minutes_left
    if left is not None and minutes < left:
        await _async_adjust(request, **{ATTR_MINUTES_STEP: minutes - left})
    return await async_time_left(request)


async def _async_length_step(
    request: SpokenRequest, direction: int, at_limit: str
) -> str:
    """Change the length by minutes, within what the device offers."""
    before = request.coordinator.controller.known_settings().minutes
    step = min(
        int(request.slot(SLOT_MINUTES) or MINUTES_STEP),
        request.coordinator.features.max_minutes,
    )
    await _async_adjust(request, **{ATTR_MINUTES_STEP: direction * step})
    minutes = request.coordinator.controller.known_settings().minutes
    if minutes == before:
        return request.say(at_limit, minutes=request.texts.minutes(minutes))
    return _length(request)


def _length(request: SpokenRequest) -> str:
    minutes = request.coordinator.controller.known_settings().minutes
    return current_setting(request, "length", minutes=request.texts.minutes(minutes))


async def _async_adjust(request: SpokenRequest, **data: Any) -> None:
    await request.async_act(SERVICE_ADJUST_SESSION, **data)


# Save


async def async_save(request: SpokenRequest) -> str:
    """Save the settings in use as a programme, under the spoken name or a free one."""
    name = request.slot(SLOT_PROGRAMME)
    if name is None:
        name = await async_free_name(
            request.intent.hass,
            request.target.entry,
            request.say("programme_default_name"),
        )
    name = name[:1].upper() + name[1:]
    await request.async_act(SERVICE_SAVE_PROGRAMME, **{ATTR_NAME: name})
    return request.say("saved_programme", programme=name)
