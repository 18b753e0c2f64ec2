"""Services that are missing, incomplete, stale or of another protocol; new firmware."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import replace
import traceback
from typing import Any
from unittest.mock import patch

from bumble import att
from bumble.att import AttributeValue
from bumble.core import UUID
from bumble.gatt import Characteristic
import pytest

from custom_components.backhug.device import (
    connection as connection_module,
    timeouts,
)
from custom_components.backhug.device.errors import (
    ContradictoryFeaturesError,
    IncompatibleError,
    LinkLostError,
    UnknownProtocolError,
    UnsupportedVersionError,
)
from custom_components.backhug.device.identification import identify
from custom_components.backhug.device.model import DeviceInformation
from simulator import protocol
from simulator.build import Build
from simulator.dialect import Dialect
from simulator.faults import Faults
from tests.home import PATIENCE, features_of, until

from .bench import EVERY_DIALECT, Bench, Client
from .open_profile import IS_DESCRIBED, features_shown


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "missing", [protocol.FEATURES, protocol.STATUS, protocol.CONTROL_POINT]
)
async def test_missing_mandatory_characteristic_is_another_protocol(
    bench: Bench, missing: str
) -> None:
    """The device cannot be operated."""
    if IS_DESCRIBED and missing == protocol.FEATURES:
        pytest.skip("a description needs none of these")
    client = await bench.client(
        connect=False,
        features=features_of(Build()),
        faults=Faults(missing=frozenset({missing})),
    )
    await refused_as(client, UnknownProtocolError)
    # BlueZ might not have announced them all, a cache might be old: nothing is concluded before it is sure.
    assert client.peripheral.connections == 4
    # A stop looks again, and is sent if its characteristic is there.
    stop = client.hug.stop()
    if missing == protocol.CONTROL_POINT:
        assert type(await client.refused(stop)) is UnknownProtocolError
        assert client.requests() == []
    else:
        await stop
        assert client.requests() == [2]


async def refused_as(client: Client, kind: type[IncompatibleError]) -> None:
    """See that the device is refused, that commands say why, and that it is not asked again soon."""
    client.hug.connection.hold()
    with pytest.MonkeyPatch.context() as patient:
        # Nothing is concluded before several connections, which over BlueZ take a while.
        patient.setattr(timeouts, "COMMAND_TIMEOUT", PATIENCE)
        assert type(await client.refused(client.hug.set_strength(9))) is kind
    await until(lambda: not client.peripheral.connected)
    assert client.hug.snapshot.incompatible == kind.reason
    assert not client.hug.snapshot.connected
    assert type(client.hug.connection.last_error) is kind
    assert type(await client.refused(client.hug.start(20))) is kind
    connections = client.peripheral.connections
    await asyncio.sleep(0.3)
    assert client.peripheral.connections == connections
    assert client.requests() == []


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_incomplete_services_are_read_again(bench: Bench, times: int) -> None:
    """A list that is incomplete for a moment costs one connection."""
    client = await bench.client(connect=False, features=features_of(Build()))
    bench.home.scanner.central.unannounced = [frozenset({protocol.FEATURES})] * times
    await client.connect()
    await client.hug.start(20)
    assert all(shown.incompatible is None for shown in client.snapshots)


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
async def test_refused_tension_record_is_done_without(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the services are known to be fresh."""
    client = await bench.client(connect=False)
    reads, read = client.peripheral.reads, client.peripheral.read

    def refuse(handle: int) -> bytes | None:
        before = reads[protocol.TENSION_RECORD]
        value = read(handle)
        if reads[protocol.TENSION_RECORD] > before:
            raise att.ATT_Error(att.ErrorCode.READ_NOT_PERMITTED)
        return value

    monkeypatch.setattr(client.peripheral, "read", refuse)
    await client.connect()
    await client.hug.set_strength(9)
    assert client.counted("connected") == 1
    assert client.hug.reported.counters == {"refused tension record": 1}


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
async def test_stale_handle_during_identification_discovers_the_services(
    bench: Bench,
) -> None:
    """On the next connection."""
    client = await bench.client()

    def refuse(_connection: object) -> bytes:
        raise att.ATT_Error(att.ErrorCode.UNLIKELY_ERROR)

    serve(client, "2A25", refuse)
    with pytest.raises(LinkLostError):
        await client.hug.identify()
    await client.up()
    found = await client.hug.identify()
    assert found.information.serial is None
    assert client.counted("connected") == 2


