"""Services and characteristics as backends list them."""

from __future__ import annotations

from typing import cast

from bleak import BleakClient
import pytest

from custom_components.backhug.device import gatt
from custom_components.backhug.device.gatt_errors import (
    AttError,
    GattError,
)
from custom_components.backhug.device.protocols import open_profile as profile

from .gatt_backends import Client

WHOLE = {11: profile.FEATURES, 13: profile.STATUS, 15: profile.CONTROL_POINT}


def test_characteristic_that_is_there_twice() -> None:
    """The one in our service is used; of several there the first."""
    client = Client(
        ("0000180a-0000-1000-8000-00805f9b34fb", 1, {2: profile.STATUS}),
        (profile.SERVICE, 10, {17: profile.STATUS, **WHOLE}),
    )
    assert client.found(profile.STATUS) == 13
    assert client.found(profile.FEATURES) == 11
    assert client.found(profile.TENSION_RECORD) is None


def test_fullest_of_two_services_is_used() -> None:
    """The fullest is used; characteristics of the other one are not missing."""
    client = Client(
        (profile.SERVICE, 1, {2: profile.STATUS, 4: profile.TENSION_RECORD}),
        (profile.SERVICE, 10, WHOLE),
    )
    assert client.found(profile.STATUS) == 13
    assert client.found(profile.TENSION_RECORD) == 4


def test_services_lost_with_the_link_are_not_missing() -> None:
    """Services that are gone with the link do not count as missing."""
    client = Client()
    client.is_connected = False
    with pytest.raises(GattError, match="lost"):
        client.found(profile.STATUS)
    del client.services
    with pytest.raises(GattError):
        client.found(profile.STATUS)


async def test_value_of_another_kind() -> None:
    """A backend that reads something else than octets has read nothing."""
    client = Client((profile.SERVICE, 10, WHOLE))
    octets: list[object] = [bytearray(b"\x01"), memoryview(b"\x01"), b"\x01"]
    for client.value in octets:
        read = gatt.read(cast("BleakClient", client), profile.SERVICE, profile.STATUS)
        assert await read == b"\x01"
    for client.value in (None, 7, "text"):
        with pytest.raises(GattError):
            await gatt.read(
                cast("BleakClient", client), profile.SERVICE, profile.STATUS
            )


async def test_missing_value_cannot_be_read() -> None:
    """A characteristic that is not offered cannot be read."""
    client = cast("BleakClient", Client((profile.SERVICE, 10, WHOLE)))
    with pytest.raises(AttError) as caught:
        await gatt.read(client, profile.SERVICE, profile.TENSION_RECORD)
    assert caught.value.stale


def test_mtu() -> None:
    """The MTU is that of the characteristics: BlueZ has it nowhere else."""
    assert gatt.mtu(cast("BleakClient", Client((profile.SERVICE, 10, WHOLE)))) == 100
    assert gatt.mtu(cast("BleakClient", Client())) == 23
