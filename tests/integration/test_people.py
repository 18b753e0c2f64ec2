"""Several people share one BackHug: each sees only their own sessions."""

from dataclasses import asdict
from datetime import timedelta
import re
from typing import Any

from homeassistant.components.repairs import DOMAIN as REPAIRS, repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import (
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import intent, issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.backhug.const import CONF_DEFAULT_PERSON, DOMAIN, GUEST
from custom_components.backhug.consultation.advise import advise
from custom_components.backhug.consultation.questionnaire import Questionnaire
from custom_components.backhug.consultation.reasons import Refusal
from custom_components.backhug.diagnostics import async_get_config_entry_diagnostics
from custom_components.backhug.people.options import async_initial_options
from simulator import person as simulated
from tests.home import SimulatedBackHug, until

from .family import (
    Family,
    ask,
    at,
    choose,
    end,
    forget,
    last,
    numbers,
    press,
    press_again,
    run_at_device,
    stop,
    tension,
)
from .models import ApiModel
from .test_history import complete

# Whose a session is


async def test_chosen_by_hand_until_the_session_ends(
    shared: SimulatedBackHug, family: Family
) -> None:
    """The session is that of the chosen person, also if somebody else presses; then it is the default again."""
    select = shared.state("select", "person")
    assert select.attributes["options"] == ["Anna", "Ben", "guest"]
    assert select.state == "guest"
    await choose(shared, "Anna")
    await press(shared, family.context("Ben"))
    assert shared.value("select", "person") == "Anna"
    shared.clock.advance(21)
    await shared.shows("sensor", "state", "treating")
    await end(shared)
    assert last(shared).person == family.id("Anna")
    assert last(shared).tension_change is not None
    assert shared.value("select", "person") == "guest"
    await run_at_device(shared)
    assert last(shared).person == GUEST


async def test_session_event_names_the_person(
    shared: SimulatedBackHug, family: Family
) -> None:
    """The event names the person of its session, also a later one, until that is forgotten; never a guest."""

    def named() -> Any:
        return shared.state("event", "session").attributes.get("person")

    await choose(shared, "Anna")
    await press(shared, family.context("Anna"))
    await until(lambda: named() == "person.anna", "the person is named")
    await choose(shared, "Ben")
    await until(lambda: named() == "person.ben", "the other person is named")
    await stop(shared)
    assert named() == "person.ben"
    await family.leaves("Ben")
    await shared.call("select", "select_option", "area", option="upper_back")
    assert named() is None
    await choose(shared, GUEST)
    await run_at_device(shared)
    assert shared.value("event", "session") != "unknown"
    assert named() is None


async def test_whoever_presses(shared: SimulatedBackHug, family: Family) -> None:
    """A session is that of the person of the user who starts it; others do not change that."""
    await press(shared, family.context("Ben"))
    await shared.shows("select", "person", "Ben")
    shared.clock.advance(21)
    await shared.shows("sensor", "state", "treating")
    await press_again(shared, family.context("Anna"))
    assert shared.value("select", "person") == "Ben"
    await stop(shared)
    assert last(shared).person == family.id("Ben")
    await press(shared, family.context("Owner"))
    await stop(shared)
    assert last(shared).person == GUEST


@pytest.mark.parametrize("given", ["person.anna", "anna", "Anna", "ANNA"])
async def test_person_of_the_action(
    shared: SimulatedBackHug, family: Family, given: str
) -> None:
    """The field of the action takes precedence over what was chosen by hand."""
    await choose(shared, "Ben")
    await shared.hass.services.async_call(
        DOMAIN,
        "start_session",
        {"entity_id": shared.entity_id("switch", "session"), "person": given},
        blocking=True,
        context=family.context("Ben"),
    )
    await shared.shows("select", "person", "Anna")
    await shared.shows("sensor", "state", "scanning")
    await stop(shared)
    assert last(shared).person == family.id("Anna")
    with pytest.raises(ServiceValidationError, match=r"guest, Anna, Ben"):
        await shared.hass.services.async_call(
            DOMAIN,
            "start_session",
            {"entity_id": shared.entity_id("switch", "session"), "person": "Carl"},
            blocking=True,
        )


async def test_failed_start_chooses_nobody(
    shared: SimulatedBackHug, family: Family
) -> None:
    """The person of a session that does not start is not chosen."""
    shared.back.get_up()
    await shared.shows("binary_sensor", "occupied", "off")
    with pytest.raises(ServiceValidationError):
        await press(shared, family.context("Ben"))
    assert shared.value("select", "person") == "guest"


async def test_armed_for_whoever_asked(
    shared: SimulatedBackHug, family: Family
) -> None:
    """Who asked is chosen when the session begins, unless somebody was chosen by hand meanwhile."""

    async def arm() -> None:
        shared.back.get_up()
        await shared.shows("binary_sensor", "occupied", "off")
        await shared.hass.services.async_call(
            DOMAIN,
            "start_session",
            {
                "entity_id": shared.entity_id("switch", "session"),
                "when_occupied": True,
            },
            blocking=True,
            context=family.context("Ben"),
        )
        assert shared.value("sensor", "armed_until") != "unknown"

    await arm()
    assert shared.value("select", "person") == "guest"
    shared.back.lie_down()
    await shared.shows("sensor", "state", "scanning")
    assert shared.value("select", "person") == "Ben"
    await stop(shared)
    assert last(shared).person == family.id("Ben")
    await arm()
    await choose(shared, "Anna")
    shared.back.lie_down()
    await shared.shows("sensor", "state", "scanning")
    await stop(shared)
    assert last(shared).person == family.id("Anna")


async def test_corrected_in_the_session(
    shared: SimulatedBackHug, family: Family
) -> None:
    """Another choice during the session makes it that person's."""
    await press(shared, family.context("Ben"))
    await choose(shared, "Anna")
    await stop(shared)
    assert last(shared).person == family.id("Anna")


async def test_chosen_for_the_next_while_it_finishes(
    shared: SimulatedBackHug, family: Family
) -> None:
    """A choice while the tension after is awaited is for the next session."""
    await choose(shared, "Anna")
    await shared.treat(20)
    record = shared.coordinator.controller.back_hug.reported
    await until(lambda: record.record and record.record.before, "before is read")
    shared.skip(20 * 60 - 22)
    shared.clock.advance(2)
    await shared.shows("sensor", "state", "finishing")
    await choose(shared, "Ben")
    shared.clock.advance(15)
    await shared.shows("sensor", "state", "standby")
    await until(lambda: shared.coordinator.history.last, "remembered")
    await shared.hass.async_block_till_done()
    assert last(shared).person == family.id("Anna")
    assert shared.value("select", "person") == "Ben"
    await run_at_device(shared)
    assert last(shared).person == family.id("Ben")


async def test_choice_over_a_restart_and_unseen(
    shared: SimulatedBackHug, family: Family
) -> None:
    """A choice survives a restart; a session that was not seen is that of the chosen person, and ends it."""
    await choose(shared, "Anna")
    assert await shared.hass.config_entries.async_unload(shared.entry.entry_id)
    await until(lambda: not shared.peripheral.connected, "the link is closed")
    shared.back.start_at_device(20)
    shared.skip(20 * 60 + 20)
    await shared.set_up()
    assert last(shared).missed
    assert last(shared).person == family.id("Anna")
    assert shared.value("select", "person") == "guest"


async def test_next_session_seen_before_the_end_of_the_last(
    shared: SimulatedBackHug, family: Family
) -> None:
    """The choice was for the session before; the one that runs meanwhile is the default's."""
    await choose(shared, "Anna")
    await shared.treat(20)
    shared.faults.drop_notifications = True
    shared.peripheral.drop_link()
    shared.back.stop_at_device()
    shared.clock.advance(20)
    shared.back.start_at_device(20)
    shared.clock.advance(25)
    shared.faults.drop_notifications = False
    history = shared.coordinator.history
    await until(lambda: history.last is not None, "the first one is over")
    assert last(shared).person == family.id("Anna")
    assert history.running is not None
    assert history.running.person == GUEST
    assert shared.value("select", "person") == "guest"


# Guests


async def test_guest_is_only_counted(shared: SimulatedBackHug) -> None:
    """Of a guest's session neither settings nor tension are kept, and nobody's history has it."""
    session = await run_at_device(shared)
    assert session.person == GUEST
    assert (session.minutes, session.treated) == (20, 1200)
    assert session.ended is not None
    assert {key for key, value in asdict(session).items() if value is None} == {
        "programme",
        "strength",
        "area",
        "flow",
        "before",
        "after",
    }
    assert shared.value("sensor", "minutes_treated") == "20"
    assert shared.value("sensor", "tension_before") == "unknown"
    assert await tension(shared) == []
    # The device keeps its record: it is not taken for a correction.
    await shared.reconnect()
    assert last(shared).before is None


# Who sees what


async def test_each_sees_their_own(shared: SimulatedBackHug, family: Family) -> None:
    """Actions, tools and the advice are about the sessions of whoever asks."""
    await choose(shared, "Anna")
    await complete(shared)
    await choose(shared, "Ben")
    await complete(shared)
    anna, ben, owner = map(family.context, ("Anna", "Ben", "Owner"))
    assert numbers(await tension(shared, anna)) == [1]
    assert numbers(await tension(shared, ben)) == [2]
    assert await tension(shared, owner) == []
    # Without a user: the person who is chosen.
    assert await tension(shared) == []
    await choose(shared, "Anna")
    assert numbers(await tension(shared)) == [1]
    await choose(shared, "guest")
    # Administrators and automations may ask for another person.
    assert numbers(await tension(shared, owner, person="Ben")) == [2]
    assert numbers(await tension(shared, person="person.anna")) == [1]
    assert numbers(await tension(shared, anna, person="Anna")) == [1]
    with pytest.raises(Unauthorized):
        await tension(shared, anna, person="Ben")
    with pytest.raises(ServiceValidationError):
        await tension(shared, owner, person="Carl")

    await expose(shared.hass)
    for name, expected in (("Anna", [1]), ("Ben", [2]), ("Owner", [])):
        model = ApiModel(shared.hass, user_id=family.users[name])
        answer = await model.call("get_history", sessions=5)
        assert len(answer["sessions"]) == len(expected)
        assert answer["minutes_of_all_sessions"] == 20 * len(expected)
        status = await model.call("get_status")
        # The device shows the tension after the last session, which was Ben's.
        assert ("tension_percent" in status) == (name == "Ben")


async def test_advice_considers_own_sessions(
    shared: SimulatedBackHug, family: Family
) -> None:
    """The programme follows from the sessions of the person who asks only."""
    await choose(shared, "Ben")
    await complete(shared)
    await choose(shared, "Ben")
    await complete(shared)
    answers = {
        "cautions": "none",
        "feeling": "tired",
        "experience": "regular",
        "firmness": "firm",
    }
    questionnaire = Questionnaire.from_answers(answers)
    household = shared.coordinator.household

    def reasons(name: str) -> set[str]:
        result = advise(
            shared.entry, questionnaire, household.visible_to(family.context(name))
        )
        assert not isinstance(result, Refusal)
        return {
            str(reason.key)
            for step in result.steps
            for reason in (*step.reasons, *result.reasons, *result.plan.reasons)
        }

    assert "focus_tension" in reasons("Ben")
    assert "focus_tension" not in reasons("Anna")

    async def consult(name: str, **data: str) -> dict[str, Any]:
        return await ask(shared, "consult", family.context(name), **answers, **data)

    assert "focus_tension" in str(await consult("Ben"))
    assert "focus_tension" not in str(await consult("Anna"))
    assert "focus_tension" in str(await consult("Owner", person="Ben"))
    with pytest.raises(Unauthorized):
        await consult("Anna", person="Ben")


async def expose(hass: HomeAssistant) -> None:
    """Set up what an assistant needs."""
    for component in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, component, {})


