"""Consultations by action, form and tool; measurements, own programmes and stored data."""

import json
from pathlib import Path
from typing import Any

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from homeassistant.exceptions import ServiceValidationError

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.consultation.questionnaire import (
    FIELDS,
    SECTION_DISCOMFORT,
    Page,
)
from custom_components.backhug.device.model import Phase, SessionEnd, TensionScan
from custom_components.backhug.service_fields import SERVICE_CONSULT
from custom_components.backhug.session.record import Session
from development.model import Failed
from simulator.build import Build
from tests.home import SimulatedBackHug

from .models import ApiModel

WIDEST = Build(shortest=1, longest=60)
REGIONS = {field.name for field in FIELDS if field.section == SECTION_DISCOMFORT}
RISING = tuple(
    Session(
        number=number,
        ended_by=SessionEnd.COMPLETED,
        before=TensionScan(Phase.BEFORE, (100,) * 28),
        after=TensionScan(Phase.AFTER, (127,) * 28),
    )
    for number in (1, 2)
)


def own(back_hug: SimulatedBackHug) -> dict[str, Any]:
    """Return the steps of the user's own programmes."""
    return {
        subentry.title: subentry.data["steps"]
        for subentry in back_hug.entry.subentries.values()
    }


def everything_stored(hass: HomeAssistant, back_hug: SimulatedBackHug) -> str:
    """Return everything stored about a device."""
    entry = json.dumps(back_hug.entry.as_dict(), default=str)
    kept = [path.read_text() for path in Path(hass.config.path(".storage")).glob("*")]
    return "\n".join((entry, *kept))


async def by_action(back_hug: SimulatedBackHug, answers: dict[str, Any]) -> bool:
    """Consult by the action; return whether the answers were accepted."""
    try:
        await back_hug.hass.services.async_call(
            DOMAIN,
            SERVICE_CONSULT,
            {"entity_id": back_hug.entity_id("switch", "session"), **answers},
            blocking=True,
            return_response=True,
        )
    except ServiceValidationError:
        return False
    return True


async def by_form(back_hug: SimulatedBackHug, answers: dict[str, Any]) -> bool:
    """Consult by the form; return whether the answers were accepted."""
    flows = back_hug.hass.config_entries.subentries
    flow = await flows.async_init(
        (back_hug.entry.entry_id, "programme"), context={"source": SOURCE_USER}
    )
    flow_id = flow["flow_id"]
    await flows.async_configure(flow_id, {"next_step_id": Page.SAFETY.value})
    try:
        for page in Page:
            names = {field.name for field in FIELDS if field.page is page}
            flow = await flows.async_configure(
                flow_id, {name: answers[name] for name in names & set(answers)}
            )
            if flow.get("errors"):
                return False
    except InvalidData:
        return False
    finally:
        flows.async_abort(flow_id)
    return True


async def by_tool(back_hug: SimulatedBackHug, answers: dict[str, Any]) -> bool:
    """Consult by the tool; return whether the answers were accepted."""
    args = {name: value for name, value in answers.items() if name not in REGIONS}
    args[SECTION_DISCOMFORT] = {name: answers[name] for name in REGIONS & set(answers)}
    try:
        await ApiModel(back_hug.hass).call(
            "consult", safety_questions_asked=True, **args
        )
    except Failed:
        return False
    return True
