"""The config flow of a discovered BackHug."""

from types import MappingProxyType

from homeassistant.components import bluetooth
from homeassistant.config_entries import SOURCE_BLUETOOTH
from homeassistant.const import CONF_SOURCE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.backhug import config_flow
from custom_components.backhug.const import CONF_INFORMATION, DOMAIN, MAKING_URL
from simulator.build import Build
from simulator.faults import Faults
from tests.home import Home, SimulatedBackHug, until

from .flows import (
    SECOND,
    added,
    choices,
    discovered,
    dismiss,
    flows,
    service_info,
    start,
    submit,
    text,
)


async def test_discovered_device_is_added_after_confirmation(home: Home) -> None:
    """It is contacted only after confirmation."""
    back_hug = await home.add()
    flow = await discovered(home, back_hug)
    assert flow["step_id"] == "bluetooth_confirm"
    assert flow["context"]["source"] == SOURCE_BLUETOOTH
    assert flow["context"]["title_placeholders"] == {"name": "BackHug-7F2A"}
    await home.hass.async_block_till_done()
    assert back_hug.peripheral.connections == 0
    assert not home.scanner.central.allocated

    result = await submit(home.hass, flow)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "BackHug-7F2A"
    entry = await added(home, back_hug)
    assert entry.title == "BackHug-7F2A"
    # Once by the flow, once by the entry.
    assert back_hug.peripheral.connections == 2
    assert back_hug.back.requests == []


async def test_name_is_scanned_for_after_a_passive_discovery(
    passive_home: Home,
) -> None:
    """The service is sufficient for the discovery."""
    back_hug = await passive_home.add()
    flow = await discovered(passive_home, back_hug)
    assert flow["context"]["title_placeholders"] == {"name": "BackHug 7F2A"}
    info = bluetooth.async_last_service_info(
        passive_home.hass, back_hug.build.address, connectable=True
    )
    assert info
    assert info.name == back_hug.build.address
    assert back_hug.peripheral.connections == 0

    # Not sped up: Home Assistant's own active scan, which takes five seconds.
    result = await submit(passive_home.hass, flow)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "BackHug-7F2A"
    await added(passive_home, back_hug)


async def test_title_is_made_of_the_address_without_a_name(
    passive_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device is added without its name."""
    asked = []

    async def blind(_hass: HomeAssistant, duration: float) -> None:
        asked.append(duration)

    monkeypatch.setattr(bluetooth, "async_request_active_scan", blind)
    back_hug = await passive_home.add()
    result = await submit(passive_home.hass, await discovered(passive_home, back_hug))
    assert result["title"] == "BackHug 7F2A"
    assert asked == [config_flow.ACTIVE_SCAN]
    await added(passive_home, back_hug)


async def test_other_protocol_is_recognised_by_its_name(home: Home) -> None:
    """Nothing is sent to the device."""
    back_hug = await home.add(faults=Faults(other_protocol=True))
    flow = await discovered(home, back_hug)
    assert flow["context"]["title_placeholders"] == {"name": "BackHug-7F2A"}
    assert back_hug.peripheral.connections == 0

    result = await submit(home.hass, flow)

    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "unknown"
    assert result["menu_options"] == ["look", "describe"]
    assert result["description_placeholders"] == {
        "name": "BackHug-7F2A",
        "making_url": MAKING_URL,
    }
    await until(lambda: not home.scanner.central.allocated, "the link is closed")
    assert back_hug.back.requests == []
    assert back_hug.peripheral.refused == []
    assert back_hug.peripheral.reads == {}
    assert home.hass.config_entries.async_entries(DOMAIN) == []


async def test_other_devices_are_not_offered(home: Home) -> None:
    """A discovery of another kind of device aborts."""
    info = service_info("BackHugger", "C0:FF:EE:00:00:01")
    result = await home.hass.config_entries.flow.async_init(
        DOMAIN, context={CONF_SOURCE: SOURCE_BLUETOOTH}, data=info
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_a_backhug"
    assert await text(home.hass, "abort", "not_a_backhug")


async def test_second_discovery_is_not_offered(home: Home) -> None:
    """There is one flow while it waits for confirmation."""
    back_hug = await home.add()
    flow = await discovered(home, back_hug)
    info = bluetooth.async_last_service_info(home.hass, back_hug.build.address)
    result = await home.hass.config_entries.flow.async_init(
        DOMAIN, context={CONF_SOURCE: SOURCE_BLUETOOTH}, data=info
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_in_progress"
    assert [each["flow_id"] for each in flows(home.hass)] == [flow["flow_id"]]


async def test_configured_device_is_not_discovered(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Its discovery aborts."""
    dismiss(home.hass)
    info = bluetooth.async_last_service_info(home.hass, back_hug.build.address)
    result = await home.hass.config_entries.flow.async_init(
        DOMAIN, context={CONF_SOURCE: SOURCE_BLUETOOTH}, data=info
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert flows(home.hass) == []


async def test_two_devices_are_two_entries(home: Home) -> None:
    """Each has its own features and entities."""
    first, second = await home.add(), await home.add(SECOND)
    for back_hug in (first, second):
        flow = await discovered(home, back_hug)
        result = await submit(home.hass, flow)
        assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (await added(home, first)).title == "BackHug-7F2A"
    assert (await added(home, second)).title == "BackHug-26AB"
    assert first.value("switch", "session") == "off"
    assert second.value("switch", "session") == "off"
    assert first.entity_id("switch", "session") != second.entity_id("switch", "session")
    await second.call("switch", "turn_on", "session")
    await second.shows("sensor", "state", "scanning")
    assert first.value("sensor", "state") == "standby"
    assert first.back.requests == []


async def test_removed_device_is_discovered_again(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """No restart is needed."""
    dismiss(home.hass)
    # As one that was added by hand: Home Assistant itself does not look for it again.
    home.hass.config_entries.async_update_entry(
        back_hug.entry, discovery_keys=MappingProxyType({})
    )
    await home.hass.config_entries.async_remove(back_hug.entry.entry_id)
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
    flow = await discovered(home, back_hug)
    connections = back_hug.peripheral.connections
    result = await submit(home.hass, flow)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert connections == 1
    await added(home, back_hug)


async def test_unreadable_text_counts_as_missing(home: Home) -> None:
    """The device is added without it."""
    back_hug = await home.add()
    back_hug.withhold("2A25")
    result = await submit(home.hass, await discovered(home, back_hug))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    information = result["data"][CONF_INFORMATION]
    assert information["serial"] is None
    assert information["hardware"] == back_hug.build.hardware


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("BackHug-<b>Evil</b>", "BackHug- b Evil /b"),
        ("BackHug [a](http://b.c)", "BackHug a http://b.c"),
        ("BackHug-\u202e\x07{name}", "BackHug- name"),
        ("BackHug", "BackHug"),
    ],
)
async def test_markup_in_a_name_is_removed(home: Home, name: str, title: str) -> None:
    """An advertised name is untrusted."""
    back_hug = await home.add(Build(name=name))
    flow = await discovered(home, back_hug)
    assert flow["context"]["title_placeholders"] == {"name": title}
    by_hand = await start(home.hass)
    assert choices(by_hand) == {
        back_hug.build.address: f"{title} ({back_hug.build.address})"
    }
    result = await submit(home.hass, flow)
    assert result["title"] == title
    await added(home, back_hug)
