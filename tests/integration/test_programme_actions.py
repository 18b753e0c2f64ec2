"""The actions for programmes: look into them, and save the settings in use as one."""

from copy import deepcopy
from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.const import EVENT_SERVICE_REGISTERED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers.service import async_get_all_descriptions
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.backhug.const import DOMAIN, LANGUAGES
from custom_components.backhug.programmes.catalogue import BUILT_IN
from development.action_reference import RESPONSES
from simulator.build import Build
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug, until

from .action_calls import act_as, paths, somebody
from .programme_runs import THREE_STEPS, add_programme, choose, pass_time


async def call(back_hug: SimulatedBackHug, action: str, **data: Any) -> Any:
    """Call an action on a device; return its response for that."""
    response: Any = await back_hug.hass.services.async_call(
        DOMAIN,
        action,
        {"entity_id": back_hug.entity_id("switch", "session"), **data},
        blocking=True,
        return_response=True,
    )
    assert paths(response) <= set(RESPONSES[action])
    (device,) = response["devices"]
    assert device["name"] == back_hug.entry.title
    return device


@pytest.mark.parametrize("language", LANGUAGES)
async def test_programmes_can_be_looked_into(
    back_hug: SimulatedBackHug, language: str
) -> None:
    """All are returned by name, with the steps that the device runs."""
    back_hug.hass.config.language = language
    assert await back_hug.hass.config_entries.async_reload(back_hug.entry.entry_id)
    mine = add_programme(back_hug)
    programmes = (await call(back_hug, "get_programmes"))["programmes"]
    assert [each["key"] for each in programmes] == [*BUILT_IN, mine.subentry_id]
    assert [each["own"] for each in programmes] == [*[False] * len(BUILT_IN), True]
    name = {"en": "Short break", "de": "Kurze Pause"}[language]
    (short,) = (each for each in programmes if each["name"] == name)
    assert short == {
        "key": "short_break",
        "name": name,
        "own": False,
        "minutes": 10,
        "steps": [
            {"area": "upper_back", "strength": 4, "flow": "medium", "minutes": 4},
            {"area": "shoulder_blades", "strength": 5, "flow": "wave", "minutes": 4},
            {"area": "full_back", "strength": 3, "flow": "slow", "minutes": 2},
        ],
        "skipped": [],
    }
    assert programmes[-1]["steps"] == THREE_STEPS["steps"]


async def start_description(hass: HomeAssistant) -> dict[str, Any]:
    """Return the description of the action that starts a session."""
    return deepcopy((await async_get_all_descriptions(hass))[DOMAIN]["start_session"])


async def test_form_of_the_start_offers_own_programmes(
    hass: HomeAssistant, back_hug: SimulatedBackHug
) -> None:
    """Open pages are made to fetch the new options; nothing else of the description changes."""
    before = await start_description(hass)
    registered = async_capture_events(hass, EVENT_SERVICE_REGISTERED)
    mine = add_programme(back_hug)
    entries = hass.config_entries
    for change, options in (
        (lambda: None, ["Mine"]),
        (lambda: entries.async_update_entry(back_hug.entry, title="Ours"), ["Mine"]),
        (lambda: entries.async_remove_subentry(back_hug.entry, mine.subentry_id), []),
    ):
        change()
        await hass.async_block_till_done()
        after = await start_description(hass)
        select = after["fields"]["programme"]["selector"]["select"]
        assert select["options"] == ["none", *BUILT_IN, *options]
        select["options"] = ["none", *BUILT_IN]
        assert {**before, **after} == {**before, "name": "", "description": ""}
    assert [event.data["service"] for event in registered] == ["start_session"] * 2


async def test_programmes_are_those_of_the_device(home: Home) -> None:
    """What is changed for a device is returned as well."""
    back_hug = await home.add(Build(areas=(0, 1), flows=(0, 1, 3), strengths=5))
    await home.seen(back_hug)
    await back_hug.set_up()
    programmes = (await call(back_hug, "get_programmes"))["programmes"]
    (short,) = (each for each in programmes if each["key"] == "short_break")
    assert [each["strength"] for each in short["steps"]] == [2, 2, 1]
    assert short["skipped"] == [
        {
            "step": 2,
            "change": "area_replaced",
            "wanted": "shoulder_blades",
            "used": "upper_back",
        }
    ]


async def test_settings_shown_are_saved(back_hug: SimulatedBackHug) -> None:
    """What the next session would do becomes a programme that does the same."""
    await back_hug.call("number", "set_value", "strength", value=4)
    await back_hug.call("select", "select_option", "area", option="lower_back")
    await back_hug.call("select", "select_option", "flow", option="wave")
    await back_hug.call("number", "set_value", "session_length", value=25)
    await back_hug.shows("number", "session_length", "25")
    saved = await call(back_hug, "save_programme", name="  My   favourite ")
    (key,) = back_hug.entry.subentries
    step = {"strength": 4, "area": "lower_back", "flow": "wave", "minutes": 25}
    assert saved == {
        "name": back_hug.entry.title,
        "key": key,
        "saved_as": "My favourite",
        **step,
    }
    await back_hug.call("number", "set_value", "strength", value=1)
    await choose(back_hug, "My favourite")
    shown = back_hug.state("select", "programme").attributes
    assert shown["sequence"] == [step]
    await back_hug.call("switch", "turn_on", "session")
    (request,) = back_hug.requests(Opcode.START)
    assert tuple(request.parameters) == (25, 4, 3, 3)


