"""The config flow that the user starts: a choice of the BackHugs in reach."""

from habluetooth import get_manager
from homeassistant.config_entries import SOURCE_IGNORE
from homeassistant.const import CONF_SOURCE
from homeassistant.data_entry_flow import FlowResultType

from custom_components.backhug import config_flow
from custom_components.backhug.const import DOMAIN
from simulator.faults import Faults
from tests.home import Home, SimulatedBackHug

from .flows import (
    SECOND,
    added,
    choices,
    discovered,
    flows,
    service_info,
    start,
    submit,
    text,
)


async def test_user_chooses_a_device_in_reach(home: Home) -> None:
    """The form lists the devices by name and address."""
    first, second = await home.add(), await home.add(SECOND)
    for back_hug in (first, second):
        await home.seen(back_hug)
    flow = await start(home.hass)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "user"
    assert choices(flow) == {
        first.build.address: f"BackHug-7F2A ({first.build.address})",
        second.build.address: f"BackHug-26AB ({second.build.address})",
    }
    assert first.peripheral.connections == second.peripheral.connections == 0

    result = await submit(home.hass, flow, address=second.build.address)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "BackHug-26AB"
    await added(home, second)
    assert first.peripheral.connections == 0
    # The discovery of this one has come to its end; the other one still waits.
    assert [flow["context"]["unique_id"] for flow in flows(home.hass)] == [
        first.build.address
    ]


async def test_names_are_scanned_for_before_the_choice(
    passive_home: Home, quick_scan: list[float | None]
) -> None:
    """Passive proxies do not receive names."""
    back_hug = await passive_home.add()
    await passive_home.seen(back_hug)
    flow = await start(passive_home.hass)
    assert quick_scan == [config_flow.ACTIVE_SCAN]
    assert choices(flow) == {
        back_hug.build.address: f"BackHug-7F2A ({back_hug.build.address})"
    }
    result = await submit(passive_home.hass, flow, address=back_hug.build.address)
    assert result["title"] == "BackHug-7F2A"
    # The name is known: no second scan.
    assert quick_scan == [config_flow.ACTIVE_SCAN]
    await added(passive_home, back_hug)


async def test_choice_includes_devices_found_by_name(
    passive_home: Home, quick_scan: list[float | None]
) -> None:
    """The name comes from an active scan."""
    back_hug = await passive_home.add(faults=Faults(other_protocol=True))
    await passive_home.seen(back_hug)
    assert flows(passive_home.hass) == []
    flow = await start(passive_home.hass)
    assert quick_scan
    assert back_hug.build.address in choices(flow)
    result = await submit(passive_home.hass, flow, address=back_hug.build.address)
    assert result["step_id"] == "unknown"


async def test_flow_aborts_without_devices_in_reach(home: Home) -> None:
    """The abort text says what to check."""
    result = await start(home.hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "no_devices_found"
    assert "Switch it on" in await text(home.hass, "abort", "no_devices_found")


async def test_flow_aborts_without_new_devices_in_reach(
    home: Home, back_hug: SimulatedBackHug
) -> None:
    """Configured devices and other kinds are not listed."""
    get_manager().scanner_adv_received(service_info("Lamp", "C0:FF:EE:00:00:02"))
    result = await start(home.hass)
    assert back_hug.entry.unique_id
    assert result["reason"] == "no_devices_found"


async def test_ignored_device_can_be_added_by_hand(home: Home) -> None:
    """The ignored entry is replaced."""
    back_hug = await home.add()
    await discovered(home, back_hug)
    await home.hass.config_entries.flow.async_init(
        DOMAIN,
        context={CONF_SOURCE: SOURCE_IGNORE},
        data={"unique_id": back_hug.build.address, "title": "BackHug-7F2A"},
    )
    assert flows(home.hass) == []
    flow = await start(home.hass)
    result = await submit(home.hass, flow, address=back_hug.build.address)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await added(home, back_hug)


async def test_device_configured_meanwhile_aborts(home: Home) -> None:
    """The second of two concurrent flows aborts."""
    back_hug = await home.add()
    await home.seen(back_hug)
    first, second = await start(home.hass), await start(home.hass)
    address = back_hug.build.address
    result = await submit(home.hass, first, address=address)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await added(home, back_hug)
    assert [flow["flow_id"] for flow in flows(home.hass)] == [second["flow_id"]]
    result = await submit(home.hass, second, address=address)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
