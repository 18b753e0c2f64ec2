"""Target of a sentence: by name, by place, by session; and the answer without one."""

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    intent,
)
import pytest

from custom_components.backhug.reachability import availability
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until
from tests.integration.conftest import as_at_first

from .speaking import device, handle, satellite, say


async def test_device_lost_in_a_session_is_no_target(
    talking: Home, two: list[SimulatedBackHug], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence for the running session does not target one that was lost in a session."""
    first, second = two
    await first.treat()
    monkeypatch.setattr(availability, "GRACE", 0.1)
    first.back.switch_off()
    await first.shows("switch", "session", "unavailable")
    await second.treat()
    level = second.back.strength
    assert await say(talking, "stronger") == f"Strength {level + 1} of 5."
    assert second.back.strength == level + 1


async def test_two_devices_need_a_name(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """With two devices none starts: the answer asks which one, in the spoken language."""
    assert (
        await say(talking, "Start a massage")
        == "Which one do you mean: Anna's BackHug or BackHug 2?"
    )
    assert (
        await say(talking, "Starte eine Massage", "de")
        == "Welcher ist gemeint: Anna's BackHug oder BackHug 2?"
    )
    assert [back_hug.back.requests for back_hug in two] == [[], []]


@in_one_home(
    ("sentence", "which"),
    [
        ("Start Anna's BackHug", 0),
        ("Start a massage on Anna's BackHug", 0),
        ("Start BackHug 2", 1),
        ("Start the BackHug called two", 1),
        ("Start the bedroom BackHug", 0),
        ("Start a massage in the office", 1),
        ("Start a massage on the ground floor", 1),
        ("Start a massage on the upstairs", 0),
        ("Start a massage on the massage bed", 0),
    ],
)
async def test_target_by_name_area_or_floor(
    talking: Home, two: list[SimulatedBackHug], sentence: str, which: int
) -> None:
    """By its name, its area, its floor, or the name of its switch."""
    for back_hug in two:
        await as_at_first(back_hug)
    for back_hug, name in zip(two, ("massage bed", "two"), strict=True):
        er.async_get(talking.hass).async_update_entity(
            back_hug.entity_id("switch", "session"), aliases=[name]
        )
    await talking.hass.async_block_till_done()
    assert "has started" in await say(talking, sentence)
    assert [len(back_hug.requests(1)) for back_hug in two] == [which == 0, which == 1]


@pytest.mark.usefixtures("two")
async def test_satellite_targets_its_room(talking: Home) -> None:
    """Without a name the device in the satellite's room; for an agent without one too."""
    office = satellite(talking, "Office")
    assert (
        await say(talking, "Start a massage", device_id=office)
        == "BackHug 2 has started: 20 minutes."
    )
    response = await intent.async_handle(
        talking.hass, "test", "BackHugTimeLeft", language="en", device_id=office
    )
    assert "Time left" in response.speech["plain"]["speech"]
    # Somebody lies on the other one, and waits.
    elsewhere = satellite(talking, "Kitchen")
    assert (
        await say(talking, "Start a massage", device_id=elsewhere)
        == "Anna's BackHug has started: 20 minutes."
    )


async def test_running_session_is_the_target(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """A sentence that only makes sense in a session targets the running one."""
    await two[1].treat()
    assert await say(talking, "Softer") == "BackHug 2 is already at its weakest: 1."
    assert await say(talking, "Stronger") == "Strength 2 of 5."
    assert len(two[1].requests(5)) == 2
    assert two[0].back.requests == []


@in_one_home(
    ("sentence", "answer"),
    [
        (
            "Start a massage in the kitchen",
            "There is no BackHug in that place: Kitchen. Available: Anna's BackHug or BackHug 2.",
        ),
        (
            "Start Bert's BackHug",
            "No BackHug is called Bert's. Available: Anna's BackHug or BackHug 2.",
        ),
        (
            "Set BackHug 2 to my lower back",
            "BackHug 2 does not offer the area Lower back. It offers: Full back and Upper back.",
        ),
        (
            "Set BackHug 2 to fast flow",
            "BackHug 2 does not offer the flow Fast. It offers: Slow and Wave.",
        ),
        ("Pause BackHug 2", "BackHug 2 cannot do that."),
    ],
)
@pytest.mark.usefixtures("two")
async def test_impossible_request_names_the_possible(
    talking: Home, sentence: str, answer: str
) -> None:
    """The answer names the possible values."""
    ar.async_get(talking.hass).async_get_or_create("Kitchen")
    assert await say(talking, sentence) == answer


async def test_device_not_exposed_does_not_exist(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """A device that is not exposed to Assist does not exist for it; stop neither."""
    for back_hug in two:
        entity_id = back_hug.entity_id("switch", "session")
        async_expose_entity(talking.hass, "conversation", entity_id, False)
        if back_hug is two[0]:
            assert "BackHug 2 has started" in await say(talking, "Start a massage")
    for sentence in ("Start a massage", "Stop the massage", "How tense is my back"):
        assert "no BackHug that Assist may control" in await say(talking, sentence)
    assert two[0].back.requests == []
    assert two[1].requests(2) == []
    # What no assistant was asked for is no matter of what one may control.
    response = await handle(talking, "BackHugPauseSession", name="Anna's")
    assert response.speech["plain"]["speech"] == (
        "No session is running on Anna's BackHug."
    )


async def test_device_not_set_up_is_named(talking: Home, one: SimulatedBackHug) -> None:
    """A BackHug that is not loaded at the moment is named as such."""
    await one.treat()
    await talking.hass.config_entries.async_unload(one.entry.entry_id)
    assert (
        await say(talking, "Start a massage")
        == "Anna's BackHug is not set up at the moment."
    )
    # A stop is carried out all the same.
    await until(lambda: not one.peripheral.connected, "the link is closed")
    assert await say(talking, "Stop the massage") == "Stopped: Anna's BackHug."
    assert not one.back.running


async def test_answer_without_any_device(talking: Home, one: SimulatedBackHug) -> None:
    """There is an answer without any BackHug."""
    await talking.hass.config_entries.async_remove(one.entry.entry_id)
    response = await handle(talking, "BackHugStopSession")
    assert "no BackHug" in response.speech["plain"]["speech"]


async def test_renamed_device_is_found(talking: Home, one: SimulatedBackHug) -> None:
    """The user's name of the device counts."""
    dr.async_get(talking.hass).async_update_device(
        device(one).id, name_by_user="The bench"
    )
    assert await say(talking, "Pause the massage") == (
        "No session is running on The bench."
    )


async def test_disabled_switch_removes_the_device(
    talking: Home, one: SimulatedBackHug
) -> None:
    """Disabling the switch removes the BackHug from Assist."""
    talking.hass.states.async_remove(one.entity_id("switch", "session"))
    assert "no BackHug that Assist may control" in await say(talking, "Stop BackHug")
