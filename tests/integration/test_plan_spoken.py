"""The plan and the tension over the weeks, as Assist, the consultant and language models tell of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context
from homeassistant.helpers import intent
from homeassistant.helpers.intent import IntentResponseType
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.const import DOMAIN
from custom_components.backhug.coordinator import BackHugCoordinator
from custom_components.backhug.device.model import Phase, TensionScan
from custom_components.backhug.plan import followed
from custom_components.backhug.plan.model import Stage
from custom_components.backhug.session.record import Session
from custom_components.backhug.session.weeks import week_of
from development.model import Failed
from simulator.build import Build
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug

from .consultant import Person
from .family import Family, choose
from .models import ApiModel

STAGES = (Stage(1, 2, 2, 20, 3), Stage(3, 4, 2, 25, 3), Stage(5, 6, 2, 25, 4))
NEXT, PROGRESS = ("BackHugPlan", "next"), ("BackHugPlan", "progress")
PAUSE, RESUME, DROP = (
    ("BackHugChangePlan", change) for change in ("pause", "resume", "drop")
)
THRICE = ("BackHugChangePlan", "3")
DEVELOPMENT = ("BackHugDevelopment", "")
DUE = "Your next session is due today: 20 minutes, strength up to 3."


@contextmanager
def on(day: date) -> Iterator[None]:
    """Have a plan on another day."""
    noon = dt_util.start_of_local_day(day) + timedelta(hours=12)
    with (
        patch.object(followed, "_today", lambda: day),
        patch.object(dt_util, "now", lambda: noon),
    ):
        yield


@pytest.fixture
async def assist(home: Home) -> None:
    """Set up Assist."""
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(home.hass, component, {})


@pytest.fixture
async def talking(
    assist: None,  # noqa: ARG001 (it is there first)
    family: Family,
    shared: SimulatedBackHug,
) -> SimulatedBackHug:
    """Return a BackHug in a home with Assist, on which Anna has a plan."""
    shared.coordinator.household.plans.async_begin(family.id("Anna"), STAGES)
    return shared


async def say(
    back_hug: SimulatedBackHug, said: tuple[str, str], context: Context
) -> str:
    """Say something to Assist; return the answer, in parentheses if it is an error."""
    intent_type, about = said
    slot = "change" if intent_type == "BackHugChangePlan" else "about"
    slot = "sessions" if said is THRICE else slot
    response = await intent.async_handle(
        back_hug.hass,
        DOMAIN,
        intent_type,
        {slot: {"value": about}} if about else {},
        context=context,
        language="en",
        assistant="conversation",
    )
    answer = str(response.speech["plain"]["speech"])
    failed = response.response_type is IntentResponseType.ERROR
    return f"({answer})" if failed else answer


async def test_plan_is_told_and_changed(
    talking: SimulatedBackHug, family: Family
) -> None:
    """Its person hears where they are and when the next session is due, and pauses, resumes and drops it."""
    today, anna = dt_util.now().date(), family.context("Anna")
    weekday = f"{today + timedelta(days=3):on %A}"
    none = "(You have no plan on {name}. Save the programme of a consultation to begin one.)"
    later = "From week 3, sessions should last 25 minutes."
    stronger = "From week 5, the strength may go up to 4, if you choose to raise it."
    done = Session(1, ended=dt_util.utcnow(), person=family.id("Anna"), treated=1200)
    paused = "Your plan is paused in week {} of 6: no session is due. To go on, say: carry on with my plan."
    for days, said, expected in (
        (0, NEXT, DUE),
        (0, PROGRESS, f"Week 1 of 6: 0 of 2 sessions done. {DUE} {later}"),
        (6, NEXT, DUE),
        (0, done, ""),
        (0, NEXT, DUE.replace("today", weekday)),
        (2, NEXT, DUE.replace("today", "tomorrow")),
        (15, PROGRESS, stronger),
        (42, NEXT, "Your plan is over: it is time for another consultation."),
        (
            0,
            PAUSE,
            "Your plan is paused: no session is due until you carry on with it.",
        ),
        (0, NEXT, paused.format(1)),
        (9, PROGRESS, paused.format(1)),
        (0, RESUME, f"Your plan has been resumed. {DUE.replace('today', weekday)}"),
        (
            0,
            THRICE,
            "Sessions a week in your plan from now on: 3.",
        ),
        (2, NEXT, DUE),
        (
            0,
            DROP,
            "Your plan has been dropped. Save the programme of a consultation to begin another one.",
        ),
        (0, NEXT, none),
        (0, PAUSE, none),
    ):
        if isinstance(said, Session):
            talking.coordinator.history._sessions.append(said)
            continue
        with on(today + timedelta(days=days)):
            answer = await say(talking, said, anna)
        # An answer about the progress ends with what grows.
        whole = expected.format(name=talking.entry.title)
        assert answer == whole or (said is PROGRESS and answer.endswith(whole))


def follow(coordinator: BackHugCoordinator, person: str, weeks: int) -> None:
    """Have the session of the first week of a plan with one a week."""
    plans = coordinator.household.plans
    plans.async_begin(person, [Stage(1, weeks, 1, 20, 3)])
    coordinator.history._sessions.append(
        Session(2, ended=dt_util.utcnow(), person=person, treated=1200)
    )


async def test_whose_plan_is_meant(
    talking: SimulatedBackHug, family: Family, home: Home
) -> None:
    """It is that of whoever speaks, on the BackHug where they have one; else the answer says what is missing."""
    satellite, owner = Context(), family.context("Owner")
    anna, ben = map(family.context, ("Anna", "Ben"))
    coordinator, name = talking.coordinator, talking.entry.title
    plans = coordinator.household.plans
    none = f"(You have no plan on {name}. Save the programme of a consultation to begin one.)"
    unknown = f"(It is not known whose plan on {name} is meant"
    assert await say(talking, NEXT, ben) == none
    assert (await say(talking, NEXT, owner)).startswith(f"{unknown}: your user is")
    assert await say(talking, DROP, satellite) == (
        f"(Guests have no plan on {name}. Choose the person first, then try again.)"
    )
    # Somebody speaks to a satellite: the chosen person.
    await choose(talking, "Anna")
    assert await say(talking, NEXT, satellite) == f"Anna: {DUE}"
    await choose(talking, "Ben")
    assert await say(talking, NEXT, satellite) == none
    follow(coordinator, family.id("Ben"), weeks=2)
    later = DUE.replace("today", "in 7 days")
    assert await say(talking, NEXT, satellite) == f"Ben: {later}"
    follow(coordinator, family.id("Ben"), weeks=1)
    nothing = "No further session is due in this plan."
    assert await say(talking, NEXT, satellite) == f"Ben: {nothing}"
    # Nobody is chosen, and there are several plans.
    coordinator.household.choice.async_choose(None)
    assert await say(talking, PAUSE, satellite) == (
        f"{unknown}. Choose the person first, then try again. Plans: Anna, Ben.)"
    )
    # A plan of nobody is everybody's.
    await say(talking, DROP, anna)
    await say(talking, DROP, ben)
    plans.async_begin(None, STAGES)
    for context in (owner, anna, satellite):
        assert await say(talking, NEXT, context) == DUE
    assert (
        await say(talking, PAUSE, ben)
        == f"(You are not allowed to do that with {name}.)"
    )
    assert (await say(talking, PAUSE, owner)).startswith("Your plan is paused")
    # Of two, the one with a plan is meant; one that is not set up is none.
    other = await home.add(Build(name="Second", address="C0:FF:EE:00:00:02"))
    await home.seen(other)
    await other.set_up()
    assert (await say(talking, NEXT, anna)).startswith("Your plan is paused")
    assert await home.hass.config_entries.async_unload(other.entry.entry_id)
    assert (await say(talking, RESUME, owner)).startswith("Your plan has been resumed.")


def measured(weeks: int, before: int, after: int | None, person: str) -> Session:
    """Return a session some weeks ago."""
    return Session(
        1,
        ended=week_of(dt_util.utcnow()) + timedelta(weeks=-weeks, hours=12),
        person=person,
        before=TensionScan(Phase.BEFORE, (before,) * 6),
        after=None if after is None else TensionScan(Phase.AFTER, (after,) * 6),
    )


ONE = "{name} has measured your tension in one week only: 50 percent on average before sessions. A comparison takes another week."
TWO = "Before sessions, {name} measured 50 percent tension on average in your latest week with sessions, and 39 percent in the one before."
NOTE = "These are measurements, not a diagnosis."


@in_one_home(
    ("sessions", "expected"),
    [
        (
            (),
            "{name} has not measured your tension yet. It does so as a session begins.",
        ),
        (((0, 127, None),), f"{ONE} {NOTE}"),
        (((1, 100, None), (0, 127, None)), f"{TWO} {NOTE}"),
        (
            ((3, 76, 50), (1, 100, 76), (0, 127, 100)),
            (
                f"{TWO} 3 weeks earlier it was 30 percent. Over the last weeks, sessions eased the tension most here: "
                "upper left, by 10 percentage points on average. The tension that the device measures before your sessions "
                f"has risen from week to week for 4 weeks. {NOTE}"
            ),
        ),
    ],
)
async def test_development(
    talking: SimulatedBackHug,
    family: Family,
    sessions: tuple[tuple[int, int, int | None], ...],
    expected: str,
) -> None:
    """It is compared for whoever asks, and for nobody else; a satellite is answered for the chosen person."""
    history = talking.coordinator.history
    history._sessions.clear()
    history._sessions.extend(measured(*each, family.id("Anna")) for each in sessions)
    said = expected.format(name=talking.entry.title)
    assert await say(talking, DEVELOPMENT, family.context("Anna")) == said
    assert "not measured your tension" in await say(
        talking, DEVELOPMENT, family.context("Ben")
    )
    await choose(talking, "Anna")
    whose = "Anna: " if sessions else ""
    assert await say(talking, DEVELOPMENT, Context()) == f"{whose}{said}"
    await choose(talking, "guest")
    assert "not measured your tension" in await say(talking, DEVELOPMENT, Context())


@pytest.mark.usefixtures("assist")
async def test_device_without_tension(home: Home) -> None:
    """It says that it measures none."""
    back_hug = await home.add(Build(measures_tension=False))
    await home.seen(back_hug)
    await back_hug.set_up()
    answer = await say(back_hug, DEVELOPMENT, Context())
    assert answer == f"{back_hug.entry.title} does not measure tension."


async def test_consultant_talks_of_the_plan(
    talking: SimulatedBackHug, family: Family
) -> None:
    """It answers as Assist does, while it asks nothing; "it" is the plan only right after an answer about it."""
    plans, anna = talking.coordinator.household.plans, family.id("Anna")

    def status() -> str | None:
        progress = plans.progress(anna)
        return None if progress is None else progress.status.value

    person = Person(talking, user=family.users["Anna"])
    intro = "I will make a massage programme"
    for text, expected, then in (
        ("Hello, how am I doing?", "Week 1 of 6: 0 of 2 sessions done.", "followed"),
        ("pause it", "Your plan is paused", "paused"),
        ("carry on", "Your plan has been resumed.", "followed"),
        ("when is my next session", DUE, "followed"),
        ("how has my back developed", "has not measured your tension yet", "followed"),
        ("please pause my plan", "Your plan is paused", "paused"),
        ("resume my plan", "Your plan has been resumed.", "followed"),
        ("what can you do", intro, "followed"),
        # Now it asks, and nothing else is meant.
        ("pause it", "", "followed"),
        ("drop my plan", "", "followed"),
        ("goodbye", "", "followed"),
        ("drop it", intro, "followed"),
        ("goodbye", "", "followed"),
        ("how am I doing", "Week 1 of 6", "followed"),
        ("drop it", "Your plan has been dropped.", None),
        ("how am I doing", "You have no plan", None),
    ):
        assert expected in await person.say(text), text
        assert status() == then, text
    german = Person(talking, "de", family.users["Ben"])
    plans.async_begin(family.id("Ben"), STAGES)
    assert "Woche 1 von 6" in await german.say("wie läuft es bisher?")
    assert await german.say("pausiere ihn") == (
        "Dein Plan pausiert: Bis du ihn fortsetzt, ist keine Sitzung fällig."
    )
    # Somebody lies on it: "it" is the session.
    talking.back.start_at_device(20)
    talking.clock.advance(21)
    await talking.shows("sensor", "state", "treating")
    await german.say("wie läuft mein Plan?")
    await german.say("mach weiter")
    progress = plans.progress(family.id("Ben"))
    assert progress is not None
    assert progress.status.value == "paused"


async def test_model_tells_and_changes_the_plan(
    talking: SimulatedBackHug, family: Family
) -> None:
    """A language model sees and changes the plan of the person whom it serves."""
    model = ApiModel(talking.hass, user_id=family.users["Anna"])
    plan: dict[str, Any] = (await model.call("get_history"))["plan"]
    today = dt_util.now().date().isoformat()
    assert plan == {
        "status": "followed",
        "week": 1,
        "weeks": 6,
        "sessions_done_this_week": 0,
        "sessions_a_week": 2,
        "minutes": 20,
        "strongest_level": 3,
        "next_session_due": today,
    }
    for args, expected in (
        ({"change": "pause"}, {"status": "paused", "next_session_due": None}),
        (
            {"change": "resume", "sessions_a_week": 3},
            {"status": "followed", "sessions_a_week": 3, "next_session_due": today},
        ),
        ({"change": "drop"}, {"status": "dropped"}),
    ):
        plan = (await model.call("change_plan", **args))["plan"]
        assert expected.items() <= plan.items()
    assert "no plan" in (await model.call("get_history"))["plan"]["note"]
    for args, message in (
        ({"change": "pause"}, "no plan"),
        ({}, "Say what to change: change or sessions_a_week."),
        ({"change": "stop"}, "change"),
    ):
        with pytest.raises(Failed, match=message):
            await model.call("change_plan", **args)
    talking.coordinator.household.plans.async_begin(None, STAGES)
    owner = ApiModel(talking.hass, user_id=family.users["Owner"])
    plan = (await owner.call("change_plan", change="pause"))["plan"]
    assert plan["status"] == "paused"
