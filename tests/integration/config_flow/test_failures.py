"""The config flow of a BackHug that is incompatible or out of reach."""

import asyncio
from collections.abc import Awaitable, Callable

from habluetooth import get_manager
from homeassistant.const import CONF_ADDRESS
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.backhug import config_flow
from custom_components.backhug.const import (
    HELP_URL,
)
from simulator import protocol
from simulator.build import Build
from simulator.faults import Faults
from tests.home import Home, SimulatedBackHug, until

from .flows import (
    added,
    choices,
    discovered,
    dismiss,
    service_info,
    start,
    submit,
    text,
)


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
