"""Several people share one BackHug: each sees only their own sessions."""

from typing import Any

from homeassistant.exceptions import (
    ServiceValidationError,
)
import pytest

from custom_components.backhug.const import DOMAIN, GUEST
from tests.home import SimulatedBackHug, until

from .family import (
    Family,
    choose,
    end,
    last,
    press,
    press_again,
    run_at_device,
    stop,
)

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
