"""Programmes by voice: built-in ones, and a user's own by their names alone."""

from simulator.model import Opcode
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug
from tests.integration.conftest import as_at_first
from tests.integration.programme_runs import add_programme

from .language import LANGUAGES
from .speaking import handle, say, teach, triggers


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


async def test_programme_by_its_name(talking: Home, one: SimulatedBackHug) -> None:
    """A programme is started by its name, until it is removed."""
    add_programme(one, "\U0001f986")
    assert triggers(talking) == []
    added = add_programme(one, "After: the gym!")
    assert len(triggers(talking)) == len(LANGUAGES)
    assert "has started the programme After: the gym!" in await say(
        talking, "Start after the gym please"
    )
    talking.hass.config_entries.async_remove_subentry(one.entry, added.subentry_id)
    assert await say(talking, "Start the programme after the gym") != ""
    assert len(one.requests(Opcode.START)) == 1


async def test_programmes_of_several(
    talking: Home, two: list[SimulatedBackHug]
) -> None:
    """The programmes of a household stay while one of its devices is loaded."""
    for back_hug, name in zip(two, ("Sunday", "Monday"), strict=True):
        add_programme(back_hug, name)
    assert await talking.hass.config_entries.async_unload(two[0].entry.entry_id)
    assert "Sunday" in str(triggers(talking))
    assert "Monday" in str(triggers(talking))
    assert await talking.hass.config_entries.async_unload(two[1].entry.entry_id)
    assert "Sunday" not in str(triggers(talking))


async def test_something_else_of_that_name(
    talking: Home, one: SimulatedBackHug
) -> None:
    """What Home Assistant itself can start has precedence."""
    await teach(talking, "start sunday")
    add_programme(one, "Sunday")
    assert ":" in await say(talking, "Start Sunday")
    assert one.requests(Opcode.START) == []
    assert "Sunday" in await say(talking, "Start the Sunday massage")
    assert len(one.requests(Opcode.START)) == 1


async def test_names_that_sound_alike(talking: Home, one: SimulatedBackHug) -> None:
    """Punctuation and emoji do not make one programme run for another."""
    for name in ("Relax \U0001f60c", "Relax!!", "Relax deeply"):
        add_programme(one, name)
    answer = await say(talking, "Start the programme relax")
    assert answer == (
        "Anna's BackHug has several programmes that sound like this. "
        "Start one from the dashboard, or rename them: Relax \U0001f60c or Relax!!."
    )
    assert one.requests(Opcode.START) == []
    assert "programme Relax deeply" in await say(talking, "Start relax deeply")


async def test_programme_of_another_appliance(
    talking: Home, one: SimulatedBackHug
) -> None:
    """Nothing is said about it, and nothing is done."""
    for sentence in (
        "Start the program eco on the dishwasher",
        "Start the eco program on the dishwasher",
    ):
        assert "BackHug" not in await say(talking, sentence)
    for sentence in (
        "Starte das Programm Eco auf der Spülmaschine",
        "Starte das Eco-Programm der Spülmaschine",
    ):
        assert "BackHug" not in await say(talking, sentence, "de")
    assert one.back.requests == []
