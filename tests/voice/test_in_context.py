"""Sentences whose words depend on each other: times, corrections, names of programmes, and other appliances."""

from custom_components.backhug.voice.grammar import Grammar
from custom_components.backhug.voice.understanding.meaning import Meaning, Moment
from custom_components.backhug.voice.understanding.rules import understand
from simulator.model import Opcode
from tests.home import Home, SimulatedBackHug
from tests.integration.programme_runs import add_programme

from .in_session import NOBODY, meaning
from .speaking import say


async def test_end_in_some_minutes(talking: Home, one: SimulatedBackHug) -> None:
    """The session gets shorter, never longer; it neither stops at once nor is a timer set."""
    await one.treat()
    assert "left: 12 minutes" in await say(talking, "stop in twelve minutes")
    said = "let the massage end in nine minutes"
    assert "left: 9 minutes" in await say(talking, said)
    assert "left: 9 minutes" in await say(talking, "finish in ten minutes")
    lengths = [each.parameters[0] for each in one.requests(Opcode.SET_LENGTH)]
    assert lengths[-3:] == [20, 12, 9]
    await say(talking, "pause")
    await one.shows("sensor", "state", "paused")
    assert "6 minutes" in await say(talking, "stop in six minutes please")
    assert one.requests(Opcode.STOP) == []


async def test_home_assistant_takes_no_words_of_ours_for_a_name(
    talking: Home, one: SimulatedBackHug
) -> None:
    """A timer may be called anything, a person be anywhere, and what does not exist is nobody's.

    A user's own programme may be named anywhere in a sentence: it runs, not the usual settings.
    """
    assert await say(talking, "is somebody lying on the back hug just now") == (
        "Yes, somebody is lying on Anna's BackHug."
    )
    add_programme(one, "Slow Sunday")
    said = "what a week could you run slow sunday on the massage bed"
    assert "Slow Sunday" in await say(talking, said)
    assert len(one.requests(Opcode.START)) == 1
    await one.shows("switch", "session", "on")
    for sentence, language, answer in (
        ("how long does the massage still run for her", "en", "Time left"),
        ("wie lange läuft der Back Hug bei ihr noch", "de", "Noch "),
        ("geht das noch lange", "de", "Noch "),
        # No command for later.
        ("pause please i will come back in one minute", "en", "still scanning"),
    ):
        assert answer in await say(talking, sentence, language)
    assert "timer" in (await say(talking, "how long is left on the massage timer"))


def test_own_programme() -> None:
    """The longest name counts, but not in a question, and not with a "not"."""
    own = frozenset({"slow sunday", "slow sunday long", "my back"})
    words = Grammar.load("en").vocabulary
    for sentence, programme in (
        ("back hug slow sunday please", "slow sunday"),
        ("start slow sunday long on the backhug", "slow sunday long"),
        ("when does slow sunday run on the backhug", None),
        ("do not run slow sunday on the backhug", None),
        # A name of words that say nothing.
        ("run the massage on my back", None),
    ):
        found = understand(sentence, words, Moment.IDLE, NOBODY, own)
        assert (found.slots.get("programme") if found else None) == programme


STOP = "BackHugStopSession"


