"""How long a person waits for the consultant, against a sentence of Home Assistant's own.

The twenty conversations of the tests, through Assist, with a device on a link that delays as a radio does.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
import time
from typing import Final

from homeassistant.components.conversation import async_converse
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import yaml

from .home import RADIO_DELAY, Device, Home, home
from .measure import Bar, Row, Scale, milliseconds

SCRIPTS: Final = Path(__file__).parents[1] / "tests" / "consultation" / "conversations"
LANGUAGES: Final = ("en", "de")
OWN_SENTENCE: Final = {"en": "What time is it", "de": "Wie spät ist es"}
"""What Home Assistant answers by itself, from its own state."""


def conversations() -> Iterator[tuple[str, list[str]]]:
    """Yield the language of each conversation, and what the person says."""
    for language in LANGUAGES:
        for script in yaml.safe_load((SCRIPTS / f"{language}.yaml").read_text()):
            yield language, [turn["you"] for turn in script["turns"]]


async def converse(
    hass: HomeAssistant, language: str, agent: str | None, *texts: str
) -> list[float]:
    """Have a conversation; return the seconds until each answer."""
    taken = []
    conversation: str | None = None
    for text in texts:
        began = time.perf_counter()
        result = await async_converse(
            hass, text, conversation, Context(), language=language, agent_id=agent
        )
        taken.append(time.perf_counter() - began)
        conversation = result.conversation_id
    return taken


async def turns(scale: Scale) -> list[Row]:
    """Have all conversations, with a sentence of Home Assistant's own before each."""
    async with home(delay=RADIO_DELAY) as place:
        for domain in ("homeassistant", "conversation"):
            assert await async_setup_component(place.hass, domain, {})
        data = await place.data()
        device = await place.add()
        await place.set_up_live(device, data)
        return await _measure(place, device, scale)


async def _measure(place: Home, device: Device, scale: Scale) -> list[Row]:
    hass, entry = place.hass, device.entry
    assert entry is not None
    agent = place.entity_id(device, "conversation", "consultant")
    talks = [*conversations()]
    if scale.quick:
        talks = talks[:1]
    for language in {language for language, _ in talks}:
        # What is loaded once is not part of a turn.
        await converse(hass, language, None, OWN_SENTENCE[language])
        await converse(hass, language, agent, "hello")
    own: list[float] = []
    taken: dict[tuple[int, int], list[float]] = {}
    """Seconds by conversation and turn."""
    for _ in range(scale.times(5)):
        for number, (language, texts) in enumerate(talks):
            own += await converse(hass, language, None, OWN_SENTENCE[language])
            for turn, seconds in enumerate(
                await converse(hass, language, agent, *texts)
            ):
                taken.setdefault((number, turn), []).append(seconds)
            entry.runtime_data.controller.start_on_occupancy.async_disarm()
            for key in [*entry.subentries]:
                hass.config_entries.async_remove_subentry(entry, key)
            await hass.async_block_till_done()
    # Of each turn the median: a single one may have waited for something else on the machine.
    medians = [median(each) for each in taken.values()]
    usual = median(medians)
    return [
        Row(
            "answer of the consultant, the slowest",
            milliseconds(max(medians)),
            "ms",
            Bar("<", 100),
            {"median": f"{milliseconds(usual)} ms", "turns": len(medians)},
        ),
        Row(
            "answer of the consultant ÷ of Home Assistant itself, median",
            usual / median(own),
            detail={"Home Assistant itself": f"{milliseconds(median(own))} ms"},
        ),
    ]
