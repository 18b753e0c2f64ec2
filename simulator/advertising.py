"""The advertisement of a BackHug (profile: Advertising and connection)."""

from bumble.core import UUID, AdvertisingData

from . import protocol
from .build import Build

LIMIT = 31
"""Octets of an advertisement, and of a scan response."""
OTHER_SERVICE = "9e6a0001-52b4-4c1f-8f0d-3a7c1d2e4b60"
"""A service that is not the profile's, for `Faults.other_protocol`."""

_FLAGS = bytes((0x02, 0x01, 0x06))
"""LE general discoverable, no BR/EDR."""


def advertisement(build: Build, *, other_protocol: bool = False) -> bytes:
    """Return the advertising data: flags and the service UUID (profile: Advertising).

    A device of another protocol has its own service there. ValueError over 31 octets.
    """
    service = OTHER_SERVICE if other_protocol else protocol.SERVICE
    kind = AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS
    return _fitting(_FLAGS + _element(kind, UUID(service).to_bytes()), build)


def scan_response(build: Build) -> bytes:
    """Return the scan response: the full name. ValueError over 31 octets."""
    name = _element(AdvertisingData.COMPLETE_LOCAL_NAME, build.name.encode())
    return _fitting(name, build)


def _element(kind: int, content: bytes) -> bytes:
    return bytes((len(content) + 1, kind)) + content


def _fitting(data: bytes, build: Build) -> bytes:
    if len(data) > LIMIT:
        raise ValueError(f"{build.name}: {len(data)} octets are too many to advertise")
    return data
