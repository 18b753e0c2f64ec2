"""Target of a tool call: by name, by room, and only exposed devices."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, llm
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.home import SimulatedBackHug, until
from tests.integration.conftest import requests
from tests.integration.models import ApiModel

from .arrange import STOP, expose, refused, room


async def test_unexposed_device_does_not_exist(
    model: ApiModel, back_hug: SimulatedBackHug, guest: SimulatedBackHug
) -> None:
    """A device that is not exposed does not exist, even for a caller who knows its name."""
    expose(guest, exposed=False)
    assert (await model.call("get_status"))["device"] == "BackHug"
    sentence = await refused(model, "get_status", device_name="Guest BackHug")
    assert sentence == "There is no such BackHug. Exposed: BackHug."
    assert (await model.call("stop_session"))["stopped"] == ["BackHug"]
    assert requests(guest) == []
    api = await model.instance()
    expose(back_hug, exposed=False)
    assert await model.tools() == []
    # A conversation that had begun before.
    result = await api.async_call_tool(llm.ToolInput("backhug__get_status", {}))
    assert result.error
    assert result.data == {"error": "No BackHug is exposed to this assistant."}


async def test_several_devices_need_a_name(
    hass: HomeAssistant,
    model: ApiModel,
    back_hug: SimulatedBackHug,
    guest: SimulatedBackHug,
) -> None:
    """Several devices are told apart by name or room; else the model is asked to ask."""
    sentence = await refused(model, "start_session")
    assert "BackHug, Guest BackHug (Guest room)" in sentence
    er.async_get(hass).async_update_entity(
        guest.entity_id("switch", "session"), aliases=["Gäste-Liege"]
    )
    for args in (
        {"device_name": "guest backhug"},
        {"device_name": "Guest"},
        {"device_name": "gaesteliege"},
        {"device_area": "Guest Room"},
    ):
        answer = await model.call("get_status", **args)
        assert answer["device"] == "Guest BackHug (Guest room)"
    assert "no such" in await refused(model, "get_status", device_area="Cellar")
    offers = {tool["name"]: tool["parameters"] for tool in await model.tools()}
    area = offers["backhug__start_session"]["properties"]["area"]
    assert area["enum"][-2:] == ["along_spine", "right_side"]
    # A speaker in the guest room means the device there.
    satellites = MockConfigEntry()
    satellites.add_to_hass(hass)
    devices = dr.async_get(hass)
    satellite = devices.async_get_or_create(
        config_entry_id=satellites.entry_id, identifiers={("test", "satellite")}
    )
    devices.async_update_device(satellite.id, area_id=room(guest, "Guest room").id)
    there = ApiModel(hass, satellite.id)
    assert (await there.call("get_status"))["device"] == "Guest BackHug (Guest room)"
    assert requests(back_hug) == requests(guest) == []


async def test_whole_names_come_first(
    hass: HomeAssistant,
    model: ApiModel,
    back_hug: SimulatedBackHug,
    guest: SimulatedBackHug,
) -> None:
    """A whole name goes before one without the word BackHug; an emoji is a name too."""
    er.async_get(hass).async_update_entity(
        back_hug.entity_id("switch", "session"), aliases=["Guest", "\N{BED}"]
    )
    for name, which in (
        ("Guest", "BackHug"),
        ("Guest BackHug", "Guest BackHug (Guest room)"),
        ("\N{BED}", "BackHug"),
    ):
        answer = await model.call("get_status", device_name=name)
        assert answer["device"] == which
    assert "no such" in await refused(model, "get_status", device_name="?")
    assert requests(back_hug) == requests(guest) == []


async def test_stop_without_a_name_stops_all(
    model: ApiModel, back_hug: SimulatedBackHug, guest: SimulatedBackHug
) -> None:
    """A stop does not ask which device."""
    for each in (back_hug, guest):
        await each.treat()
        requests(each)
    answer = await model.call("stop_session")
    assert answer["stopped"] == ["BackHug", "Guest BackHug (Guest room)"]
    assert requests(back_hug) == requests(guest) == [(STOP,)]


async def test_stop_ignores_invalid_arguments(
    model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """A misheard name or an unknown field does not prevent a stop."""
    for args in ({"device_name": "bag hug"}, {"reason": "it hurts"}):
        await back_hug.treat()
        requests(back_hug)
        assert (await model.call("stop_session", **args))["stopped"] == ["BackHug"]
        assert requests(back_hug) == [(STOP,)]
        back_hug.clock.advance(20)
        await back_hug.shows("sensor", "state", "standby")


async def test_device_not_set_up_is_named(
    hass: HomeAssistant, model: ApiModel, back_hug: SimulatedBackHug
) -> None:
    """A BackHug that is not set up is named as such."""
    await hass.config_entries.async_unload(back_hug.entry.entry_id)
    assert await refused(model, "get_status") == "BackHug is not set up at the moment."
    # A stop is carried out even so.
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
    answer = await model.call("stop_session")
    assert answer["no_session_was_running_on"] == answer["stopped"] == ["BackHug"]
