"""Finds the strength where only steps up and down are pressed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .features import LAMPS, Feature
from .timeline import Timeline
from .wire import Message

LEAST_STEPS = 4
LEAST_LEVELS = 3
STRENGTHS = range(1, 21)


@dataclass(slots=True)
class FoundField:
    """A field of a message, and why it is believed to be one."""

    name: str
    feature: Feature
    spec: dict[str, object]
    evidence: str
    confidence: float
    questions: list[str] = field(default_factory=list)


def strength_by_steps(
    places: Sequence[Feature], messages: Sequence[Message], timeline: Timeline
) -> FoundField | None:
    """Find a number that each press of up or down moves by one, or leaves at its end."""
    around = _around_steps(messages, timeline)
    best: tuple[tuple[float, ...], FoundField] | None = None
    for place in places:
        moves = [
            (end - start, step)
            for earlier, later, step in around
            if (start := place.number(earlier)) is not None
            and (end := place.number(later)) is not None
        ]
        moved = sum(move == step for move, step in moves)
        stayed = sum(move == 0 for move, _ in moves)
        if moved < LEAST_STEPS or moved + stayed < len(moves) or stayed > moved:
            continue
        numbers = {
            number
            for message in messages
            if (number := place.number(message.payload)) is not None
        }
        if max(numbers) > STRENGTHS[-1]:
            continue
        rank = (float(moved), *(-part for part in place.rank))
        evidence = f"{place.place}: {moved} presses of up or down moved it by one, {stayed} left it at its end"
        found = FoundField(
            "strength",
            place,
            place.described(),
            evidence,
            round(moved / len(moves) * 0.8, 2),
        )
        if best is None or rank > best[0]:
            best = (rank, found)
    return best[1] if best else _strength_by_chain(places, around)


def _around_steps(
    messages: Sequence[Message], timeline: Timeline
) -> list[tuple[bytes, bytes, int]]:
    """Return what was reported before and after each press of up or down."""
    around = []
    settled = [message for message, _ in timeline.settled(messages)]
    for time, step in timeline.steps:
        before = [message for message in messages if message.time < time]
        following = timeline.next_press(time)
        after = [message for message in settled if time < message.time < following]
        if before and after:
            around.append((before[-1].payload, after[0].payload, step))
    return around


def _strength_by_chain(
    places: Sequence[Feature], around: Sequence[tuple[bytes, bytes, int]]
) -> FoundField | None:
    """Find values that follow one another at each press of up, and back at each press of down."""
    best: tuple[tuple[float, ...], FoundField] | None = None
    octets = sorted({place.octet for place in places if place.part is None})
    lamps = [Feature(octet, bits=bits) for octet in octets for bits in LAMPS]
    for place in (*places, *lamps):
        if place.size > 1:
            continue
        following: dict[str, str] = {}
        moved = stayed = 0
        for earlier, later, step in around:
            start, end = place.of(earlier), place.of(later)
            if start is None or end is None:
                continue
            low, high = (start, end) if step > 0 else (end, start)
            if low == high:
                stayed += 1
            elif following.setdefault(low, high) == high:
                moved += 1
            else:
                following.clear()
                break
        levels = chain_of(following)
        if len(levels) < LEAST_LEVELS or moved < LEAST_STEPS or stayed > moved:
            continue
        rank = (float(moved), -float(len(place.octets)))
        found = FoundField(
            "strength",
            place,
            place.described() | {"map": {one: at for at, one in enumerate(levels, 1)}},
            f"{place.place}: {moved} presses of up or down moved it along {len(levels)} values, "
            f"{stayed} left it at its end; the lowest that was seen is level 1",
            round(moved / (moved + stayed) * 0.7, 2),
        )
        if best is None or rank > best[0]:
            best = (rank, found)
    return best[1] if best else None


def chain_of(following: Mapping[str, str]) -> list[str]:
    """Return all values in their order; none if they are not one chain."""
    firsts = following.keys() - set(following.values())
    if len(firsts) != 1:
        return []
    chain = [firsts.pop()]
    while chain[-1] in following and len(chain) <= len(following):
        chain.append(following[chain[-1]])
    return chain if len({*chain}) == len(following) + 1 else []
