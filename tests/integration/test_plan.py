"""Plans: begun by a consultation, followed by sessions, shown, and forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_USER
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.backhug.const import DOMAIN, GUEST, SUBENTRY_PROGRAMME
from custom_components.backhug.diagnostics import async_get_config_entry_diagnostics
from custom_components.backhug.plan import followed
from custom_components.backhug.plan.model import Change, PlanStatus, Stage
from tests.home import Home, SimulatedBackHug

from .consultant import COMPLAINT, Person
from .family import Family, ask, choose, end, forget, last, press, run_at_device
from .models import ApiModel
from .people_home import unassigned

ANSWERS = {
    "cautions": ["none"],
    "feeling": "stiff",
    "firmness": "gentle",
    "experience": "first_time",
    "minutes": 20,
    "day_time": "evening",
}
NEW = (Stage(1, 4, 2, 20, 3), Stage(5, 8, 2, 20, 4))


@contextmanager
def on(day: date) -> Iterator[None]:
    """Have a plan on another day."""
    with patch.object(followed, "_today", lambda: day):
        yield


def midnight(days: int) -> datetime:
    """Return the beginning of a day, from 0 for today."""
    return dt_util.start_of_local_day(dt_util.now().date() + timedelta(days=days))


def due(back_hug: SimulatedBackHug) -> int | None:
    """Return in how many days the next session is due."""
    if (value := back_hug.value("sensor", "next_session_due")) == "unknown":
        return None
    time = dt_util.as_local(datetime.fromisoformat(value))
    days = (time.date() - dt_util.now().date()).days
    assert time == midnight(days)
    return days


async def events(back_hug: SimulatedBackHug, days: int) -> list[dict[str, Any]]:
    """Return the events of the calendar in the next days, as its action answers them."""
    calendar = back_hug.entity_id("calendar", "plan")
    response: Any = await back_hug.hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": calendar,
            "start_date_time": midnight(0).isoformat(),
            "end_date_time": midnight(days).isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    return list(response[calendar]["events"])


async def test_plan_is_followed(
    shared: SimulatedBackHug, family: Family, hass_storage: dict[str, Any]
) -> None:
    """Sensor and calendar show the plan of the chosen person, which adapts after each of that person's sessions."""
    await choose(shared, "Anna")
    assert due(shared) is None
    assert shared.value("calendar", "plan") == "off"
    await ask(shared, "consult", family.context("Anna"), **ANSWERS, save_as="Mine")
    assert due(shared) == 0
    assert shared.value("calendar", "plan") == "on"
    attributes = shared.state("sensor", "next_session_due").attributes
    assert {key: attributes[key] for key in ("plan", "week", "weeks")} == {
        "plan": "followed",
        "week": 1,
        "weeks": 13,
    }
    assert (attributes["sessions_done"], attributes["sessions_advised"]) == (0, 2)
    first, second = await events(shared, 7)
    assert first == {
        "start": midnight(0).date().isoformat(),
        "end": midnight(1).date().isoformat(),
        "summary": f"{shared.entry.title}: 20 min",
        "description": "Week 1, session 1 of 2. Strength: at most "
        f"{attributes['session_strength']}.",
    }
    assert second["start"] == midnight(3).date().isoformat()

    # The other has no plan, and her sessions are not his.
    await choose(shared, "Ben")
    assert due(shared) is None
    await press(shared, family.context("Ben"))
    shared.clock.advance(21)
    await shared.shows("sensor", "state", "treating")
    await end(shared)
    await choose(shared, "Anna")
    assert due(shared) == 0
    await press(shared, family.context("Anna"))
    shared.clock.advance(21)
    await shared.shows("sensor", "state", "treating")
    await end(shared)
    await choose(shared, "Anna")
    assert due(shared) == 3, last(shared)
    assert shared.value("calendar", "plan") == "off"
    assert shared.state("sensor", "next_session_due").attributes["sessions_done"] == 1

    # It is kept over a restart, and moves with the days.
    assert await shared.hass.config_entries.async_reload(shared.entry.entry_id)
    await shared.live()
    assert due(shared) == 3
    with on(midnight(5).date()):
        async_fire_time_changed(shared.hass, midnight(1) + timedelta(minutes=1))
        await shared.hass.async_block_till_done()
    assert due(shared) == 5
    start = shared.state("calendar", "plan").attributes["start_time"]
    assert datetime.fromisoformat(start).date() == midnight(5).date()

    # No diagnostics, and none for the other to forget.
    diagnostics = await async_get_config_entry_diagnostics(shared.hass, shared.entry)
    assert "first_day" not in str(diagnostics)
    key = f"backhug.programmes.{shared.entry.entry_id}"
    await forget(shared, family.context("Ben"), person="Ben")
    await forget(shared, person="Anna", end_date=midnight(-1).date().isoformat())
    assert list(hass_storage[key]["data"]["plans"]) == [family.id("Anna")]
    await forget(shared, family.context("Anna"), person="Anna")
    assert due(shared) is None
    assert hass_storage[key]["data"]["plans"] == {}


async def test_plan_of_nobody_and_of_removed_person(
    shared: SimulatedBackHug, family: Family
) -> None:
    """A plan of nobody becomes that of whoever had the sessions; guests have none; it goes with its person."""
    plans, anna = shared.coordinator.household.plans, family.id("Anna")
    plans.async_begin(GUEST, NEW)
    plans.async_begin(None, NEW)
    assert plans.persons == {None}
    await shared.coordinator.household.async_assign_unassigned(anna)
    assert plans.persons == {anna}
    plans.async_begin(None, NEW)
    plans.async_begin(anna, NEW[1:])
    await shared.coordinator.household.async_assign_unassigned(anna)
    plans.async_begin(None, NEW)
    await shared.coordinator.household.async_assign_unassigned(GUEST)
    assert plans.persons == {anna}
    kept = plans.of(anna)
    assert kept is not None
    assert kept.stages == NEW[1:]
    await shared.coordinator.household.async_assign_unassigned(anna)
    assert plans.of(anna) == kept
    await family.leaves("Anna")
    assert plans.persons == set()


