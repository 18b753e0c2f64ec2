"""Reconfiguring: the same BackHug contacted again, or replaced by another one."""

from copy import replace
from datetime import timedelta

from homeassistant.config_entries import (
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
    Features,
)
from custom_components.backhug.reachability import availability
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, features_of, until

from .replacements import OTHER, begin, choose, offered, other, reloaded


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the timeout."""
    monkeypatch.setattr(config_flow, "CONNECT_TIMEOUT", 1)


def choices(flow: ConfigFlowResult) -> dict[str, str]:
    """Return the listed devices."""
    schema = flow["data_schema"]
    assert schema is not None
    ((field, choice),) = schema.schema.items()
    assert field == CONF_ADDRESS
    container: dict[str, str] = choice.container
    assert field.default() == next(iter(container))
    return container


def unique_ids(back_hug: SimulatedBackHug) -> dict[str, str]:
    """Return the unique id of each entity."""
    entries = er.async_entries_for_config_entry(
        er.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return {entry.entity_id: entry.unique_id for entry in entries}


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
