"""The session event entity, over the link: exactly one event for each change."""

from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    async_mock_service,
)

from custom_components.backhug.device import connection as link
from custom_components.backhug.session.events import SessionEventType
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until

from .event_log import EventLog


async def lose(back_hug: SimulatedBackHug) -> None:
    """Lose the link."""
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")


async def return_to(back_hug: SimulatedBackHug) -> None:
    """Restore the link."""
    back_hug.peripheral.appear()
    await back_hug.shows("binary_sensor", "connected", "on")
    await back_hug.hass.async_block_till_done()


async def test_session_has_its_events(back_hug: SimulatedBackHug) -> None:
    """Started, paused, resumed, stopped: each with its attributes."""
    assert back_hug.value("event", "session") == STATE_UNKNOWN
    assert back_hug.state("event", "session").attributes["event_types"] == [
        *SessionEventType
    ]
    events = EventLog(back_hug)
    await back_hug.treat(25)
    await back_hug.call("button", "press", "pause_resume")
    await back_hug.shows("sensor", "state", "paused")
    await back_hug.call("button", "press", "pause_resume")
    await back_hug.shows("sensor", "state", "treating")
    await back_hug.call("switch", "turn_off", "session")
    await events.has(
        ("started", False), ("paused", False), ("resumed", False), ("stopped", False)
    )
    last = events.all[-1]
    assert last["session"] == 1
    assert last["ended_by"] == "stopped_by_client"
    assert last["minutes"] == 25
    assert last["strength"] == 3
    assert last["area"] == "full_back"
    assert last["flow"] == "slow"
    assert last["programme"] is None
    assert last["tension_before"] == round(
        100
        * sum(e for e in back_hug.back.record.before or () if e != 255)
        / 254
        / sum(e != 255 for e in back_hug.back.record.before or ())
    )
    assert last["tension_after"] is None


async def test_completed_follows_the_tension_after(back_hug: SimulatedBackHug) -> None:
    """*Completed* is published once the tension after is known and the sensors show it."""
    events = EventLog(back_hug)
    shown: list[str] = []
    await back_hug.call(
        "select", "select_option", "programme", option="shoulder_blades"
    )
    back_hug.coordinator.history.async_listen(
        lambda _: shown.append(back_hug.value("sensor", "tension_after"))
    )
    await back_hug.treat(20)
    assert events.all[-1]["programme"] == "shoulder_blades"
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(2)
    await back_hug.shows("sensor", "state", "finishing")
    assert events.kinds == [("started", False)]
    back_hug.clock.advance(15)
    await events.has(("started", False), ("completed", False))
    last = events.all[-1]
    assert last["programme"] == "shoulder_blades"
    assert last["tension_before"] > last["tension_after"]
    assert shown == [STATE_UNKNOWN, str(last["tension_after"])]


@pytest.mark.parametrize(
    ("break_it", "kind"), [("get_up", "person_left"), ("overheat", "fault")]
)
async def test_other_ends_are_published(
    back_hug: SimulatedBackHug, break_it: str, kind: str
) -> None:
    """The person leaves, or a fault occurs."""
    events = EventLog(back_hug)
    await back_hug.call("switch", "turn_on", "session")
    await events.has(("started", False))
    getattr(back_hug.back, break_it)()
    await events.has(("started", False), (kind, False))
    assert events.all[-1]["ended_by"] == kind


async def test_changes_during_a_loss_are_published_as_missed(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes during a loss are published once, as missed; earlier ones are not repeated."""
    monkeypatch.setattr(link, "STEADY", 0)
    events = EventLog(back_hug)
    await back_hug.treat()
    await lose(back_hug)
    await return_to(back_hug)
    assert events.kinds == [("started", False)]
    await lose(back_hug)
    back_hug.back.pause_at_device()
    await return_to(back_hug)
    await events.has(("started", False), ("paused", True))
    await lose(back_hug)
    back_hug.back.switch_off()
    back_hug.back.switch_on()
    await return_to(back_hug)
    expected = ("started", False), ("paused", True), ("stopped", True)
    await events.has(*expected)
    assert events.all[-1]["ended_by"] == "power_lost"
    await lose(back_hug)
    await return_to(back_hug)
    assert events.kinds == [*expected]


async def test_session_during_a_loss_is_published_with_its_end(
    back_hug: SimulatedBackHug,
) -> None:
    """A session that began and ended during a loss is published with its end."""
    events = EventLog(back_hug)
    await lose(back_hug)
    back_hug.back.start_at_device(20, strength=7)
    back_hug.skip(20 * 60 + 20)
    await return_to(back_hug)
    await events.has(("completed", True))
    assert events.all[-1]["strength"] == 7
    assert events.all[-1]["tension_after"] is not None


async def test_first_connection_publishes_nothing(home: Home) -> None:
    """Sessions before the device was added are not published."""
    back_hug = await home.add(Build())
    back_hug.back.start_at_device(20)
    back_hug.skip(20 * 60 + 20)
    await home.seen(back_hug)
    await back_hug.set_up()
    assert back_hug.value("event", "session") == STATE_UNKNOWN
    assert back_hug.coordinator.history.sessions == ()


async def test_restart_repeats_no_start_and_loses_no_end(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """A restart in a session neither repeats its start nor loses its end."""
    await back_hug.treat()
    events = EventLog(back_hug)
    before = back_hug.state("event", "session")
    assert before.attributes["event_type"] == "started"
    assert await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    await back_hug.set_up()
    assert back_hug.value("event", "session") == before.state
    back_hug.back.stop_at_device()
    await until(lambda: events.kinds[-1] == ("stopped", False), "the end is published")
    assert events.all[-1]["ended_by"] == "stopped_at_device"


@pytest.fixture
async def calls(hass: HomeAssistant, back_hug: SimulatedBackHug) -> list[ServiceCall]:
    """Return the calls made by automations with Home Assistant's own triggers."""
    entity_id = back_hug.entity_id("event", "session")
    action = {"action": "test.happened", "data": {"by": "{{ trigger.id }}"}}
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "mode": "queued",
                "triggers": [
                    {
                        "id": "event",
                        "trigger": "event.received",
                        "target": {"entity_id": entity_id},
                        "options": {"event_type": ["completed", "stopped"]},
                    },
                    {
                        "id": "state",
                        "trigger": "state",
                        "entity_id": entity_id,
                        "not_from": "unavailable",
                    },
                ],
                "actions": [action],
            }
        },
    )
    await hass.async_block_till_done()
    happened: list[ServiceCall] = async_mock_service(hass, "test", "happened")
    return happened


async def test_generic_triggers_run_once(
    home: Home, back_hug: SimulatedBackHug, calls: list[ServiceCall]
) -> None:
    """Home Assistant's own triggers run once for each event, and for nothing else."""
    events = EventLog(back_hug)
    await back_hug.treat()
    await until(lambda: len(calls) == 1, "the start was seen")
    await lose(back_hug)
    await return_to(back_hug)
    await back_hug.call("switch", "turn_off", "session")
    await events.has(("started", False), ("stopped", False))
    await until(lambda: len(calls) == 3, "the end was seen twice")
    await home.hass.async_block_till_done()
    assert sorted(call.data["by"] for call in calls) == ["event", "state", "state"]
