"""Sentences, intents, places and devices that the tests of voice share."""

from typing import Any

from homeassistant.components import conversation
from homeassistant.components.conversation import async_converse
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import Context
from homeassistant.helpers import area_registry as ar, device_registry as dr, intent
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug.voice.sentence_files import path_of
from simulator.build import Build
from tests.home import Home, SimulatedBackHug

FIRST = Build(name="Anna's BackHug")
SECOND = Build(
    name="BackHug 2",
    address="C0:FF:EE:00:00:02",
    areas=(0, 1),
    flows=(0, 3),
    strengths=5,
    measures_tension=False,
    can_pause=False,
)
NOT_OURS = {
    "en": "Sorry, I couldn't understand that",
    "de": "Entschuldigung, das habe ich nicht verstanden",
}


async def say(
    home: Home, sentence: str, language: str = "en", device_id: str | None = None
) -> str:
    """Say something, in the room of a satellite, and return the answer."""
    result = await async_converse(
        home.hass, sentence, None, Context(), language=language, device_id=device_id
    )
    speech: str = result.response.speech["plain"]["speech"]
    return speech


async def handle(
    home: Home, intent_type: str, language: str = "en", **slots: Any
) -> intent.IntentResponse:
    """Handle an intent that was not spoken, as a dashboard or a script may."""
    return await intent.async_handle(
        home.hass,
        "test",
        intent_type,
        {name: {"value": value} for name, value in slots.items()},
        language=language,
    )


def device(back_hug: SimulatedBackHug) -> dr.DeviceEntry:
    """Return the device of a BackHug."""
    (found,) = dr.async_entries_for_config_entry(
        dr.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return found


def put(back_hug: SimulatedBackHug, area_id: str) -> None:
    """Put a BackHug into an area."""
    dr.async_get(back_hug.hass).async_update_device(
        device(back_hug).id, area_id=area_id
    )


def satellite(home: Home, area: str) -> str:
    """Return the id of a voice satellite in an area."""
    entry = MockConfigEntry()
    entry.add_to_hass(home.hass)
    registry = dr.async_get(home.hass)
    found = registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("test", area)}
    )
    area_id = ar.async_get(home.hass).async_get_or_create(area).id
    registry.async_update_device(found.id, area_id=area_id)
    return found.id


def triggers(home: Home) -> list[str]:
    """Return the templates of all sentence triggers."""
    return list(conversation.get_agent_manager(home.hass).trigger_sentences)


def questions(home: Home) -> list[str]:
    """Return the templates of answers to the question which BackHug is meant."""
    return [
        each for each in triggers(home) if "the bedroom" in each or "bedroom|" in each
    ]


async def teach(home: Home, *sentences: str) -> None:
    """Give Home Assistant sentences of its own, which ask for the time."""
    path = path_of(home.hass, "en").parent / "others.yaml"
    listed = "".join(f"          - {each}\n" for each in sentences)
    path.write_text(
        "language: en\nintents:\n  HassGetCurrentTime:\n    data:\n"
        f"      - sentences:\n{listed}"
    )
    await home.hass.services.async_call("conversation", "reload", blocking=True)


async def voice_form(back_hug: SimulatedBackHug) -> ConfigFlowResult:
    """Open the form about voice."""
    options = back_hug.hass.config_entries.options
    menu = await options.async_init(back_hug.entry.entry_id)
    return await options.async_configure(menu["flow_id"], {"next_step_id": "voice"})


async def choose(back_hug: SimulatedBackHug, *languages: str) -> ConfigFlowResult:
    """Install the sentences of these languages, through the options."""
    form = await voice_form(back_hug)
    return await back_hug.hass.config_entries.options.async_configure(
        form["flow_id"], {"languages": list(languages)}
    )
