"""The characteristics of a device: which one notifies, and what is said over each."""

from __future__ import annotations

from collections import Counter as Tally

from ..capture.att import Operation, Record
from ..capture.gatt import Characteristic
from ..devices import Device
from .framing import Family, LengthField, common_start, families


def find_notify(device: Device, write: int) -> int | None:
    """Return the characteristic that notifies most, of the same service if one of that does."""
    tally = Tally(
        record.handle
        for record in device.notifications
        if not device.table.is_standard(record.handle)
    )
    if not tally:
        return None
    known = device.table.characteristics
    service = known.get(write, Characteristic(write, "")).service
    return max(
        tally,
        key=lambda handle: (
            service and handle in known and known[handle].service == service,
            tally[handle],
        ),
    )


def join_more(device: Device, notify: int | None, back: list[Family]) -> list[int]:
    """Add the frames of other characteristics of the same service that are of the same make; return those."""
    known = device.table.characteristics
    if notify not in known or not back:
        return []
    first, more = back[0], []
    others = {record.handle for record in device.notifications} - {notify}
    for handle in sorted(others & known.keys()):
        if known[handle].service != known[notify].service:
            continue
        family, *rest = families_of(device, handle, sent=False, known=first.length)
        if rest or _make(family) != _make(first):
            continue
        more.append(handle)
        first.frames = sorted(first.frames + family.frames, key=lambda one: one.time)
        first.header = common_start([first.header, family.header])
        first.joined += family.joined
    return more


def _make(family: Family) -> tuple[object, ...]:
    """Return what frames of one make have in common."""
    kind = "raw" if family.kind == "fixed" else family.kind
    return kind, family.length, family.trailer, family.escape


def families_of(
    device: Device, handle: int, sent: bool, known: LengthField | None = None
) -> list[Family]:
    """Return the families of frames of a characteristic, in one direction."""
    records: list[Record] = []
    for connection in device.connections:
        records += [
            record
            for record in connection.records
            if record.handle == handle
            and record.sent == sent
            and record.operation is not Operation.READ
        ]
    return families(records, known)
