"""Finds where a device reports that somebody is on it: the notes say who lay down and got up when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from ..notes import OCCUPIED, Note
from .features import Feature
from .messages import FoundMessage, places_of
from .steps import FoundField

SETTLE = 4.0  # seconds in which a person moves, and the device notices
LEAST_CHANGES = 3
LEAST_SAMPLES = 4
PURITY = 0.95
CERTAIN = 0.8


def find_occupancy(
    groups: Sequence[FoundMessage],
    notes: Sequence[Note],
    offset: float,
    *,
    is_text: bool,
) -> str:
    """Add the field that follows getting up and lying down; return a remark if there is none."""
    moves = [note for note in notes if note.action in OCCUPIED]
    if not moves:
        return ""
    times = [note.time + offset for note in moves]
    best: tuple[tuple[float, ...], FoundMessage, FoundField] | None = None
    for group in groups:
        used = {bit for item in group.fields for bit in item.feature.octets}
        for place in places_of(group, is_text):
            if place.octets & used:
                continue
            found = _agreement(group, place, times, moves)
            if found is None:
                continue
            count, total = found
            rank = (count / total, float(total), *(-part for part in place.rank))
            field = FoundField(
                "occupied",
                place,
                place.described(),
                f"{place.place}: {count} of {total} reports agree with {len(moves)} notes of lying down and getting up",
                round(CERTAIN * count / total, 2),
            )
            if best is None or rank > best[0]:
                best = rank, group, field
    if best is None or len(moves) < LEAST_CHANGES:
        return "No report follows the notes of lying down and getting up: note at least three, some seconds apart."
    best[1].fields.append(best[2])
    return ""


def _agreement(
    group: FoundMessage, place: Feature, times: Sequence[float], moves: Sequence[Note]
) -> tuple[int, int] | None:
    """Return how many reports are 1 while somebody is on it and 0 otherwise, and of how many."""
    samples: list[tuple[float | None, int]] = []
    for message in group.messages:
        index = bisect_right(times, message.time) - 1
        if index >= 0 and message.time - times[index] >= SETTLE:
            samples.append(
                (place.number(message.payload), OCCUPIED[moves[index].action])
            )
    right = [wanted for number, wanted in samples if number == wanted]
    if (
        len(samples) < LEAST_SAMPLES
        or len({*right}) < len(OCCUPIED)
        or len(right) < PURITY * len(samples)
        or any(number not in {0, 1} for number, _ in samples)
    ):
        return None
    return len(right), len(samples)
