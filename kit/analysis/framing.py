"""Finds how frames are cut: by length, delimiter, line, fixed size, or not at all."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ..capture.att import Record
from .escapes import find_escape, unescape

LEAST_SHARE = 0.9
LEAST_FRAMES = 3
HEADER_LIMIT = 4
SHORTEST_CHUNK = 20
LENGTH_REACH = 9  # octets from the front that a length field may stand at
MOST_FAMILIES = 4
SAMPLE = 1500  # values that candidates are tried on
TEXT_ENDS = (b"\r\n", b"\n", b"\r", b";", b"\0")


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole frame; `octets` as they were sent, `plain` without escapes."""

    time: float
    octets: bytes
    plain: bytes
    sent: bool


@dataclass(frozen=True, slots=True)
class LengthField:
    """total octets = field + extra."""

    at: int
    size: int
    big: bool
    extra: int

    def total(self, data: bytes) -> int | None:
        """Return the length of the frame that begins here, None if it is not there yet."""
        if len(data) < self.at + self.size:
            return None
        return (
            int.from_bytes(
                data[self.at : self.at + self.size], "big" if self.big else "little"
            )
            + self.extra
        )


@dataclass(slots=True)
class Family:
    """Frames of one make."""

    kind: str
    frames: list[Frame] = field(default_factory=list)
    header: bytes = b""
    trailer: bytes = b""
    length: LengthField | None = None
    escape: dict[int, bytes] = field(default_factory=dict)
    explained: int = 0  # values
    joined: int = 0  # values that continue a frame
    lengths: int = 0  # different ones

    @property
    def size(self) -> int | None:
        """Octets of every frame, if they are all alike."""
        sizes = {len(frame.octets) for frame in self.frames}
        return sizes.pop() if len(sizes) == 1 else None


def families(
    records: Sequence[Record], known: LengthField | None = None
) -> list[Family]:
    """Sort the values of one characteristic, in one direction, into families of frames.

    `known` is the length field of the other direction: frames of one size do not show theirs.
    """
    rest = [record for record in records if record.value]
    found: list[Family] = []
    if text := _text(rest):
        return [text]
    if delimited := _delimited(rest):
        counted = _best_by_length(rest)
        # An escaped frame is longer than it says: if no length is wrong, nothing is escaped.
        return [counted[0] if counted and _is_all_of(counted[0], rest) else delimited]
    if known and (family := _by_length(rest, known)):
        return [family]
    if len(rest) >= LEAST_FRAMES and len({len(record.value) for record in rest}) == 1:
        return [_plain(rest)]
    while rest and len(found) < MOST_FAMILIES:
        best = _best_by_length(rest)
        if best is None:
            break
        family, rest = best
        found.append(family)
    if rest:
        found.append(_plain(rest))
    found.sort(key=lambda family: -family.explained)
    return found


def _is_all_of(family: Family, records: Sequence[Record]) -> bool:
    """Return whether the frames leave nothing of what was said."""
    return sum(len(frame.octets) for frame in family.frames) == sum(
        len(record.value) for record in records
    )


def _plain(records: Sequence[Record]) -> Family:
    frames = [
        Frame(record.time, record.value, record.value, record.sent)
        for record in records
    ]
    family = Family("raw", frames, explained=len(frames))
    if (
        len({frame.octets for frame in frames}) > 1
        and (family.size or 0) >= LEAST_FRAMES
    ):
        family.kind = "fixed"
    family.lengths = len({len(frame.octets) for frame in frames})
    family.header = common_prefix(frames, HEADER_LIMIT)
    return family


def common_prefix(frames: Iterable[Frame], limit: int) -> bytes:
    """Return the octets that all frames begin with, and leave each at least one octet."""
    octets = [frame.plain for frame in frames]
    if len(set(octets)) < 2:
        return b""
    longest = min(limit, min(map(len, octets)) - 1)
    return common_start(octets)[: max(0, longest)]


def common_start(octets: Sequence[bytes]) -> bytes:
    """Return what all begin with."""
    size = 0
    while all(len(each) > size and each[size] == octets[0][size] for each in octets):
        size += 1
    return octets[0][:size]


# Text lines


def _text(records: Sequence[Record]) -> Family | None:
    joined = b"".join(record.value for record in records)
    if len(records) < LEAST_FRAMES or not all(
        32 <= octet < 127 or octet in b"\r\n\0" for octet in joined
    ):
        return None
    end = next(
        (
            end
            for end in TEXT_ENDS
            if joined.endswith(end) and joined.count(end) >= LEAST_FRAMES
        ),
        None,
    )
    if end is None:
        return None
    frames: list[Frame] = []
    waiting = b""
    for record in records:
        waiting += record.value
        while end in waiting:
            line, waiting = waiting.split(end, 1)
            frames.append(Frame(record.time, line + end, line + end, record.sent))
    lengths = len({len(frame.octets) for frame in frames})
    return Family("text", frames, trailer=end, explained=len(records), lengths=lengths)


# Delimiters


