"""Checks whether a connected device matches a description."""

from __future__ import annotations

from bleak import BleakClient

from ... import timeouts
from ...gatt import find, read
from ..open_profile import INFORMATION, INFORMATION_SERVICE, decode_information
from ..protocol import Channel
from .description import Description


def recognises(description: Description, client: BleakClient) -> bool:
    """Return whether a device has the characteristics of the description."""
    link = description.link
    needed = {*link.notifying} if link.read is None else {*link.notifying, link.read}
    if not (
        takes_commands(description, client)
        and all(channel_of(description, client, uuid) for uuid in needed)
    ):
        return False
    found = {each.uuid for each in client.services.characteristics.values()}
    return description.match.characteristics <= found


def channel_of(
    description: Description, client: BleakClient, uuid: str
) -> Channel | None:
    """Return where a device reports: in the service of the link, or the only other place with that UUID.

    Raises GattError if the connection is lost.
    """
    service = description.link.service
    if find(client, service, uuid) is not None:
        return Channel(service, uuid)
    found = [
        each for each in client.services.characteristics.values() if each.uuid == uuid
    ]
    return Channel(found[0].service_uuid, uuid) if len(found) == 1 else None


def takes_commands(description: Description, client: BleakClient) -> bool:
    """Return whether a device has the characteristic that commands are written to."""
    return find(client, description.link.service, description.link.write) is not None


async def is_model(description: Description, client: BleakClient) -> bool:
    """Return whether a device is of the model that is described, if one is. Raises RADIO_ERRORS."""
    if not (model := description.match.model):
        return True
    characteristic = (INFORMATION_SERVICE, INFORMATION["model"])
    if find(client, *characteristic) is None:
        return False
    value = await read(client, *characteristic, timeouts.READ_TIMEOUT)
    return decode_information("model", value).get("model", "").startswith(model)