@pytest.mark.parametrize("dialect", [Dialect.BLUEZ], indirect=True)
@pytest.mark.usefixtures("hurried")
async def test_attempt_waits_until_bluez_hears_a_removed_device(bench: Bench) -> None:
    """BlueZ cannot connect to it before."""
    client = await bench.client(Build(major=2), connect=False, interval=0.15)
    device = client._path()
    assert device is not None
    with pytest.raises(UnsupportedVersionError):
        await identify("BackHug", device)
    assert client.peripheral.connections == 2


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
async def test_incomplete_services_of_a_new_device_are_read_again(bench: Bench) -> None:
    """One connection proves nothing."""
    client = await bench.client(connect=False)
    bench.home.scanner.central.unannounced = [frozenset({protocol.STATUS})]
    device = client._path()
    assert device is not None
    found = await identify("BackHug", device)
    assert found.features == features_of(Build())


@pytest.mark.parametrize("dialect", [Dialect.BLUEZ], indirect=True)
@pytest.mark.usefixtures("hurried")
async def test_incomplete_services_do_not_remove_the_device(bench: Bench) -> None:
    """From BlueZ."""
    client = await bench.client(connect=False, features=features_of(Build()))
    central = bench.home.scanner.central
    central.unannounced = [frozenset({protocol.FEATURES})]
    removed: list[str] = []
    with patch.object(central, "remove", removed.append):
        await client.connect()
    assert removed == []
    assert client.peripheral.connections == 2


@pytest.mark.usefixtures("hurried")
async def test_maker_protocol_is_recognised(bench: Bench) -> None:
    """A device with the maker's protocol is not operated."""
    client = await bench.client(
        connect=False,
        features=features_of(Build()),
        faults=Faults(other_protocol=True),
    )
    await refused_as(client, UnknownProtocolError)
    device = client._path()
    assert device is not None
    with pytest.raises(UnknownProtocolError):
        await identify("BackHug", device)


@pytest.mark.usefixtures("hurried")
async def test_other_major_version_is_refused(bench: Bench) -> None:
    """Nothing else is read."""
    client = await bench.client(
        Build(major=2, minor=7), connect=False, features=features_of(Build())
    )
    await refused_as(client, UnsupportedVersionError)
    assert isinstance(client.hug.connection.last_error, UnsupportedVersionError)
    assert client.hug.connection.last_error.version == "2.7"
    assert set(client.peripheral.reads) == {protocol.FEATURES}


@pytest.mark.usefixtures("hurried")
async def test_contradictory_features_are_refused(bench: Bench) -> None:
    """They are outside the bounds of the profile."""
    client = await bench.client(
        connect=False,
        features=features_of(Build()),
        faults=Faults(features=bytes.fromhex("01 00 0a 1b 3f 00 0f 00 05 3c 0f 00")),
    )
    await refused_as(client, ContradictoryFeaturesError)


