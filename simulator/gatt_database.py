"""The attributes of a BackHug: device information and the profile's service."""

from collections.abc import Collection

from bumble.core import UUID
from bumble.gatt import Characteristic, Service

from . import protocol
from .build import Build, Info

_DEVICE_INFORMATION = UUID.from_16_bits(0x180A)
_INFO = {
    Info.MANUFACTURER: 0x2A29,
    Info.MODEL: 0x2A24,
    Info.SERIAL: 0x2A25,
    Info.FIRMWARE: 0x2A26,
    Info.HARDWARE: 0x2A27,
}
_Properties = Characteristic.Properties


def _permissions(properties: Characteristic.Properties) -> Characteristic.Permissions:
    permissions = Characteristic.Permissions(0)
    if properties & _Properties.READ:
        permissions |= Characteristic.READABLE
    if properties & _Properties.WRITE:
        permissions |= Characteristic.WRITEABLE
    return permissions


def device_information(build: Build) -> Service:
    """Return the device information service."""
    return Service(
        _DEVICE_INFORMATION,
        [
            Characteristic(
                UUID.from_16_bits(uuid),
                _Properties.READ,
                Characteristic.READABLE,
                text.encode(),
            )
            for item, uuid in _INFO.items()
            if (text := build.info(item)) is not None
        ],
    )


def profile_characteristics(
    build: Build, missing: Collection[str]
) -> dict[str, Characteristic[bytes]]:
    """Return the characteristics of the profile by UUID, without the missing ones."""
    offered = {
        protocol.FEATURES: _Properties.READ,
        protocol.STATUS: _Properties.READ | _Properties.NOTIFY,
        protocol.TENSION_STREAM: _Properties.NOTIFY,
        protocol.CONTROL_POINT: _Properties.WRITE | _Properties.INDICATE,
        protocol.TENSION_RECORD: _Properties.READ,
    }
    if not build.measures_tension:
        del offered[protocol.TENSION_STREAM], offered[protocol.TENSION_RECORD]
    return {
        uuid: Characteristic(UUID(uuid), properties, _permissions(properties))
        for uuid, properties in offered.items()
        if uuid not in missing
    }
