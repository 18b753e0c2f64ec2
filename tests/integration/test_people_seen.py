"""What each person sees, and people who come and go."""

from dataclasses import asdict
from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import intent
from homeassistant.setup import async_setup_component
import pytest

from custom_components.backhug.const import CONF_DEFAULT_PERSON, DOMAIN, GUEST
from custom_components.backhug.consultation.advise import advise
from custom_components.backhug.consultation.questionnaire import Questionnaire
from custom_components.backhug.consultation.reasons import Refusal
from simulator import person as simulated
from tests.home import SimulatedBackHug

from .family import (
    Family,
    ask,
    choose,
    last,
    numbers,
    press,
    run_at_device,
    stop,
    tension,
)
from .models import ApiModel
from .whole_sessions import complete


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
    # A telephone as a satellite has a user of Home Assistant's own.
    telephone = await shared.hass.auth.async_create_system_user(
        "Voice over IP", group_ids=[GROUP_ID_USER]
    )
    await shared.hass.async_block_till_done()
    assert numbers(await tension(shared, Context(user_id=telephone.id))) == [1]
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
