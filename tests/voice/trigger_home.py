"""Sentences registered in a home."""

from homeassistant.components import conversation

from custom_components.backhug.voice.sentence_files import path_of
from tests.home import Home


def triggers(home: Home) -> list[str]:
    """Return the templates of all sentence triggers."""
    return conversation.get_agent_manager(home.hass).trigger_sentences


async def teach(home: Home, *sentences: str) -> None:
    """Give Home Assistant sentences of its own, which ask for the time."""
    path = path_of(home.hass, "en").parent / "others.yaml"
    listed = "".join(f"          - {each}\n" for each in sentences)
    path.write_text(
        "language: en\nintents:\n  HassGetCurrentTime:\n    data:\n"
        f"      - sentences:\n{listed}"
    )
    await home.hass.services.async_call("conversation", "reload", blocking=True)