async def test_spoken_answer_is_about_whoever_asks(
    family: Family, shared: SimulatedBackHug
) -> None:
    """The tension that the device shows is told to its person only; others hear of their own last session."""
    hass = shared.hass
    await expose(hass)

    async def spoken(name: str, about: str | None = None) -> str:
        response = await intent.async_handle(
            hass,
            DOMAIN,
            "BackHugTension" if about is None else "BackHugQuestion",
            {} if about is None else {"about": {"value": about}},
            context=family.context(name),
        )
        return str(response.speech["plain"]["speech"])

    unknown = await spoken("Anna")
    await choose(shared, "Anna")
    await complete(shared)
    annas = await spoken("Anna")
    assert annas != unknown
    assert await spoken("Ben") == unknown
    assert await spoken("Anna", "last_session") != await spoken("Ben", "last_session")
    shared.back.person = simulated.Person(shared.build.fingers, seed=9)
    await choose(shared, "Ben")
    await complete(shared)
    bens = await spoken("Ben")
    assert bens not in (annas, unknown)
    assert await spoken("Anna") == annas


# Persons who come, change their names, and go


async def test_persons_are_followed(shared: SimulatedBackHug, family: Family) -> None:
    """New persons and new names are options at once; two of a name are told apart."""
    await choose(shared, "Ben")
    await family.join("Carl")
    await family.collection.async_update_item(family.id("Ben"), {"name": "Benjamin"})
    await family.collection.async_update_item(family.id("Carl"), {"name": "Anna"})
    await shared.hass.async_block_till_done()
    select = shared.state("select", "person")
    assert select.attributes["options"] == ["Anna", "Benjamin", "Anna (2)", "guest"]
    assert select.state == "Benjamin"
    # Not made by the integration of persons.
    shared.hass.states.async_set("person.ghost", "home")
    await shared.hass.async_block_till_done()
    assert shared.state("select", "person").attributes == select.attributes
    changed = select.last_updated
    # Where somebody is does not matter.
    anna = shared.hass.states.get("person.anna")
    assert anna is not None
    shared.hass.states.async_set("person.anna", "home", anna.attributes)
    await shared.hass.async_block_till_done()
    assert shared.state("select", "person").last_updated == changed


