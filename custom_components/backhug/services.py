"""The actions of the integration, each for one or several BackHugs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import (
    Context,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util.async_ import create_eager_task
from homeassistant.util.json import JsonValueType
import voluptuous as vol

from .actions.plan import async_change_plan
from .actions.programme_field import async_offer_programmes
from .actions.programmes import async_get_programmes, async_save_settings
from .const import DOMAIN
from .consultation.service import CONSULT_FIELDS, async_consult
from .coordinator import BackHugCoordinator
from .device.model import Adjustment, Area, Features, Flow
from .people.household import async_require_own
from .people.persons import async_asker
from .service_fields import (
    ATTR_AREA,
    ATTR_CHANGE,
    ATTR_END_DATE,
    ATTR_FLOW,
    ATTR_MINUTES,
    ATTR_MINUTES_STEP,
    ATTR_NAME,
    ATTR_PERSON,
    ATTR_PROGRAMME,
    ATTR_SESSIONS,
    ATTR_START_DATE,
    ATTR_STRENGTH,
    ATTR_STRENGTH_STEP,
    ATTR_TIMEOUT,
    ATTR_WHEN_OCCUPIED,
    SERVICE_ADJUST_SESSION,
    SERVICE_CHANGE_PLAN,
    SERVICE_CONSULT,
    SERVICE_FORGET_SESSIONS,
    SERVICE_GET_PROGRAMMES,
    SERVICE_GET_TENSION,
    SERVICE_PAUSE_SESSION,
    SERVICE_RESUME_SESSION,
    SERVICE_SAVE_PROGRAMME,
    SERVICE_START_SESSION,
    SERVICE_STOP_SESSION,
    SETTINGS,
    async_target_entries,
    async_targets,
    boolean,
    choice,
    date_in,
    fields_schema,
    invalid,
    person_id,
    raise_errors,
    refused,
    whole_number,
)
from .session import weeks
from .session.history import KEPT
from .session.request import SessionRequest
from .session.start_on_occupancy import DEFAULT_TIMEOUT, LONGEST_TIMEOUT
from .session.stopping import async_stop_entry

type Action = Callable[
    [BackHugCoordinator, Mapping[str, Any], Context], Coroutine[Any, Any, None]
]


FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    SERVICE_START_SESSION: (
        ATTR_PROGRAMME,
        *SETTINGS,
        ATTR_PERSON,
        ATTR_WHEN_OCCUPIED,
        ATTR_TIMEOUT,
    ),
    SERVICE_STOP_SESSION: (),
    SERVICE_PAUSE_SESSION: (),
    SERVICE_RESUME_SESSION: (),
    SERVICE_ADJUST_SESSION: (*SETTINGS, ATTR_STRENGTH_STEP, ATTR_MINUTES_STEP),
    SERVICE_CONSULT: CONSULT_FIELDS,
    SERVICE_CHANGE_PLAN: (ATTR_CHANGE, ATTR_SESSIONS, ATTR_PERSON),
    SERVICE_GET_PROGRAMMES: (),
    SERVICE_SAVE_PROGRAMME: (ATTR_NAME,),
    SERVICE_GET_TENSION: (ATTR_SESSIONS, ATTR_PERSON),
    SERVICE_FORGET_SESSIONS: (ATTR_PERSON, ATTR_START_DATE, ATTR_END_DATE),
}
"""Fields of each action; services.yaml describes the same."""


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Register the actions, independently of any config entry."""
    async_offer_programmes(
        hass,
        SERVICE_START_SESSION,
        partial(
            hass.services.async_register,
            DOMAIN,
            SERVICE_START_SESSION,
            _handler(_async_start),
            schema=fields_schema(*FIELDS[SERVICE_START_SESSION]),
        ),
    )
    for name, action in (
        (SERVICE_PAUSE_SESSION, _async_pause),
        (SERVICE_RESUME_SESSION, _async_resume),
        (SERVICE_ADJUST_SESSION, _async_adjust),
        (SERVICE_CHANGE_PLAN, async_change_plan),
    ):
        hass.services.async_register(
            DOMAIN, name, _handler(action), schema=fields_schema(*FIELDS[name])
        )
    for name, handler, supports_response in (
        (SERVICE_STOP_SESSION, _async_stop, SupportsResponse.OPTIONAL),
        (SERVICE_CONSULT, async_consult, SupportsResponse.ONLY),
        (SERVICE_GET_PROGRAMMES, async_get_programmes, SupportsResponse.ONLY),
        (SERVICE_GET_TENSION, _async_get_tension, SupportsResponse.ONLY),
        (SERVICE_SAVE_PROGRAMME, async_save_settings, SupportsResponse.OPTIONAL),
        (SERVICE_FORGET_SESSIONS, _async_forget, SupportsResponse.OPTIONAL),
    ):
        hass.services.async_register(
            DOMAIN,
            name,
            handler,
            schema=fields_schema(*FIELDS[name]),
            supports_response=supports_response,
        )


def _handler(action: Action) -> Callable[[ServiceCall], Coroutine[Any, Any, None]]:
    async def handle(call: ServiceCall) -> None:
        """Carry out the action on all devices at the same time; report the errors at the end."""
        coordinators, errors = await async_targets(call)
        results = await _async_gather(
            errors,
            [
                (
                    coordinator.config_entry.title,
                    action(coordinator, call.data, call.context),
                )
                for coordinator in coordinators
            ],
        )
        raise_errors(errors, len(errors) + len(results))

    return handle