async def test_plan_of_nobody_follows_the_default(
    shared: SimulatedBackHug, family: Family
) -> None:
    """It is everybody's until a default person is chosen, or a person after a guest as the default."""
    plans, anna = shared.coordinator.household.plans, family.id("Anna")

    async def choose_default(person: str) -> None:
        hass = shared.hass
        flow = await hass.config_entries.options.async_init(shared.entry.entry_id)
        for user_input in ({"next_step_id": "people"}, {"default_person": person}):
            flow = await hass.config_entries.options.async_configure(
                flow["flow_id"], user_input
            )
        await hass.async_block_till_done()
        await shared.live()

    plans.async_begin(None, NEW)
    await run_at_device(shared)
    await choose_default(GUEST)
    assert due(shared) == 0
    assert unassigned(shared) is not None
    await choose_default(anna)
    assert unassigned(shared) is None
    assert shared.coordinator.household.plans.persons == {anna}
    assert due(shared) == 0
    assert len(await events(shared, 7)) == 2
    await choose(shared, "Ben")
    assert due(shared) is None

    # The sessions of the default person count to the plan of nobody, until it is assigned.
    await choose(shared, "Anna")
    plans = shared.coordinator.household.plans
    assert plans.async_change(anna, Change.DROP)
    plans.async_begin(None, NEW)
    assert due(shared) == 0
    await run_at_device(shared)
    assert due(shared) == 3


async def test_changes_by_the_person(shared: SimulatedBackHug, family: Family) -> None:
    """A plan is paused, resumed, changed and dropped by its person only; one that cannot be read is none."""
    plans, anna = shared.coordinator.household.plans, family.id("Anna")

    async def change(name: str = "Anna", **data: Any) -> None:
        await shared.hass.services.async_call(
            DOMAIN,
            "change_plan",
            {"entity_id": shared.entity_id("switch", "session"), **data},
            blocking=True,
            context=family.context(name),
        )

    with pytest.raises(ServiceValidationError, match="no plan"):
        await change(change="pause")
    plans.async_begin(anna, NEW)
    await choose(shared, "Anna")
    assert due(shared) == 0
    await change(change="pause")
    assert due(shared) is None
    attributes = shared.state("sensor", "next_session_due").attributes
    assert (attributes["plan"], attributes["grows_next"]) == ("paused", "strength")
    assert (attributes["grows_to"], attributes["grows_in_week"]) == (4, 5)
    await change("Owner", change="resume", person="Anna")
    assert due(shared) == 0
    await change(sessions=4)
    assert len(await events(shared, 7)) == 4
    with on(midnight(7 * 8).date()):
        progress = plans.progress(anna)
        assert progress is not None
        assert progress.status is PlanStatus.OVER
        assert plans.next_due(anna) is None
    for wrong in ({}, {"change": "stop"}, {"sessions": 8}):
        with pytest.raises(ServiceValidationError):
            await change(**wrong)
    with pytest.raises(Unauthorized):
        await change("Ben", change="drop", person="Anna")
    await change(change="drop")
    assert due(shared) is None
    assert plans.persons == set()
    shared.coordinator.stored.plans[anna] = {"stages": []}
    assert plans.progress(anna) is None


@pytest.fixture
async def off(home: Home) -> SimulatedBackHug:
    """Return a BackHug that is switched off, in a home with Assist, whose household has not decided whose sessions are."""
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(home.hass, component, {})
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    return back_hug


async def by_form(back_hug: SimulatedBackHug, name: str) -> None:
    """Consult and save by the form."""
    flows = back_hug.hass.config_entries.subentries
    flow = await flows.async_init(
        (back_hug.entry.entry_id, SUBENTRY_PROGRAMME), context={"source": SOURCE_USER}
    )
    for user_input in (
        {"next_step_id": "safety"},
        {"cautions": ["none"]},
        {"feeling": "stiff"},
        {key: ANSWERS[key] for key in ("firmness", "experience", "minutes")},
        {"next_step_id": "save"},
        {"name": name},
    ):
        flow = await flows.async_configure(flow["flow_id"], user_input)


async def test_every_way_begins_the_plan(off: SimulatedBackHug) -> None:
    """Action, form, chat and tool begin a plan when the programme is saved, and not before."""
    plans = off.coordinator.household.plans

    def begun() -> bool:
        return plans.async_change(None, Change.DROP)

    await ask(off, "consult", None, **ANSWERS)
    assert not begun()
    await ask(off, "consult", None, **ANSWERS, save_as="By action")
    assert begun()
    await by_form(off, "By form")
    assert begun()
    person = Person(off)
    await person.say(*COMPLAINT)
    assert not begun()
    await person.say("save it as By chat")
    assert begun()
    model = ApiModel(off.hass)
    steps = [{"area": "full_back", "flow": "slow", "strength": 1, "minutes": 5}]
    await model.call("save_programme", name="Invented", steps=steps)
    advice: Any = await model.call("consult", safety_questions_asked=True, **ANSWERS)
    await model.call("save_programme", name="Another", steps=steps)
    assert not begun()
    await model.call("save_programme", name="By tool", steps=advice["steps"])
    assert begun()
    stored = off.coordinator.stored
    assert await off.hass.config_entries.async_unload(off.entry.entry_id)
    await by_form(off, "Not set up")
    assert stored.plans == {}
