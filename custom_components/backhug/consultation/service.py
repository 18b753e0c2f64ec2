"""The action `backhug.consult`. Nothing is sent to the devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util.json import JsonObjectType, JsonValueType

from ..coordinator import BackHugConfigEntry
from ..programmes.names import tidy
from ..service_fields import (
    ATTR_PERSON,
    async_new_name,
    async_targets,
    invalid,
    person_id,
    raise_errors,
)
from .advise import advise
from .engine import Advice
from .questionnaire import FIELDS, AnswerError, AnswerProblem, Questionnaire
from .reasons import Refusal
from .saving import async_save_advice
from .text import ConsultationText

ATTR_SAVE_AS: Final = "save_as"
CONSULT_FIELDS: Final = (
    *(field.name for field in FIELDS),
    ATTR_SAVE_AS,
    ATTR_PERSON,
)


async def async_consult(call: ServiceCall) -> ServiceResponse:
    """Return advice or a refusal for each device.

    The programme is saved on all devices, or on none if there is any error.
    """
    # A saved programme is visible to all users.
    policy = POLICY_CONTROL if ATTR_SAVE_AS in call.data else POLICY_READ
    coordinators, errors = await async_targets(call, policy)
    results: list[tuple[BackHugConfigEntry, Advice | Refusal]] = []
    for coordinator in coordinators:
        entry = coordinator.config_entry
        try:
            if ATTR_SAVE_AS in call.data:
                await async_new_name(call.hass, entry, call.data.get(ATTR_SAVE_AS))
            persons = await coordinator.household.async_visible(
                call.context, person_id(coordinator, call.data)
            )
            questionnaire = _questionnaire(entry, call.data)
            results.append((entry, advise(entry, questionnaire, persons)))
        except ServiceValidationError as error:
            errors[entry.title] = error
    raise_errors(errors, len(errors) + len(results))
    text = await ConsultationText.async_load(call.hass)
    devices: list[JsonValueType] = [
        _response(call, entry, result, text) for entry, result in results
    ]
    return {"devices": devices}


def _response(
    call: ServiceCall,
    entry: BackHugConfigEntry,
    result: Advice | Refusal,
    text: ConsultationText,
) -> JsonObjectType:
    """Return the response for one device; save the programme if a name is given."""
    if isinstance(result, Refusal):
        return {"name": entry.title, "refused": text.refusal_as_dict(result)}
    saved_as: str | None = None
    if (save_as := call.data.get(ATTR_SAVE_AS)) is not None:
        saved_as = tidy(str(save_as))
        person = person_id(entry.runtime_data, call.data)
        async_save_advice(call.hass, entry, saved_as, result, call.context, person)
    return {
        "name": entry.title,
        **text.advice_as_dict(result),
        "saved_as": saved_as,
    }


def _questionnaire(entry: BackHugConfigEntry, data: Mapping[str, Any]) -> Questionnaire:
    """Return the questionnaire in the fields; raise ServiceValidationError for an invalid one."""
    try:
        return Questionnaire.from_answers(data)
    except AnswerError as error:
        name, field = entry.title, error.field
        if error.problem is AnswerProblem.MISSING:
            raise invalid(
                "field_missing", name=name, field=field.name, allowed=field.allowed
            ) from error
        raise invalid(
            "invalid_field",
            name=name,
            field=field.name,
            value=str(data[field.name]),
            allowed=field.allowed,
        ) from error
