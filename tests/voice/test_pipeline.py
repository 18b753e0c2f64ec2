"""Voice satellites: what Assist's pipeline hears in a room."""

from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from tests.home import Home, SimulatedBackHug

from .speaking import satellite


@pytest.fixture
async def client(
    talking: Home, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """Return a client of a home with voice pipelines."""
    assert await async_setup_component(talking.hass, "assist_pipeline", {})
    return await hass_ws_client(talking.hass)


async def hear(client: MockHAClientWebSocket, device_id: str, sentence: str) -> str:
    """Have a satellite hear a sentence; return the answer."""
    await client.send_json_auto_id(
        {
            "type": "assist_pipeline/run",
            "start_stage": "intent",
            "end_stage": "intent",
            "input": {"text": sentence},
            "device_id": device_id,
        }
    )
    while True:
        message = await client.receive_json()
        event = message.get("event") or {}
        if event.get("type") == "intent-end":
            output = event["data"]["intent_output"]
            return str(output["response"]["speech"]["plain"]["speech"])
        assert event.get("type") != "error", message


async def test_stop_is_for_the_satellites_room(
    talking: Home, client: MockHAClientWebSocket, two: list[SimulatedBackHug]
) -> None:
    """Of two sessions, the one in the room of the satellite stops."""
    first, second = two
    office, bedroom = (satellite(talking, area) for area in ("Office", "Bedroom"))
    await first.treat()
    await second.treat()
    assert await hear(client, office, "Hör auf") == "Stopped: BackHug 2."
    await second.shows("sensor", "state", "finishing")
    assert first.value("sensor", "state") == "treating"
    assert await hear(client, bedroom, "That's enough") == "Stopped: Anna's BackHug."
    await first.shows("sensor", "state", "finishing")
