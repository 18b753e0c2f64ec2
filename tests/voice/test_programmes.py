"""Programmes by voice: built-in ones, and a user's own by their names alone."""

from simulator.model import Opcode
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug
from tests.integration.conftest import as_at_first
from tests.integration.programme_runs import add_programme

from .speaking import handle, say


async def test_own_programme_is_started_by_name(
    talking: Home, one: SimulatedBackHug
) -> None:
    """A user's own programme is started by its name, whatever its spelling."""
    add_programme(one, "Für den Rücken")
    for sentence in (
        "Starte das Programm für den rücken",
        "Starte das Programm Fuer den Ruecken",
    ):
        assert (
            await say(talking, sentence, "de")
            == "Anna's BackHug hat das Programm Für den Rücken gestartet: 15 Minuten."
        )
        await say(talking, "Stopp die Massage", "de")
        one.clock.advance(20)
        await one.shows("sensor", "state", "standby")
    for language, number in (("de-AT", "11 Programme"), ("nl", "11 programmes")):
        response = await handle(talking, "BackHugProgrammes", language)
        assert number in response.speech["plain"]["speech"]
        assert "Für den Rücken" in response.speech["plain"]["speech"]
    response = await handle(
        talking, "BackHugStartSession", programme="short break", minutes="30"
    )
    assert "has its own" in response.speech["plain"]["speech"]


@in_one_home(
    ("spoken", "expected"),
    [
        ("none", (20, 255, 255, 255)),
        ("keines", (20, 255, 255, 255)),
        ("short break", (10, 4, 1, 1)),
        ("Short break 2", (15, 2, 1, 1)),
        ("\U0001f986", (15, 2, 1, 1)),
    ],
)
async def test_shown_programme_names_count(
    talking: Home, one: SimulatedBackHug, spoken: str, expected: tuple[int, ...]
) -> None:
    """A programme is found under its shown name, after any renaming."""
    if not one.entry.subentries:
        for title in ("None", "Short break", "\U0001f986"):
            add_programme(one, title)
    await as_at_first(one)
    await handle(talking, "BackHugStartSession", programme=spoken)
    (started,) = one.requests(Opcode.START)
    assert tuple(started.parameters) == expected


async def test_emoji_names_are_distinct(talking: Home, one: SimulatedBackHug) -> None:
    """An emoji is not another emoji."""
    add_programme(one, "\U0001f986")
    response = await handle(talking, "BackHugStartSession", programme="\U0001f40c")
    assert "no programme called" in response.speech["plain"]["speech"]
    assert not one.requests(Opcode.START)
