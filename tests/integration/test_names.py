"""Programme names: validation, renaming in Home Assistant, and look-up."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.backhug.const import DOMAIN, LANGUAGES
from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.programmes.model import NO_PROGRAMME
from custom_components.backhug.programmes.names import (
    LONGEST_NAME,
    ProgrammeNames,
    compared,
    tidy,
)
from custom_components.backhug.programmes.user_programmes import async_name_error
from simulator.model import Opcode
from tests.cases import in_one_home
from tests.home import SimulatedBackHug

from .conftest import as_at_first
from .programme_runs import THREE_STEPS, add_programme

STRONG = {
    "strength_levels": 10,
    "steps": [{"area": "full_back", "strength": 9, "flow": "fast", "minutes": 20}],
}
AS_SHOWN = (20, 255, 255, 255)
"""Parameters of a start with the current settings."""

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


async def rename(
    back_hug: SimulatedBackHug,
    hass_ws_client: WebSocketGenerator,
    subentry: ConfigSubentry,
    title: str,
) -> None:
    """Rename a programme in the menu of Home Assistant, which bypasses validation."""
    assert await async_setup_component(back_hug.hass, "config", {})
    client = await hass_ws_client(back_hug.hass)
    await client.send_json_auto_id(
        {
            "type": "config_entries/subentries/update",
            "entry_id": back_hug.entry.entry_id,
            "subentry_id": subentry.subentry_id,
            "title": title,
        }
    )
    assert (await client.receive_json())["success"]


def own_options(back_hug: SimulatedBackHug) -> list[str]:
    """Return the options that are the user's own programmes."""
    options: list[str] = back_hug.state("select", "programme").attributes["options"]
    assert len(set(map(compared, options))) == len(options)
    assert options[: len(BUILT_IN) + 1] == [NO_PROGRAMME, *BUILT_IN]
    return options[len(BUILT_IN) + 1 :]


async def begin_again(back_hug: SimulatedBackHug) -> None:
    """End the session at the device, and remove the user's programmes."""
    for subentry_id in list(back_hug.entry.subentries):
        back_hug.hass.config_entries.async_remove_subentry(back_hug.entry, subentry_id)
    await as_at_first(back_hug)


async def started_with(back_hug: SimulatedBackHug, programme: Any) -> tuple[int, ...]:
    """Start a session by the action; return the parameters received by the device."""
    await back_hug.hass.services.async_call(
        DOMAIN,
        "start_session",
        {
            "entity_id": back_hug.entity_id("switch", "session"),
            "programme": programme,
        },
        blocking=True,
    )
    (request,) = back_hug.requests(Opcode.START)
    return tuple(request.parameters)


@in_one_home(
    ("name", "error"),
    [
        ("", "name_length"),
        (" \u00a0\u3000", "name_length"),
        ("x" * (LONGEST_NAME + 1), "name_length"),
        ("\u200b", "name_invisible"),
        ("\u2060\ufeff", "name_invisible"),
        ("\u200d", "name_invisible"),
        ("\u0301", "name_invisible"),
        ("\u3164", "name_invisible"),
        ("\u2800", "name_invisible"),
        ("\ufe0f", "name_invisible"),
        ("a\nb", "name_invisible"),
        ("a\tb", "name_invisible"),
        ("a\u2028b", "name_invisible"),
        ("a\u0085b", "name_invisible"),
        ("a\x00b", "name_invisible"),
        ("\u202egninevE", "name_invisible"),
        ("Even\u200bing", "name_invisible"),
        ("a\ud800b", "name_invisible"),
        ("unknown", "name_reserved"),
        ("UNAVAILABLE", "name_reserved"),
        ("NONE", "name_taken"),
        ("keines", "name_taken"),
        ("Keins", "name_taken"),
        ("short_break", "name_taken"),
        ("short  BREAK", "name_taken"),
        ("Kurze Pause", "name_taken"),
        ("\uff33hort break", "name_taken"),
        ("CAFE\u0301", "name_taken"),
        ("caf\u00e9", "name_taken"),
        ("STRASSE", "name_taken"),
    ],
)
async def test_invalid_name_is_refused(
    back_hug: SimulatedBackHug, name: str, error: str
) -> None:
    """A name is one visible line, distinct from all others in both languages."""
    if not back_hug.entry.subentries:
        add_programme(back_hug, "Café")
        add_programme(back_hug, "Straße")
    assert await async_name_error(back_hug.hass, back_hug.entry, name) == error


@in_one_home(
    "name",
    [
        "x" * LONGEST_NAME,
        " Evening ",
        "\U0001f986",
        FAMILY,
        ENGLAND,
        "\u2764\ufe0f",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "Short break 2",
        "Nothing",
        "!",
    ],
)
async def test_valid_name_is_accepted(back_hug: SimulatedBackHug, name: str) -> None:
    """Any script and emoji are valid; a programme may keep its name."""
    await begin_again(back_hug)
    assert await async_name_error(back_hug.hass, back_hug.entry, name) is None
    subentry = add_programme(back_hug, tidy(name))
    assert own_options(back_hug) == [tidy(name)]
    error = await async_name_error(
        back_hug.hass, back_hug.entry, name, subentry.subentry_id
    )
    assert error is None
    assert await async_name_error(back_hug.hass, back_hug.entry, name) == "name_taken"


