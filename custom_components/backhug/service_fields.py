"""Names, fields and targets of the actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, ENTITY_MATCH_ALL
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import config_validation as cv, target
from homeassistant.helpers.service import async_extract_config_entry_ids
import voluptuous as vol

from .const import DOMAIN, GUEST
from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .people.permission import async_permission, async_session_switch
from .people.persons import async_find, async_persons
from .programmes.model import whole_number as parse_whole_number
from .programmes.names import tidy
from .programmes.user_programmes import async_name_error

SERVICE_ADJUST_SESSION: Final = "adjust_session"
SERVICE_CHANGE_PLAN: Final = "change_plan"
SERVICE_CONSULT: Final = "consult"
SERVICE_GET_PROGRAMMES: Final = "get_programmes"
SERVICE_FORGET_SESSIONS: Final = "forget_sessions"
SERVICE_GET_TENSION: Final = "get_tension"
SERVICE_PAUSE_SESSION: Final = "pause_session"
SERVICE_RESUME_SESSION: Final = "resume_session"
SERVICE_SAVE_PROGRAMME: Final = "save_programme"
SERVICE_START_SESSION: Final = "start_session"
SERVICE_STOP_SESSION: Final = "stop_session"

ATTR_AREA: Final = "area"
ATTR_CHANGE: Final = "change"
ATTR_END_DATE: Final = "end_date"
ATTR_FLOW: Final = "flow"
ATTR_MINUTES: Final = "minutes"
ATTR_MINUTES_STEP: Final = "minutes_step"
ATTR_NAME: Final = "name"
ATTR_PERSON: Final = "person"
ATTR_PROGRAMME: Final = "programme"
ATTR_SESSIONS: Final = "sessions"
ATTR_START_DATE: Final = "start_date"
ATTR_STRENGTH: Final = "strength"
ATTR_STRENGTH_STEP: Final = "strength_step"
ATTR_TIMEOUT: Final = "timeout"
ATTR_WHEN_OCCUPIED: Final = "when_occupied"

SETTINGS: Final = (ATTR_STRENGTH, ATTR_AREA, ATTR_FLOW, ATTR_MINUTES)
"""The settings of a session."""


def fields_schema(*fields: str) -> Any:
    """Return the schema of an action with a target and these fields."""
    # The range of a field depends on the device, so the handlers check it, with translated errors.
    return cv.make_entity_service_schema(
        {vol.Optional(field): cv.match_all for field in fields}
    )


def raise_errors(errors: Mapping[str, HomeAssistantError], targets: int) -> None:
    """Raise the error, or one that names the devices if there were several targets."""
    if not errors:
        return
    if targets == 1:
        raise next(iter(errors.values()))
    kind = HomeAssistantError
    if all(isinstance(error, ServiceValidationError) for error in errors.values()):
        kind = ServiceValidationError
    raise kind(
        translation_domain=DOMAIN,
        translation_key="some_failed",
        translation_placeholders={
            "names": ", ".join(errors),
            "reasons": "; ".join(dict.fromkeys(map(str, errors.values()))),
        },
    )


async def async_targets(
    call: ServiceCall, policy: str = POLICY_CONTROL
) -> tuple[list[BackHugCoordinator], dict[str, HomeAssistantError]]:
    """Return the coordinators of the targets, and an error for each target that is not set up.

    Raises as `async_target_entries`.
    """
    coordinators: list[BackHugCoordinator] = []
    errors: dict[str, HomeAssistantError] = {}
    for entry in await async_target_entries(call, policy):
        if entry.state is ConfigEntryState.LOADED:
            coordinators.append(entry.runtime_data)
        else:
            errors[entry.title] = invalid("not_set_up", name=entry.title)
    return coordinators, errors


async def async_target_entries(
    call: ServiceCall, policy: str = POLICY_CONTROL
) -> list[BackHugConfigEntry]:
    """Return the config entries of the targets, also of those that are not set up.

    Raises ServiceValidationError if no BackHug is targeted, and Unauthorized if the user lacks the permission on
    the session switch of a target or on an entity that is named.
    """
    entries: list[BackHugConfigEntry]
    entries = call.hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    permitted = await async_permission(call.hass, call.context, policy)
    if call.data.get(ATTR_ENTITY_ID) == ENTITY_MATCH_ALL:
        # As in Home Assistant's own actions: all that the user has the permission for.
        allowed = [
            each for each in entries if permitted(async_session_switch(call.hass, each))
        ]
        if entries and not allowed:
            raise Unauthorized(context=call.context, permission=policy)
        entries = allowed
    else:
        wanted = await async_extract_config_entry_ids(call)
        entries = [entry for entry in entries if entry.entry_id in wanted]
        named = target.async_extract_referenced_entity_ids(
            call.hass, target.TargetSelection(call.data)
        ).referenced
        for entity_id in (
            *sorted(named),
            *(async_session_switch(call.hass, each) for each in entries),
        ):
            if not permitted(entity_id):
                raise Unauthorized(
                    context=call.context, entity_id=entity_id, permission=policy
                )
    if not entries:
        raise invalid("no_device")
    return entries


def whole_number(
    coordinator: BackHugCoordinator,
    data: Mapping[str, Any],
    field: str,
    lowest: int,
    highest: int,
) -> int:
    """Return the whole number in a field; raises ServiceValidationError if it is none, or out of range."""
    try:
        return parse_whole_number(data[field], lowest, highest)
    except ValueError as error:
        raise refused(coordinator, data, field, f"{lowest}…{highest}") from error


def choice(
    coordinator: BackHugCoordinator,
    data: Mapping[str, Any],
    field: str,
    offered: Iterable[str],
) -> str:
    """Return the choice in a field; raises ServiceValidationError if it is not offered."""
    allowed = [str(each) for each in offered]
    if data[field] not in allowed:
        raise refused(coordinator, data, field, ", ".join(allowed))
    return str(data[field])


def boolean(
    coordinator: BackHugCoordinator,
    data: Mapping[str, Any],
    field: str,
    *,
    default: bool = False,
) -> bool:
    """Return the truth value in a field; a template gives it as text."""
    try:
        return bool(cv.boolean(data.get(field, default)))
    except vol.Invalid as error:
        raise refused(coordinator, data, field, "true, false") from error


async def async_new_name(
    hass: HomeAssistant, entry: BackHugConfigEntry, value: object
) -> str:
    """Return a field's value as the name for a new programme; raises ServiceValidationError if it cannot be used."""
    name = "" if value is None else tidy(str(value))
    if (problem := await async_name_error(hass, entry, name)) is not None:
        raise invalid(f"programme_{problem}", value=name)
    return name


def person_id(coordinator: BackHugCoordinator, data: Mapping[str, Any]) -> str | None:
    """Return the id of the person in a field, or `GUEST`; None without the field."""
    if ATTR_PERSON not in data:
        return None
    found = async_find(coordinator.hass, str(data[ATTR_PERSON]))
    if found is None:
        names = [GUEST, *(each.name for each in async_persons(coordinator.hass))]
        raise refused(coordinator, data, ATTR_PERSON, ", ".join(names))
    return found


def date_in(
    coordinator: BackHugCoordinator, data: Mapping[str, Any], field: str
) -> date | None:
    """Return the date in a field; None without the field."""
    if field not in data:
        return None
    try:
        found: date = cv.date(data[field])
    except vol.Invalid as error:
        raise refused(coordinator, data, field, "YYYY-MM-DD") from error
    return found


def refused(
    coordinator: BackHugCoordinator, data: Mapping[str, Any], field: str, allowed: str
) -> ServiceValidationError:
    """Return the error for a field with its value and the allowed values."""
    return invalid(
        "invalid_field",
        name=coordinator.config_entry.title,
        field=field,
        value=str(data[field]),
        allowed=allowed or "–",
    )


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return a validation error with a translation key."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )
