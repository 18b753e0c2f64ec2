"""Diagnostics: everything needed in one file, and nothing private."""

import json
from typing import Any

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bluetooth_data_tools import monotonic_time_coarse
from habluetooth import BluetoothServiceInfoBleak, get_manager
from homeassistant.components.diagnostics import REDACTED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    floor_registry as fr,
)
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.backhug.device import connection as link
from simulator import protocol
from simulator.build import Build
from tests.cases import in_one_home
from tests.home import Home, SimulatedBackHug, until

from .programme_runs import add_programme


async def diagnostics(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, back_hug: SimulatedBackHug
) -> dict[str, Any]:
    """Download the diagnostics; check that they do not identify the device."""
    found: dict[str, Any] = await get_diagnostics_for_config_entry(
        hass, hass_client, back_hug.entry
    )
    text = json.dumps(found)
    build = back_hug.build
    for secret in (
        build.address,
        build.serial,
        build.name,
        build.address.replace(":", "")[-4:],
        *(
            name
            for each in get_manager().async_current_scanners()
            for name in (each.source, each.name)
        ),
    ):
        assert secret
        assert secret.lower() not in text.lower(), secret
    assert found["entry"]["title"] == REDACTED
    assert found["entry"]["unique_id"] == REDACTED
    assert found["entry"]["data"]["address"] == REDACTED
    assert found["entry"]["data"]["information"]["serial"] == REDACTED
    return found


async def test_connected_device_is_described(
    home: Home, hass_client: ClientSessionGenerator, back_hug: SimulatedBackHug
) -> None:
    """While connected: the device's values and the state of the link."""
    await back_hug.treat()
    # It is read as treating begins.
    known = back_hug.coordinator.controller.back_hug.reported
    await until(lambda: known.record and known.record.session == 1, "the record")
    found = await diagnostics(home.hass, hass_client, back_hug)

    assert found["available"] is True
    assert found["advertisement"]["service_uuids"] == [protocol.SERVICE]
    assert found["advertisement"]["rssi"] == -60
    assert found["entry"]["data"]["features"]["strength_levels"] == 10
    link_found = found["link"]
    assert link_found["held"] is True
    assert link_found["connected"] is True
    assert link_found["last_error"] is None
    assert link_found["mtu"] == 247
    assert [what for _, what in link_found["history"]] == ["connected"]
    assert link_found["reachability"]
    characteristics = {
        each["uuid"]: each["properties"] for each in link_found["characteristics"]
    }
    assert characteristics[protocol.STATUS] == ["read", "notify"]
    assert characteristics[protocol.CONTROL_POINT] == ["write", "indicate"]
    assert found["malformed"] == {}
    reported = found["device"]
    assert reported["connected"] is True
    assert reported["status"]["state"] == "treating"
    assert reported["features"]["fingers"] == 28
    assert reported["information"]["firmware"] == "1.0.0"
    assert reported["information"]["serial"] == REDACTED
    assert reported["settings"]["minutes"] == 20
    assert len(reported["record"]["before"]["efforts"]) == 28
    assert reported["ends_at"]


async def test_device_never_reached_has_stored_data_only(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """A device that was never reached has only stored data."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    found = await diagnostics(home.hass, hass_client, back_hug)
    assert found["available"] is False
    assert found["advertisement"] is None
    assert found["link"]["held"] is True
    assert found["link"]["connected"] is False
    assert found["link"]["mtu"] is None
    assert found["link"]["characteristics"] == []
    assert found["link"]["history"] == []
    assert "never seen" in found["link"]["reachability"]
    assert found["device"]["status"] is None
    assert found["device"]["features"]["fingers"] == 28


@pytest.mark.parametrize("name", ["BackHug-7F2A", "BackHug"])
async def test_failed_connection_has_a_reason_without_address(
    home: Home,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """The reason of a failed connection is included, without the address in bleak's text."""
    monkeypatch.setattr(link, "LONGEST_BACK_OFF", 0.1)
    back_hug = await home.add(Build(name=name))
    back_hug.faults.refuse_connections = True
    await home.seen(back_hug)
    await back_hug.set_up(live=False)
    client = back_hug.coordinator.controller.back_hug.connection
    await until(lambda: len(client.history) >= 2, "two attempts have failed")
    assert back_hug.build.address in str(client.last_error)
    found = await get_diagnostics_for_config_entry(
        home.hass, hass_client, back_hug.entry
    )
    assert back_hug.build.address not in json.dumps(found)
    assert f"{name} - " not in json.dumps(found)
    assert found["link"]["last_error"].startswith("NotReachableError(")
    assert "CONNECTION_FAILED_TO_BE_ESTABLISHED" in found["link"]["last_error"]
    assert all("no connection" in what for _, what in found["link"]["history"])


async def test_last_values_are_marked_after_a_loss(
    home: Home, hass_client: ClientSessionGenerator, back_hug: SimulatedBackHug
) -> None:
    """After a loss the last values are included, marked as such."""
    await back_hug.treat()
    back_hug.faults.refuse_connections = True
    back_hug.peripheral.drop_link()
    await back_hug.shows("binary_sensor", "connected", "off")
    found = await diagnostics(home.hass, hass_client, back_hug)
    assert found["link"]["connected"] is False
    assert [what for _, what in found["link"]["history"]][:2] == ["connected", "lost"]
    assert found["device"]["connected"] is False
    assert found["device"]["status"]["state"] == "treating"


async def test_history_is_summarised(
    home: Home, hass_client: ClientSessionGenerator, back_hug: SimulatedBackHug
) -> None:
    """The history is summarised: its size and the last end; neither times nor tension."""
    found = await diagnostics(home.hass, hass_client, back_hug)
    assert found["history"] == {
        "sessions": 0,
        "with_tension": 0,
        "missed": 0,
        "minutes_treated": 0,
        "last_session": None,
        "running_session": None,
    }
    await back_hug.treat()
    found = await diagnostics(home.hass, hass_client, back_hug)
    assert found["history"]["running_session"] == 1
    back_hug.skip(20 * 60 - 30)
    back_hug.clock.advance(50)
    history = back_hug.coordinator.history
    await until(lambda: history.sessions, "it is over")
    found = await diagnostics(home.hass, hass_client, back_hug)
    assert found["history"] == {
        "sessions": 1,
        "with_tension": 1,
        "missed": 0,
        "minutes_treated": 20,
        "last_session": {
            "number": 1,
            "minutes": 20,
            "seconds_treated": 1200,
            "ended_by": "completed",
            "missed": False,
            "measured_before": True,
            "measured_after": True,
        },
        "running_session": None,
    }


async def test_malformed_values_are_counted_by_kind(
    home: Home,
    hass_client: ClientSessionGenerator,
    back_hug: SimulatedBackHug,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Malformed values are counted by kind, with one log line each."""
    for _ in range(3):
        back_hug.peripheral.inject_status(b"\x01")
    for _ in range(2):
        back_hug.peripheral.inject_stream(b"\x01")
    back_hug.peripheral.inject_indication(b"\x81\x00\x00\x00")
    counters = back_hug.coordinator.controller.back_hug.reported.counters
    await until(lambda: counters.total() == 6, "all have come")
    found = await diagnostics(home.hass, hass_client, back_hug)
    assert found["malformed"] == {
        "malformed status": 3,
        "malformed tension fragment": 2,
        "malformed answer": 1,
    }
    assert len([each for each in caplog.messages if "malformed" in each]) == 3
    assert back_hug.value("sensor", "state") == "standby"
    caplog.clear()


def advertise(back_hug: SimulatedBackHug, manufacturer_data: dict[int, bytes]) -> None:
    """Let a passive proxy receive the device's advertisement."""
    build = back_hug.build
    get_manager().scanner_adv_received(
        BluetoothServiceInfoBleak(
            name=build.name,
            address=build.address,
            rssi=-60,
            manufacturer_data=manufacturer_data,
            service_data={},
            service_uuids=[],
            source="00:00:00:00:00:09",
            device=BLEDevice(build.address, build.name, {}),
            advertisement=AdvertisementData(build.name, {}, {}, [], None, -60, ()),
            connectable=False,
            time=monotonic_time_coarse(),
            tx_power=None,
        )
    )


async def test_manufacturer_data_is_included(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """Manufacturer data may help to learn an owner's protocol."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    advertise(back_hug, {0x1234: b"\xca\xfe"})
    found = await diagnostics(home.hass, hass_client, back_hug)
    assert found["advertisement"]["manufacturer_data"] == {"4660": "cafe"}
    assert found["advertisement"]["connectable"] is False


# Privacy


async def test_advertised_name_is_redacted(
    home: Home, hass_client: ClientSessionGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The advertised name ends with a part of the address, also after a change of the title."""
    monkeypatch.setattr(link, "LONGEST_BACK_OFF", 0.1)
    back_hug = await home.add()
    back_hug.faults.refuse_connections = True
    await home.seen(back_hug)
    back_hug.entry.add_to_hass(home.hass)
    home.hass.config_entries.async_update_entry(back_hug.entry, title="Upstairs")
    await back_hug.set_up(live=False)
    client = back_hug.coordinator.controller.back_hug.connection
    await until(lambda: len(client.history) >= 2, "two attempts have failed")
    home.hass.config_entries.async_update_entry(back_hug.entry, title="Downstairs")
    text = json.dumps(await diagnostics(home.hass, hass_client, back_hug))
    assert "stairs" not in text
    assert "CONNECTION_FAILED_TO_BE_ESTABLISHED" in text


async def test_rooms_and_names_are_redacted(
    home: Home, hass_client: ClientSessionGenerator, back_hug: SimulatedBackHug
) -> None:
    """Rooms, floors and the names of devices and programmes are redacted."""
    hass = home.hass
    add_programme(back_hug, "For my bad hip")
    fr.async_get(hass).async_create("Attic")
    area = ar.async_get(hass).async_create("Anna's den")
    registry = dr.async_get(hass)
    (device,) = dr.async_entries_for_config_entry(registry, back_hug.entry.entry_id)
    registry.async_update_device(
        device.id, area_id=area.id, name_by_user="Granny's bench"
    )
    history = back_hug.coordinator.controller.back_hug.connection.history
    history.append((0.0, "heard in Anna's den, attic: Granny's bench, for my bad hip"))
    found = await diagnostics(hass, hass_client, back_hug)
    hidden = REDACTED
    assert found["link"]["history"][-1][1] == (
        f"heard in {hidden}, {hidden}: {hidden}, {hidden}"
    )
    assert "hip" not in json.dumps(found)


@in_one_home(
    "secret",
    [
        "C0:FF:EE:00:7F:2A",
        "c0-ff-ee-00-7f-2a",
        "c0ffee007f2a",
        "C0FF.EE00.7F2A",
        "/org/bluez/hci0/dev_C0_FF_EE_00_7F_2A",
        "2a7f00eeffc0",
        "2A:7F:00:EE:FF:C0",
        "ee007f2a",
        "00:7f:2a",
        "2a7f00",
        "BackHug 7F2A",
        "backhug_7f2a",
        "7f:2a",
        "00:00:00:00:5c:01",
        "proxy-005c01",
        "DE:AD:BE:EF:00:01",
        "hall - DE:AD:BE:EF:00:01",
        "Old name - C0:FF:EE:00:7F:2A",
        "kitchen proxy (DE:AD:BE:EF:00:01)",
        "unplugged proxy (connectable=True, rssi=-60)",
        "last advertisement 3s ago via cellar",
    ],
)
async def test_every_notation_of_an_address_is_redacted(
    home: Home,
    hass_client: ClientSessionGenerator,
    back_hug: SimulatedBackHug,
    secret: str,
) -> None:
    """An address is redacted in any notation, in part, and with a library's prefix."""
    back_hug.coordinator.controller.back_hug.connection.history.append(
        (0.0, f"error: {secret}; code 19")
    )
    found = await diagnostics(home.hass, hass_client, back_hug)
    reported = found["link"]["history"][-1][1]
    assert REDACTED in reported
    assert reported.endswith("; code 19")
    rest = reported.replace(REDACTED, "").lower()
    for part in (
        "7f",
        "2a",
        "5c",
        "de:ad",
        "old",
        "hall",
        "kitchen",
        "unplug",
        "cellar",
    ):
        assert part not in rest


async def test_address_in_manufacturer_data_is_redacted(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """A device may advertise its own address, in either byte order."""
    back_hug = await home.add(powered=False)
    await back_hug.set_up(live=False)
    octets = bytes.fromhex(back_hug.build.address.replace(":", ""))
    advertise(back_hug, {1: b"\x01" + octets + b"\x02", 2: octets[::-1]})
    found = await diagnostics(home.hass, hass_client, back_hug)
    assert found["advertisement"]["manufacturer_data"] == {
        "1": f"01{REDACTED}02",
        "2": REDACTED,
    }
