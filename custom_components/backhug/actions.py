"""Actions: what automations and scripts ask of one BackHug or of several."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util.async_ import create_eager_task
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from .action_fields import (
    ATTR_MINUTES,
    CONSULT_FIELDS,
    async_targets,
    boolean,
    choice,
    fields_schema,
    invalid,
    raise_errors,
    refused,
    whole_number,
)
from .arming import DEFAULT_TIMEOUT, LONGEST_TIMEOUT
from .const import DOMAIN
from .coordinator import BackHugCoordinator
from .device.model import Area, Features, Flow
from .history import KEPT
from .programmes import NO_PROGRAMME
from .session import Session, Tension
from .wish import Wish

SERVICE_ADJUST_SESSION: Final = "adjust_session"
SERVICE_CONSULT: Final = "consult"
SERVICE_GET_TENSION: Final = "get_tension"
SERVICE_PAUSE_SESSION: Final = "pause_session"
SERVICE_RESUME_SESSION: Final = "resume_session"
SERVICE_START_SESSION: Final = "start_session"
SERVICE_STOP_SESSION: Final = "stop_session"

ATTR_AREA: Final = "area"
ATTR_FLOW: Final = "flow"
ATTR_MINUTES_STEP: Final = "minutes_step"
ATTR_PROGRAMME: Final = "programme"
ATTR_SESSIONS: Final = "sessions"
ATTR_STRENGTH: Final = "strength"
ATTR_STRENGTH_STEP: Final = "strength_step"
ATTR_TIMEOUT: Final = "timeout"
ATTR_WHEN_OCCUPIED: Final = "when_occupied"

SETTINGS: Final = (ATTR_STRENGTH, ATTR_AREA, ATTR_FLOW, ATTR_MINUTES)

type Action = Callable[
    [BackHugCoordinator, Mapping[str, Any]], Coroutine[Any, Any, None]
]


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Register the actions; they are there also while no device is set up."""
    actions: dict[str, tuple[Action, tuple[str, ...]]] = {
        SERVICE_START_SESSION: (
            _async_start,
            (ATTR_PROGRAMME, *SETTINGS, ATTR_WHEN_OCCUPIED, ATTR_TIMEOUT),
        ),
        SERVICE_STOP_SESSION: (_async_stop, ()),
        SERVICE_PAUSE_SESSION: (_async_pause, ()),
        SERVICE_RESUME_SESSION: (_async_resume, ()),
        SERVICE_ADJUST_SESSION: (
            _async_adjust,
            (*SETTINGS, ATTR_STRENGTH_STEP, ATTR_MINUTES_STEP),
        ),
    }
    for name, (action, fields) in actions.items():
        hass.services.async_register(
            DOMAIN, name, _handler(action), schema=fields_schema(*fields)
        )
    for name, asked, fields in (
        (SERVICE_CONSULT, _async_consult, CONSULT_FIELDS),
        (SERVICE_GET_TENSION, _async_get_tension, (ATTR_SESSIONS,)),
    ):
        hass.services.async_register(
            DOMAIN,
            name,
            asked,
            schema=fields_schema(*fields),
            supports_response=SupportsResponse.ONLY,
        )


def _handler(action: Action) -> Callable[[ServiceCall], Coroutine[Any, Any, None]]:
    async def handle(call: ServiceCall) -> None:
        """Carry the action out on every device at the same time, whatever becomes of the others."""
        coordinators, errors = await async_targets(call)
        # Begun at once: a stop that is called next comes after it, and ends it.
        tasks = [
            create_eager_task(action(coordinator, call.data))
            for coordinator in coordinators
        ]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for coordinator, result in zip(coordinators, results, strict=True):
            if isinstance(result, HomeAssistantError):
                errors[coordinator.config_entry.title] = result
            elif isinstance(result, BaseException):
                raise result
        raise_errors(errors, len(errors) + results.count(None))

    return handle


async def _async_start(
    coordinator: BackHugCoordinator, data: Mapping[str, Any]
) -> None:
    wish = _wish(coordinator, data)
    if boolean(coordinator, data, ATTR_WHEN_OCCUPIED):
        await coordinator.arming.async_arm(wish, _timeout(coordinator, data))
        return
    if ATTR_TIMEOUT in data:
        raise invalid("timeout_without_when_occupied")
    await coordinator.async_begin_session(wish)


async def _async_stop(coordinator: BackHugCoordinator, _: Mapping[str, Any]) -> None:
    await coordinator.async_stop_session()


async def _async_pause(coordinator: BackHugCoordinator, _: Mapping[str, Any]) -> None:
    await coordinator.async_run(coordinator.back_hug.pause())


async def _async_resume(coordinator: BackHugCoordinator, _: Mapping[str, Any]) -> None:
    await coordinator.async_run(coordinator.back_hug.resume())


async def _async_adjust(
    coordinator: BackHugCoordinator, data: Mapping[str, Any]
) -> None:
    """Change what a session runs with; nothing is sent if any of it is not possible."""
    if not any(
        field in data for field in (*SETTINGS, ATTR_STRENGTH_STEP, ATTR_MINUTES_STEP)
    ):
        raise invalid("nothing_to_adjust")
    for field, other in (
        (ATTR_STRENGTH, ATTR_STRENGTH_STEP),
        (ATTR_MINUTES, ATTR_MINUTES_STEP),
    ):
        if field in data and other in data:
            raise invalid("one_of_two", field=field, other=other)
    wish = _settings(coordinator, data)
    features = coordinator.features
    if ATTR_STRENGTH_STEP in data:
        levels = features.strength_levels
        step = whole_number(coordinator, data, ATTR_STRENGTH_STEP, -levels, levels)
        shown = coordinator.known_settings().strength
        # From a level that is not known, the weakest is the one step that is safe.
        level = 1 if shown is None else min(max(shown + step, 1), levels)
        wish = wish._replace(strength=level)
    if ATTR_MINUTES_STEP in data:
        longest = features.max_minutes
        step = whole_number(coordinator, data, ATTR_MINUTES_STEP, -longest, longest)
        shown = coordinator.known_settings().minutes
        shortest = _shortest(coordinator)
        wish = wish._replace(minutes=min(max(shown + step, shortest), longest))
    await _async_set(coordinator, wish)