async def test_built_in_names_mean_one_programme(back_hug: SimulatedBackHug) -> None:
    """No two built-in programmes share a name across languages."""
    names = await ProgrammeNames.async_load(back_hug.hass)
    found = [names.key_of(key) for key in (NO_PROGRAMME, *BUILT_IN)]
    assert found == [NO_PROGRAMME, *BUILT_IN]
    for language in LANGUAGES:
        back_hug.hass.config.language = language
        shown = await ProgrammeNames.async_load(back_hug.hass)
        for each in BUILT_IN.values():
            assert shown.shown(each) != each.key
            assert names.key_of(shown.shown(each)) == each.key


# Renamed in Home Assistant


@in_one_home(
    ("title", "shown"),
    [
        ("None", "None (2)"),
        ("Keines", "Keines (2)"),
        ("short break", "short break (2)"),
        ("Kurze Pause", "Kurze Pause (2)"),
        ("unavailable", "unavailable (2)"),
        ("a\nb\tc", "a b c"),
        ("\u202eEvening\u200b", "Evening"),
        ("\u200b\u3164", "Programme"),
        ("", "Programme"),
        ("x" * 300, "x" * LONGEST_NAME),
    ],
)
async def test_invalid_new_name_is_made_valid(
    back_hug: SimulatedBackHug,
    hass_ws_client: WebSocketGenerator,
    title: str,
    shown: str,
) -> None:
    """The programme is shown under a valid name, by which it is selected and started."""
    await begin_again(back_hug)
    mine = add_programme(back_hug)
    await back_hug.call("select", "select_option", "programme", option="Mine")
    await rename(back_hug, hass_ws_client, mine, title)
    assert own_options(back_hug) == [shown]
    assert back_hug.value("select", "programme") == shown
    assert await started_with(back_hug, shown) == (15, 2, 1, 1)


@in_one_home("name", ["none", "None", "KEINES", "Keins"])
async def test_none_always_means_no_programme(
    back_hug: SimulatedBackHug, hass_ws_client: WebSocketGenerator, name: str
) -> None:
    """A programme renamed to 'None' does not shadow the option."""
    await begin_again(back_hug)
    strong = add_programme(back_hug, "Strong", STRONG)
    await rename(back_hug, hass_ws_client, strong, name)
    assert await started_with(back_hug, name) == AS_SHOWN
    assert back_hug.back.strength == 3


async def test_duplicate_names_are_numbered(
    back_hug: SimulatedBackHug, hass_ws_client: WebSocketGenerator
) -> None:
    """The older programme keeps the name; numbers already in use are skipped."""
    add_programme(back_hug, "Evening", STRONG)
    soft = add_programme(back_hug, "Soft")
    add_programme(back_hug, "Evening (2)", STRONG)
    third = add_programme(back_hug, "Third")
    await rename(back_hug, hass_ws_client, soft, "EVENING")
    assert own_options(back_hug) == ["Evening", "Evening (2)", "EVENING (3)", "Third"]
    await rename(back_hug, hass_ws_client, third, "Evening")
    assert own_options(back_hug) == [
        "Evening",
        "Evening (2)",
        "EVENING (3)",
        "Evening (4)",
    ]
    assert await started_with(back_hug, "evening (3)") == (15, 2, 1, 1)


# Started by name


async def speak(back_hug: SimulatedBackHug, language: str) -> None:
    """Set the language of Home Assistant."""
    if back_hug.hass.config.language != language:
        back_hug.hass.config.language = language
        assert await back_hug.hass.config_entries.async_reload(back_hug.entry.entry_id)
        await back_hug.live()


@in_one_home(
    ("language", "name", "parameters"),
    [
        (language, *case)
        for language in LANGUAGES
        for case in (
            ("short_break", (10, 4, 1, 1)),
            ("Short break", (10, 4, 1, 1)),
            ("kurze pause", (10, 4, 1, 1)),
            ("After a day at the desk", (25, 3, 5, 0)),
            (" nach einem Tag am Schreibtisch ", (25, 3, 5, 0)),
            ("MINE", (15, 2, 1, 1)),
            ("None", AS_SHOWN),
            ("Keines", AS_SHOWN),
        )
    ],
)
async def test_programme_is_started_by_name(
    back_hug: SimulatedBackHug, name: str, parameters: tuple[int, ...], language: str
) -> None:
    """Names in every language and keys are accepted, whatever the language of Home Assistant."""
    await speak(back_hug, language)
    await begin_again(back_hug)
    add_programme(back_hug)
    assert await started_with(back_hug, name) == parameters


async def test_programme_is_started_by_key(back_hug: SimulatedBackHug) -> None:
    """A user's programme is found by the id of its subentry."""
    mine = add_programme(back_hug, "Mine", THREE_STEPS)
    assert await started_with(back_hug, mine.subentry_id) == (15, 2, 1, 1)


@in_one_home(
    ("language", "allowed", "name"),
    [
        (language, allowed, name)
        for language, allowed in (
            ("en", "None, Gentle start, Short break"),
            ("de", "Keines, Sanfter Einstieg,"),
        )
        for name in ("Shortbread", "", None, "\u200b")
    ],
)
async def test_unknown_name_is_refused(
    back_hug: SimulatedBackHug, language: str, allowed: str, name: str | None
) -> None:
    """The error lists the available names in the language of Home Assistant."""
    await speak(back_hug, language)
    await begin_again(back_hug)
    add_programme(back_hug)
    with pytest.raises(ServiceValidationError) as refused:
        await started_with(back_hug, name)
    assert refused.value.translation_key == "invalid_field"
    placeholders = refused.value.translation_placeholders
    assert placeholders
    assert placeholders["field"] == "programme"
    assert placeholders["allowed"].startswith(allowed)
    assert placeholders["allowed"].endswith(", Mine")
    assert not back_hug.back.running
