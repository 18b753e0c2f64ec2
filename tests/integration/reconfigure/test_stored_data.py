"""Reconfiguring: the same BackHug contacted again, or replaced by another one."""

from copy import replace
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import (
    SOURCE_BLUETOOTH,
    SOURCE_IGNORE,
    ConfigFlowResult,
)
from homeassistant.const import CONF_ADDRESS, CONF_SOURCE
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from custom_components.backhug import config_flow
from custom_components.backhug.const import (
    CONF_FEATURES,
    CONF_INFORMATION,
    CONF_TELL_UNREACHABLE,
    DOMAIN,
)
from custom_components.backhug.device.model import (
    DeviceInformation,
    Features,
    SessionEnd,
)
from custom_components.backhug.reachability import availability, unreachable
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, features_of, put_forward, until

from ..programme_runs import choose as choose_programme
from ..test_events import EventLog
from ..whole_sessions import complete

OTHER = Build(
    name="BackHug-26AB", address="C0:FF:EE:00:26:AB", serial="SIM-26AB", fingers=26
)
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


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timeout."""
    monkeypatch.setattr(config_flow, "CONNECT_TIMEOUT", 1)


async def begin(back_hug: SimulatedBackHug) -> ConfigFlowResult:
    """Start the reconfigure flow."""
    flow: ConfigFlowResult = await back_hug.entry.start_reconfigure_flow(back_hug.hass)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "reconfigure"
    return flow


async def choose(
    back_hug: SimulatedBackHug, flow: ConfigFlowResult, build: Build
) -> ConfigFlowResult:
    """Choose a device."""
    return await back_hug.hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_ADDRESS: build.address}
    )


def choices(flow: ConfigFlowResult) -> dict[str, str]:
    """Return the listed devices."""
    schema = flow["data_schema"]
    assert schema is not None
    ((field, choice),) = schema.schema.items()
    assert field == CONF_ADDRESS
    container: dict[str, str] = choice.container
    assert field.default() == next(iter(container))
    return container


async def reloaded(back_hug: SimulatedBackHug, loaded: object) -> None:
    """Wait until the entry is reloaded."""
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await back_hug.live()


def unique_ids(back_hug: SimulatedBackHug) -> dict[str, str]:
    """Return the unique id of each entity."""
    entries = er.async_entries_for_config_entry(
        er.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return {entry.entity_id: entry.unique_id for entry in entries}


async def other(home: Home) -> SimulatedBackHug:
    """Put another BackHug in reach and wait for its discovery."""
    another = await home.add(OTHER)
    await home.seen(another)
    await until(lambda: offered(home, OTHER), "it is discovered")
    return another


def offered(home: Home, build: Build) -> bool:
    """Return whether a BackHug is discovered."""
    return any(
        flow["context"].get("unique_id") == build.address
        and flow["context"]["source"] == SOURCE_BLUETOOTH
        for flow in home.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    )


# The same


@pytest.mark.parametrize("running", [False, True])
async def test_held_connection_updates_the_identity(
    back_hug: SimulatedBackHug, running: bool
) -> None:
    """No second connection is made, and a session continues."""
    if running:
        await back_hug.treat()
    flow = await begin(back_hug)
    build = back_hug.build
    assert choices(flow) == {build.address: f"BackHug-7F2A ({build.address})"}
    loaded = back_hug.coordinator
    connections: list[int] = []
    back_hug.entry.async_on_unload(
        lambda: connections.append(back_hug.peripheral.connections)
    )
    result = await choose(back_hug, flow, build)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    await reloaded(back_hug, loaded)
    assert connections == [1]
    assert back_hug.entry.unique_id == build.address
    assert back_hug.requests(2) == []


async def test_released_device_is_contacted_and_released(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Its features are stored."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    new = replace(back_hug.build, strengths=5, firmware="2.0.0")
    await back_hug.peripheral.restart(new)
    await home.seen(back_hug)
    loaded = back_hug.coordinator
    flow = await begin(back_hug)
    result = await choose(back_hug, flow, new)
    assert result["reason"] == "reconfigure_successful"
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await home.hass.async_block_till_done()
    assert Features.from_dict(back_hug.entry.data[CONF_FEATURES]) == features_of(new)
    assert back_hug.entry.data[CONF_INFORMATION]["firmware"] == "2.0.0"
    await until(lambda: not home.scanner.central.allocated, "it is released")
    assert back_hug.peripheral.connections == 2


async def test_unreachable_device_can_be_tried_again(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The form shows the reason."""
    await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    back_hug.back.switch_off()
    back_hug.faults.refuse_connections = True
    flow = await begin(back_hug)
    result = await choose(back_hug, flow, back_hug.build)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "cannot_connect"}
    placeholders = result["description_placeholders"]
    assert placeholders
    assert placeholders["name"] == "BackHug-7F2A"
    back_hug.faults.refuse_connections = False
    back_hug.back.switch_on()
    await home.seen(back_hug)
    result = await choose(back_hug, flow, back_hug.build)
    assert result["reason"] == "reconfigure_successful"
    await until(lambda: hasattr(back_hug.entry, "runtime_data"), "it is loaded")
    await back_hug.live()