CONTEXT: list[tuple[str, str | None, dict[str, object]]] = [
    # Corrections.
    ("softer no harder", "BackHugStronger", {}),
    ("harder oh no wait just stop it", STOP, {}),
    ("harder no", None, {}),
    ("no harder", None, {}),
    ("stop no that is too hard", STOP, {}),
    ("stop oops i meant softer", "BackHugSofter", {}),
    ("stop no sorry pause it", "BackHugPauseSession", {}),
    ("strength four no three", "BackHugSetStrength", {"strength": 3}),
    ("shoulder blades no lower back", "BackHugSetArea", {"back_area": "lower_back"}),
    # "But" after a complaint, never after an order to stop.
    ("i wanted to get up but give me five more minutes", "BackHugLonger", {"minutes": 5}),
    ("that hurts but my lower back please", "BackHugSetArea", {"back_area": "lower_back"}),
    ("lower back please it hurts there", "BackHugSetArea", {"back_area": "lower_back"}),
    ("my lower back it hurts", STOP, {}),
    ("my lower back hurts please", STOP, {}),
    ("stop that is enough but thanks for the five more minutes", STOP, {}),
    # A time belongs to its verb.
    ("in five minutes stop the massage", "BackHugShorter", {"minutes": 5, "left": "true"}),
    ("please let it finish after ten more minutes", "BackHugShorter", {"minutes": 10, "left": "true"}),
    ("i have only four minutes left stop then", "BackHugShorter", {"minutes": 4, "left": "true"}),
    ("i have only four minutes left and it hurts stop then", STOP, {}),
    ("stop i mean this is too hard", STOP, {}),
    ("my taxi comes in six minutes so end it in four minutes", "BackHugShorter", {"minutes": 4, "left": "true"}),
    ("turn it down oh no up", "BackHugStronger", {}),
    ("the music hurts my ears make it quieter", None, {}),
    ("ouch turn the roller off", STOP, {}),
    ("okay then only five more minutes", "BackHugLonger", {"minutes": 5}),
    ("ten minutes is enough stop then", STOP, {}),
    ("my bus leaves in five minutes stop", STOP, {}),
    ("dinner is in five minutes stop", STOP, {}),
    ("stop in five minutes i must leave", STOP, {}),
    ("stop something went wrong in five minutes", STOP, {}),
    ("make it stronger in five minutes", None, {}),
    # What is not ours, and what is.
    ("ouch turn off the lamp", None, {}),
    ("ouch that blinds me shut the drapes", None, {}),
    ("ouch my back turn off the lamp", STOP, {}),
    ("the radio is so loud switch it off", None, {}),
    ("the radio is so loud stop", STOP, {}),
    ("the radio is so loud stop the massage", STOP, {}),
    ("stop the bloody massage", STOP, {}),
    ("stop the bloody hiccups", None, {}),
    ("make it stop my dear", STOP, {}),
    ("wait pause the massage my phone is ringing", "BackHugPauseSession", {}),
    ("i dug the garden all day long so be gentle", "BackHugSofter", {}),
    ("i did not hear the radio so be gentle", None, {}),
    # A remark beside a request.
    ("put it on pause i need the loo", "BackHugPauseSession", {}),
    ("put it on pause i am done", STOP, {}),
    ("softer please i want to stop", STOP, {}),
    ("softer please i need the loo", STOP, {}),
    ("pause it the radio is too loud", None, {}),
    ("pause it my phone is ringing", "BackHugPauseSession", {}),
    ("pause the console my phone is ringing", None, {}),
    ("pause the tortoise it wandered off", None, {}),
    ("lower back please i do not fancy that", None, {}),
    ("a bit firmer i am not made of glass", "BackHugStronger", {}),
    ("lower back please i dropped the radio", "BackHugSetArea", {"back_area": "lower_back"}),
    ("lower back please the radio is there", None, {}),
    ("harder i need it softer", None, {}),
    ("how long has the cake got left", None, {}),
    # A reason for an order to another.
    ("stop the robot it has fallen asleep", None, {}),
    ("stop the robot i feel sick", STOP, {}),
    ("stop the robot i am done with the massage", STOP, {}),
    ("delete the voicemail from him i have had enough", None, {}),
    ("next song please this is so annoying", None, {}),
    ("the song that i hear is so annoying", None, {}),
    ("my phone is ringing this is annoying", STOP, {}),
    ("turn it off the radio is too quiet", STOP, {}),
    ("turn it off in the kitchen", None, {}),
]  # fmt: skip


def test_context() -> None:
    """What is said last, or apart from a reason, counts; a stop is never lost."""
    assert [
        (sentence, found)
        for sentence, intent, slots in CONTEXT
        if (found := meaning("en", sentence)) != (intent and Meaning(intent, slots))
    ] == []


STARTS: list[tuple[str, dict[str, object] | None]] = [
    ("start the backhug for ten no make that twenty minutes", {"minutes": 20}),
    ("my lower back hurts start the massage", {}),
    ("start the massage my lower back hurts", {}),
    ("massage my lower back the laptop did me in", {"back_area": "lower_back"}),
    ("start the massage the lamp is not bright", None),
    ("start the massage when the film is over", None),
    ("the film is over start the massage when i say so", None),
    ("my left side hurts start the massage on it", {"back_area": "left_side"}),
    ("start the massage gently i am not used to it", {"firmness": "gentle"}),
    ("i was in the garden all day so please give me a massage", {}),
    ("fifteen minutes on the backhug please my patient lies down", {"minutes": 15}),
    ("it was a hard day at work so please start the massage", {}),
    ("i can not sleep so please start the massage", {}),
    ("when i am home please start the massage", None),
    ("start the massage not too hard please", {"firmness": "gentle"}),
    ("start the massage not now", None),
    ("start the massage i do not want to", None),
    ("remind me to start the massage", None),
    ("i set a timer for the massage", None),
    ("use the massage for my dog", None),
    ("give my gran a gentle massage she is ninety", {"firmness": "gentle"}),
    ("massage my spouse for ten minutes", None),
]


def test_start_in_context() -> None:
    """A story before and a reason behind do not count."""
    for sentence, slots in STARTS:
        expected = None if slots is None else Meaning("BackHugStartSession", slots)
        assert meaning("en", sentence, Moment.IDLE) == expected, sentence
