"""Tools offered to a language model: their descriptions, and the conditions."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm
from syrupy.assertion import SnapshotAssertion

from development.model import OURS
from tests.integration.models import ApiModel

from .arrange import Connect


async def test_tools_match_the_snapshot(
    connect: Connect, snapshot: SnapshotAssertion
) -> None:
    """Names, descriptions, parameters and annotations."""
    async with connect() as model:
        tools = await model.tools()
    assert tools == snapshot
    assert all(tool["name"].startswith(OURS) and tool["title"] for tool in tools)


async def test_reading_tools_are_read_only(model: ApiModel) -> None:
    """Reading tools are read-only; a stop asks for no confirmation."""
    tools = {tool["name"].removeprefix(OURS): tool for tool in await model.tools()}
    reads = {
        name for name, tool in tools.items() if tool["annotations"]["read_only"] is True
    }
    assert reads == {"get_status", "consult", "get_history"}
    asks = {
        name
        for name, tool in tools.items()
        if tool["annotations"]["destructive"] is True
    }
    assert asks == {"start_session", "adjust_session", "change_plan"}
    assert not any(tool["annotations"]["open_world"] for tool in tools.values())


async def test_prompt_says_what_a_backhug_is(model: ApiModel) -> None:
    """The prompt says what a BackHug is, and what it is not."""
    assert "not a medical device" in (await model.instance()).api_prompt


async def test_tools_need_the_exposure_api(hass: HomeAssistant) -> None:
    """The tools belong to the API that exposure limits."""
    context = llm.LLMContext("a model", None, "en", "conversation", None)
    from custom_components.backhug import llm as ours

    assert ours.async_get_tools(hass, context, "homeassistant") is None
    assert ours.async_get_tools(hass, context, "assist") is not None
    context.assistant = ""
    assert ours.async_get_tools(hass, context, "assist") is None
