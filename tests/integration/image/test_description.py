"""The description of the tension map, in words."""

import re

from homeassistant.helpers.translation import async_load_integrations
import pytest

from custom_components.backhug.const import DOMAIN
from tests.home import SimulatedBackHug, until

from .tension_maps import finish, scan, write_tokens


def description(back_hug: SimulatedBackHug) -> str:
    """Return what the image shows, in words."""
    text: str = back_hug.state("image", "tension_map").attributes["description"]
    return text


async def test_description_says_what_the_image_shows(
    back_hug: SimulatedBackHug,
) -> None:
    """The description follows the image, for people who do not see it."""
    assert description(back_hug) == "No tension has been measured yet."
    await back_hug.treat()
    await scan(back_hug)
    assert re.fullmatch(
        r"During the session: tension \d+ %, highest at the upper (left|right) \(\d+ %\)\.",
        description(back_hug),
    )
    back_hug.skip(20 * 60 - 30)
    await finish(back_hug)
    session = back_hug.coordinator.history.last
    assert session is not None
    words = []
    for when, tension in (
        ("Before", session.tension_before),
        ("After", session.tension_after),
    ):
        assert tension is not None
        highest = max(value for value in tension.regions.values() if value is not None)
        words.append(
            rf"{when} the session: tension {tension.back} %, highest at the [a-z ]+ \({highest} %\)\."
        )
    assert re.fullmatch(" ".join(words), description(back_hug))


async def test_description_of_a_scan_without_contact(
    back_hug: SimulatedBackHug,
) -> None:
    """A scan in which no finger touches the back has no tension."""
    person = back_hug.back.person
    person.not_touching = frozenset(range(back_hug.build.fingers))
    await back_hug.treat()
    await until(
        lambda: description(back_hug) == "No finger touches the back.",
        "the description is there",
    )


@pytest.mark.parametrize(
    ("language", "loaded", "text"),
    [
        ("de", True, "Es wurde noch keine Verspannung gemessen."),
        ("fr", True, "No tension has been measured yet."),
        ("fr", False, "No tension has been measured yet."),
    ],
)
async def test_description_is_in_the_language_of_home_assistant(
    back_hug: SimulatedBackHug, language: str, loaded: bool, text: str
) -> None:
    """It is translated; in English where there is no translation, or until it is loaded."""
    hass = back_hug.hass
    hass.config.language = language
    if loaded:
        await async_load_integrations(hass, {DOMAIN})
    write_tokens(hass, back_hug)
    assert description(back_hug) == text
