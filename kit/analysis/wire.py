"""What surrounds the payload: one frame for both directions, with its evidence."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..capture.att import Operation, Record
from ..capture.gatt import Characteristic
from ..devices import Device
from .checksums import BY_NAME, Checksum, find_checksum
from .counters import RunningNumber, find_counter
from .framing import (
    HEADER_LIMIT,
    Family,
    Frame,
    LengthField,
    common_prefix,
    families,
    find_escape,
    unescape,
)
from .tokens import Token, find_token

SHORTEST_CHUNK = 20
MOST_SAMPLES = 400


@dataclass(frozen=True, slots=True)
class Message:
    """A frame without what surrounds its payload."""

    time: float
    payload: bytes
    octets: bytes
    sent: bool


@dataclass(slots=True)
class Wire:
    """Characteristics, frame, and all messages in the order of time."""

    write: int
    notify: int | None
    response: bool
    chunk: int
    kind: str
    header: bytes = b""
    reply_header: bytes = b""
    trailer: bytes = b""
    size: int | None = None
    length: LengthField | None = None
    checksum: Checksum | None = None
    checksum_sent_only: bool = False
    checksum_kept: bool = False  # in the payload, because a description cannot say it
    separator: bytes = b""
    counter: RunningNumber | None = None
    escape: dict[int, bytes] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    received: list[Message] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    evidence: str = ""
    token: Token | None = None

    @property
    def is_text(self) -> bool:
        """Return whether payloads are lines."""
        return self.kind == "text"

    def payload(self, plain: bytes, sent: bool) -> bytes:
        """Return what is left of a frame without escapes."""
        if self.kind == "raw" and not sent:
            return plain
        if self.is_text:
            line = plain.removesuffix(self.trailer)
            return line.rsplit(self.separator, 1)[0] if self.separator else line
        drop = set(
            range(len(self.header if sent else self.reply_header or self.header))
        )
        end = len(plain) - len(self.trailer)
        drop |= set(range(end, len(plain)))
        if self.length:
            drop |= set(range(self.length.at, self.length.at + self.length.size))
        if self.counter:
            drop |= set(range(self.counter.at, self.counter.at + self.counter.size))
        if self.checksum and not self.checksum_kept:
            at = (
                self.checksum.at
                if self.checksum.at >= 0
                else len(plain) + self.checksum.at
            )
            drop |= set(range(at, at + self.checksum.size))
        return bytes(octet for at, octet in enumerate(plain) if at not in drop)


def find_wire(device: Device) -> Wire | None:
    """Return how this device frames what is said, or None if nothing was written to it."""
    writes = [
        record
        for record in device.writes
        if not device.table.is_standard(record.handle)
    ]
    if not writes:
        return None
    write = Tally(record.handle for record in writes).most_common(1)[0][0]
    notify = _notify(device, write)
    out = _families(device, write, sent=True)
    back = _families(device, notify, sent=False) if notify is not None else []
    own = [record for record in writes if record.handle == write]
    response = sum(record.operation is Operation.WRITE for record in own) * 2 > len(own)
    wire = Wire(
        write,
        notify,
        response,
        max([SHORTEST_CHUNK, *(len(record.value) for record in own)]),
        out[0].kind,
    )
    _remark(wire, device, writes, out, back)
    _settle(wire, out[0], back[0] if back else None)
    wire.token = find_token(device.connections, wire.sent, wire.received, wire.is_text)
    if token := wire.token:
        # All else is found as if each connection had the same one.
        wire.sent = [
            replace(one, payload=token.normalised(one.payload, one.time))
            for one in wire.sent
        ]
    return wire


def _notify(device: Device, write: int) -> int | None:
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


def _families(device: Device, handle: int, sent: bool) -> list[Family]:
    records: list[Record] = []
    for connection in device.connections:
        records += [
            record
            for record in connection.records
            if record.handle == handle
            and record.sent == sent
            and record.operation is not Operation.READ
        ]
    return families(records)


def _remark(
    wire: Wire,
    device: Device,
    writes: Sequence[Record],
    out: list[Family],
    back: list[Family],
) -> None:
    others = sorted({record.handle for record in writes} - {wire.write})
    if others:
        names = ", ".join(device.table.name(handle) for handle in others)
        wire.remarks.append(
            f"Values were also written to {names}; a description has one characteristic for commands."
        )
    heard = Tally(
        record.handle
        for record in device.notifications
        if not device.table.is_standard(record.handle)
    )
    others = sorted(set(heard) - {wire.notify})
    if others:
        names = ", ".join(
            f"{device.table.name(handle)} ({heard[handle]} times)" for handle in others
        )
        wire.remarks.append(
            f"Notifications also came from {names}; a description has one characteristic for them."
        )
    for found, way in ((out, "written"), (back, "received")):
        for family in found[1:]:
            checksum = find_checksum(_samples(family.frames), _taken(family))
            named = f", {checksum.name} {checksum.place}" if checksum else ""
            wire.remarks.append(
                f"{len(family.frames)} frames {way} are of another make: {family.kind}, "
                f"header {family.header.hex(' ') or 'none'}{named}."
            )


def _settle(wire: Wire, out: Family, back: Family | None) -> None:
    """Find the frame that serves both directions."""
    wire.trailer = out.trailer
    found = [family for family in (out, back) if family is not None]
    if out.kind == "delimited":
        same = [
            one
            for one in found
            if (one.header, one.trailer) == (out.header, out.trailer)
        ]
        wire.escape = find_escape([frame for one in same for frame in one.frames])
    for family in found if wire.escape else ():
        family.frames = [
            replace(frame, plain=unescape(frame.octets, wire.escape))
            for frame in family.frames
        ]
    _settle_size(wire, out, back)
    if wire.is_text:
        _settle_text(wire, [frame for family in found for frame in family.frames])
    else:
        if wire.kind == "delimited":
            wire.header = wire.reply_header = out.header
        else:
            _settle_header(wire, out, back)
        _settle_checksum(wire, out, back)
        _settle_counter(wire, out)
    _within_the_format(wire)
    wire.evidence = _evidence(out, back)
    for family, messages in zip(found, (wire.sent, wire.received), strict=False):
        for frame in family.frames:
            payload = wire.payload(frame.plain, frame.sent)
            messages.append(Message(frame.time, payload, frame.octets, frame.sent))


def _settle_size(wire: Wire, out: Family, back: Family | None) -> None:
    """Find the length field or the size that both directions have."""
    wire.length = out.length
    if wire.length is None and back and back.length and _all_fit(back.length, out):
        wire.length, wire.kind = back.length, "length"
    if wire.length and back and not _all_fit(wire.length, back):
        wire.remarks.append(
            "Received frames have another length field than written ones."
        )
    if wire.kind == "fixed":
        frames = out.frames + (back.frames if back else [])
        sizes = {len(frame.octets) for frame in frames}
        wire.size = sizes.pop() if len(sizes) == 1 else None
        if wire.size is None:
            wire.kind = "raw"


def _settle_counter(wire: Wire, out: Family) -> None:
    taken = _taken(out, wire)
    if wire.checksum and wire.checksum.at >= 0:
        taken |= set(range(wire.checksum.at, wire.checksum.at + wire.checksum.size))
    wire.counter = find_counter(out.frames, frozenset(taken))


def _within_the_format(wire: Wire) -> None:
    """Leave in the payload what a description cannot say of this kind of frame."""
    checksum = wire.checksum
    if checksum and not _is_expressible(checksum, wire.kind):
        wire.checksum_kept = True
        wire.remarks.append(
            f"A description cannot say {checksum.name} {checksum.place} yet: "
            "the checksum stays with each value, and only values that were seen are offered."
        )
    if wire.kind == "raw":
        wire.header = wire.reply_header = wire.trailer = b""


def _is_expressible(checksum: Checksum, kind: str) -> bool:
    """Return whether a description can say it; frames without a trailer have nothing behind it."""
    return kind != "raw" or not (
        checksum.stop or (checksum.at < 0 and checksum.at + checksum.size)
    )


def _settle_header(wire: Wire, out: Family, back: Family | None) -> None:
    limit = min(HEADER_LIMIT, wire.length.at if wire.length else HEADER_LIMIT)
    head = common_prefix(out.frames, limit)
    reply = common_prefix(back.frames, limit) if back else b""
    if back and back.frames and not reply and len(back.frames) > 1:
        head = head if wire.length else b""
    # Both have as many octets: the length, the counter and the payload then begin at the same place.
    size = (
        min(len(head), len(reply))
        if back and len(back.frames) > 1
        else min(len(head), 2)
    )
    if not wire.length:
        # The first octet of the payload tells messages apart: what two frames share may be that.
        size = min(size, 2)
    wire.header, wire.reply_header = head[:size], reply[:size]


def _settle_checksum(wire: Wire, out: Family, back: Family | None) -> None:
    taken = _taken(out, wire)
    ours = _samples(out.frames)
    theirs = _samples(back.frames) if back else []
    wire.checksum = find_checksum(ours + theirs, taken)
    if wire.checksum is None and (found := find_checksum(ours, taken)):
        wire.checksum, wire.checksum_sent_only = found, bool(theirs)
    checksum = wire.checksum
    if checksum is None or checksum.at >= 0:
        return
    behind = -checksum.at - checksum.size
    ends = {frame.plain[len(frame.plain) - behind :] for frame in out.frames}
    if behind and len(ends) == 1:
        wire.trailer = ends.pop()


def _settle_text(wire: Wire, frames: Sequence[Frame]) -> None:
    """Find hex digits behind a separator at the end of each line."""
    lines = [frame.plain.removesuffix(wire.trailer) for frame in frames]
    for separator in (b"*", b"#", b",", b":", b"|", b" "):
        parts = [line.rsplit(separator, 1) for line in lines]
        if not all(len(part) == 2 and len(part[1]) in {2, 4} for part in parts):
            continue
        for algorithm in BY_NAME.values():
            for start in (0, 1):
                fits = [_text_fits(algorithm.name, part, start) for part in parts]
                if sum(fits) >= max(3, len(fits) * 0.95):
                    wire.separator = separator
                    wire.checksum = Checksum(
                        algorithm.name,
                        start,
                        None,
                        -1,
                        big=True,
                        matched=sum(fits),
                        tried=len(fits),
                    )
                    return


def _text_fits(name: str, part: Sequence[bytes], start: int) -> bool:
    algorithm = BY_NAME[name]
    if len(part[1]) != 2 * algorithm.size:
        return False
    return (
        part[1].upper()
        == f"{algorithm.compute(part[0][start:]):0{2 * algorithm.size}X}".encode()
    )


def _taken(family: Family, wire: Wire | None = None) -> frozenset[int]:
    length = wire.length if wire else family.length
    taken = set(range(len(wire.header if wire else family.header)))
    if length:
        taken |= set(range(length.at, length.at + length.size))
    return frozenset(taken)


def _samples(frames: Sequence[Frame]) -> list[bytes]:
    return list(dict.fromkeys(frame.plain for frame in frames))[:MOST_SAMPLES]


def _all_fit(length: LengthField, family: Family) -> bool:
    return all(length.total(frame.plain) == len(frame.plain) for frame in family.frames)


def _evidence(out: Family, back: Family | None) -> str:
    parts = [
        f"{len(out.frames)} frames written, of {out.lengths or 1} different lengths"
    ]
    if out.joined:
        parts.append(f"{out.joined} writes continue a frame")
    if back:
        parts.append(f"{len(back.frames)} frames received")
        if back.joined:
            parts.append(f"{back.joined} notifications continue one")
    return "; ".join(parts)
