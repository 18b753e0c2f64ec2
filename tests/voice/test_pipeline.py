"""Voice satellites: what Assist's pipeline hears in a room."""

from typing import Any

from homeassistant.components.assist_pipeline.pipeline import (
    PipelineEvent,
    PipelineEventType,
    PipelineInput,
    PipelineRun,
    PipelineStage,
    async_get_pipeline,
)
from homeassistant.core import Context
from homeassistant.helpers import chat_session, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from tests.home import Home, SimulatedBackHug

from .speaking import satellite


@pytest.fixture
async def pipelines(talking: Home) -> Home:
    """Return a home with voice pipelines."""
    assert await async_setup_component(talking.hass, "assist_pipeline", {})
    return talking


async def hear(home: Home, area: str, sentence: str) -> str:
    """Have the satellite of an area hear a sentence; return the answer."""
    device_id = satellite(home, area)
    entity = er.async_get(home.hass).async_get_or_create(
        "assist_satellite", "test", area, device_id=device_id
    )
    answers: list[str] = []

    def event(happened: PipelineEvent) -> None:
        if happened.type is PipelineEventType.INTENT_END:
            output: dict[str, Any] = (happened.data or {})["intent_output"]
            answers.append(output["response"]["speech"]["plain"]["speech"])

    with chat_session.async_get_chat_session(home.hass) as session:
        heard = PipelineInput(
            session=session,
            intent_input=sentence,
            device_id=device_id,
            satellite_id=entity.entity_id,
            run=PipelineRun(
                home.hass,
                Context(),
                async_get_pipeline(home.hass),
                PipelineStage.INTENT,
                PipelineStage.INTENT,
                event,
            ),
        )
        await heard.validate()
        await heard.execute()
    (answer,) = answers
    return answer


async def test_stop_is_for_the_satellites_room(
    pipelines: Home, two: list[SimulatedBackHug]
) -> None:
    """Of two sessions, the one in the room of the satellite stops."""
    first, second = two
    await first.treat()
    await second.treat()
    assert await hear(pipelines, "Office", "Hör auf") == "Stopped: BackHug 2."
    await second.shows("sensor", "state", "finishing")
    assert first.value("sensor", "state") == "treating"
    assert (
        await hear(pipelines, "Bedroom", "That's enough") == "Stopped: Anna's BackHug."
    )
    await first.shows("sensor", "state", "finishing")
