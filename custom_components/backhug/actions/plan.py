"""Selection of a plan, and the action that changes it. Nothing is sent to the devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, callback

from ..const import DOMAIN, GUEST
from ..coordinator import BackHugCoordinator
from ..people.household import async_require_own
from ..people.permission import async_session_switch
from ..people.persons import async_asker, async_persons
from ..plan.model import DAYS, Change
from ..service_fields import (
    ATTR_CHANGE,
    ATTR_PERSON,
    ATTR_SESSIONS,
    SERVICE_CHANGE_PLAN,
    choice,
    invalid,
    person_id,
    whole_number,
)


async def async_change_plan(
    coordinator: BackHugCoordinator, data: Mapping[str, Any], context: Context
) -> None:
    """Change the sessions a week of a plan, pause, resume or drop it."""
    title, household = coordinator.config_entry.title, coordinator.household
    owner = person_id(coordinator, data)
    if owner is None:
        owner = household.plans.shared(household.plan_owner(context))
    await async_require_own(coordinator.hass, context, owner)
    if ATTR_CHANGE not in data and ATTR_SESSIONS not in data:
        allowed = ", ".join(Change)
        raise invalid("field_missing", name=title, field=ATTR_CHANGE, allowed=allowed)
    change = sessions = None
    if ATTR_CHANGE in data:
        change = Change(choice(coordinator, data, ATTR_CHANGE, Change))
    if ATTR_SESSIONS in data:
        sessions = whole_number(coordinator, data, ATTR_SESSIONS, 1, DAYS)
    if not household.plans.async_change(owner, change, sessions):
        raise invalid("no_plan", name=title)


async def async_change_speakers_plan(
    coordinator: BackHugCoordinator, data: Mapping[str, Any], context: Context | None
) -> str | None:
    """Change the plan of who speaks, with these fields of the action; return whose it is.

    Raises ServiceValidationError as `async_speakers_plan`, and HomeAssistantError as the action does.
    """
    owner = async_speakers_plan(coordinator, context)
    hass = coordinator.hass
    await hass.services.async_call(
        DOMAIN,
        SERVICE_CHANGE_PLAN,
        {
            ATTR_ENTITY_ID: async_session_switch(hass, coordinator.config_entry),
            **({} if owner is None else {ATTR_PERSON: owner}),
            **data,
        },
        blocking=True,
        context=context,
    )
    return owner


@callback
def async_speakers_plan(
    coordinator: BackHugCoordinator, context: Context | None
) -> str | None:
    """Return whose plan "my plan" is; None stands for nobody, as in the history.

    Without a user, as from voice satellites, it is that of the chosen person. Raises ServiceValidationError if it is
    not known who speaks, or if there is no plan.
    """
    household, title = coordinator.household, coordinator.config_entry.title
    has_user = household.is_by_user(context)
    persons = household.plans.persons
    person = (
        async_asker(coordinator.hass, context) if has_user else household.choice.planned
    )
    owner = household.plans.shared(person)
    if not has_user:
        unclear = household.choice.chosen is None and len(persons) > 1
        if persons and (unclear or (person is None and owner not in persons)):
            raise invalid("plan_whose", name=title, persons=_names(coordinator))
        if person == GUEST and owner not in persons:
            raise invalid("plan_guest", name=title)
    elif persons and person is None and owner not in persons:
        raise invalid("plan_no_person", name=title)
    if household.plans.progress(owner) is None:
        raise invalid("no_plan", name=title)
    return owner


def _names(coordinator: BackHugCoordinator) -> str:
    """Return the names of the people who have a plan."""
    persons = coordinator.household.plans.persons
    return ", ".join(
        each.name for each in async_persons(coordinator.hass) if each.id in persons
    )
