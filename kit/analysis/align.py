"""Lines notes up with the frames, whatever the two clocks say."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ..notes import OCCUPIED, Note
from .wire import Message

GAP = 0.7  # seconds; writes closer than this belong to one press
REACH = 1.5  # seconds between a note and its press
BIN = 0.25
MOST_CANDIDATES = 60
LEAST_MATCHED = 0.5


@dataclass(frozen=True, slots=True)
class Burst:
    """Writes that belong together."""

    start: float
    messages: tuple[Message, ...]

    @property
    def key(self) -> tuple[bytes, ...]:
        """Payloads without repetition, in order."""
        return tuple(dict.fromkeys(message.payload for message in self.messages))


@dataclass(frozen=True, slots=True)
class Press:
    """A note and the writes that followed."""

    note: Note
    time: float  # by the capture's clock
    burst: Burst | None
    doubt: str = ""  # how the note differs


@dataclass(frozen=True, slots=True)
class Alignment:
    """All notes, with the offset that explains most of them."""

    offset: float  # capture's clock minus the notes' clock, seconds
    presses: list[Press]
    matched: int
    unexplained: int  # bursts without a note
    deviation: float  # median distance between note and press, seconds
    margin: float  # how much better than the next best offset, 0…1

    @property
    def confidence(self) -> float:
        """How far to trust it, 0…1."""
        share = self.matched / len(self.presses) if self.presses else 0.0
        return round(share * (0.5 + 0.5 * min(1.0, self.margin * 4)), 2)


def find_bursts(sent: Sequence[Message], by_itself: set[bytes]) -> list[Burst]:
    """Group writes by time; payloads that the app writes by itself are left out."""
    groups: list[list[Message]] = []
    for message in sent:
        if message.payload in by_itself:
            continue
        if groups and message.time - groups[-1][-1].time <= GAP:
            groups[-1].append(message)
        else:
            groups.append([message])
    return [Burst(group[0].time, tuple(group)) for group in groups]


def align(notes: Sequence[Note], bursts: Sequence[Burst]) -> Alignment | None:
    """Return the alignment that explains most notes, None if none explains half of them."""
    notes = [note for note in notes if note.action not in OCCUPIED]
    if not notes or not bursts:
        return None
    starts = [burst.start for burst in bursts]
    bins: Tally[int] = Tally()
    for note in notes:
        for start in starts:
            bins[round((start - note.time) / BIN)] += 1
    # Neighbouring bins count as well: a person is not a clock.
    smooth = {
        place: bins[place - 1] + 2 * bins[place] + bins[place + 1] for place in bins
    }
    candidates = sorted(smooth, key=lambda place: (-smooth[place], abs(place)))[
        :MOST_CANDIDATES
    ]
    rated = []
    for place in candidates:
        matches = _match(notes, starts, place * BIN)
        found = [
            starts[index] - note.time
            for note, index in zip(notes, matches, strict=True)
            if index is not None
        ]
        if found:
            offset = median(found)
            matches = _match(notes, starts, offset)
            rated.append((_score(notes, bursts, matches, offset), offset, matches))
    rated.sort(key=lambda item: -item[0])
    if not rated:
        return None
    score, offset, matches = rated[0]
    matched = sum(index is not None for index in matches)
    if matched < LEAST_MATCHED * len(notes):
        return None
    others = [other for other, place, _ in rated if abs(place - offset) > REACH / 2]
    presses = [
        Press(note, note.time + offset, None if index is None else bursts[index])
        for note, index in zip(notes, matches, strict=True)
    ]
    used = {index for index in matches if index is not None}
    deviations = [
        abs(press.burst.start - press.time) for press in presses if press.burst
    ]
    margin = (score - max(others, default=0.0)) / score if score > 0 else 0.0
    unexplained = sum(
        presses[0].time - REACH < burst.start < presses[-1].time + REACH
        and index not in used
        for index, burst in enumerate(bursts)
    )
    return Alignment(
        offset,
        presses,
        matched,
        unexplained,
        round(median(deviations), 2),
        round(margin, 2),
    )


def _match(
    notes: Sequence[Note], starts: Sequence[float], offset: float
) -> list[int | None]:
    """Give each note the nearest burst that no other note has."""
    used: set[int] = set()
    matches: list[int | None] = []
    for note in notes:
        time = note.time + offset
        index = bisect_left(starts, time)
        best: int | None = None
        nearest = REACH
        for place in range(max(index - 3, 0), min(index + 4, len(starts))):
            distance = abs(starts[place] - time)
            if place not in used and (
                distance < nearest or (best is None and distance == nearest)
            ):
                best, nearest = place, distance
        if best is not None:
            used.add(best)
        matches.append(best)
    return matches


def _score(
    notes: Sequence[Note],
    bursts: Sequence[Burst],
    matches: Sequence[int | None],
    offset: float,
) -> float:
    """Rate an offset: notes that are explained, the same press by the same writes, different ones by different."""
    keys: dict[str, Tally[tuple[bytes, ...]]] = {}
    matched = 0
    distance = 0.0
    for note, index in zip(notes, matches, strict=True):
        if index is not None:
            matched += 1
            distance += abs(bursts[index].start - note.time - offset)
            keys.setdefault(note.label, Tally())[bursts[index].key] += 1
    consistent = sum(tally.most_common(1)[0][1] - 1 for tally in keys.values())
    usual = [tally.most_common(1)[0][0] for tally in keys.values()]
    different = len(set(usual)) / len(usual) if usual else 0.0
    return matched + consistent + different * matched - 0.3 * distance
