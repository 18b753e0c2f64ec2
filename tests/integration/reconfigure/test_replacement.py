"""Reconfiguring with another BackHug: it replaces the first, unless something prevents it."""

from datetime import timedelta

from homeassistant.config_entries import (
    SOURCE_IGNORE,
)
from homeassistant.const import CONF_ADDRESS, CONF_SOURCE
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug.const import (
    CONF_FEATURES,
    CONF_TELL_UNREACHABLE,
    DOMAIN,
)
from custom_components.backhug.device.model import Features
from custom_components.backhug.reachability import availability
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, features_of, until

from .replacements import (
    OTHER,
    begin,
    choices,
    choose,
    offered,
    other,
    reloaded,
    unique_ids,
)


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