async def _async_gather[T](
    errors: dict[str, HomeAssistantError],
    coroutines: Sequence[tuple[str, Coroutine[Any, Any, T]]],
) -> list[tuple[str, T]]:
    """Await coroutines of several devices at the same time; return results and add errors, by device name."""
    # Started eagerly, so that a later stop is queued after it.
    tasks = [create_eager_task(each) for _, each in coroutines]
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    results = []
    for (title, _), outcome in zip(coroutines, outcomes, strict=True):
        if isinstance(outcome, HomeAssistantError):
            errors[title] = outcome
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            results.append((title, outcome))
    return results


async def _async_start(
    coordinator: BackHugCoordinator, data: Mapping[str, Any], context: Context
) -> None:
    request = replace(
        _request(coordinator, data),
        person=person_id(coordinator, data),
        asked_by=async_asker(coordinator.hass, context),
    )
    if boolean(coordinator, data, ATTR_WHEN_OCCUPIED):
        await coordinator.controller.start_on_occupancy.async_arm(
            request, _timeout(coordinator, data)
        )
        return
    if ATTR_TIMEOUT in data:
        raise invalid("timeout_without_when_occupied")
    await coordinator.controller.async_start(request)


async def _async_stop(call: ServiceCall) -> ServiceResponse:
    """Stop all devices, also those that are not set up; return which of them had a session."""
    errors: dict[str, HomeAssistantError] = {}
    ended = await _async_gather(
        errors,
        [
            (entry.title, async_stop_entry(call.hass, entry))
            for entry in await async_target_entries(call)
        ],
    )
    raise_errors(errors, len(errors) + len(ended))
    return {
        "devices": [{"name": title, "session_ended": each} for title, each in ended]
    }


async def _async_pause(
    coordinator: BackHugCoordinator, _: Mapping[str, Any], _context: Context
) -> None:
    await coordinator.controller.async_pause()


async def _async_resume(
    coordinator: BackHugCoordinator, _: Mapping[str, Any], _context: Context
) -> None:
    await coordinator.controller.async_resume()


async def _async_adjust(
    coordinator: BackHugCoordinator, data: Mapping[str, Any], _context: Context
) -> None:
    """Change settings; nothing is sent if any of them is not possible."""
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
    request = _settings(coordinator, data)
    features = coordinator.features
    strength_step = minutes_step = None
    if ATTR_STRENGTH_STEP in data:
        levels = features.largest_step
        strength_step = whole_number(
            coordinator, data, ATTR_STRENGTH_STEP, -levels, levels
        )
    if ATTR_MINUTES_STEP in data:
        longest = features.max_minutes
        minutes_step = whole_number(
            coordinator, data, ATTR_MINUTES_STEP, -longest, longest
        )
    await coordinator.controller.async_adjust(
        Adjustment(
            strength=request.strength,
            strength_step=strength_step,
            area=request.area,
            flow=request.flow,
            minutes=request.minutes,
            minutes_step=minutes_step,
        )
    )


async def _async_get_tension(call: ServiceCall) -> ServiceResponse:
    """Return the tension of the last sessions and weeks, of all devices or of none."""
    coordinators, errors = await async_targets(call, POLICY_READ)
    devices: list[JsonValueType] = []
    for coordinator in coordinators:
        title = coordinator.config_entry.title
        if not coordinator.features.measures_tension:
            errors[title] = invalid("tension_not_measured", name=title)
            continue
        count = 1
        if ATTR_SESSIONS in call.data:
            count = whole_number(coordinator, call.data, ATTR_SESSIONS, 1, KEPT)
        try:
            person = person_id(coordinator, call.data)
        except ServiceValidationError as error:
            errors[title] = error
            continue
        visible = await coordinator.household.async_visible(call.context, person)
        measured = coordinator.history.newest(KEPT, with_tension=True, of=visible)
        sessions: list[JsonValueType] = [
            session.shown() for session in measured[:count]
        ]
        devices.append({"name": title, "sessions": sessions, **weeks.shown(measured)})
    raise_errors(errors, len(errors) + len(devices))
    return {"devices": devices}


async def _async_forget(call: ServiceCall) -> ServiceResponse:
    """Delete stored sessions of all devices or of none; return how many each had."""
    coordinators, errors = await async_targets(call)
    meant = []
    for coordinator in coordinators:
        data = call.data
        try:
            person = person_id(coordinator, data)
            dates = [
                date_in(coordinator, data, field)
                for field in (ATTR_START_DATE, ATTR_END_DATE)
            ]
        except ServiceValidationError as error:
            errors[coordinator.config_entry.title] = error
            continue
        await async_require_own(call.hass, call.context, person)
        meant.append((coordinator, person, dates))
    raise_errors(errors, len(errors) + len(meant))
    return {
        "devices": [
            {
                "name": coordinator.config_entry.title,
                "forgotten": await coordinator.household.async_forget(person, *dates),
            }
            for coordinator, person, dates in meant
        ]
    }


# Fields


def _request(
    coordinator: BackHugCoordinator, data: Mapping[str, Any]
) -> SessionRequest:
    settings = [field for field in SETTINGS if field in data]
    if ATTR_PROGRAMME not in data:
        if settings:
            return _settings(coordinator, data)
        return SessionRequest(programme=coordinator.controller.runner.chosen)
    runner = coordinator.controller.runner
    value = data[ATTR_PROGRAMME]
    # An empty field does not mean "no programme".
    name = "" if value is None else str(value)
    programme = runner.find(name)
    if programme is None and not runner.means_none(name):
        raise refused(coordinator, data, ATTR_PROGRAMME, ", ".join(runner.shown_names))
    if programme is not None and settings:
        raise invalid("one_of_two", field=ATTR_PROGRAMME, other=settings[0])
    return (
        _settings(coordinator, data) if programme is None else SessionRequest(programme)
    )


def _settings(
    coordinator: BackHugCoordinator, data: Mapping[str, Any]
) -> SessionRequest:
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
    return SessionRequest(minutes=minutes, strength=strength, area=area, flow=flow)


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
