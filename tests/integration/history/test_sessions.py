"""The history of sessions: each is counted once, whatever happens to Home Assistant."""

import random

from homeassistant.const import STATE_UNKNOWN
import orjson
import pytest

from custom_components.backhug.device import back_off
from custom_components.backhug.device.model import SessionEnd
from custom_components.backhug.session import counter, history, tracker as happenings
from custom_components.backhug.session.record import Session
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, until

from ..whole_sessions import complete, run_at_device
from .histories import path, published_events, unload

MANY = 30


async def test_sensors_show_the_last_session(back_hug: SimulatedBackHug) -> None:
    """The last session is shown, also after a restart and without the device."""
    assert back_hug.value("sensor", "tension_before") == STATE_UNKNOWN
    assert back_hug.value("sensor", "last_session") == STATE_UNKNOWN
    assert back_hug.coordinator.history.last is None
    session = await complete(back_hug)
    assert session.tension_before is not None
    assert session.tension_after is not None
    assert session.tension_change is not None
    assert session.ended is not None
    expected = {
        "tension_before": str(round(session.tension_before.back or 0)),
        "tension_after": str(round(session.tension_after.back or 0)),
        "tension_change": str(round(session.tension_change.back or 0)),
        "minutes_treated": "20",
        "last_session": session.ended.isoformat(),
    }
    assert session.tension_change.back is not None
    assert session.tension_change.back < 0
    assert {key: back_hug.value("sensor", key) for key in expected} == expected
    assert back_hug.back.record.before == tuple(
        255 if effort is None else effort
        for effort in (session.before.efforts if session.before else ())
    )
    await unload(back_hug)
    back_hug.back.switch_off()
    await back_hug.set_up(live=False)
    assert {key: back_hug.value("sensor", key) for key in expected} == expected
    assert back_hug.coordinator.history.sessions == (session,)


async def test_each_session_is_counted_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen or missed, over lost links and restarts: each is counted and published once."""
    monkeypatch.setattr(history, "SAVE_DELAY", 0)
    monkeypatch.setattr(back_off, "BURST", 1000)
    for module in (counter, history):
        monkeypatch.setattr(module, "SECOND_READING", 0.05)
    back_hug = await home.add(Build(shortest=1))
    await home.seen(back_hug)
    await back_hug.set_up()
    events = published_events(back_hug)
    chance = random.Random(7)
    seconds = 0
    unseen = 0
    while back_hug.back.session_number < MANY:
        number = back_hug.back.session_number + 1
        match chance.choice(["seen", "link", "restart", "running", "several"]):
            case "seen":
                back_hug.back.start_at_device(1)
                await back_hug.shows("sensor", "state", "scanning")
                back_hug.skip(70)
                back_hug.clock.advance(6)
                await back_hug.shows("sensor", "state", "standby")
            case "link":
                back_hug.peripheral.vanish()
                back_hug.peripheral.drop_link()
                await back_hug.shows("binary_sensor", "connected", "off")
                run_at_device(back_hug, 1)
                back_hug.peripheral.appear()
            case "restart":
                await unload(back_hug)
                run_at_device(back_hug, 1)
                await back_hug.set_up()
            case "running":
                back_hug.back.start_at_device(1)
                await back_hug.shows("sensor", "state", "scanning")
                await unload(back_hug)
                back_hug.skip(80)
                await back_hug.set_up()
            case "several":
                await unload(back_hug)
                several = min(chance.randint(2, 4), MANY - number + 1)
                for _ in range(several):
                    run_at_device(back_hug, 1)
                number += several - 1
                unseen += several - 1
                seconds -= 60 * (several - 1)
                await back_hug.set_up()
        await until(
            lambda number=number: (  # type: ignore[misc]
                (last := back_hug.coordinator.history.last) and last.number == number
            ),
            f"session {number} is remembered",
        )
        await home.hass.async_block_till_done()
    seconds += MANY * 60
    remembered = back_hug.coordinator.history
    assert [session.number for session in remembered.sessions] == list(
        range(1, MANY + 1)
    )
    ends = [
        attributes["session"]
        for attributes in events
        if attributes["event_type"] not in ("started", "paused", "resumed")
    ]
    assert len(ends) == len(set(ends)) == MANY - unseen
    starts = [a["session"] for a in events if a["event_type"] == "started"]
    assert len(starts) == len(set(starts))
    assert remembered.treated == seconds
    assert back_hug.value("sensor", "minutes_treated") == str(seconds // 60)
    assert back_hug.coordinator.history.number == MANY
    await unload(back_hug)
    stored = orjson.loads(path(back_hug).read_bytes())["data"]
    assert [session["number"] for session in stored["sessions"]] == [
        *range(1, MANY + 1)
    ]


async def test_queries_return_the_newest_first(back_hug: SimulatedBackHug) -> None:
    """The newest sessions, newest first; on request only those with tension."""
    await complete(back_hug)
    await back_hug.call("switch", "turn_on", "session")
    await back_hug.shows("sensor", "state", "scanning")
    running = back_hug.coordinator.history.running
    assert running is not None
    assert running.number == 2
    await back_hug.call("switch", "turn_off", "session")
    await until(lambda: back_hug.coordinator.history.running is None, "it is over")
    kept = back_hug.coordinator.history
    assert [session.number for session in kept.newest(5, of={None})] == [2, 1]
    assert [session.number for session in kept.newest(1, of={None})] == [2]
    assert [
        session.number for session in kept.newest(1, with_tension=True, of={None})
    ] == [1]
    last = kept.last
    assert last is not None
    assert last.ended_by is SessionEnd.STOPPED_BY_CLIENT


async def test_oldest_session_is_dropped(back_hug: SimulatedBackHug) -> None:
    """Five hundred are kept; the treated time of dropped ones stays counted."""
    await unload(back_hug)
    stored = orjson.loads(path(back_hug).read_bytes())
    stored["data"]["sessions"] = [
        Session(number=number).as_dict() for number in range(1, 501)
    ]
    stored["data"]["treated"] = 600_000
    stored["data"]["position"]["last"] = 500
    path(back_hug).write_bytes(orjson.dumps(stored))
    back_hug.back.session_number = 500
    await back_hug.set_up()
    await complete(back_hug)
    kept = back_hug.coordinator.history
    assert len(kept.sessions) == 500
    assert (kept.sessions[0].number, kept.sessions[-1].number) == (2, 501)
    assert back_hug.value("sensor", "minutes_treated") == "10020"


async def test_late_tension_is_added(
    back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is published in bounded time; the tension after is added when it is known."""
    monkeypatch.setattr(happenings, "FINISHING_PATIENCE", 0.1)
    events = published_events(back_hug)
    await back_hug.treat(20)
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(2)
    await until(
        lambda: events and events[-1]["event_type"] == "completed", "it is published"
    )
    assert events[-1]["tension_before"] is not None
    assert events[-1]["tension_after"] is None
    assert back_hug.value("sensor", "tension_after") == STATE_UNKNOWN
    assert back_hug.value("sensor", "minutes_treated") == "20"
    back_hug.clock.advance(15)
    await until(
        lambda: back_hug.value("sensor", "tension_after") != STATE_UNKNOWN, "added"
    )
    assert [attributes["event_type"] for attributes in events] == [
        "started",
        "completed",
    ]
    assert len(back_hug.coordinator.history.sessions) == 1


