"""The question of which BackHug is meant: its answers, and two of the same name."""

from datetime import timedelta

from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    issue_registry as ir,
)
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.backhug.voice.follow_up import ANSWER_WITHIN
from simulator.build import Build
from simulator.model import Opcode
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug
from tests.integration.conftest import as_at_first

from .language import LANGUAGES
from .speaking import put, questions, satellite, say, teach, triggers


@in_one_home(
    ("answer", "which"),
    [
        ("Anna's BackHug", 0),
        ("Anna's", 0),
        ("the bedroom", 0),
        ("the first one please", 0),
        ("BackHug 2", 1),
        ("in the office", 1),
        ("two", 1),
    ],
)
async def test_single_word_answers(
    talking: Home, two: list[SimulatedBackHug], answer: str, which: int
) -> None:
    """The question can be answered by a name, a room or a number."""
    for each in two:
        await as_at_first(each)
    assert "Which one" in await say(talking, "Start a massage for ten minutes")
    assert "has started: 10 minutes" in await say(talking, answer)
    assert [len(each.requests(Opcode.START)) for each in two] == [
        which == 0,
        which == 1,
    ]
    assert questions(talking) == []


@pytest.mark.usefixtures("two")
async def test_question_ends(talking: Home) -> None:
    """After a while, a name alone is nothing to us."""
    assert "Which one" in await say(talking, "Start a massage")
    assert len(questions(talking)) == len(LANGUAGES)
    # A second question replaces the first.
    assert "Welcher" in await say(talking, "Starte eine Massage", "de")
    assert len(questions(talking)) == len(LANGUAGES)
    async_fire_time_changed(
        talking.hass, dt_util.utcnow() + timedelta(seconds=ANSWER_WITHIN + 1)
    )
    assert triggers(talking) == []


async def test_answer_of_somebody_else(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """Only where the question was asked it is answered."""
    await teach(talking, "the office")
    assert "Which one" in await say(talking, "Start a massage")
    kitchen = satellite(talking, "Kitchen")
    assert ":" in await say(talking, "the office", device_id=kitchen)
    assert "not understand" in await say(talking, "the bedroom", device_id=kitchen)
    assert [each.requests(Opcode.START) for each in two] == [[], []]


async def test_chosen_one_is_gone(talking: Home, two: list[SimulatedBackHug]) -> None:
    """The one that was chosen is no longer exposed."""
    assert "Which one" in await say(talking, "Start a massage")
    talking.hass.states.async_remove(two[1].entity_id("switch", "session"))
    assert "no BackHug that Assist may control" in await say(talking, "BackHug 2")


async def test_the_occupied_one(talking: Home, two: list[SimulatedBackHug]) -> None:
    """Somebody lies on one of them: that one is meant, also if it is paused."""
    two[0].back.get_up()
    await two[0].shows("binary_sensor", "occupied", "off")
    assert "BackHug 2 has started" in await say(talking, "Start a massage")


async def test_the_one_in_reach(talking: Home, two: list[SimulatedBackHug]) -> None:
    """Nobody lies on any of them, and one is switched off."""
    for back_hug in two:
        back_hug.back.get_up()
        await back_hug.shows("binary_sensor", "occupied", "off")
    two[0].peripheral.vanish()
    await two[0].shows("sensor", "state", "unavailable")
    assert (
        await say(talking, "Set the massage to strength 3")
        == "Strength for the next session: 3 of 5."
    )


@pytest.fixture
async def twins(talking: Home) -> list[SimulatedBackHug]:
    """Return two BackHugs of the same name, without an area."""
    found = []
    for number in (1, 2):
        back_hug = await talking.add(
            Build(name="BackHug", address=f"C0:FF:EE:00:00:0{number}")
        )
        await talking.seen(back_hug)
        await back_hug.set_up()
        found.append(back_hug)
    return found


def hint(home: Home) -> dict[str, str] | None:
    """Return the placeholders of the issue about names."""
    found = ir.async_get(home.hass).async_get_issue("backhug", "same_name")
    return None if found is None else found.translation_placeholders


async def test_twins_by_number(talking: Home, twins: list[SimulatedBackHug]) -> None:
    """Without areas they are told apart by numbers, the older one first."""
    assert (
        await say(talking, "Start a massage")
        == "Which one do you mean: BackHug 1 or BackHug 2?"
    )
    assert "has started" in await say(talking, "BackHug 2")
    assert [len(each.requests(Opcode.START)) for each in twins] == [0, 1]
    assert "has started" in await say(talking, "Start BackHug 1")
    assert [len(each.requests(Opcode.START)) for each in twins] == [1, 1]


async def test_twins_by_area(talking: Home, twins: list[SimulatedBackHug]) -> None:
    """With areas they are told apart by these."""
    for back_hug, area in zip(twins, ("Bedroom", "Office"), strict=True):
        put(back_hug, ar.async_get(talking.hass).async_get_or_create(area).id)
    await talking.hass.async_block_till_done()
    assert (
        await say(talking, "Start a massage")
        == "Which one do you mean: BackHug (Bedroom) or BackHug (Office)?"
    )
    assert "has started" in await say(talking, "Office")
    assert [len(each.requests(Opcode.START)) for each in twins] == [0, 1]


async def test_hint_about_names(talking: Home, twins: list[SimulatedBackHug]) -> None:
    """A message suggests names, and goes away when they differ."""
    assert hint(talking) == {"name": "BackHug", "suggestions": "BackHug 1, BackHug 2"}
    office = ar.async_get(talking.hass).async_get_or_create("Office").id
    for back_hug in twins:
        put(back_hug, office)
    await talking.hass.async_block_till_done()
    assert hint(talking) == {
        "name": "BackHug",
        "suggestions": "BackHug Office, BackHug 2",
    }
    registry = dr.async_get(talking.hass)
    (device,) = dr.async_entries_for_config_entry(registry, twins[1].entry.entry_id)
    registry.async_update_device(device.id, name_by_user="The other one")
    await talking.hass.async_block_till_done()
    assert hint(talking) is None


async def test_names_are_no_templates(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """A device may be called anything: its name is an answer all the same."""
    registry = dr.async_get(talking.hass)
    for back_hug, name in zip(two, ("Left [one|{x}", "Right <two>"), strict=True):
        (device,) = dr.async_entries_for_config_entry(registry, back_hug.entry.entry_id)
        registry.async_update_device(device.id, name_by_user=name)
    await talking.hass.async_block_till_done()
    assert "Which one" in await say(talking, "Start a massage")
    assert "has started" in await say(talking, "Right two")
    assert [len(each.requests(Opcode.START)) for each in two] == [0, 1]
