"""Reconfiguring: the same BackHug contacted again, or another one that takes its place."""

from copy import replace

from homeassistant.config_entries import (
    SOURCE_BLUETOOTH,
    SOURCE_IGNORE,
    ConfigFlowResult,
)
from homeassistant.const import CONF_ADDRESS, CONF_SOURCE
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.backhug import config_flow
from custom_components.backhug.const import (
    CONF_FEATURES,
    CONF_INFORMATION,
    CONF_LAST_CONTACT,
    CONF_TELL_UNREACHABLE,
    DOMAIN,
)
from custom_components.backhug.device.model import Features
from simulator.build import Build
from tests.home import Home, SimulatedBackHug, features_of, until

OTHER = Build(
    name="BackHug-26AB", address="C0:FF:EE:00:26:AB", serial="SIM-26AB", fingers=26
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for a device that is not there."""
    monkeypatch.setattr(config_flow, "CONNECT_TIMEOUT", 1)


async def begin(back_hug: SimulatedBackHug) -> ConfigFlowResult:
    """Begin to reconfigure."""
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
    """Return the devices that are offered."""
    schema = flow["data_schema"]
    assert schema is not None
    ((field, choice),) = schema.schema.items()
    assert field == CONF_ADDRESS
    container: dict[str, str] = choice.container
    assert field.default() == next(iter(container))
    return container


async def reloaded(back_hug: SimulatedBackHug, loaded: object) -> None:
    """Wait until the entry is loaded anew."""
    await until(lambda: back_hug.coordinator is not loaded, "it is reloaded")
    await back_hug.live()


def unique_ids(back_hug: SimulatedBackHug) -> dict[str, str]:
    """Return the unique id of each entity."""
    entries = er.async_entries_for_config_entry(
        er.async_get(back_hug.hass), back_hug.entry.entry_id
    )
    return {entry.entity_id: entry.unique_id for entry in entries}


async def other(home: Home) -> SimulatedBackHug:
    """Put another BackHug in reach, which Home Assistant offers."""
    another = await home.add(OTHER)
    await home.seen(another)
    await until(lambda: offered(home, OTHER), "it is discovered")
    return another


def offered(home: Home, build: Build) -> bool:
    """Say whether Home Assistant offers to set a BackHug up."""
    return any(
        flow["context"].get("unique_id") == build.address
        and flow["context"]["source"] == SOURCE_BLUETOOTH
        for flow in home.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    )


# The same


@pytest.mark.parametrize("running", [False, True])
async def test_same(back_hug: SimulatedBackHug, running: bool) -> None:
    """The connection that is held serves to contact it again; a session goes on meanwhile."""
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
    assert back_hug.told(2) == []


async def test_same_while_released(home: Home, back_hug: SimulatedBackHug) -> None:
    """A released one is contacted, as asked, and released again; what it offers is stored."""
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


async def test_same_out_of_reach(home: Home, back_hug: SimulatedBackHug) -> None:
    """One that cannot be reached is told so, with the reason; then it can be tried again."""
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


async def test_same_incompatible(home: Home, back_hug: SimulatedBackHug) -> None:
    """One that has become incompatible is refused with an explanation, and nothing changes."""
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


async def test_replace(home: Home, back_hug: SimulatedBackHug) -> None:
    """Another BackHug takes over entry, device, entities with the names that they were given."""
    registry = er.async_get(home.hass)
    strength = back_hug.entity_id("number", "strength")
    registry.async_update_entity(
        strength, new_entity_id="number.mine", name="My strength"
    )
    home.hass.config_entries.async_update_entry(
        back_hug.entry,
        data={**back_hug.entry.data, CONF_LAST_CONTACT: "2026-01-01T00:00:00+00:00"},
        options={CONF_TELL_UNREACHABLE: True},
    )
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
    assert entry.data[CONF_LAST_CONTACT] > "2026-02"
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
    # The new one is not offered any more; the old one is one of its own again.
    assert not offered(home, OTHER)
    await until(lambda: offered(home, back_hug.build), "the old one is discovered")


async def test_replace_leaves_others_discovered(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """The discovery of the chosen one ends; that of a third one still waits."""
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


async def test_replace_keeps_the_name_that_a_person_gave(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """What a person calls it stays its name."""
    home.hass.config_entries.async_update_entry(
        back_hug.entry, title="BackHug upstairs"
    )
    another = await other(home)
    loaded = back_hug.coordinator
    await choose(back_hug, await begin(back_hug), OTHER)
    another.entry = back_hug.entry
    await reloaded(another, loaded)
    assert back_hug.entry.title == "BackHug upstairs"


async def test_replace_by_one_that_was_ignored(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """A person who ignored a discovery may still choose that device."""
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


async def test_replace_by_one_that_is_set_up(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """One that is set up itself is not offered; nor taken, if it was set up meanwhile."""
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


async def test_replace_in_a_session(home: Home, back_hug: SimulatedBackHug) -> None:
    """While a session runs nothing takes the place of what can stop it."""
    await other(home)
    await back_hug.treat()
    flow = await begin(back_hug)
    result = await choose(back_hug, flow, OTHER)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "in_session"}
    assert back_hug.entry.unique_id == back_hug.build.address
    await back_hug.call("switch", "turn_off", "session")
    assert not back_hug.back.running


async def test_replace_by_one_out_of_reach(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """One that cannot be reached does not take over."""
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


async def test_power_cut_in_between(home: Home, back_hug: SimulatedBackHug) -> None:
    """If only the entry was stored, the next start makes good for entities and device."""
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