async def test_session_ended_while_unloaded_has_its_seen_time(
    back_hug: SimulatedBackHug,
) -> None:
    """Of a session that ended while unloaded, the time it was seen to run is known."""
    await back_hug.treat(20)
    back_hug.skip(60)
    back_hug.clock.advance(1)
    passed = back_hug.back.length - back_hug.back.seconds_left
    known = back_hug.coordinator.controller.back_hug.reported
    await until(
        lambda: (
            known.status and known.status.seconds_left == back_hug.back.seconds_left
        ),
        "it is seen",
    )
    await unload(back_hug)
    back_hug.back.stop_at_device()
    await back_hug.set_up()
    await until(lambda: back_hug.coordinator.history.last, "it is remembered")
    last = back_hug.coordinator.history.last
    assert last is not None
    assert last.missed
    assert last.treated is not None
    assert abs(last.treated - passed) <= 2


async def test_unload_while_waiting_for_tension_loses_nothing(
    back_hug: SimulatedBackHug,
) -> None:
    """Nothing is left behind, and nothing lost."""
    await back_hug.treat(20)
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(2)
    await back_hug.shows("sensor", "state", "finishing")
    assert back_hug.coordinator.history.sessions == ()
    await unload(back_hug)
    back_hug.skip(15)
    await back_hug.set_up()
    last = back_hug.coordinator.history.last
    assert last is not None
    assert last.after is not None
    assert not last.missed


async def test_reload_publishes_nothing(back_hug: SimulatedBackHug) -> None:
    """The event entity keeps its time and attributes."""
    await back_hug.treat()
    await back_hug.call("switch", "turn_off", "session")
    await until(lambda: back_hug.coordinator.history.last, "it is remembered")
    before = back_hug.state("event", "session")
    events = published_events(back_hug)
    for _ in range(2):
        await unload(back_hug)
        await back_hug.set_up()
        after = back_hug.state("event", "session")
        assert (after.state, after.attributes) == (before.state, before.attributes)
    assert events == []
