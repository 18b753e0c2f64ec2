"""A history from before there were people."""

from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS, repairs_flow_manager
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from custom_components.backhug.const import DOMAIN
from tests.home import SimulatedBackHug


def unassigned(back_hug: SimulatedBackHug) -> ir.IssueEntry | None:
    """Return the issue that asks whose the sessions are."""
    return ir.async_get(back_hug.hass).async_get_issue(
        DOMAIN, f"unassigned_sessions_{back_hug.entry.entry_id}"
    )


async def answer(back_hug: SimulatedBackHug, person: str) -> dict[str, Any]:
    """Answer the issue."""
    assert await async_setup_component(back_hug.hass, REPAIRS, {})
    manager = repairs_flow_manager(back_hug.hass)
    assert manager is not None
    issue = unassigned(back_hug)
    assert issue is not None
    flow = await manager.async_init(DOMAIN, context={"issue_id": issue.issue_id})
    if flow["type"] is not FlowResultType.FORM:
        return dict(flow)
    assert flow["description_placeholders"] == {"name": back_hug.entry.title}
    return dict(await manager.async_configure(flow["flow_id"], {"person": person}))
