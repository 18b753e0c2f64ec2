"""Fixtures: a home with an assistant, one BackHug or two, and a model that is connected."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from development.model import McpModel, Model
from simulator.build import Build
from tests.home import Home, SimulatedBackHug
from tests.integration.models import ApiModel

from .arrange import SECOND, Connect, room


@pytest.fixture
async def back_hug(home: Home) -> SimulatedBackHug:
    """Return a live, occupied BackHug."""
    back_hug = await home.add(Build(name="BackHug"))
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


@pytest.fixture(autouse=True)
async def home_assistant(hass: HomeAssistant, back_hug: SimulatedBackHug) -> None:  # noqa: ARG001
    """Set up what a home has that has an assistant."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})


@pytest.fixture
def model(hass: HomeAssistant) -> ApiModel:
    """Return a model inside Home Assistant."""
    return ApiModel(hass)


@pytest.fixture(params=["api", "mcp"])
async def connect(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    hass_access_token: str,
) -> Connect:
    """Return how to connect a model, in both ways."""

    @asynccontextmanager
    async def api() -> AsyncGenerator[Model]:
        yield ApiModel(hass)

    if request.param == "api":
        return api

    assert await async_setup_component(hass, "http", {})
    flow = await hass.config_entries.flow.async_init(
        "mcp_server", context={"source": SOURCE_USER}
    )
    await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    await hass.async_block_till_done()
    client = await hass_client()

    @asynccontextmanager
    async def mcp() -> AsyncGenerator[Model]:
        url = str(client.make_url("/api/mcp"))
        async with McpModel.connect(url, hass_access_token) as model:
            yield model

    return mcp


@pytest.fixture
async def guest(home: Home) -> SimulatedBackHug:
    """Return a second BackHug, in the guest room."""
    guest = await home.add(SECOND)
    await home.seen(guest)
    await guest.set_up()
    room(guest, "Guest room")
    return guest
