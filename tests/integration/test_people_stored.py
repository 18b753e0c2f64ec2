"""What is stored of people: forgotten, assigned, and by default."""

from datetime import timedelta
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import (
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers.restore_state import async_get
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.const import CONF_DEFAULT_PERSON, GUEST
from custom_components.backhug.diagnostics import async_get_config_entry_diagnostics
from custom_components.backhug.people.options import async_initial_options
from custom_components.backhug.plan.model import Stage
from tests.home import SimulatedBackHug, until

from .family import (
    Family,
    at,
    choose,
    forget,
    last,
    numbers,
    run_at_device,
    tension,
)
from .people_home import answer, unassigned
from .whole_sessions import complete


async def test_forget(shared: SimulatedBackHug, family: Family) -> None:
    """Sessions of a person, or of all, within dates; the totals stay."""
    monday = dt_util.now().replace(hour=12, minute=0, second=0, microsecond=0)
    for days, name in ((0, "Anna"), (1, "Ben"), (2, "Anna"), (3, "guest")):
        with at(monday + timedelta(days=days)):
            await choose(shared, name)
            await complete(shared)
    day = [(monday + timedelta(days=each)).date().isoformat() for each in range(5)]
    anna, owner = family.context("Anna"), family.context("Owner")
    for data in ({}, {"person": "Ben"}, {"person": GUEST}):
        with pytest.raises(Unauthorized):
            await forget(shared, anna, **data)
    invalid: Any
    for invalid in ({"start_date": "yesterday"}, {"end_date": 7}, {"person": "Carl"}):
        with pytest.raises(ServiceValidationError):
            await forget(shared, owner, **invalid)
    history = shared.coordinator.history

    def kept() -> list[int]:
        return [session.number for session in history.sessions]

    assert await forget(shared, anna, person="Anna", start_date=day[1]) == 1
    assert kept() == [1, 2, 4]
    assert await forget(shared, owner, start_date=day[1], end_date=day[2]) == 1
    assert kept() == [1, 4]
    assert await forget(shared, person="Anna", end_date=day[0]) == 1
    assert kept() == [4]
    assert shared.value("sensor", "minutes_treated") == "80"
    assert await forget(shared, owner) == 1
    assert kept() == []
    assert shared.value("sensor", "last_session") == "unknown"
    # Over a restart, too; and the next one counts.
    assert await shared.hass.config_entries.async_reload(shared.entry.entry_id)
    await shared.live()
    assert shared.coordinator.history.sessions == ()
    await choose(shared, "Anna")
    assert (await complete(shared)).number == 5


async def test_last_event_loses_its_tension(shared: SimulatedBackHug) -> None:
    """The event of a deleted session keeps neither its tension nor the words for it, not even in what is stored."""

    def measured() -> list[Any]:
        attributes = shared.state("event", "session").attributes
        stored = async_get(shared.hass).entities[shared.entity_id("event", "session")]
        kept = stored.extra_restore_state_data
        assert kept is not None
        return [
            values[key]
            for key in ("tension_before", "tension_after", "summary")
            for values in (attributes, kept.as_dict()["last_event_attributes"])
        ]

    await choose(shared, "Anna")
    await complete(shared)
    assert None not in measured()
    assert await shared.hass.config_entries.async_reload(shared.entry.entry_id)
    await shared.live()
    assert None not in measured()
    assert await forget(shared) == 1
    assert measured() == [None] * 6
    assert shared.state("event", "session").attributes["minutes"] == 20


async def test_session_without_a_time_has_no_date(shared: SimulatedBackHug) -> None:
    """A session of which only the number is known is within no dates, but among all."""
    assert await shared.hass.config_entries.async_unload(shared.entry.entry_id)
    await until(lambda: not shared.peripheral.connected, "the link is closed")
    for _ in range(2):
        shared.back.start_at_device(10)
        shared.skip(10 * 60 + 20)
    await shared.set_up()
    await until(lambda: len(shared.coordinator.history.sessions) == 2, "both counted")
    assert await forget(shared, start_date="2000-01-01") == 1
    assert await forget(shared) == 1


@pytest.fixture
async def undecided(family: Family, back_hug: SimulatedBackHug) -> SimulatedBackHug:  # noqa: ARG001 (they are there first)
    """Return a BackHug with a session from before there were persons."""
    session = await complete(back_hug)
    assert session.person is None
    return back_hug


async def test_existing_history_is_asked_about(
    undecided: SimulatedBackHug, family: Family
) -> None:
    """It is everybody's as before, until it becomes a person's, who then is the default."""
    anna, ben = family.context("Anna"), family.context("Ben")
    plans = undecided.coordinator.household.plans
    plans.async_begin(None, [Stage(1, 4, 2, 20, 3)])
    assert undecided.value("select", "person") == "guest"
    for context in (anna, ben, None):
        assert numbers(await tension(undecided, context)) == [1]
    assert undecided.value("sensor", "tension_before") != "unknown"
    result = await answer(undecided, family.id("Anna"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert unassigned(undecided) is None
    assert plans.persons == {family.id("Anna")}
    assert numbers(await tension(undecided, anna)) == [1]
    assert await tension(undecided, ben) == []
    assert undecided.value("select", "person") == "Anna"
    await run_at_device(undecided)
    assert last(undecided).person == family.id("Anna")
    assert unassigned(undecided) is None


async def test_existing_history_is_nobodys(
    undecided: SimulatedBackHug, family: Family
) -> None:
    """It becomes a guest's: only counted. A default that was chosen before stays."""
    undecided.hass.config_entries.async_update_entry(
        undecided.entry, options={CONF_DEFAULT_PERSON: family.id("Ben")}
    )
    plans = undecided.coordinator.household.plans
    plans.async_begin(None, [Stage(1, 4, 2, 20, 3)])
    await run_at_device(undecided)
    assert plans.persons == {None}
    assert numbers(await tension(undecided, family.context("Anna"))) == [1]
    await answer(undecided, GUEST)
    assert plans.persons == set()
    assert await tension(undecided, family.context("Anna")) == []
    assert undecided.coordinator.history.sessions[0].person == GUEST
    assert undecided.entry.options[CONF_DEFAULT_PERSON] == family.id("Ben")


async def test_nobody_to_ask_about(back_hug: SimulatedBackHug) -> None:
    """Without persons in Home Assistant nothing is asked."""
    await complete(back_hug)
    assert unassigned(back_hug) is None
    assert numbers(await tension(back_hug)) == [1]


async def test_question_while_not_loaded(
    undecided: SimulatedBackHug, family: Family
) -> None:
    """The answer waits until the entry is loaded; the question goes with the device."""
    hass = undecided.hass
    assert await hass.config_entries.async_unload(undecided.entry.entry_id)
    result = await answer(undecided, family.id("Anna"))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"
    assert unassigned(undecided) is not None
    assert await hass.config_entries.async_remove(undecided.entry.entry_id)
    assert unassigned(undecided) is None


async def test_default_person(shared: SimulatedBackHug, family: Family) -> None:
    """The option is whose a session is for which nobody was chosen."""
    hass = shared.hass
    flow: Any = await hass.config_entries.options.async_init(shared.entry.entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "people"}
    )
    result = await hass.config_entries.options.async_configure(
        flow["flow_id"], {CONF_DEFAULT_PERSON: family.id("Ben")}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await shared.live()
    assert shared.value("select", "person") == "Ben"
    await run_at_device(shared)
    assert last(shared).person == family.id("Ben")


async def test_default_of_a_new_device(hass: HomeAssistant) -> None:
    """The only person of the home is the default, of several nobody; without any it is undecided."""
    assert async_initial_options(hass) == {}
    assert await async_setup_component(hass, "person", {})
    home = Family(hass)
    await home.join("Anna")
    assert async_initial_options(hass) == {CONF_DEFAULT_PERSON: home.id("Anna")}
    await home.join("Ben")
    assert async_initial_options(hass) == {CONF_DEFAULT_PERSON: GUEST}


async def test_diagnostics_hold_no_person(
    shared: SimulatedBackHug, family: Family
) -> None:
    """Neither ids nor names of persons are in them."""
    shared.hass.config_entries.async_update_entry(
        shared.entry, options={CONF_DEFAULT_PERSON: family.id("Ben")}
    )
    for name in ("Anna", "Ben"):
        await choose(shared, name)
        await complete(shared)
    await choose(shared, "Anna")
    diagnostics = await async_get_config_entry_diagnostics(shared.hass, shared.entry)
    text = str(diagnostics).casefold()
    assert diagnostics["history"]["with_tension"] == 2
    for secret in ("anna", "ben", *family.users.values()):
        assert re.search(rf"\b{secret}\b", text) is None
