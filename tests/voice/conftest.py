"""Fixtures: a home with Assist, and the rules of the integration's own tests."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from gazetteer_matcher import config
from hassil import Sentence, intents, parse_sentence
from hassil.expression import Expression
from home_assistant_intents import get_languages
from homeassistant.components.conversation import default_agent
from homeassistant.components.conversation.default_agent import (
    DefaultAgent,
    LanguageIntents,
)
from homeassistant.helpers import area_registry as ar, floor_registry as fr
from homeassistant.setup import async_setup_component
from homeassistant.util.language import matches
import pytest

from custom_components.backhug.voice.sentence_files import FOLDER, async_apply
from tests.home import Home, SimulatedBackHug
from tests.integration.conftest import no_unexpected_warnings

from .language import LANGUAGES
from .speaking import FIRST, SECOND, put

__all__ = ["no_unexpected_warnings"]


@pytest.fixture(autouse=True, scope="session")
def parsed_once() -> Iterator[None]:
    """Parse each of the thousands of sentence templates once, not once a test."""

    @cache
    def parse(text: str, **options: Any) -> Sentence:
        """Parse a template, and find the words that it requires if no rule adds to them."""
        sentence = parse_sentence(text, **options)
        if "<" not in text:
            sentence.get_required_clauses({})
        return sentence

    collect = default_agent._collect_list_references
    found: dict[int, tuple[Expression, set[str]]] = {}

    def collect_once(expression: Expression, names: set[str]) -> None:
        """Collect the lists of an expression, which is shared by all copies of a sentence."""
        if id(expression) not in found:
            own: set[str] = set()
            found[id(expression)] = expression, own
            collect(expression, own)
        names |= found[id(expression)][1]

    with (
        patch.object(
            intents,
            "parse_sentence",
            # A copy: the words that it requires depend on the rules of its language.
            lambda text, **options: replace(parse(text, **options)),
        ),
        patch.object(default_agent, "_collect_list_references", collect_once),
    ):
        yield


@pytest.fixture(autouse=True, scope="session")
def loaded_once() -> Iterator[None]:
    """Load a language once for all homes with the same sentences, and the data of the second recogniser once."""
    load = DefaultAgent._load_intents
    loaded: dict[tuple[Any, ...], LanguageIntents] = {}

    def load_once(agent: DefaultAgent, language: str) -> LanguageIntents | None:
        variants = matches(language, get_languages())
        folder = Path(agent.hass.config.path(FOLDER, *variants[:1]))
        sentences = tuple(
            (path.relative_to(folder), path.read_bytes())
            for path in folder.rglob("*.yaml")
        )
        key = (*variants[:1], sentences, repr(agent._config_intents_config))
        if key not in loaded:
            if (found := load(agent, language)) is None:
                return None
            loaded[key] = found
        found = loaded[key]
        # Copies: the sentences of an intent may be exchanged.
        own = {name: replace(each) for name, each in found.intents.intents.items()}
        return replace(found, intents=replace(found.intents, intents=own))

    with (
        patch.object(DefaultAgent, "_load_intents", load_once),
        patch.object(config, "_load_yaml", cache(config._load_yaml)),
    ):
        yield


@pytest.fixture
async def assist(home: Home) -> Home:
    """Return a home with Assist, without our sentences yet."""
    # Assist reads it again with its sentences.
    Path(home.hass.config.path("configuration.yaml")).touch()  # noqa: ASYNC240
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(home.hass, component, {})
    return home


@pytest.fixture
async def talking(assist: Home) -> Home:
    """Return a home whose Assist understands a BackHug."""
    await async_apply(assist.hass, LANGUAGES)
    return assist


@pytest.fixture
async def one(talking: Home) -> SimulatedBackHug:
    """Return the only BackHug."""
    back_hug = await talking.add(FIRST)
    await talking.seen(back_hug)
    await back_hug.set_up()
    return back_hug


@pytest.fixture
async def two(talking: Home, one: SimulatedBackHug) -> list[SimulatedBackHug]:
    """Return two BackHugs, one in the bedroom upstairs, one in the office on the ground floor."""
    second = await talking.add(SECOND)
    await talking.seen(second)
    await second.set_up()
    hass = talking.hass
    floors, areas = fr.async_get(hass), ar.async_get(hass)
    for back_hug, area, floor in (
        (one, "Bedroom", "Upstairs"),
        (second, "Office", "Ground floor"),
    ):
        floor_id = floors.async_create(floor).floor_id
        put(back_hug, areas.async_create(area, floor_id=floor_id).id)
    await hass.async_block_till_done()
    return [one, second]
