"""Questions about the running programme and the effect of the last session."""

from unittest.mock import patch

from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.device.model import Phase, TensionScan
from custom_components.backhug.session.history import History
from custom_components.backhug.session.record import Session
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug
from tests.integration.programme_runs import choose

from .speaking import handle, say


def measured(before: int | None, after: int | None) -> Session:
    """Return a session with the tension, in per cent, of a device with two fingers."""

    def scan(phase: Phase, percent: int | None) -> TensionScan:
        effort = None if percent is None else round(percent * 2.54)
        return TensionScan(phase, (effort, effort))

    return Session(
        1,
        ended=dt_util.utcnow(),
        treated=1190,
        before=scan(Phase.BEFORE, before),
        after=scan(Phase.AFTER, after),
    )


@pytest.mark.usefixtures("one")
@in_one_home(
    ("sessions", "answer"),
    [
        ((), "has not measured your tension before and after a session yet"),
        ((Session(1),), "has not measured your tension before and after"),
        ((measured(50, None),), "has not measured your tension before and after"),
        ((Session(2), measured(50, 38)), "12 percentage points lower than before it"),
        ((measured(50, 53),), "3 percentage points higher than before it"),
        ((measured(50, 50),), "the same as before it"),
    ],
)
async def test_effect(
    talking: Home, sessions: tuple[Session, ...], answer: str
) -> None:
    """The newest session that was measured before and after counts."""
    with patch.object(History, "newest", return_value=sessions):
        assert answer in await say(talking, "Did the massage help?")


@pytest.mark.usefixtures("one")
async def test_how_long_the_last_session_was(talking: Home) -> None:
    """It is rounded up to whole minutes."""
    with patch.object(History, "newest", return_value=(measured(50, 38),)):
        answer = await say(talking, "How long was my last massage?")
    assert answer.endswith(" It lasted 20 minutes.")


@pytest.mark.usefixtures("two")
async def test_effect_that_is_never_measured(talking: Home) -> None:
    """A device that measures no tension says so."""
    response = await handle(
        talking, "BackHugQuestion", about="effect", name="BackHug 2"
    )
    assert response.speech["plain"]["speech"] == "BackHug 2 does not measure tension."


async def test_running_programme(talking: Home, one: SimulatedBackHug) -> None:
    """It is named while it runs."""
    question = "Which programme is the BackHug on?"
    assert await say(talking, question) == "No session is running on Anna's BackHug."
    await one.treat()
    assert (
        await say(talking, "What programme is it?")
        == "Anna's BackHug runs without a programme."
    )
    await say(talking, "Stop")
    one.clock.advance(20)
    await one.shows("sensor", "state", "standby")
    await choose(one, "short_break")
    await one.call("switch", "turn_on", "session")
    await one.shows("sensor", "state", "scanning")
    assert (
        await say(talking, question) == "Anna's BackHug runs the programme Short break."
    )
