"""Blanks what identifies a device, its owner or their phone."""

from __future__ import annotations

import re

from .capture.att import Record
from .devices import Device

SERIAL = re.compile(r"(?<=[-_ ])[0-9A-Fa-f]{2,}$|[0-9A-F]{4,}$")
SHORTEST = 4  # characters of a name that is looked for


def name_prefix(name: str) -> str:
    """Return a name without the serial number at its end."""
    return SERIAL.sub("", name).rstrip() or name


class Redactor:
    """Blanks what identifies the device, its owner or their phone."""

    def __init__(self, device: Device, addresses: list[str]) -> None:
        """Take the device, and the addresses of all devices in the capture."""
        self._table = device.table
        self._secrets: list[bytes] = []
        for address in {device.address, *addresses}:
            if re.fullmatch(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}", address):
                octets = bytes.fromhex(address.replace(":", ""))
                text = octets.hex()
                forms = [octets, octets[::-1]]
                forms += [
                    word.encode()
                    for written in (text, address.lower())
                    for word in (written, written.upper())
                ]
                self._secrets += forms
        serial = device.name.removeprefix(name_prefix(device.name))
        self._names = [
            name.encode() for name in (device.name, serial) if len(name) >= SHORTEST
        ]

    def touches(self, value: bytes) -> bool:
        """Return whether a value holds something that identifies."""
        return any(secret in value for secret in self._secrets + self._names)

    def redact(self, record: Record) -> Record:
        """Return the record without what identifies; its length stays."""
        value = record.value
        if self._table.is_identifying(record.handle):
            value = b"x" * len(value)
        for secret in self._secrets:
            value = value.replace(secret, bytes(len(secret)))
        for name in self._names:
            value = value.replace(name, b"x" * len(name))
        return Record(record.time, record.operation, record.handle, value)
