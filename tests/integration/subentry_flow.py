"""The flow that adds or edits a programme."""

from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER

from tests.home import SimulatedBackHug


async def begin(back_hug: SimulatedBackHug, subentry_id: str | None = None) -> Any:
    """Start the flow to add or edit a programme."""
    context: Any = {"source": SOURCE_USER}
    if subentry_id is not None:
        context = {"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id}
    flow = await back_hug.hass.config_entries.subentries.async_init(
        (back_hug.entry.entry_id, "programme"), context=context
    )
    if subentry_id is None:
        assert flow["menu_options"] == ["own", "safety"]
        flow = await submit(back_hug, flow, next_step_id="own")
    return flow


async def submit(back_hug: SimulatedBackHug, flow: Any, **user_input: Any) -> Any:
    """Submit a form."""
    return await back_hug.hass.config_entries.subentries.async_configure(
        flow["flow_id"], user_input
    )