async def test_incompatible_device_changes_nothing(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The flow aborts with the reason."""
    await back_hug.call("switch", "turn_off", "hold_connection")
    before = dict(back_hug.entry.data)
    new = replace(back_hug.build, major=2)
    await back_hug.peripheral.restart(new)
    await home.seen(back_hug)
    result = await choose(back_hug, await begin(back_hug), new)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "unsupported_version"
    placeholders = result["description_placeholders"]
    assert placeholders
    assert placeholders["version"].startswith("2.")
    assert dict(back_hug.entry.data) == before


# Another one


async def test_replacement_keeps_entities_and_names(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Entry, device and entities are those of the new BackHug, with the same names."""
    registry = er.async_get(home.hass)
    strength = back_hug.entity_id("number", "strength")
    registry.async_update_entity(
        strength, new_entity_id="number.mine", name="My strength"
    )
    home.hass.config_entries.async_update_entry(
        back_hug.entry,
        options={CONF_TELL_UNREACHABLE: True},
    )
    back_hug.coordinator.stored.last_contact = dt_util.utcnow() - timedelta(days=30)
    before = unique_ids(back_hug)
    (device,) = dr.async_entries_for_config_entry(
        dr.async_get(home.hass), back_hug.entry.entry_id
    )
    another = await other(home)
    flow = await begin(back_hug)
    assert choices(flow) == {
        back_hug.build.address: f"BackHug-7F2A ({back_hug.build.address})",
        OTHER.address: f"BackHug-26AB ({OTHER.address})",
    }
    loaded = back_hug.coordinator
    result = await choose(back_hug, flow, OTHER)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    another.entry = back_hug.entry
    await reloaded(another, loaded)

    entry = back_hug.entry
    assert entry.unique_id == entry.data[CONF_ADDRESS] == OTHER.address
    assert entry.title == "BackHug-26AB"
    assert Features.from_dict(entry.data[CONF_FEATURES]) == features_of(OTHER)
    contact = another.coordinator.stored.last_contact
    assert contact is not None
    assert dt_util.utcnow() - contact < timedelta(minutes=1)
    assert unique_ids(back_hug) == {
        entity_id: unique_id.replace(back_hug.build.address, OTHER.address)
        for entity_id, unique_id in before.items()
    }
    assert another.entity_id("number", "strength") == "number.mine"
    (now,) = dr.async_entries_for_config_entry(dr.async_get(home.hass), entry.entry_id)
    assert now.id == device.id
    assert now.connections == {(dr.CONNECTION_BLUETOOTH, OTHER.address)}
    assert now.serial_number == "SIM-26AB"
    assert now.name == "BackHug-26AB"
    await another.call("switch", "turn_on", "session")
    assert another.back.running
    assert not back_hug.back.running
    # The new one is no longer offered; the old one is again.
    assert not offered(home, OTHER)
    await until(lambda: offered(home, back_hug.build), "the old one is discovered")


async def test_replacement_keeps_other_discoveries(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Only the flow of the chosen device ends."""
    third = Build(name="BackHug-0003", address="C0:FF:EE:00:00:03")
    await home.add(third)
    await until(lambda: offered(home, third), "the third one is discovered")
    another = await other(home)
    loaded = back_hug.coordinator
    await choose(back_hug, await begin(back_hug), OTHER)
    another.entry = back_hug.entry
    await reloaded(another, loaded)
    assert not offered(home, OTHER)
    assert offered(home, third)


async def test_replacement_keeps_the_title_of_the_user(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """A title that the user gave does not change."""
    home.hass.config_entries.async_update_entry(
        back_hug.entry, title="BackHug upstairs"
    )
    another = await other(home)
    loaded = back_hug.coordinator
    await choose(back_hug, await begin(back_hug), OTHER)
    another.entry = back_hug.entry
    await reloaded(another, loaded)
    assert back_hug.entry.title == "BackHug upstairs"


async def test_ignored_device_can_replace(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Its ignored entry is removed."""
    another = await other(home)
    await home.hass.config_entries.flow.async_init(
        DOMAIN,
        context={CONF_SOURCE: SOURCE_IGNORE},
        data={"unique_id": OTHER.address, "title": OTHER.name},
    )
    loaded = back_hug.coordinator
    result = await choose(back_hug, await begin(back_hug), OTHER)
    assert result["reason"] == "reconfigure_successful"
    another.entry = back_hug.entry
    await reloaded(another, loaded)
    assert home.hass.config_entries.async_entries(DOMAIN) == [back_hug.entry]


async def test_configured_device_cannot_replace(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """It is not listed, and refused if it was configured meanwhile."""
    await other(home)
    flow = await begin(back_hug)
    MockConfigEntry(
        domain=DOMAIN, unique_id=OTHER.address, data={CONF_ADDRESS: OTHER.address}
    ).add_to_hass(home.hass)
    result = await choose(back_hug, flow, OTHER)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert list(choices(await begin(back_hug))) == [back_hug.build.address]
    assert back_hug.entry.unique_id == back_hug.build.address


async def test_device_in_a_session_is_not_replaced(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The session could not be stopped any more."""
    await other(home)
    await back_hug.treat()
    flow = await begin(back_hug)
    result = await choose(back_hug, flow, OTHER)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "in_session"}
    assert back_hug.entry.unique_id == back_hug.build.address
    await back_hug.call("switch", "turn_off", "session")
    assert not back_hug.back.running


async def test_device_lost_in_a_session_is_replaced(
    home: Home, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be replaced as soon as it is unavailable."""
    await other(home)
    await back_hug.treat()
    monkeypatch.setattr(availability, "GRACE", 0.1)
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("switch", "session", "unavailable")
    result = await choose(back_hug, await begin(back_hug), OTHER)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"


async def test_entry_is_reloaded_after_a_failed_replacement(
    home: Home, back_hug: SimulatedBackHug, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both devices are out of reach."""
    another = await other(home)
    monkeypatch.setattr(availability, "GRACE", 0.1)
    back_hug.peripheral.vanish()
    back_hug.peripheral.drop_link()
    await back_hug.shows("switch", "session", "unavailable")
    another.faults.refuse_connections = True
    loaded = back_hug.coordinator
    result = await choose(back_hug, await begin(back_hug), OTHER)
    assert result["errors"] == {"base": "cannot_connect"}
    back_hug.peripheral.appear()
    await reloaded(back_hug, loaded)
    await back_hug.shows("sensor", "state", "standby")


async def test_unreachable_device_cannot_replace(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The entry does not change."""
    another = await other(home)
    another.faults.refuse_connections = True
    result = await choose(back_hug, await begin(back_hug), OTHER)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "cannot_connect"}
    placeholders = result["description_placeholders"]
    assert placeholders
    assert placeholders["name"] == "BackHug-26AB"
    assert back_hug.entry.unique_id == back_hug.build.address
    assert back_hug.value("sensor", "state") == "standby"


async def test_interrupted_replacement_is_completed_at_start(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Entities and device follow the stored entry."""
    another = await other(home)
    await home.hass.config_entries.async_unload(back_hug.entry.entry_id)
    home.hass.config_entries.async_update_entry(
        back_hug.entry,
        unique_id=OTHER.address,
        data={**back_hug.entry.data, CONF_ADDRESS: OTHER.address},
    )
    another.entry = back_hug.entry
    await another.set_up()
    assert {unique_id[:17] for unique_id in unique_ids(back_hug).values()} == {
        OTHER.address
    }


# Stored data of the replaced device


async def replaced(
    home: Home, back_hug: SimulatedBackHug, another: SimulatedBackHug
) -> None:
    """Replace a BackHug and wait until the new one is live."""
    loaded = back_hug.coordinator
    result = await choose(back_hug, await begin(back_hug), another.build)
    assert result["reason"] == "reconfigure_successful"
    another.entry = back_hug.entry
    await reloaded(another, loaded)
    await home.hass.async_block_till_done()


async def used(home: Home, sessions: int) -> SimulatedBackHug:
    """Put a used BackHug in reach, with a completed session."""
    another = await other(home)
    if sessions:
        another.back.session_number = sessions - 1
        another.back.start_at_device(20)
        another.skip(20 * 60 + 20)
    return another


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
