"""Tools for language models in Home Assistant's Assist API.

Their texts are English, as those of Home Assistant's own tools.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.llm import LLM_API_ASSIST, LLMContext

from .device.model import Area, Flow
from .exposure import ExposedBackHug
from .llm_tools.consultation import ConsultTool, SaveProgrammeTool
from .llm_tools.plan import ChangePlanTool
from .llm_tools.session import (
    AdjustSessionTool,
    GetHistoryTool,
    GetStatusTool,
    StartSessionTool,
    StopSessionTool,
)
from .llm_tools.targeting import async_visible

PROMPT: Final = (
    "A BackHug is a back-care appliance that a person lies on while its fingers press into their back. It is not a "
    "medical device: promise no benefit to health, and give no medical advice. Ask the safety questions before "
    "backhug__consult. Start a session or make it stronger only when the person asks for it. When they want it to "
    "stop, or it hurts, call backhug__stop_session at once and talk afterwards."
)


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: LLMContext, api_id: str
) -> LLMTools | None:
    """Return the tools, if a BackHug is exposed to the assistant."""
    if api_id != LLM_API_ASSIST:
        return None
    exposed = async_visible(hass, llm_context)
    if not exposed:
        return None
    areas, flows = _offered(exposed)
    return LLMTools(
        tools=[
            GetStatusTool(),
            ConsultTool(),
            SaveProgrammeTool(areas, flows),
            StartSessionTool(areas, flows),
            AdjustSessionTool(areas, flows),
            StopSessionTool(),
            GetHistoryTool(),
            ChangePlanTool(),
        ],
        prompt=PROMPT,
    )


def _offered(exposed: Iterable[ExposedBackHug]) -> tuple[list[str], list[str]]:
    """Return the areas and flows that at least one device offers, in the order of the profile."""
    features = [each.features for each in exposed]
    return (
        [area.value for area in Area if any(area in each.areas for each in features)],
        [flow.value for flow in Flow if any(flow in each.flows for each in features)],
    )
