"""Whose a session is if Home Assistant is killed or restarted, or the device is lost, in it."""

from collections.abc import Awaitable, Callable
from copy import deepcopy, replace
from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.backhug.const import CONF_DEFAULT_PERSON, GUEST
from custom_components.backhug.device import timeouts
from custom_components.backhug.device.model import State
from custom_components.backhug.session import history as history_module
from custom_components.backhug.session.controller import LONGEST_SESSION
from custom_components.backhug.session.request import SessionRequest
from tests.home import SimulatedBackHug, until

from .family import Family, choose, last, press, run_at_device, stop
from .out_of_reach import lose, pass_time


@pytest.fixture(autouse=True)
def late_save(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never save the history by itself: Home Assistant may be killed before."""
    monkeypatch.setattr(history_module, "SAVE_DELAY", 10_000)


type Kill = Callable[..., Awaitable[None]]


@pytest.fixture
def kill(shared: SimulatedBackHug, hass_storage: dict[str, Any]) -> Kill:
    """Return a function that kills Home Assistant and starts it again: only files survive."""

    async def kill(
        meanwhile: Callable[[], None] = lambda: None, *, live: bool = True
    ) -> None:
        await shared.hass.async_block_till_done()
        on_disk = deepcopy(hass_storage)
        assert await shared.hass.config_entries.async_unload(shared.entry.entry_id)
        await until(lambda: not shared.peripheral.connected, "the link is closed")
        hass_storage.clear()
        hass_storage.update(on_disk)
        meanwhile()
        await shared.set_up(live=live)

    return kill


@pytest.fixture
async def lost(shared: SimulatedBackHug, family: Family) -> SimulatedBackHug:
    """Return the BackHug, lost in a session of Anna's."""
    await press(shared, family.context("Anna"))
    await lose(shared)
    return shared


async def save(back_hug: SimulatedBackHug) -> None:
    """Save the history as it does by itself after a second."""
    history = back_hug.coordinator.history
    await history._store.async_save(history._as_dict())


def running_person(back_hug: SimulatedBackHug) -> str | None:
    """Return whose the running session is."""
    running = back_hug.coordinator.history.running
    assert running is not None
    return running.person


def persons(back_hug: SimulatedBackHug) -> list[str | None]:
    """Return whose the sessions are, oldest first."""
    return [session.person for session in back_hug.coordinator.history.sessions]


async def test_corrected_just_before_a_crash(
    shared: SimulatedBackHug, family: Family, kill: Kill
) -> None:
    """A choice in a session counts for that session also if Home Assistant is killed at once, and ends with it."""
    await press(shared, family.context("Anna"))
    await save(shared)
    await choose(shared, "Ben")
    await kill(shared.back.stop_at_device)
    await until(lambda: persons(shared) == [family.id("Ben")], "it is Ben's")
    assert shared.value("select", "person") == "guest"


async def test_chosen_just_after_the_end(
    shared: SimulatedBackHug, family: Family, kill: Kill
) -> None:
    """A choice after a session is for the next one also if Home Assistant is killed at once."""
    await press(shared, family.context("Anna"))
    await save(shared)
    await stop(shared)
    await choose(shared, "Ben")
    await kill()
    assert persons(shared) == [family.id("Anna")]
    assert shared.value("select", "person") == "Ben"
    await run_at_device(shared)
    assert last(shared).person == family.id("Ben")


async def test_chosen_while_the_last_one_finishes(
    shared: SimulatedBackHug, family: Family, kill: Kill
) -> None:
    """A choice while the tension after is awaited is for the next session, also over a crash."""
    await choose(shared, "Anna")
    await shared.treat(20)
    shared.skip(20 * 60 - 22)
    shared.clock.advance(2)
    await shared.shows("sensor", "state", "finishing")
    await choose(shared, "Ben")
    await kill(lambda: shared.clock.advance(15))
    await until(lambda: persons(shared) == [family.id("Anna")], "it is over")
    assert shared.value("select", "person") == "Ben"


async def test_sessions_of_others_while_home_assistant_is_down(
    shared: SimulatedBackHug, family: Family, kill: Kill
) -> None:
    """The choice ends with the session that ran; a later one is the default's."""

    def somebody_else() -> None:
        shared.back.stop_at_device()
        shared.clock.advance(20)
        shared.back.start_at_device(20)
        shared.skip(20 * 60 + 20)

    await press(shared, family.context("Anna"))
    await save(shared)
    await kill(somebody_else)
    await until(lambda: len(persons(shared)) == 2, "both are over")
    assert persons(shared) == [family.id("Anna"), GUEST]
    assert shared.value("select", "person") == "guest"


async def test_chosen_while_lost_for_long(
    lost: SimulatedBackHug, family: Family
) -> None:
    """After an hour out of reach a choice is for the next session."""
    lost.skip(3700)
    await pass_time(lost, LONGEST_SESSION + 1)
    lost.coordinator.household.choice.async_choose(family.id("Ben"))
    lost.peripheral.appear()
    await until(lambda: len(persons(lost)) == 1, "it is over")
    assert persons(lost) == [family.id("Anna")]
    assert lost.value("select", "person") == "Ben"
    await run_at_device(lost)
    assert persons(lost) == [family.id("Anna"), family.id("Ben")]
    assert lost.value("select", "person") == "guest"


async def test_chosen_before_the_device_is_seen_again(
    shared: SimulatedBackHug, family: Family, kill: Kill
) -> None:
    """A choice while the device has not been seen since a restart is for the next session, too."""
    await press(shared, family.context("Anna"))
    await save(shared)

    def vanish() -> None:
        shared.peripheral.vanish()

    await kill(vanish, live=False)
    shared.coordinator.household.choice.async_choose(family.id("Ben"))
    shared.peripheral.appear()
    await shared.shows("switch", "session", "on")
    await stop(shared)
    assert persons(shared) == [family.id("Anna")]
    assert shared.value("select", "person") == "Ben"


async def test_started_when_the_last_one_is_over_unseen(
    lost: SimulatedBackHug, family: Family
) -> None:
    """A session is that of whoever starts it, also if the one before ended out of reach."""
    lost.skip(3000)
    starting = lost.hass.async_create_task(
        lost.coordinator.controller.async_start(
            SessionRequest(asked_by=family.id("Ben"))
        )
    )
    lost.peripheral.appear()
    await starting
    await lost.shows("switch", "session", "on")
    await stop(lost)
    assert persons(lost) == [family.id("Anna"), family.id("Ben")]


async def test_choice_of_an_earlier_version(
    shared: SimulatedBackHug,
    family: Family,
    kill: Kill,
    hass_storage: dict[str, Any],
) -> None:
    """A choice that is stored beside the history, as by earlier versions, still counts once."""
    await save(shared)
    key = f"backhug.{shared.entry.entry_id}"
    del hass_storage[f"{key}.history"]["data"]["choice"]
    await shared.coordinator.stored.async_save()
    programmes = hass_storage[f"backhug.programmes.{shared.entry.entry_id}"]["data"]
    programmes |= {"person": family.id("Ben"), "person_by_hand": True}
    await kill()
    assert shared.value("select", "person") == "Ben"
    assert (await run_at_device(shared)).person == family.id("Ben")
    await save(shared)
    await kill()
    assert shared.value("select", "person") == "guest"


async def test_nobodys_session_is_assigned_while_it_runs(
    shared: SimulatedBackHug, family: Family
) -> None:
    """The person to whom the sessions of nobody are assigned gets the running one, too."""
    shared.hass.config_entries.async_update_entry(shared.entry, options={})
    await press(shared, family.context("Owner"))
    assert running_person(shared) is None
    await shared.coordinator.household.async_assign_unassigned(family.id("Ben"))
    assert running_person(shared) == family.id("Ben")
    await stop(shared)
    assert persons(shared) == [family.id("Ben")]


async def test_default_does_not_change_the_running_session(
    shared: SimulatedBackHug, family: Family
) -> None:
    """Another default is that of later sessions."""
    shared.back.start_at_device(20)
    await shared.shows("switch", "session", "on")
    shared.hass.config_entries.async_update_entry(
        shared.entry, options={CONF_DEFAULT_PERSON: family.id("Ben")}
    )
    await stop(shared)
    assert persons(shared) == [GUEST]


async def test_start_that_begins_no_session_chooses_nobody(
    shared: SimulatedBackHug, family: Family
) -> None:
    """The running session stays that of its person."""
    await press(shared, family.context("Anna"))
    request = SessionRequest(asked_by=family.id("Ben"))
    with shared.coordinator.household.choice.started(request):
        pass
    assert running_person(shared) == family.id("Anna")
    assert shared.value("select", "person") == "Anna"


async def test_several_sessions_unseen(shared: SimulatedBackHug, kill: Kill) -> None:
    """The choice was for the first of them, of which nothing is known."""

    def two_sessions() -> None:
        for _ in range(2):
            shared.back.start_at_device(20)
            shared.skip(20 * 60 + 20)

    await run_at_device(shared)
    await save(shared)
    await choose(shared, "Anna")
    await kill(two_sessions)
    await until(lambda: len(persons(shared)) == 3, "both are over")
    assert persons(shared) == [GUEST, None, GUEST]
    assert shared.value("select", "person") == "guest"


async def test_choice_after_a_stop_over_a_connection_that_is_not_ready(
    shared: SimulatedBackHug, family: Family
) -> None:
    """Who is chosen has the next session, not the one that a stop has ended since the device was lost."""
    await choose(shared, "Anna")
    await shared.treat()
    history, shown = shared.coordinator.history, shared.coordinator.data
    assert shown.status is not None
    status = replace(shown.status, state=State.STANDBY)
    history.async_follow(replace(shown, connected=False, status=status))
    assert history.running is None
    await choose(shared, "Ben")
    assert history.unreported is not None
    assert history.unreported.person == family.id("Anna")


async def test_start_that_was_not_answered(
    shared: SimulatedBackHug, family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is that of whoever started it, also if the device has not answered."""
    monkeypatch.setattr(timeouts, "COMMAND_TIMEOUT", 0.3)
    shared.faults.answer_times = 0
    with pytest.raises(HomeAssistantError) as error:
        await shared.coordinator.controller.async_start(
            SessionRequest(asked_by=family.id("Ben"))
        )
    assert error.value.translation_key == "no_answer"
    shared.faults.clear()
    await shared.shows("switch", "session", "on")
    assert running_person(shared) == family.id("Ben")
    await stop(shared)
    assert persons(shared) == [family.id("Ben")]
