"""The automation of the documentation that chooses the person in whose room a satellite listens."""

from pathlib import Path
import re
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.setup import async_setup_component
import yaml

from tests.home import SimulatedBackHug, until

from .family import choose

PAGE = Path(__file__).parents[2] / "docs" / "people.md"
SATELLITE = "assist_satellite.annas_room"


def automation(back_hug: SimulatedBackHug) -> dict[str, Any]:
    """Return the automation, for the entities of a BackHug."""
    found = re.search(
        r"^```yaml\n(alias: Anna speaks.*?)^```",
        PAGE.read_text(),
        re.MULTILINE | re.DOTALL,
    )
    assert found is not None
    text = found[1].replace(
        "switch.backhug_session", back_hug.entity_id("switch", "session")
    )
    text = text.replace("select.backhug_person", back_hug.entity_id("select", "person"))
    block: dict[str, Any] = yaml.safe_load(text)
    return block


async def test_satellite_of_a_person(shared: SimulatedBackHug) -> None:
    """Its person is chosen while it listens, unless somebody else is, and not for longer than a session may wait."""
    hass = shared.hass

    shown: list[str] = []

    def note(event: Event[EventStateChangedData]) -> None:
        assert event.data["new_state"] is not None
        shown.append(event.data["new_state"].state)

    async def listen() -> None:
        for state in ("listening", "idle"):
            hass.states.async_set(SATELLITE, state)
            await hass.async_block_till_done()

    hass.states.async_set(SATELLITE, "idle")
    blocks = {AUTOMATION: automation(shared)}
    assert await async_setup_component(hass, AUTOMATION, blocks)
    await hass.async_block_till_done()
    person = shared.entity_id("select", "person")
    async_track_state_change_event(hass, person, callback(note))
    await choose(shared, "Ben")
    await listen()
    await choose(shared, "guest")
    await listen()
    # Half an hour passes at once while nothing else is to be done.
    await until(lambda: shown[2:] == ["Anna", "guest"], "she was chosen")
    assert shown[:2] == ["Ben", "guest"]
