"""The services of a peripheral, discovered by Bumble and described for bleak."""

from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.uuids import normalize_uuid_str
from bumble.core import UUID
from bumble.device import Connection
from bumble.gatt import Characteristic
from bumble.gatt_client import Client

_Properties = Characteristic.Properties
_PROPERTY_NAMES: dict[Characteristic.Properties, CharacteristicPropertyName] = {
    _Properties.BROADCAST: "broadcast",
    _Properties.READ: "read",
    _Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    _Properties.WRITE: "write",
    _Properties.NOTIFY: "notify",
    _Properties.INDICATE: "indicate",
    _Properties.AUTHENTICATED_SIGNED_WRITES: "authenticated-signed-writes",
    _Properties.EXTENDED_PROPERTIES: "extended-properties",
}


def gatt_client(connection: Connection) -> Client:
    """Return the GATT client of a connection."""
    assert connection.gatt_client is not None
    return connection.gatt_client


def _uuid(uuid: UUID) -> str:
    """Return a UUID the way bleak writes it."""
    return normalize_uuid_str(uuid.to_hex_str("-"))


async def discover(
    connection: Connection, left_out: frozenset[str]
) -> BleakGATTServiceCollection:
    """Discover the services, without the characteristics whose UUIDs are in `left_out`."""
    gatt = gatt_client(connection)
    found = BleakGATTServiceCollection()
    for service in await gatt.discover_services():
        a_service = BleakGATTService(None, service.handle, _uuid(service.uuid))
        found.add_service(a_service)
        for characteristic in await gatt.discover_characteristics((), service):
            if _uuid(characteristic.uuid) in left_out:
                continue
            a_characteristic = BleakGATTCharacteristic(
                None,
                characteristic.handle,
                _uuid(characteristic.uuid),
                [
                    name
                    for flag, name in _PROPERTY_NAMES.items()
                    if characteristic.properties & flag
                ],
                lambda: connection.att_mtu - 3,
                a_service,
            )
            found.add_characteristic(a_characteristic)
            for descriptor in await gatt.discover_descriptors(characteristic):
                a_descriptor = BleakGATTDescriptor(
                    None, descriptor.handle, _uuid(descriptor.type), a_characteristic
                )
                found.add_descriptor(a_descriptor)
    return found