def _delimited(records: Sequence[Record]) -> Family | None:
    if len(records) < LEAST_FRAMES:
        return None
    first = Tally(record.value[0] for record in records).most_common(1)[0][0]
    last = Tally(record.value[-1] for record in records).most_common(1)[0][0]
    frames: list[Frame] = []
    waiting = b""
    used = 0
    since = 0.0
    full = SHORTEST_CHUNK
    for record in records:
        if not waiting:
            since = record.time
        elif full < SHORTEST_CHUNK:
            return None  # only a full value is continued by the next one
        full = len(record.value)
        waiting += record.value
        used += 1
        while waiting:
            stop = waiting.find(last, 1)
            if waiting[0] != first or stop == 1:
                return None
            if stop < 0:
                break
            whole, waiting = waiting[: stop + 1], waiting[stop + 1 :]
            frames.append(Frame(since, whole, whole, record.sent))
    lengths = {len(frame.octets) for frame in frames}
    if waiting or len(frames) < LEAST_FRAMES or len(lengths) < 2:
        return None
    # A delimiter is more than an octet that all frames end with by chance: it is escaped, or frames span values.
    escape = find_escape([frame.octets for frame in frames])
    if not escape and used == len(frames) and first != last:
        return None
    frames = [replace(frame, plain=unescape(frame.octets, escape)) for frame in frames]
    return Family(
        "delimited",
        frames,
        bytes([first]),
        bytes([last]),
        escape=escape,
        explained=len(records),
        joined=used - len(frames),
        lengths=len(lengths),
    )


# Length fields


def _best_by_length(records: Sequence[Record]) -> tuple[Family, list[Record]] | None:
    sample = records[:SAMPLE]
    prefixes = Tally(record.value[:2] for record in sample if len(record.value) > 2)
    prefixes.update(record.value[:1] for record in sample if len(record.value) > 2)
    best: tuple[tuple[float, ...], bytes, LengthField] | None = None
    for prefix, count in prefixes.most_common(12):
        if count < LEAST_FRAMES:
            continue
        for length in _length_fields(sample, prefix):
            parsed = _parse(sample, prefix, length)
            if parsed is None:
                continue
            family = parsed[0]
            rank = (
                float(family.explained),
                float(family.lengths),
                -length.size,
                length.extra in {0, length.at + length.size},
                len(prefix),
                -length.at,
            )
            if best is None or rank > best[0]:
                best = (rank, prefix, length)
    if best is None:
        return None
    _, prefix, length = best
    parsed = _parse(records, prefix, length)
    if parsed is None:
        return None
    family, rest = parsed
    family.header = common_prefix(family.frames, min(HEADER_LIMIT, length.at))
    return family, rest


def _by_length(records: Sequence[Record], length: LengthField) -> Family | None:
    """Return all values as frames of a given length field, if that explains them."""
    heads = Tally(record.value[: min(2, length.at)] for record in records)
    for head, _ in heads.most_common(3):
        parsed = _parse(records, head, length, least=1)
        if parsed and not parsed[1]:
            family = parsed[0]
            family.header = common_prefix(family.frames, min(HEADER_LIMIT, length.at))
            return family
    return None


def _length_fields(records: Sequence[Record], prefix: bytes) -> Iterable[LengthField]:
    starts = [record.value for record in records if record.value.startswith(prefix)]
    for at in range(len(prefix), LENGTH_REACH):
        for size, big in ((1, False), (2, False), (2, True)):
            extras: Tally[int] = Tally()
            fields = set()
            for value in starts:
                if len(value) < at + size:
                    continue
                number = int.from_bytes(
                    value[at : at + size], "big" if big else "little"
                )
                extras[len(value) - number] += 1
                fields.add(number)
            if len(fields) < 2 or not extras:
                continue
            for extra, count in extras.most_common(2):
                if count >= 2 and 0 <= extra <= at + size + 6:
                    yield LengthField(at, size, big, extra)


def _parse(
    records: Sequence[Record], prefix: bytes, length: LengthField, least: int = 2
) -> tuple[Family, list[Record]] | None:
    """Cut values into frames; return None if the length field does not explain them.

    `least` is how many different lengths there must be.
    """
    family = Family("length", length=length)
    rest: list[Record] = []
    waiting: list[Record] = []
    failed = 0
    for record in records:
        if waiting and not _continues(waiting, record, length):
            failed += 1
            waiting = []
        if not waiting and not record.value.startswith(prefix):
            rest.append(record)
            continue
        waiting.append(record)
        family.joined += len(waiting) > 1
        family.explained += 1
        frames, whole = _cut(b"".join(each.value for each in waiting), prefix, length)
        since = waiting[0].time
        family.frames += [Frame(since, each, each, record.sent) for each in frames]
        if whole is None:
            failed += 1
        if whole is not False:
            waiting = []
    family.lengths = len({len(frame.octets) for frame in family.frames})
    count = len(family.frames)
    if (
        count < LEAST_FRAMES
        or family.lengths < least
        or count < LEAST_SHARE * (count + failed)
    ):
        return None
    return family, rest


def _cut(
    data: bytes, prefix: bytes, length: LengthField
) -> tuple[list[bytes], bool | None]:
    """Return whole frames, and whether nothing is left of them; None if it makes no sense.

    While the first frame is not there yet, nothing is returned of it.
    """
    frames: list[bytes] = []
    while data.startswith(prefix):
        total = length.total(data)
        if total is None or total > len(data):
            return frames, None if frames else False
        if total < length.at + length.size:
            return frames, None
        frames.append(data[:total])
        data = data[total:]
        if not data:
            return frames, True
    return frames, None


def _continues(waiting: list[Record], record: Record, length: LengthField) -> bool:
    """Return whether a value belongs to the frame that waits: only a full value is continued."""
    begun = b"".join(each.value for each in waiting)
    total = length.total(begun)
    return (
        len(waiting[-1].value) >= SHORTEST_CHUNK
        and total is not None
        and len(begun) + len(record.value) <= total
    )
