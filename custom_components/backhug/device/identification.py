"""Identification of a device: its advertisement, its features, and its Device Information."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bleak import BleakClient
from bleak.backends.device import BLEDevice

from . import timeouts
from .connector import connect
from .gatt import disconnect, find, read
from .gatt_errors import AttError
from .model import DeviceInformation, Features, is_backhug_name
from .protocols import open_profile as profile
from .protocols.control_point import ControlPoint
from .protocols.protocol import Protocol
from .service_cache import ServiceCache


@dataclass(frozen=True, slots=True)
class Identity:
    """Identity that a device reports when it is added."""

    features: Features
    information: DeviceInformation


def is_backhug(name: str, service_uuids: Collection[str]) -> bool:
    """Return whether an advertisement is that of a BackHug, by its name or by a known service."""
    return is_backhug_name(name) or profile.is_advertised(service_uuids)


async def identify(
    name: str, device: BLEDevice, protocol: Protocol | None = None
) -> Identity:
    """Connect to a device once, identify it, and disconnect. The protocol is the open profile unless given.

    Raises NotReachableError or IncompatibleError.
    """
    protocol = protocol or ControlPoint()
    found: list[Identity] = []
    services = ServiceCache()

    async def prepare(client: BleakClient) -> None:
        with services.distrusted(worked_before=False):
            found.append(await read_identity(client, services, protocol))

    await disconnect(await connect(name, device, prepare))
    return found[-1]


async def read_identity(
    client: BleakClient, services: ServiceCache, protocol: Protocol
) -> Identity:
    """Read the identity over a connection. Raises RADIO_ERRORS and IncompatibleError."""
    features = await protocol.read_features(client)
    return Identity(features, await read_information(client, services))


async def read_information(
    client: BleakClient, services: ServiceCache
) -> DeviceInformation:
    """Read the texts of the Device Information service, without those that are missing or refused.

    Raises RADIO_ERRORS.
    """
    service = profile.INFORMATION_SERVICE
    values = []
    for name, uuid in profile.INFORMATION.items():
        # Raises if the services are missing because the connection is lost.
        if find(client, service, uuid) is not None:
            try:
                value = await read(client, service, uuid, timeouts.READ_TIMEOUT)
            except AttError as error:
                if services.may_be_stale(error):
                    raise
            else:
                values.append((name, value))
    return profile.information(values)