async def _async_set(coordinator: BackHugCoordinator, wish: Wish) -> None:
    """Send settings, the strength at the side of them on which it is the weaker."""
    back_hug = coordinator.back_hug
    settings = back_hug.snapshot.settings
    commands: list[Callable[[], Coroutine[Any, Any, None]]] = []
    if wish.area is not None:
        commands.append(partial(back_hug.set_area, wish.area))
    if wish.flow is not None:
        commands.append(partial(back_hug.set_flow, wish.flow))
    if wish.minutes is not None:
        commands.append(partial(back_hug.set_length, wish.minutes))
    if wish.strength is not None:
        weaker = settings is not None and (
            settings.strength is None or wish.strength < settings.strength
        )
        commands.insert(
            0 if weaker else len(commands),
            partial(back_hug.set_strength, wish.strength),
        )
    await coordinator.async_run_all(commands)


def _shortest(coordinator: BackHugCoordinator) -> int:
    """Return the fewest minutes that a session may have now: more than what has passed of it."""
    shortest = coordinator.features.min_minutes
    if (passed := coordinator.runner.passed) is not None:
        shortest = max(shortest, int(passed // 60) + 1)
    return shortest


async def _async_get_tension(call: ServiceCall) -> ServiceResponse:
    """Return the tension before and after the last sessions; of all devices, or of none."""
    coordinators, errors = await async_targets(call)
    devices: list[JsonValueType] = []
    for coordinator in coordinators:
        title = coordinator.config_entry.title
        if not coordinator.features.measures_tension:
            errors[title] = invalid("tension_not_measured", name=title)
            continue
        count = 1
        if ATTR_SESSIONS in call.data:
            count = whole_number(coordinator, call.data, ATTR_SESSIONS, 1, KEPT)
        sessions: list[JsonValueType] = [
            _session(session)
            for session in coordinator.history.newest(count, with_tension=True)
        ]
        devices.append({"name": title, "sessions": sessions})
    raise_errors(errors, len(errors) + len(devices))
    return {"devices": devices}


def _session(session: Session) -> JsonObjectType:
    def tension(value: Tension | None) -> JsonObjectType | None:
        return None if value is None else value.as_dict()

    def time(value: datetime | None) -> str | None:
        return None if value is None else value.isoformat()

    return {
        "number": session.number,
        "started": time(session.started),
        "ended": time(session.ended),
        "ended_by": session.ended_by,
        "programme": session.programme,
        "minutes": session.minutes,
        "strength": session.strength,
        "area": session.area,
        "flow": session.flow,
        "before": tension(session.tension_before),
        "after": tension(session.tension_after),
        "change": tension(session.tension_change),
    }


async def _async_consult(call: ServiceCall) -> ServiceResponse:
    # Loaded when somebody consults; in a thread, it holds nothing up.
    await async_import_module(call.hass, f"{__package__}.consult_action")
    from .consult_action import async_consult

    return await async_consult(call)


# What is in the fields


def _wish(coordinator: BackHugCoordinator, data: Mapping[str, Any]) -> Wish:
    settings = [field for field in SETTINGS if field in data]
    if ATTR_PROGRAMME not in data:
        if settings:
            return _settings(coordinator, data)
        return Wish(programme=coordinator.runner.chosen)
    runner = coordinator.runner
    option = str(data[ATTR_PROGRAMME])
    programme = runner.find(option)
    if programme is None and option != NO_PROGRAMME:
        raise refused(coordinator, data, ATTR_PROGRAMME, ", ".join(runner.options))
    if programme is not None and settings:
        raise invalid("one_of_two", field=ATTR_PROGRAMME, other=settings[0])
    return _settings(coordinator, data) if programme is None else Wish(programme)


def _settings(coordinator: BackHugCoordinator, data: Mapping[str, Any]) -> Wish:
    features: Features = coordinator.features
    strength = minutes = area = flow = None
    if ATTR_STRENGTH in data:
        strength = whole_number(
            coordinator, data, ATTR_STRENGTH, 1, features.strength_levels
        )
    if ATTR_AREA in data:
        area = Area(choice(coordinator, data, ATTR_AREA, features.areas))
    if ATTR_FLOW in data:
        flow = Flow(choice(coordinator, data, ATTR_FLOW, features.flows))
    if ATTR_MINUTES in data:
        minutes = whole_number(
            coordinator,
            data,
            ATTR_MINUTES,
            features.min_minutes,
            features.max_minutes,
        )
    return Wish(minutes=minutes, strength=strength, area=area, flow=flow)


def _timeout(coordinator: BackHugCoordinator, data: Mapping[str, Any]) -> timedelta:
    if ATTR_TIMEOUT not in data:
        return DEFAULT_TIMEOUT
    try:
        timeout: timedelta = cv.positive_time_period(data[ATTR_TIMEOUT])
    except vol.Invalid:
        timeout = timedelta()
    if not timedelta() < timeout <= LONGEST_TIMEOUT:
        raise refused(coordinator, data, ATTR_TIMEOUT, "0:00:01…2:00:00")
    return timeout
