"""What surrounds the payload: one frame for both directions, with its evidence."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
import re

from ..capture.att import Operation, Record
from ..devices import Device
from .channels import families_of, find_notify, join_more
from .checksums import Checksum, find_checksum
from .counters import RunningNumber, find_counter, without_repetitions
from .escapes import find_escape, unescape
from .framing import (
    HEADER_LIMIT,
    Family,
    Frame,
    LengthField,
    common_prefix,
)
from .tokens import Token, find_token

SHORTEST_CHUNK = 20
MOST_SAMPLES = 400
HEX = re.compile(rb"[0-9A-Fa-f]+")


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
    lower: bool = False  # the checksum in a line is of small letters
    counter: RunningNumber | None = None
    escape: dict[int, bytes] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    received: list[Message] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    evidence: str = ""
    token: Token | None = None
    notify_more: list[int] = field(default_factory=list)

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
            if self.checksum:
                line = line[: -2 * self.checksum.size].removesuffix(self.separator)
            return line
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
    notify = find_notify(device, write)
    out = families_of(device, write, sent=True)
    back: list[Family] = []
    if notify is not None:
        back = families_of(device, notify, sent=False, known=out[0].length)
        if out[0].length is None and back and back[0].length:
            out = families_of(device, write, sent=True, known=back[0].length)
    more = join_more(device, notify, back)
    own = [record for record in writes if record.handle == write]
    response = sum(record.operation is Operation.WRITE for record in own) * 2 > len(own)
    wire = Wire(
        write,
        notify,
        response,
        max([SHORTEST_CHUNK, *(len(record.value) for record in own)]),
        out[0].kind,
        notify_more=more,
    )
    _remark(wire, device, writes, out, back)
    starts = [connection.start for connection in device.connections]
    _settle(wire, out[0], back[0] if back else None, starts)
    wire.token = find_token(device.connections, wire.sent, wire.received, wire.is_text)
    if token := wire.token:
        # All else is found as if each connection had the same one.
        wire.sent = [
            replace(one, payload=token.normalised(one.payload, one.time))
            for one in wire.sent
        ]
    return wire


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
    others = sorted(set(heard) - {wire.notify, *wire.notify_more})
    if others:
        names = ", ".join(
            f"{device.table.name(handle)} ({heard[handle]} times)" for handle in others
        )
        wire.remarks.append(
            f"Notifications also came from {names}: another service, or other frames. They are left out."
        )
    for found, way in ((out, "written"), (back, "received")):
        for family in found[1:]:
            checksum = find_checksum(_samples(family.frames), _taken(family))
            named = f", {checksum.name} {checksum.place}" if checksum else ""
            wire.remarks.append(
                f"{len(family.frames)} frames {way} have another format: {family.kind}, "
                f"header {family.header.hex(' ') or 'none'}{named}."
            )


def _settle(
    wire: Wire, out: Family, back: Family | None, starts: Sequence[float]
) -> None:
    """Find the frame that serves both directions."""
    wire.trailer = out.trailer
    found = [family for family in (out, back) if family is not None]
    if out.kind == "delimited":
        same = [
            one
            for one in found
            if (one.header, one.trailer) == (out.header, out.trailer)
        ]
        wire.escape = find_escape(
            [frame.octets for one in same for frame in one.frames]
        )
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
        _settle_counter(wire, out, starts)
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
    if wire.length and _is_wide(wire.length, out, back):
        wire.length = replace(wire.length, size=2)
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


def _is_wide(length: LengthField, out: Family, back: Family | None) -> bool:
    """Return whether a length of one octet is the lower half of a longer one: zero follows in every frame."""
    after = length.at + 1
    frames = out.frames + (back.frames if back else [])
    return length.size == 1 and all(
        frame.plain[after : after + 1] == b"\0" for frame in frames
    )


def _settle_counter(wire: Wire, out: Family, starts: Sequence[float]) -> None:
    taken = _taken(out, wire)
    if wire.checksum and wire.checksum.at >= 0:
        taken |= set(range(wire.checksum.at, wire.checksum.at + wire.checksum.size))
    wire.counter = find_counter(out.frames, frozenset(taken), starts)
    once = without_repetitions(out.frames)
    if wire.counter and (repeated := len(out.frames) - len(once)):
        out.frames = once
        wire.remarks.append(
            f"The app sent {repeated} frames again with the same number: a repetition, not another press. A description "
            "sends each once."
        )


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
    """Find hex digits at the end of each line, and the sign before them if there is one."""
    lines = list(
        dict.fromkeys(frame.plain.removesuffix(wire.trailer) for frame in frames)
    )
    for size in (4, 2, 1):
        tails = [line[-2 * size :] for line in lines]
        if not all(HEX.fullmatch(tail) and len(tail) == 2 * size for tail in tails):
            continue
        signs = {line[-2 * size - 1 : -2 * size] for line in lines}
        separator = next(iter(signs)) if len(signs) == 1 else b""
        if separator.isalnum():
            separator = b""
        # As in a binary frame, with the digits as octets.
        found = find_checksum(
            [
                line[: -2 * size].removesuffix(separator)
                + bytes.fromhex(tail.decode("ascii"))
                for line, tail in zip(lines, tails, strict=True)
            ]
        )
        if found and (found.at, found.stop) == (-size, None) and _is_read_so(found):
            wire.separator = separator
            wire.lower = any(tail != tail.upper() for tail in tails)
            wire.checksum = found
            return


def _is_read_so(checksum: Checksum) -> bool:
    """Return whether it is of the size of its digits, the highest first."""
    return checksum.size == -checksum.at and (checksum.big or checksum.size == 1)


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
