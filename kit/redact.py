"""Blanks what identifies a device, its owner or their phone."""

from __future__ import annotations

from collections.abc import Sequence
import re

from .capture.att import Operation, Record
from .devices import Device

SERIAL = re.compile(r"(?<=[-_ ])[0-9A-Fa-f]{2,}$|[0-9A-F]{4,}$")
SHORTEST = 4  # characters of a name that is looked for
WORD = re.compile(
    rb"(?<![0-9A-Za-z])((?:S/?N|SER|SERIAL|SERIALNO|UID|IMEI)[-:=#, ]?)(?=[A-Z-]*[0-9])([0-9A-Za-z-]{3,})",
    re.IGNORECASE,
)
TEXT = re.compile(rb"[ -~]{4,}")
PIECE = re.compile(rb"[0-9A-Za-z.]+")


def name_prefix(name: str) -> str:
    """Return a name without the serial number at its end."""
    return SERIAL.sub("", name).rstrip() or name


def without_unit(answer: bytes, written: bytes, is_text: bool) -> bytes:
    """Return how an answer begins before its version, serial number or other text: other units say another one.

    Words and octets that repeat what was written stay.
    """
    if not is_text:
        text = TEXT.search(answer)
        return answer[: text.start()] if text and text[0] not in written else answer
    known = set(PIECE.findall(written))
    for number, piece in enumerate(PIECE.finditer(answer)):
        if number and piece[0] not in known and re.search(rb"[0-9]", piece[0]):
            return answer[: piece.start()]
    return answer


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
        read = {
            record.value.strip(b"\0 ")
            for connection in device.connections
            for record in connection.records
            if record.operation is Operation.READ
            and device.table.is_identifying(record.handle)
        }
        names = {device.name.encode(), serial.encode()} | read
        self._names = sorted(
            (name for name in names if len(name) >= SHORTEST), key=len, reverse=True
        )

    def touches(self, value: bytes) -> bool:
        """Return whether a value holds something that identifies."""
        return self._blanked(value) != value

    def redact(self, records: Sequence[Record]) -> list[Record]:
        """Return the records of a connection without what identifies; their lengths stay.

        What is written or notified in several pieces is looked at as a whole.
        """
        streams: dict[tuple[Operation, int], bytearray] = {}
        for record in records:
            stream = streams.setdefault((record.operation, record.handle), bytearray())
            stream += record.value
        blanked = {
            key: b"x" * len(stream)
            if self._table.is_identifying(key[1])
            else self._blanked(bytes(stream))
            for key, stream in streams.items()
        }
        at = dict.fromkeys(streams, 0)
        found = []
        for record in records:
            key = record.operation, record.handle
            end = at[key] + len(record.value)
            value = blanked[key][at[key] : end]
            found.append(Record(record.time, record.operation, record.handle, value))
            at[key] = end
        return found

    def _blanked(self, value: bytes) -> bytes:
        for secret in self._secrets:
            value = value.replace(secret, bytes(len(secret)))
        for name in self._names:
            value = value.replace(name, b"x" * len(name))
        return WORD.sub(lambda found: found[1] + b"x" * len(found[2]), value)