async def test_removed_person_is_forgotten(
    shared: SimulatedBackHug, family: Family, hass_storage: dict[str, Any]
) -> None:
    """With the person everything that is stored of them goes; the running session becomes a guest's."""
    shared.hass.config_entries.async_update_entry(
        shared.entry, options={CONF_DEFAULT_PERSON: family.id("Anna")}
    )
    await choose(shared, "Ben")
    await complete(shared)
    await complete(shared)
    assert last(shared).person == family.id("Anna")
    await choose(shared, "Anna")
    await press(shared, family.context("Anna"))
    gone = family.id("Anna")
    await family.leaves("Anna")
    assert numbers(await tension(shared, person="Ben")) == [1]
    assert len(shared.coordinator.history.sessions) == 1
    assert shared.entry.options[CONF_DEFAULT_PERSON] == GUEST
    assert shared.value("select", "person") == "guest"
    await stop(shared)
    assert last(shared).person == GUEST
    assert await shared.hass.config_entries.async_unload(shared.entry.entry_id)
    stored = [
        value for key, value in hass_storage.items() if key.startswith(f"{DOMAIN}.")
    ]
    assert len(stored) == 2
    assert f"'{gone}'" not in str(stored)
    assert "'ben'" in str(stored)


async def test_person_removed_while_not_loaded(
    shared: SimulatedBackHug, family: Family
) -> None:
    """They are forgotten at the next set-up; without the integration of persons nobody is."""
    for name in ("Anna", "Ben"):
        await choose(shared, name)
        await complete(shared)
    await choose(shared, "Anna")
    assert await shared.hass.config_entries.async_unload(shared.entry.entry_id)
    ben = family.id("Ben")
    await family.leaves("Anna")
    shared.hass.config.components.remove("person")
    await shared.set_up()
    assert len(shared.coordinator.history.sessions) == 2
    assert await shared.hass.config_entries.async_unload(shared.entry.entry_id)
    shared.hass.config.components.add("person")
    await shared.set_up()
    assert [each.person for each in shared.coordinator.history.sessions] == [ben]
    assert shared.value("select", "person") == "guest"


