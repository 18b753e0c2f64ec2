"""The stop tool, with arguments that make no sense."""

from typing import Any

from homeassistant.setup import async_setup_component
import pytest

from tests.home import SimulatedBackHug

from .models import ApiModel


@pytest.mark.parametrize(
    "args", [{"device_name": ["BackHug"]}, {"device_area": {"name": "spa"}}]
)
async def test_invalid_arguments_do_not_prevent_the_stop(
    back_hug: SimulatedBackHug, args: dict[str, Any]
) -> None:
    """Every BackHug is stopped, as without arguments."""
    await async_setup_component(back_hug.hass, "homeassistant", {})
    await async_setup_component(back_hug.hass, "conversation", {})
    await back_hug.treat()
    model = ApiModel(back_hug.hass)
    _, refused = await model._call("backhug__adjust_session", args)
    assert "error" in refused
    await model._call("backhug__stop_session", args)
    assert not back_hug.back.running