async def test_settings_of_the_session_are_saved(back_hug: SimulatedBackHug) -> None:
    """Of a programme it is the running step, over the whole length."""
    add_programme(back_hug)
    await choose(back_hug, "Mine")
    await back_hug.call("switch", "turn_on", "session")
    back_hug.clock.advance(21)
    await back_hug.shows("sensor", "programme_step", "1")
    await pass_time(back_hug, 240)
    await until(lambda: back_hug.back.strength == 5, "the second step is set")
    await back_hug.shows("number", "strength", "5")
    saved = await call(back_hug, "save_programme", name="Second")
    assert saved["strength"] == 5
    assert (saved["area"], saved["flow"]) == ("shoulder_blades", "wave")
    assert saved["minutes"] == 15


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({}, "programme_name_length"),
        ({"name": None}, "programme_name_length"),
        ({"name": "x" * 41}, "programme_name_length"),
        ({"name": "a\nb"}, "programme_name_invisible"),
        ({"name": "unknown"}, "programme_name_reserved"),
        ({"name": "Kurze Pause"}, "programme_name_taken"),
        ({"name": "MINE"}, "programme_name_taken"),
    ],
)
async def test_name_is_checked(
    back_hug: SimulatedBackHug, data: dict[str, Any], key: str
) -> None:
    """The rules are those of the form; the error is in words that also fit the card."""
    mine = add_programme(back_hug)
    with pytest.raises(ServiceValidationError) as error:
        await call(back_hug, "save_programme", **data)
    assert error.value.translation_key == key
    assert "field" not in str(error.value)
    assert list(back_hug.entry.subentries) == [mine.subentry_id]


async def test_unknown_settings_are_not_saved(home: Home) -> None:
    """A device at a level that it does not offer has no settings to save."""
    back_hug = await home.add(Build(flows=(9, 1)))
    await home.seen(back_hug)
    await back_hug.set_up()
    with pytest.raises(ServiceValidationError) as error:
        await call(back_hug, "save_programme", name="Favourite")
    assert error.value.translation_key == "settings_unknown"
    assert not back_hug.entry.subentries


async def test_device_out_of_reach(home: Home) -> None:
    """Without known settings there is nothing to save; programmes are known."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    with pytest.raises(HomeAssistantError) as error:
        await call(back_hug, "save_programme", name="Favourite")
    assert error.value.translation_key == "not_reachable"
    assert (await call(back_hug, "get_programmes"))["programmes"]


async def test_one_device_only(
    hass: HomeAssistant, home: Home, back_hug: SimulatedBackHug
) -> None:
    """A name stands for the settings of one device; looking into programmes takes several."""
    second = await home.add(Build(name="BackHug-2", address="C0:FF:EE:00:00:02"))
    await home.seen(second)
    await second.set_up()
    target = [each.entity_id("switch", "session") for each in home.back_hugs]
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN,
            "save_programme",
            {"entity_id": target, "name": "Favourite"},
            blocking=True,
        )
    assert error.value.translation_key == "one_device"
    assert not back_hug.entry.subentries
    response: Any = await hass.services.async_call(
        DOMAIN,
        "get_programmes",
        {"entity_id": target},
        blocking=True,
        return_response=True,
    )
    names = {each["name"] for each in response["devices"]}
    assert names == {each.entry.title for each in home.back_hugs}
    assert await hass.config_entries.async_unload(second.entry.entry_id)
    for action in ("get_programmes", "save_programme"):
        with pytest.raises(ServiceValidationError) as error:
            await hass.services.async_call(
                DOMAIN,
                action,
                {"entity_id": target, "name": "Favourite"}
                if action == "save_programme"
                else {"entity_id": target},
                blocking=True,
                return_response=True,
            )
        assert error.value.translation_key == "some_failed"


async def test_reading_is_not_saving(back_hug: SimulatedBackHug) -> None:
    """Who may only read looks into programmes, and saves none."""
    # The first user is the owner, who may do everything.
    await somebody(back_hug.hass)
    user = await somebody(back_hug.hass, GROUP_ID_READ_ONLY)
    target: dict[str, Any] = {"entity_id": back_hug.entity_id("switch", "session")}
    assert await act_as(back_hug.hass, user, "get_programmes", True, **target)
    with pytest.raises(Unauthorized):
        await act_as(back_hug.hass, user, "save_programme", True, **target, name="Mine")
    assert not back_hug.entry.subentries