@pytest.mark.usefixtures("hurried")
async def test_new_firmware_makes_a_refused_device_compatible(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is operated from then on."""
    monkeypatch.setattr(connection_module, "LONGEST_BACK_OFF", 0.8)
    client = await bench.client(
        Build(major=2), connect=False, features=features_of(Build())
    )
    await refused_as(client, UnsupportedVersionError)
    await client.peripheral.restart(Build())
    await client.up()
    assert client.hug.snapshot.incompatible is None
    await client.hug.set_strength(9)


@pytest.mark.usefixtures("hurried")
async def test_repeated_refusals_do_not_grow_the_traceback(bench: Bench) -> None:
    """The same error is raised many times."""
    client = await bench.client(
        Build(major=2), connect=False, features=features_of(Build())
    )
    await refused_as(client, UnsupportedVersionError)

    async def depth() -> int:
        error = await client.refused(client.hug.set_strength(9))
        return len(traceback.extract_tb(error.__traceback__))

    once = await depth()
    assert [await depth() for _ in range(5)] == [once] * 5


@pytest.mark.usefixtures("hurried")
async def test_missing_tension_characteristics_are_done_without(bench: Bench) -> None:
    """Although the features announce them."""
    client = await bench.client(
        faults=Faults(
            missing=frozenset({protocol.TENSION_STREAM, protocol.TENSION_RECORD})
        )
    )
    await client.treat()
    assert client.hug.snapshot.tension is None
    assert client.hug.snapshot.record is None


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "newer",
    [
        Build(serial=None),
        Build(serial=None, measures_tension=False),
        Build(manufacturer=None, model=None, serial=None, firmware=None),
        Build(manufacturer=None, model=None, serial=None, firmware=None, hardware=None),
        Build(fingers=26, strengths=5, areas=(0, 7), measures_tension=False),
    ],
)
async def test_moved_characteristics_are_found_after_a_firmware_update(
    bench: Bench, newer: Build
) -> None:
    """Although the cache holds their old handles."""
    client = await bench.client()
    await client.peripheral.restart(newer)
    await client.down()
    await client.up()
    await until(lambda: client.hug.snapshot.features == features_of(newer))
    await until(
        lambda: (
            client.hug.snapshot.information
            == DeviceInformation(
                newer.manufacturer,
                newer.model,
                newer.serial,
                newer.firmware,
                newer.hardware,
            )
        )
    )
    assert client.counted("connected") == 2, "it came back, and stayed"
    await client.hug.set_strength(1)
    assert client.requests() == [5]


def serve(client: Client, uuid: str, read: Callable[[Any], bytes]) -> None:
    """Have a text of the device read in another way."""
    for attribute in client.peripheral.device.gatt_server.attributes:
        if isinstance(attribute, Characteristic) and attribute.uuid == UUID(uuid):
            attribute.value = AttributeValue(read=read)


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("code", "connections"),
    [
        (att.ErrorCode.READ_NOT_PERMITTED, 1),
        (att.ErrorCode.INSUFFICIENT_AUTHENTICATION, 1),
        # It might be an old handle.
        (att.ErrorCode.UNLIKELY_ERROR, 2),
    ],
)
async def test_refused_information_text_is_missing(
    bench: Bench, code: att.ErrorCode, connections: int
) -> None:
    """The other texts are read."""

    def refuse(_connection: object) -> bytes:
        raise att.ATT_Error(code)

    client = await bench.client(connect=False)
    serve(client, "2A25", refuse)
    await client.connect()
    information = client.hug.snapshot.information
    assert information is not None
    assert information.serial is None
    assert information.hardware == "A"
    await client.hug.set_strength(9)
    assert client.counted("connected") == connections


@pytest.mark.usefixtures("hurried")
async def test_information_is_not_missing_after_a_loss(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read on the next connection."""
    monkeypatch.setattr(connection_module, "FIRST_BACK_OFF", 0.01)
    monkeypatch.setattr(connection_module, "LONGEST_BACK_OFF", 0.01)
    client = await bench.client(connect=False)
    times = 0

    async def lose_link(ticks: int) -> None:
        for _ in range(ticks):
            await asyncio.sleep(0)
        client.peripheral.drop_link()

    def read(_connection: object) -> bytes:
        nonlocal times
        times += 1
        bench.home.hass.async_create_task(lose_link(times))
        return b"BackHug"

    serve(client, "2A24", read)
    client.hug.connection.hold()
    await until(lambda: times == 16, "lost at each moment")
    known = {shown.information for shown in client.snapshots}
    assert known <= {
        None,
        DeviceInformation("BackHug simulator", "BackHug", "SIM-7F2A", "1.0.0", "A"),
    }


async def test_stored_features_are_shown_before_the_first_connection(
    bench: Bench,
) -> None:
    """From the last connection."""
    features = replace(features_of(Build()), strength_levels=4)
    client = await bench.client(connect=False, features=features)
    assert client.hug.snapshot.features == features
    assert client.hug.snapshot.status is None
    assert client.hug.snapshot.settings is None
    await client.connect()
    assert client.hug.snapshot.features == features_shown(Build())
