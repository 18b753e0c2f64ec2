"""The action that makes a programme for a person: nothing is sent to any device."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..coordinator import BackHugCoordinator
from ..device.model import MAX_MINUTES, Region
from ..programmes.editing import to_form, to_stored
from ..programmes.names import NameProblem, tidy
from ..programmes.user_programmes import async_name_error, async_save_programme
from ..service_fields import (
    ATTR_CAUTIONS,
    ATTR_DAY_TIME,
    ATTR_EXPERIENCE,
    ATTR_FEELING,
    ATTR_FIRMNESS,
    ATTR_LAST_SESSIONS_MINE,
    ATTR_MINUTES,
    ATTR_SAVE_AS,
    async_targets,
    boolean,
    choice,
    invalid,
    raise_errors,
    refused,
    whole_number,
)
from .engine import Advice
from .questionnaire import (
    DEFAULT_DAY_TIME,
    DEFAULT_EXPERIENCE,
    DEFAULT_FIRMNESS,
    DEFAULT_MINUTES,
    MAX_DISCOMFORT,
    NO_CAUTION,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
    Refusal,
)
from .text import ConsultationText


async def async_consult(call: ServiceCall) -> ServiceResponse:
    """Return advice or a refusal for each device; saved on all of them, or on none."""
    # What is saved is there for everybody.
    policy = POLICY_CONTROL if ATTR_SAVE_AS in call.data else POLICY_READ
    coordinators, errors = await async_targets(call, policy)
    found: list[tuple[BackHugCoordinator, Advice | Refusal]] = []
    for coordinator in coordinators:
        try:
            if ATTR_SAVE_AS in call.data:
                await _async_check_name(coordinator, call.data)
            questionnaire = _account(coordinator, call.data)
            found.append((coordinator, await coordinator.async_consult(questionnaire)))
        except ServiceValidationError as error:
            errors[coordinator.config_entry.title] = error
    raise_errors(errors, len(errors) + len(found))
    text = await ConsultationText.async_load(call.hass)
    devices: list[JsonValueType] = [
        _response(call.hass, coordinator, each, text, call.data.get(ATTR_SAVE_AS))
        for coordinator, each in found
    ]
    return {"devices": devices}


def _response(
    hass: HomeAssistant,
    coordinator: BackHugCoordinator,
    found: Advice | Refusal,
    text: ConsultationText,
    save_as: Any,
) -> JsonObjectType:
    """Return what is told of one device, and save the programme if that is wanted."""
    entry = coordinator.config_entry
    if isinstance(found, Refusal):
        return {"name": entry.title, "refused": text.refusal_as_dict(found)}
    saved_as: str | None = None
    if save_as is not None:
        saved_as = _name(save_as)
        features = coordinator.features
        stored = to_stored(to_form(found.programme, features), features)
        async_save_programme(hass, entry, saved_as, stored)
    return {
        "name": entry.title,
        **text.advice_as_dict(found),
        "saved_as": saved_as,
    }


def _name(value: Any) -> str:
    return tidy(str(value))


async def _async_check_name(
    coordinator: BackHugCoordinator, data: Mapping[str, Any]
) -> None:
    entry = coordinator.config_entry
    name = _name(data[ATTR_SAVE_AS])
    error = await async_name_error(coordinator.hass, entry, name)
    match error:
        case NameProblem.LENGTH:
            raise invalid("programme_name_length", name=entry.title, value=name)
        case NameProblem.INVISIBLE:
            raise invalid("programme_name_invisible", name=entry.title)
        case NameProblem.RESERVED:
            raise invalid("programme_name_reserved", name=entry.title, value=name)
        case NameProblem.TAKEN:
            raise invalid("programme_name_taken", name=entry.title, value=name)


# What a person says


def _account(coordinator: BackHugCoordinator, data: Mapping[str, Any]) -> Questionnaire:
    """Return what is in the fields; what is left out is on the careful side.

    Raises ServiceValidationError for a field that is missing, or holds what it may not.
    """
    minutes = DEFAULT_MINUTES
    if ATTR_MINUTES in data:
        minutes = whole_number(coordinator, data, ATTR_MINUTES, 1, MAX_MINUTES)
    return Questionnaire(
        cautions=_cautions(coordinator, data),
        feeling=_member(coordinator, data, ATTR_FEELING, Feeling),
        firmness=_member(coordinator, data, ATTR_FIRMNESS, Firmness, DEFAULT_FIRMNESS),
        experience=_member(
            coordinator, data, ATTR_EXPERIENCE, Experience, DEFAULT_EXPERIENCE
        ),
        minutes=minutes,
        day_time=_member(coordinator, data, ATTR_DAY_TIME, DayTime, DEFAULT_DAY_TIME),
        discomfort={
            region: whole_number(coordinator, data, region.value, 0, MAX_DISCOMFORT)
            for region in Region
            if region.value in data
        },
        last_sessions_mine=boolean(
            coordinator, data, ATTR_LAST_SESSIONS_MINE, default=True
        ),
    )


def _cautions(
    coordinator: BackHugCoordinator, data: Mapping[str, Any]
) -> frozenset[Caution]:
    """Return what speaks against it, of which the person must have been asked."""
    allowed = ", ".join((NO_CAUTION, *Caution))
    said = data.get(ATTR_CAUTIONS)
    if said is None or said == []:
        raise _missing(coordinator, ATTR_CAUTIONS, allowed)
    several = said if isinstance(said, list) else [said]
    if several == [NO_CAUTION]:
        return frozenset()
    if not all(isinstance(each, str) and each in set(Caution) for each in several):
        raise refused(coordinator, data, ATTR_CAUTIONS, allowed)
    return frozenset(map(Caution, several))


def _member[EnumT: StrEnum](
    coordinator: BackHugCoordinator,
    data: Mapping[str, Any],
    field: str,
    kind: type[EnumT],
    default: EnumT | None = None,
) -> EnumT:
    if field in data:
        return kind(choice(coordinator, data, field, kind))
    if default is None:
        raise _missing(coordinator, field, ", ".join(kind))
    return default


def _missing(
    coordinator: BackHugCoordinator, field: str, allowed: str
) -> ServiceValidationError:
    return invalid(
        "field_missing",
        name=coordinator.config_entry.title,
        field=field,
        allowed=allowed,
    )
