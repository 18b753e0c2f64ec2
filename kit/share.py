"""Makes a bundle of one device's frames that may be shared: no addresses, names, keys or neighbours."""

from __future__ import annotations

import io
import zipfile

from .analysis.study import Study
from .capture.att import Operation
from .capture.writer import Writer
from .notes import Note, write_notes
from .redact import Redactor

BEGINNING = 946_684_800.0  # 2000-01-01: the bundle does not say when it was recorded
README = """A capture of one Bluetooth device, made with the kit of the BackHug integration for Home Assistant.

device.btsnoop    what was written to the device and what it sent; read it with the kit, or with Wireshark
notes.csv         what was pressed when, by the clock of the capture
description.yaml  the description as far as it goes, if there is one

Left out: every other device, pairing and its keys, advertisements, the date.
Replaced by zeros or x: Bluetooth addresses, the device's name and serial number, and words such as SN12345.
Still in it: what the app wrote to the device, which may include a PIN of the device. Read it before you share it.
"""


def make_bundle(study: Study, description: str, addresses: list[str]) -> bytes:
    """Return a zip of the device's frames, the notes, and the description."""
    device = study.device
    redactor = Redactor(device, addresses)
    start = min((connection.start for connection in device.connections), default=0.0)
    shift = BEGINNING - start
    writer = Writer()
    for connection in device.connections:
        writer.connected(connection.start + shift)
        writer.table(connection.start + shift, device.table)
        for record in redactor.redact(connection.records):
            if not (
                record.operation is Operation.READ
                and device.table.is_identifying(record.handle)
            ):
                writer.record(record.time + shift, record)
        writer.disconnected(connection.end + shift)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "README.txt", README.encode())
        _add(archive, "device.btsnoop", writer.data())
        _add(archive, "notes.csv", write_notes(_shifted(study, shift)).encode())
        if description:
            _add(archive, "description.yaml", description.encode())
    return out.getvalue()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(
        zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED
    )


def _shifted(study: Study, shift: float) -> list[Note]:
    """Return the notes by the clock of the bundle, or from zero if they fit nowhere."""
    if not study.notes:
        return []
    by = study.alignment.offset + shift if study.alignment else -study.notes[0].time
    return [Note(note.time + by, note.action, note.value) for note in study.notes]
