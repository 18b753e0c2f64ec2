"""Sentences about a session: start, settings, time and tension."""

from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.reachability import availability
from simulator.model import Opcode
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .speaking import handle, say


@in_one_home(
    ("shown", "level", "sentence", "answer"),
    [
        (9, 3, "softer", "Strength 2 of 10."),
        (3, 2, "stronger", "Strength 3 of 10."),
        (9, 10, "stronger", "Strength 10 of 10."),
    ],
)
async def test_step_starts_from_the_level_at_the_device(
    talking: Home,
    one: SimulatedBackHug,
    shown: int,
    level: int,
    sentence: str,
    answer: str,
) -> None:
    """A step starts from the level at the device, and so does the answer."""
    if not one.back.running:
        await one.treat()
    await one.call("number", "set_value", "strength", value=shown)
    one.faults.drop_notifications = True
    one.back.set_at_device(strength=level)
    one.faults.drop_notifications = False
    assert await say(talking, sentence) == answer


@in_one_home("step", ["half", 0.5])
async def test_fractional_step_is_refused(
    talking: Home, one: SimulatedBackHug, step: Any
) -> None:
    """A fractional step is refused, and nothing is sent."""
    response = await handle(talking, "BackHugStronger", step=step)
    assert response.speech["plain"]["speech"] == (
        "Anna's BackHug offers strengths from 1 to 10."
    )
    assert one.requests(5) == []


@pytest.mark.usefixtures("two")
async def test_tension_unavailable_is_said(talking: Home) -> None:
    """A device without the sensor says so; one without a measurement yet says that."""
    for area, answer in (
        ("office", "BackHug 2 does not measure tension."),
        (
            "bedroom",
            "Anna's BackHug has not measured your tension yet. It does so as a session begins.",
        ),
    ):
        response = await handle(talking, "BackHugTension", area=area)
        assert response.speech["plain"]["speech"] == answer


async def test_start_while_paused_resumes(talking: Home, one: SimulatedBackHug) -> None:
    """To start what is paused is to resume it."""
    await one.treat()
    one.back.pause_at_device()
    await one.shows("sensor", "state", "paused")
    await say(talking, "Start the massage")
    assert one.back.state.name == "TREATING"


async def test_start_with_an_area_in_a_session_changes_it(
    talking: Home, one: SimulatedBackHug
) -> None:
    """The intent, called by a language model, changes the area as the sentence does."""
    await one.treat()
    await handle(talking, "BackHugStartSession", back_area="upper_back")
    (changed,) = one.requests(Opcode.SET_AREA)
    assert tuple(changed.parameters) == (1,)
    assert len(one.requests(Opcode.START)) == 1
    await one.shows("select", "area", "upper_back")


async def test_answer_while_scanning_and_finishing(
    talking: Home, one: SimulatedBackHug
) -> None:
    """In between, the answer names what the device is doing."""
    await say(talking, "Start a massage")
    assert (
        await say(talking, "Pause the massage")
        == "Anna's BackHug is still scanning your back. Ask again in a moment."
    )
    await say(talking, "Stop the massage")
    finishing = "Anna's BackHug is just finishing."
    await one.shows("sensor", "state", "finishing")
    assert await say(talking, "How much longer is the massage") == finishing
    assert await say(talking, "Start a massage") == finishing


async def test_tension_of_the_last_session(
    talking: Home, one: SimulatedBackHug
) -> None:
    """After a session its tension is known; after a restart from the history."""
    await one.treat()
    one.skip(19 * 60)
    one.clock.advance(80)
    await one.shows("sensor", "state", "standby")
    answer = await say(talking, "How tense was my back")
    assert answer.startswith("After the last session the tension was ")
    one.faults.clear()
    await until(
        lambda: (
            (last := one.coordinator.history.last) is not None
            and last.after is not None
        ),
        "the history has the tension",
    )
    # Otherwise the tension would be read again on reconnection.
    one.peripheral.vanish()
    assert await talking.hass.config_entries.async_reload(one.entry.entry_id)
    assert one.coordinator.data.tension is None
    assert await say(talking, "How tense was my back") == answer


async def test_out_of_reach_is_said(
    talking: Home, one: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device out of reach is said to be so, without Bluetooth's own text."""
    monkeypatch.setattr(availability, "GRACE", 0.1)
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 1)
    one.peripheral.vanish()
    await one.shows("sensor", "state", "unavailable")
    for sentence in ("Start a massage", "How much longer is the massage"):
        assert await say(talking, sentence) == (
            "Anna's BackHug is out of reach. Check that it is switched on, and that its phone app is closed."
        )


async def test_last_minute(talking: Home, one: SimulatedBackHug) -> None:
    """One minute is singular."""
    await one.treat(5)
    one.skip(4 * 60)
    one.clock.advance(1)
    await until(
        lambda: (
            (ends_at := one.coordinator.data.ends_at) is not None
            and (ends_at - dt_util.utcnow()).total_seconds() < 60
        ),
        "it is the last minute",
    )
    assert (await say(talking, "How much longer")).startswith("Time left: one minute")
    assert (await say(talking, "Wie lange geht die Massage noch", "de")).startswith(
        "Noch eine Minute"
    )
