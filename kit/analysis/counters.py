"""Finds counters, and octets that never change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .framing import Frame

LEAST_FRAMES = 5
LEAST_SHARE = 0.9
REACH = 10
REPETITION = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class RunningNumber:
    """A number that each frame raises by one."""

    at: int
    size: int
    big: bool
    first: int
    last: int | None  # it begins again after this one; None for the highest number
    share: float
    steps: int


def find_counter(
    frames: Sequence[Frame], taken: frozenset[int], starts: Sequence[float] = ()
) -> RunningNumber | None:
    """Return the counter of frames in the order of time, or None; `starts` are those of connections."""
    frames = without_repetitions(frames)
    if len(frames) < LEAST_FRAMES:
        return None
    shortest = min(len(frame.plain) for frame in frames)
    best: RunningNumber | None = None
    for at in range(min(REACH, shortest)):
        for size, big in ((1, False), (2, False), (2, True)):
            if at + size > shortest or taken & set(range(at, at + size)):
                continue
            found = _running(frames, at, size, big, starts)
            if found and (
                best is None or (found.share, found.size) > (best.share, best.size)
            ):
                best = found
    return best


def without_repetitions(frames: Sequence[Frame]) -> list[Frame]:
    """Return frames without those that repeat the one before, its number included."""
    return [
        frame
        for before, frame in zip([None, *frames], frames, strict=False)
        if before is None
        or frame.octets != before.octets
        or frame.time - before.time > REPETITION
    ]


def _running(
    frames: Sequence[Frame],
    at: int,
    size: int,
    big: bool,
    starts: Sequence[float],
) -> RunningNumber | None:
    numbers = [
        int.from_bytes(frame.plain[at : at + size], "big" if big else "little")
        for frame in frames
    ]
    modulus = 1 << 8 * size
    if size == 2 and len({number >> 8 for number in numbers}) < 2:
        return None  # one octet explains it
    places = [bisect_right(starts, frame.time) for frame in frames]
    pairs = [
        pair
        for pair, (before, after) in zip(
            pairwise(numbers), pairwise(places), strict=True
        )
        if before == after
    ]
    begun = {numbers[places.index(place)] for place in set(places)}
    ups = [pair for pair in pairs if (pair[1] - pair[0]) % modulus == 1]
    # A counter may begin again early, or with each connection, always with the same number.
    falls = [pair for pair in pairs if pair[1] < pair[0] and pair not in ups]
    again = len({after for _, after in falls}) == 1
    steps = len(pairs)
    good = len(ups) + (len(falls) if again else 0)
    if len(set(numbers)) < 4 or len(ups) < 3 or good < LEAST_SHARE * steps:
        return None
    highest = max(numbers)
    early = len(falls) > 1 and again and {before for before, _ in falls} == {highest}
    last = highest if early else None
    if again:
        first = falls[0][1]
    elif len(begun) == 1:
        first = begun.pop()
    else:
        first = 0
    return RunningNumber(at, size, big, first, last, good / steps, steps)


def constant_octets(frames: Sequence[Frame]) -> dict[int, int]:
    """Return octets that are the same in all frames, by offset."""
    if len(frames) < 2:
        return {}
    shortest = min(len(frame.plain) for frame in frames)
    head = frames[0].plain
    return {
        at: head[at]
        for at in range(shortest)
        if all(frame.plain[at] == head[at] for frame in frames)
    }
