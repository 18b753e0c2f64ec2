"""The config flow: discovered or chosen, confirmed, contacted once, added."""

import asyncio
from collections.abc import Awaitable, Callable
from types import MappingProxyType

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bluetooth_data_tools import monotonic_time_coarse
from habluetooth import BluetoothServiceInfoBleak, get_manager
from homeassistant.components import bluetooth
from homeassistant.config_entries import (
    SOURCE_BLUETOOTH,
    SOURCE_IGNORE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.const import CONF_ADDRESS, CONF_SOURCE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.backhug import config_flow
from custom_components.backhug.const import (
    CONF_FEATURES,
    CONF_INFORMATION,
    DOMAIN,
    HELP_URL,
    MAKING_URL,
)
from custom_components.backhug.coordinator import BackHugCoordinator
from custom_components.backhug.device.model import DeviceInformation
from simulator import protocol
from simulator.build import Build
from simulator.faults import Faults
from tests.home import Home, SimulatedBackHug, features_of, until

SECOND = Build(
    name="BackHug-26AB", address="C0:FF:EE:00:26:AB", serial="SIM-26AB", fingers=26
)


def flows(hass: HomeAssistant) -> list[ConfigFlowResult]:
    """Return the flows that wait for the user."""
    return list(hass.config_entries.flow.async_progress_by_handler(DOMAIN))


async def discovered(home: Home, back_hug: SimulatedBackHug) -> ConfigFlowResult:
    """Wait for the discovery of a BackHug; return its flow."""

    def found() -> list[ConfigFlowResult]:
        return [
            flow
            for flow in flows(home.hass)
            if flow["context"]["unique_id"] == back_hug.build.address
        ]

    await until(found, "the BackHug is discovered")
    (flow,) = found()
    return flow


def dismiss(hass: HomeAssistant) -> None:
    """Abort the flows that wait for the user."""
    for flow in flows(hass):
        hass.config_entries.flow.async_abort(flow["flow_id"])


async def start(hass: HomeAssistant) -> ConfigFlowResult:
    """Start the flow to add a BackHug by hand."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={CONF_SOURCE: SOURCE_USER}
    )


async def submit(
    hass: HomeAssistant, flow: ConfigFlowResult, **user_input: str
) -> ConfigFlowResult:
    """Submit a form."""
    return await hass.config_entries.flow.async_configure(flow["flow_id"], user_input)


async def text(hass: HomeAssistant, kind: str, key: str) -> str:
    """Return an English text of the flow."""
    texts = await async_get_translations(hass, "en", "config", [DOMAIN])
    return texts[f"component.{DOMAIN}.config.{kind}.{key}"]


async def added(home: Home, back_hug: SimulatedBackHug) -> ConfigEntry[object]:
    """Check and return the created entry; it is unloaded at the end."""
    entry = home.hass.config_entries.async_entry_for_domain_unique_id(
        DOMAIN, back_hug.build.address
    )
    assert entry is not None
    build = back_hug.build
    assert entry.data[CONF_ADDRESS] == build.address
    coordinator = entry.runtime_data
    assert isinstance(coordinator, BackHugCoordinator)
    assert coordinator.features == features_of(build)
    assert coordinator.information == DeviceInformation(
        build.manufacturer, build.model, build.serial, build.firmware, build.hardware
    )
    assert set(entry.data) == {CONF_ADDRESS, CONF_FEATURES, CONF_INFORMATION}
    await until(lambda: coordinator.available, "the entities are available")
    await home.hass.async_block_till_done()
    return entry


@pytest.fixture(autouse=True)
async def unload(hass: HomeAssistant, home: Home) -> None:
    """Unload the created entries at the end."""

    async def unload_all() -> None:
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            await hass.config_entries.async_unload(entry.entry_id)

    home.on_close(unload_all)


@pytest.fixture
def quick_scan(monkeypatch: pytest.MonkeyPatch, home: Home) -> list[float | None]:
    """Shorten active scans; return the requested durations."""
    asked: list[float | None] = []

    async def scan(_hass: HomeAssistant, duration: float | None = None) -> None:
        asked.append(duration)
        for scanner in home.scanners:
            await scanner.async_request_active_window(0.4)

    monkeypatch.setattr(bluetooth, "async_request_active_scan", scan)
    return asked


# Discovered


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


# By hand


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


async def test_unreadable_text_counts_as_missing(home: Home) -> None:
    """The device is added without it."""
    back_hug = await home.add()
    back_hug.withhold("2A25")
    result = await submit(home.hass, await discovered(home, back_hug))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    information = result["data"][CONF_INFORMATION]
    assert information["serial"] is None
    assert information["hardware"] == back_hug.build.hardware


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


# Refused, with an explanation


@pytest.mark.parametrize(
    ("build", "features", "reason", "placeholders"),
    [
        pytest.param(
            Build(major=2, minor=1),
            None,
            "unsupported_version",
            {"version": "2.1"},
            id="other major version",
        ),
        pytest.param(
            Build(),
            b"\x03",
            "unsupported_version",
            {"version": "3.x"},
            id="other major version, cut",
        ),
        pytest.param(
            Build(),
            protocol.encode_features(Build())[:2] + bytes(10),
            "contradictory_features",
            {},
            id="no strength at all",
        ),
        pytest.param(
            Build(),
            protocol.encode_features(Build())[:6],
            "contradictory_features",
            {},
            id="features cut",
        ),
    ],
)
async def test_incompatible_device_is_refused(
    home: Home,
    build: Build,
    features: bytes | None,
    reason: str,
    placeholders: dict[str, str],
) -> None:
    """The abort text gives the reason and a link."""
    back_hug = await home.add(build, faults=Faults(features=features))
    result = await submit(home.hass, await discovered(home, back_hug))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == reason
    placeholders = {"name": "BackHug-7F2A", "help_url": HELP_URL, **placeholders}
    assert result["description_placeholders"] == placeholders
    sentence = (await text(home.hass, "abort", reason)).format(**placeholders)
    assert HELP_URL in sentence
    assert placeholders.get("version", "") in sentence
    # Nothing was asked of it, and nothing else of its service was read.
    assert back_hug.back.requests == []
    assert set(back_hug.peripheral.reads) == {protocol.FEATURES}
    await until(lambda: not back_hug.peripheral.connected, "the link is closed")
    assert not home.scanner.central.allocated


async def test_service_cache_is_cleared_once_for_a_missing_service(home: Home) -> None:
    """New firmware is found then."""
    back_hug = await home.add(faults=Faults(other_protocol=True))
    result = await submit(home.hass, await discovered(home, back_hug))
    assert result["step_id"] == "unknown"
    dismiss(home.hass)
    back_hug.faults.clear()
    await back_hug.peripheral.restart(back_hug.build)
    flow = await start(home.hass)
    result = await submit(home.hass, flow, address=back_hug.build.address)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await added(home, back_hug)


# Out of reach, and then not


async def refused(_home: Home, back_hug: SimulatedBackHug) -> Callable[[], None]:
    """Make the device refuse connections."""
    back_hug.faults.refuse_connections = True
    return back_hug.faults.clear


async def hanging(_home: Home, back_hug: SimulatedBackHug) -> Callable[[], None]:
    """Make connections time out."""
    back_hug.faults.hang_connect = True
    return back_hug.faults.clear


async def silent(_home: Home, back_hug: SimulatedBackHug) -> Callable[[], None]:
    """Move the device out of reach after its discovery."""
    back_hug.peripheral.vanish()
    return back_hug.peripheral.appear


async def full(home: Home, _back_hug: SimulatedBackHug) -> Callable[[], None]:
    """Occupy all connection slots."""
    central = home.scanner.central
    central.slots = 0

    def free() -> None:
        central.slots = 3

    return free


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (refused, "cannot_connect"),
        (hanging, "cannot_connect"),
        (silent, "cannot_connect"),
        (full, "cannot_connect_no_free_slot"),
    ],
)
async def test_failed_contact_can_be_repeated(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Home, SimulatedBackHug], Awaitable[Callable[[], None]]],
    error: str,
    by_hand: bool,
) -> None:
    """The form shows the reason in time; the next attempt succeeds."""
    monkeypatch.setattr(config_flow, "CONNECT_TIMEOUT", 0.5)
    back_hug = await home.add()
    flow = await discovered(home, back_hug)
    user_input: dict[str, str] = {}
    if by_hand:
        flow = await start(home.hass)
        user_input = {CONF_ADDRESS: back_hug.build.address}
    mend = await trouble(home, back_hug)

    async with asyncio.timeout(5):
        result = await submit(home.hass, flow, **user_input)

    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == flow["step_id"]
    assert result["errors"] == {"base": error}
    placeholders = result["description_placeholders"]
    assert placeholders
    sentence = (await text(home.hass, "error", error)).format(**placeholders)
    assert sentence.startswith("BackHug-7F2A ")
    assert home.scanner.name not in sentence
    assert not home.scanner.central.allocated
    assert not back_hug.peripheral.connected

    mend()
    result = await submit(home.hass, result, **user_input)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    await added(home, back_hug)


async def test_passive_proxy_is_named_as_the_reason(home: Home) -> None:
    """The device is listed although it cannot be contacted."""
    address = "C0:FF:EE:00:00:03"
    get_manager().scanner_adv_received(service_info("BackHug-0003", address))
    flow = await start(home.hass)
    assert choices(flow) == {address: f"BackHug-0003 ({address})"}
    result = await submit(home.hass, flow, address=address)
    assert result["errors"] == {"base": "cannot_connect_passive_only"}


async def test_vanished_device_is_out_of_reach(
    passive_home: Home, quick_scan: list[float | None]
) -> None:
    """The error names its address."""
    back_hug = await passive_home.add()
    flow = await discovered(passive_home, back_hug)
    passive_home.remove_scanner()
    get_manager().async_clear_advertisement_history(back_hug.build.address)
    result = await submit(passive_home.hass, flow)
    assert quick_scan == [config_flow.ACTIVE_SCAN]
    assert result["errors"] == {"base": "cannot_connect"}
    placeholders = result["description_placeholders"]
    assert placeholders
    assert placeholders["name"] == "BackHug 7F2A"


# Names from the air


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


def choices(flow: ConfigFlowResult) -> dict[str, str]:
    """Return the options of a form."""
    schema = flow["data_schema"]
    assert schema
    offered: dict[str, str] = schema.schema[CONF_ADDRESS].container
    return offered


def service_info(name: str, address: str) -> BluetoothServiceInfoBleak:
    """Return an advertisement received by a passive proxy."""
    return BluetoothServiceInfoBleak(
        name=name,
        address=address,
        rssi=-60,
        manufacturer_data={},
        service_data={},
        service_uuids=[],
        source="00:00:00:00:00:09",
        device=BLEDevice(address, name, {}),
        advertisement=AdvertisementData(name, {}, {}, [], None, -60, ()),
        connectable=False,
        time=monotonic_time_coarse(),
        tx_power=None,
    )
