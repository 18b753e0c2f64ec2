"""The action that changes the plan of a person. Nothing is sent to the devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeassistant.core import Context

from ..coordinator import BackHugCoordinator
from ..people.household import async_require_own
from ..plan.model import DAYS, Change
from ..service_fields import (
    ATTR_CHANGE,
    ATTR_SESSIONS,
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
    owner = household.plan_owner(context, person_id(coordinator, data))
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
