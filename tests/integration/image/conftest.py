"""Fixtures of the tests of the images."""

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.backhug import coordinator, image
from tests.home import SimulatedBackHug

from .tension_maps import Client, Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Replace and return the clock of the image and the coordinator."""
    clock = Clock()
    monkeypatch.setattr(image, "monotonic", clock)
    monkeypatch.setattr(coordinator, "monotonic", clock)
    return clock


@pytest.fixture
async def client(
    clock: Clock,  # noqa: ARG001, before the set-up
    back_hug: SimulatedBackHug,  # noqa: ARG001, sets up the HTTP server
    hass_client_no_auth: ClientSessionGenerator,
) -> Client:
    """Return an unauthenticated HTTP client."""
    client: Client = await hass_client_no_auth()
    return client
