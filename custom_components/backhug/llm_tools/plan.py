"""Language model tool that changes the plan of the person who asks."""

from __future__ import annotations

from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.llm import LLMContext
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..actions.plan import async_change_speakers_plan
from ..plan.model import DAYS, Change
from ..service_fields import ATTR_CHANGE, ATTR_SESSIONS
from .answers import plan_answer
from .targeting import DEVICE, async_single_target
from .tool import MOVES, BackHugTool, RefusedError, one_of, whole

ATTR_SESSIONS_A_WEEK: Final = "sessions_a_week"


class ChangePlanTool(BackHugTool):
    """Pauses, resumes or drops a plan, or changes its sessions a week."""

    name = "backhug__change_plan"
    title = "Change BackHug plan"
    description = (
        "Changes the plan for the coming weeks of the person who asks; backhug__get_history shows it. A resumed plan "
        "continues with the week in which it was paused. Drop deletes it: ask before that. Starts nothing, and does not "
        "pause or stop a running session."
    )
    parameters = vol.Schema(
        {
            vol.Optional(ATTR_CHANGE): one_of(Change),
            vol.Optional(
                ATTR_SESSIONS_A_WEEK, description="For the rest of the plan."
            ): whole(1, DAYS),
            **DEVICE,
        }
    )
    annotations = MOVES

    @override
    async def _async_answer(
        self, hass: HomeAssistant, args: dict[str, Any], context: LLMContext
    ) -> JsonObjectType:
        exposed = async_single_target(hass, context, args)
        fields = {ATTR_CHANGE: ATTR_CHANGE, ATTR_SESSIONS_A_WEEK: ATTR_SESSIONS}
        data = {field: args[name] for name, field in fields.items() if name in args}
        if not data:
            raise RefusedError(f"Say what to change: {' or '.join(fields)}.")
        await async_change_speakers_plan(exposed.coordinator, data, context.context)
        try:
            plan = plan_answer(exposed.coordinator, context.context)
        except ServiceValidationError:
            plan = {"status": "dropped"}
        return {"device": exposed.name_and_area, "plan": plan}
