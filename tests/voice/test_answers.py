"""Answers to questions, and changes at the limits of what a device offers."""

from datetime import timedelta
from unittest.mock import patch

from homeassistant.components import conversation
from homeassistant.util import dt as dt_util
from homeassistant.util.file import WriteError
import pytest

from custom_components.backhug.people.household import Household
from custom_components.backhug.reachability import availability
from custom_components.backhug.session.history import History
from custom_components.backhug.session.record import Session
from custom_components.backhug.voice import sentence_files
from custom_components.backhug.voice.sentence_files import (
    async_apply,
    path_of,
    problem_of,
)
from simulator.build import Build
from simulator.model import Opcode
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug

from .speaking import handle, say


@pytest.mark.usefixtures("one")
@in_one_home(
    ("days", "answer"),
    [
        (0, "ended today at "),
        (1, "ended yesterday at "),
        (9, "was 9 days ago and ended at "),
    ],
)
async def test_last_session(talking: Home, days: int, answer: str) -> None:
    """By the day, as people say it."""
    noon = dt_util.now().replace(hour=12, minute=0)
    last = Session(1, ended=dt_util.as_utc(noon - timedelta(days=days)))
    with patch.object(History, "newest", return_value=(last,)):
        said = await say(talking, "When was my last massage")
    assert said == f"Your last session on Anna's BackHug {answer}12:00."


@pytest.mark.usefixtures("one")
@in_one_home("sessions", [(), (Session(1),)])
async def test_no_last_session(talking: Home, sessions: tuple[Session, ...]) -> None:
    """There was none, or nothing is known of it."""
    with patch.object(History, "newest", return_value=sessions):
        assert await say(talking, "When was my last massage") == (
            "There has been no session of yours on Anna's BackHug yet."
        )


async def test_occupied_out_of_reach(
    talking: Home, one: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows who lies on a device that is switched off."""
    monkeypatch.setattr(availability, "GRACE", 0.1)
    one.peripheral.vanish()
    await one.shows("sensor", "state", "unavailable")
    assert "is out of reach" in await say(talking, "Is anybody on the BackHug")


async def test_a_simple_device(talking: Home) -> None:
    """One that senses nobody, and whose area and flow are not known here."""
    simple = await talking.add(
        Build(
            name="Simple",
            areas=(12,),
            flows=(12,),
            strengths=5,
            senses_occupancy=False,
            can_pause=False,
        )
    )
    await talking.seen(simple)
    await simple.set_up()
    assert await say(talking, "Is anybody on the BackHug") == (
        "Simple cannot sense whether somebody is lying on it."
    )
    assert "Simple" in await say(talking, "Which area is the massage set to")
    assert await say(talking, "Make the massage faster") == "Simple has no faster flow."
    assert await say(talking, "A strong massage") == "Simple has started: 20 minutes."
    assert simple.requests(Opcode.START)[0].parameters[1] == 4


async def test_from_a_flow_that_is_no_speed(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """From waves it goes to the speed that there is."""
    _, second = two
    await second.call("select", "select_option", "flow", option="wave")
    assert (
        await say(talking, "Make BackHug 2 faster") == "BackHug 2 has no faster flow."
    )
    assert (
        await say(talking, "Make BackHug 2 slower")
        == "Flow for the next session: Slow."
    )


@pytest.mark.usefixtures("one")
async def test_far_too_long(talking: Home) -> None:
    """Hours more end at the longest session, and hours less at the shortest."""
    assert await say(talking, "Make the massage 600 minutes longer") == (
        "Length of the next session: 60 minutes."
    )
    assert "cannot run longer" in await say(talking, "Make the massage longer")
    assert await say(talking, "Make the massage 500 minutes shorter") == (
        "Length of the next session: 5 minutes."
    )
    assert "cannot make it shorter" in await say(talking, "Make the massage shorter")


@pytest.mark.usefixtures("two")
async def test_question_outside_of_assist(talking: Home) -> None:
    """A script that asks for a start cannot answer by voice."""
    response = await handle(talking, "BackHugStartSession")
    assert "Which one" in response.speech["plain"]["speech"]
    assert conversation.get_agent_manager(talking.hass).trigger_sentences == []


async def test_last_session_of_others(talking: Home, one: SimulatedBackHug) -> None:
    """Nobody hears when somebody else was on it."""
    await one.treat()
    await say(talking, "Stop")
    one.clock.advance(20)
    await one.shows("sensor", "state", "standby")
    assert "Your last session" in await say(talking, "When was my last massage")
    with patch.object(Household, "visible_to", return_value=frozenset({"person.ben"})):
        assert "no session of yours" in await say(talking, "When was my last massage")


# Files


async def test_error_without_a_cause(assist: Home) -> None:
    """It is an error of the file all the same."""
    with (
        patch.object(
            sentence_files, "write_utf8_file_atomic", side_effect=WriteError("no")
        ),
        pytest.raises(OSError, match="no") as raised,
    ):
        await async_apply(assist.hass, ["en"])
    assert problem_of(raised.value) == "cannot_write"


async def test_linked_folder_stays(assist: Home) -> None:
    """A folder that is a link to another one is used, and is not removed."""
    folder = path_of(assist.hass, "en").parents[1]
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir()
    folder.symlink_to(elsewhere)
    await async_apply(assist.hass, ["en"])
    assert (elsewhere / "en" / "backhug.yaml").exists()
    await async_apply(assist.hass, [])
    assert list(elsewhere.iterdir()) == []
    assert folder.is_symlink()


async def test_update_leaves_the_rest(assist: Home) -> None:
    """Only what another version has installed is updated: nothing is added."""
    hass = assist.hass
    await async_apply(hass, ["de"])
    # As before there were variants.
    path_of(hass, "de-CH").unlink()
    installed = await sentence_files.async_installed(hass)
    assert installed["de"] is sentence_files.Installed.OUTDATED
    await sentence_files.async_update(hass)
    assert path_of(hass, "de-CH").exists()
    assert not path_of(hass, "en").exists()
