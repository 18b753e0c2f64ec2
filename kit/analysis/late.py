"""Finds notes that were taken some seconds early or late: what they say was written near by, and has no note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from ..notes import Note
from .align import REACH, Alignment, Burst, Press

LATE = 8.0  # seconds
MOST_LATE = 0.25  # share of notes
DAY = 86400
HOUR = 3600

type Fits = Callable[[Note, Burst], bool]


def with_late_notes(
    alignment: Alignment, bursts: Sequence[Burst], fits: Fits
) -> list[Press]:
    """Return the presses, those that were noted early or late beside their writes."""
    given = alignment.presses
    alone = [press for press in given if press.burst is None]
    # A late note may have the writes beside it that belong to one that has none now.
    lost = alone + [
        press
        for press in given
        if (burst := press.burst)
        and not fits(press.note, burst)
        and any(
            abs(burst.start - other.time) <= LATE and fits(other.note, burst)
            for other in alone
        )
    ]
    kept = {id(press.burst) for press in given if press.burst} - {
        id(press.burst) for press in lost
    }
    free = [burst for burst in bursts if id(burst) not in kept]
    pairs = sorted(
        (
            (abs(burst.start - press.time), place, index)
            for place, press in enumerate(lost)
            for index, burst in enumerate(free)
            if abs(burst.start - press.time) <= LATE and fits(press.note, burst)
        ),
    )
    found: dict[int, Press] = {}
    taken: set[int] = set()
    for seconds, place, index in pairs:
        press = lost[place]
        if id(press) in found or index in taken:
            continue
        taken.add(index)
        found[id(press)] = replace(
            press, burst=free[index], doubt=_doubt(press, free[index], seconds)
        )
    if not found or len(found) > MOST_LATE * len(given):
        return given
    used = {id(press.burst) for press in found.values()}
    presses = [
        found.get(id(press))
        or (replace(press, burst=None) if id(press.burst) in used else press)
        for press in given
    ]
    return sorted(presses, key=moment)


def moment(press: Press) -> float:
    """Return when a press was, by the capture's clock."""
    return press.burst.start if press.burst else press.time


def _doubt(press: Press, burst: Burst, seconds: float) -> str:
    if seconds <= REACH:
        return press.doubt  # another note had its writes
    way = "late" if press.time > burst.start else "early"
    return f"noted {max(1, round(seconds))} s {way}"


def late_remarks(presses: Sequence[Press], offset: float) -> list[tuple[float, str]]:
    """Return when each early or late press was, and what is to be asked about it."""
    return [
        (press.burst.start, _question(press, press.burst.start - offset))
        for press in presses
        if press.burst and press.doubt.startswith("noted ")
    ]


def _question(press: Press, written: float) -> str:
    note = press.note
    return (
        f"Line {note.line} of the notes, “{note.label}”, seems {press.doubt.removeprefix('noted ')}: the app wrote it at "
        f"{clock(written)}. Correct?"
    )


def clock(seconds: float) -> str:
    """Return a time as an owner writes it down."""
    if seconds > 2 * DAY:
        return datetime.fromtimestamp(round(seconds)).astimezone().strftime("%H:%M:%S")
    if seconds < HOUR:
        return f"{seconds:.1f}"
    whole = round(seconds)
    return f"{whole // HOUR:02}:{whole // 60 % 60:02}:{whole % 60:02}"
