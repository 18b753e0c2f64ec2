"""What actions have in common: the devices that are meant, and what is in the fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_ENTITY_ID, ENTITY_MATCH_ALL
from homeassistant.core import ServiceCall
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import config_validation as cv, target
from homeassistant.helpers.service import async_extract_config_entry_ids
import voluptuous as vol

from .const import DOMAIN
from .coordinator import BackHugConfigEntry, BackHugCoordinator
from .permission import async_permission, async_session_switch
from .programmes.model import whole_number as parse_whole_number

SERVICE_STOP_SESSION: Final = "stop_session"

ATTR_MINUTES: Final = "minutes"


def fields_schema(*fields: str) -> Any:
    """Return the schema of an action with a target and these fields."""
    # What a field may hold depends on the device: it is checked there, and told in the person's language.
    return cv.make_entity_service_schema(
        {vol.Optional(field): cv.match_all for field in fields}
    )


def raise_errors(errors: Mapping[str, HomeAssistantError], targets: int) -> None:
    """Tell what failed, and on which device if there were several."""
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
            "reasons": "; ".join(str(error) for error in errors.values()),
        },
    )


async def async_targets(
    call: ServiceCall, policy: str = POLICY_CONTROL
) -> tuple[list[BackHugCoordinator], dict[str, HomeAssistantError]]:
    """Return the devices that are meant, and what is wrong with those that are not set up.

    Raises ServiceValidationError if no BackHug is meant, Unauthorized if the user does not have the permission
    on one that is, or on an entity that is named.
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
    """Return the entries of the devices that are meant, also those that are not set up.

    Raises ServiceValidationError if no BackHug is meant, Unauthorized if the user does not have the permission
    on one that is, or on an entity that is named.
    """
    entries: list[BackHugConfigEntry]
    entries = call.hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    permitted = await async_permission(call.hass, call.context, policy)
    if call.data.get(ATTR_ENTITY_ID) == ENTITY_MATCH_ALL:
        # As Home Assistant's own actions: all that the user may.
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
    """Return a whole number; a template gives it as text."""
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
    """Return one of what is offered."""
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
    """Return a truth value; a template gives it as text."""
    try:
        return bool(cv.boolean(data.get(field, default)))
    except vol.Invalid as error:
        raise refused(coordinator, data, field, "true, false") from error


def refused(
    coordinator: BackHugCoordinator, data: Mapping[str, Any], field: str, allowed: str
) -> ServiceValidationError:
    """Return the error that names a field, what is in it, and what may be."""
    return invalid(
        "invalid_field",
        name=coordinator.config_entry.title,
        field=field,
        value=str(data[field]),
        allowed=allowed or "–",
    )


def invalid(key: str, **placeholders: str) -> ServiceValidationError:
    """Return the error with the text of this key."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=placeholders,
    )
