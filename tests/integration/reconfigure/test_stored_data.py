"""Stored data of the replaced BackHug: what stays, and what ends with it."""

from copy import replace
from typing import Any

from homeassistant.const import CONF_ADDRESS
import pytest

from custom_components.backhug.const import (
    CONF_INFORMATION,
    CONF_TELL_UNREACHABLE,
    DOMAIN,
)
from custom_components.backhug.device.model import (
    DeviceInformation,
    SessionEnd,
)
from custom_components.backhug.reachability import unreachable
from tests.home import Home, SimulatedBackHug, put_forward, until

from ..event_log import EventLog
from ..programme_runs import choose as choose_programme
from ..whole_sessions import complete
from .replacements import OTHER, begin, choose, offered, other, reloaded, replaced, used

RUN = {
    "session": 1,
    "key": "short_break",
    "name": None,
    "steps": [
        {
            "number": 1,
            "area": "upper_back",
            "strength": 4,
            "flow": "medium",
            "minutes": 10,
        }
    ],
    "skipped": [],
    "step": 0,
    "unsent": {},
    "certain": True,
    "seen": True,
}
"""A programme as it is stored while it runs."""


async def test_earlier_sessions_of_the_new_device_are_ignored(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The history keeps the sessions of the old device."""
    session = await complete(back_hug)
    another = await used(home, 40)
    events = EventLog(back_hug)
    await replaced(home, back_hug, another)
    history = another.coordinator.history
    assert history.sessions == (session,)
    assert another.value("sensor", "minutes_treated") == "20"
    assert another.coordinator.history.number == 40
    assert events.kinds[1:] == []
    await another.call("switch", "turn_on", "session")
    await another.shows("sensor", "state", "scanning")
    await another.call("switch", "turn_off", "session")
    await until(lambda: len(history.sessions) == 2, "its first session is remembered")
    assert [each.number for each in history.sessions] == [1, 41]


async def test_same_session_number_is_another_session(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The new device's tension does not belong to the old device's session."""
    await back_hug.treat()
    known = back_hug.coordinator.controller.back_hug.reported
    await until(lambda: known.record and known.record.before, "before is read")
    await back_hug.call("switch", "turn_off", "session")
    history = back_hug.coordinator.history
    await until(lambda: history.last, "it is remembered")
    session = history.last
    another = await used(home, 1)
    await replaced(home, back_hug, another)
    known = another.coordinator.controller.back_hug.reported
    await until(lambda: known.record and known.record.after, "its record is read")
    assert another.coordinator.history.sessions == (session,)
    assert another.value("sensor", "tension_after") == "unknown"


async def test_sessions_while_replaced_are_ignored(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The old device comes back with new session numbers."""
    session = await complete(back_hug)
    another = await used(home, 40)
    await replaced(home, back_hug, another)
    back_hug.back.start_at_device(20)
    back_hug.skip(20 * 60 + 20)
    back_hug.back.start_at_device(20)
    back_hug.skip(20 * 60 + 20)
    await until(lambda: offered(home, back_hug.build), "the old one is discovered")
    await replaced(home, another, back_hug)
    assert back_hug.coordinator.history.sessions == (session,)
    assert back_hug.coordinator.history.number == 3


async def test_pending_end_is_reported_before_the_replacement(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """A completed session is reported without its tension."""
    await back_hug.treat()
    back_hug.skip(20 * 60 - 22)
    back_hug.clock.advance(2)
    await back_hug.shows("sensor", "state", "finishing")
    another = await used(home, 1)
    events = EventLog(back_hug)
    await replaced(home, back_hug, another)
    (session,) = another.coordinator.history.sessions
    assert session.ended_by is SessionEnd.COMPLETED
    assert session.after is None
    assert another.value("sensor", "minutes_treated") == "20"
    assert events.kinds[0] == ("completed", False)
    assert {event["session"] for event in events.all} == {1}


async def test_start_on_occupancy_ends_with_the_replacement(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The request was for the old device."""
    back_hug.back.get_up()
    await back_hug.shows("binary_sensor", "occupied", "off")
    await home.hass.services.async_call(
        DOMAIN,
        "start_session",
        {
            "entity_id": back_hug.entity_id("switch", "session"),
            "when_occupied": True,
        },
        blocking=True,
    )
    another = await other(home)
    await replaced(home, back_hug, another)
    assert another.value("sensor", "armed_until") == "unknown"
    assert another.coordinator.stored.armed_until is None
    another.back.get_up()
    await another.shows("binary_sensor", "occupied", "off")
    another.back.lie_down()
    await another.shows("binary_sensor", "occupied", "on")
    assert another.requests(1) == []


@pytest.mark.parametrize("version", [1, 2])
async def test_stored_data_of_the_old_device_is_ignored(
    home: Home, back_hug: SimulatedBackHug, hass_storage: dict[str, Any], version: int
) -> None:
    """A due stop, a programme and a lost session do not apply to the new device.

    Minor version 1 did not say of which device it was; the entry need not have been loaded since then.
    """
    await back_hug.treat()
    running = back_hug.coordinator.history.running
    assert running is not None
    await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    back_hug.back.switch_off()
    entry_id = back_hug.entry.entry_id
    memory = hass_storage[f"backhug.programmes.{entry_id}"] = {
        "version": 1,
        "minor_version": version,
        "key": f"backhug.programmes.{entry_id}",
        "data": {
            "chosen": "short_break",
            "run": RUN,
            "armed_until": "2026-11-28T12:00:00+00:00",
            "stop_due": [1],
        },
    }
    history = hass_storage[f"backhug.{entry_id}.history"]
    history["minor_version"] = version
    if version == 1:
        del history["data"]["address"]
    else:
        memory["data"]["address"] = back_hug.build.address
    another = await used(home, 0)
    result = await choose(back_hug, await begin(back_hug), OTHER)
    assert result["reason"] == "reconfigure_successful"
    another.entry = back_hug.entry
    # Its session has the number of the one that was to be stopped.
    another.back.start_at_device(10)
    await until(lambda: hasattr(another.entry, "runtime_data"), "it is loaded")
    await another.live()
    await until(lambda: another.value("event", "session") != "unknown", "it is sent")
    assert another.back.running
    assert another.requests(2) == []
    chosen = another.coordinator.controller.runner.chosen
    assert chosen is not None
    assert chosen.key == "short_break"
    assert another.value("sensor", "programme_step") == "unknown"
    remembered = another.coordinator.stored
    assert remembered.run is None
    assert remembered.armed_until is None
    assert remembered.stop_due == []
    (session,) = another.coordinator.history.sessions
    assert session == replace(running, missed=True, treated=session.treated)
    assert session.treated is not None
    assert another.coordinator.history.treated == session.treated
    started = another.coordinator.history.running
    assert started is not None
    assert (started.number, started.minutes) == (1, 10)


async def test_data_without_an_address_is_of_the_entry(
    home: Home, back_hug: SimulatedBackHug, hass_storage: dict[str, Any]
) -> None:
    """Earlier versions stored no address."""
    session = await complete(back_hug)
    await choose_programme(back_hug, "short_break")
    await home.hass.async_block_till_done()
    entry_id = back_hug.entry.entry_id
    await home.hass.config_entries.async_unload(entry_id)
    for key in (f"backhug.{entry_id}.history", f"backhug.programmes.{entry_id}"):
        del hass_storage[key]["data"]["address"]
        hass_storage[key]["minor_version"] = 1
    position = hass_storage[f"backhug.{entry_id}.history"]["data"]["position"]
    del position["measurable"], position["former"]
    back_hug.back.start_at_device(20)
    back_hug.skip(20 * 60 + 20)
    await back_hug.set_up()
    history = back_hug.coordinator.history
    await until(lambda: len(history.sessions) == 2, "the session that was missed")
    assert history.sessions[0] == session
    assert history.sessions[1].ended_by is SessionEnd.COMPLETED
    assert back_hug.value("select", "programme") == "short_break"
    for key in (f"backhug.{entry_id}.history", f"backhug.programmes.{entry_id}"):
        assert hass_storage[key]["data"]["address"] == back_hug.build.address


async def test_old_device_adds_nothing_during_the_replacement(
    home: Home, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the update of the entry and its unload."""
    monkeypatch.setattr(unreachable, "NOTE_INTERVAL", 0)
    home.hass.config_entries.async_update_entry(
        back_hug.entry, options={CONF_TELL_UNREACHABLE: True}
    )
    await home.hass.config_entries.async_reload(back_hug.entry.entry_id)
    await back_hug.live()
    another = await other(home)
    loaded = back_hug.coordinator
    schedule = home.hass.config_entries.async_schedule_reload
    stored: list[dict[str, Any]] = []

    def scheduled(entry_id: str) -> None:
        before = dict(back_hug.entry.data)
        snapshot = loaded.controller.back_hug.snapshot
        other_information = DeviceInformation("Another firmware")
        loaded.unreachable_monitor.async_note_contact()
        put_forward(home.hass, unreachable.CHECK_INTERVAL * 2)
        loaded._async_changed(
            replace(snapshot, information=other_information),
            frozenset({"information"}),
        )
        assert dict(back_hug.entry.data) == before
        stored.append(before)
        schedule(entry_id)

    monkeypatch.setattr(home.hass.config_entries, "async_schedule_reload", scheduled)
    await choose(back_hug, await begin(back_hug), OTHER)
    another.entry = back_hug.entry
    await reloaded(another, loaded)
    assert len(stored) == 1
    assert back_hug.entry.data[CONF_ADDRESS] == OTHER.address
    assert back_hug.entry.data[CONF_INFORMATION]["serial"] == "SIM-26AB"