# Forget


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


# What was there before


def unassigned(back_hug: SimulatedBackHug) -> ir.IssueEntry | None:
    """Return the issue that asks whose the sessions are."""
    return ir.async_get(back_hug.hass).async_get_issue(
        DOMAIN, f"unassigned_sessions_{back_hug.entry.entry_id}"
    )


async def answer(back_hug: SimulatedBackHug, person: str) -> dict[str, Any]:
    """Answer the issue."""
    assert await async_setup_component(back_hug.hass, REPAIRS, {})
    manager = repairs_flow_manager(back_hug.hass)
    assert manager is not None
    issue = unassigned(back_hug)
    assert issue is not None
    flow = await manager.async_init(DOMAIN, context={"issue_id": issue.issue_id})
    if flow["type"] is not FlowResultType.FORM:
        return dict(flow)
    assert flow["description_placeholders"] == {"name": back_hug.entry.title}
    return dict(await manager.async_configure(flow["flow_id"], {"person": person}))


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
    assert undecided.value("select", "person") == "guest"
    for context in (anna, ben, None):
        assert numbers(await tension(undecided, context)) == [1]
    assert undecided.value("sensor", "tension_before") != "unknown"
    result = await answer(undecided, family.id("Anna"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert unassigned(undecided) is None
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
    assert numbers(await tension(undecided, family.context("Anna"))) == [1]
    await answer(undecided, GUEST)
    assert await tension(undecided, family.context("Anna")) == []
    assert last(undecided).person == GUEST
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


# Options


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
