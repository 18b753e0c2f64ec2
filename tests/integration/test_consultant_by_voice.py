"""The consultant as the agent of a voice pipeline."""

from pathlib import Path
from typing import Any

from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.backhug.voice.sentence_files import async_apply
from simulator.model import Opcode
from tests.home import Home


async def test_pipeline_of_the_consultant(
    home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    """While it asks, answers are its own, also if they are words of a session; a stop ends both."""
    for component in ("homeassistant", "assist_pipeline"):
        assert await async_setup_component(home.hass, component, {})
    # Assist reads it again with its sentences.
    Path(home.hass.config.path("configuration.yaml")).touch()  # noqa: ASYNC240
    await async_apply(home.hass, ("en",))
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    client = await hass_ws_client(home.hass)
    conversation_id = None

    async def say(text: str) -> tuple[str, bool]:
        """Say something to a satellite; return the answer, and whether it goes on listening."""
        nonlocal conversation_id
        await client.send_json_auto_id(
            {
                "type": "assist_pipeline/run",
                "start_stage": "intent",
                "end_stage": "intent",
                "pipeline": back_hug.entity_id("conversation", "consultant"),
                "conversation_id": conversation_id,
                "input": {"text": text},
            }
        )
        ended: dict[str, Any] = {}
        while (event := (await client.receive_json()).get("event", {})).get(
            "type"
        ) != "run-end":
            if event.get("type") == "intent-end":
                ended = event["data"]["intent_output"]
        conversation_id = ended["conversation_id"]
        speech = ended["response"]["speech"]["plain"]["speech"]
        return speech, ended["continue_conversation"]

    await back_hug.treat()
    # Nothing was asked: the words of a session come first.
    answer, goes_on = await say("softer please")
    assert (answer.startswith("Strength "), goes_on) == (True, False)
    _, goes_on = await say("my neck is stiff")
    assert goes_on
    answer, goes_on = await say("none of these")
    assert "How firm do you like it" in answer
    answer, goes_on = await say("softer please")
    assert (answer.startswith("Understood: gentle."), goes_on) == (True, True)
    assert len(back_hug.requests(Opcode.SET_STRENGTH)) == 1
    answer, goes_on = await say("stop")
    assert (answer, goes_on) == (f"Stopped: {back_hug.entry.title}.", False)
    await back_hug.shows("switch", "session", "off")
