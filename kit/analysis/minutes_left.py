"""Finds the minutes left where they hardly change: the length of a session after a start, and nothing after a stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .features import Feature
from .messages import FoundMessage
from .steps import FoundField
from .timeline import Timeline

SOON = 2.0  # seconds
LEAST_STARTS = 2
SHORTEST, LONGEST = 5, 60  # minutes
CERTAIN = 0.7


def find_minutes_left(
    groups: Sequence[FoundMessage], timeline: Timeline, ends_after: int | None
) -> Iterator[str]:
    """Add the minutes left if the owner says how long a session is; yield the question otherwise."""
    if any(item.name == "seconds_left" for group in groups for item in group.fields):
        return
    for group in groups:
        place = Feature((group.size or 0) - 1)
        if group.size is None or group.split or place.octet < len(group.match):
            continue
        minutes = _minutes(group, place, timeline)
        if minutes is None:
            continue
        if minutes == ends_after:
            group.fields = [one for one in group.fields if one.feature != place]
            evidence = (
                f"{place.place}: {minutes} after each start, and 0 after each stop"
            )
            spec: dict[str, object] = place.described() | {"scale": 60}
            group.fields.append(
                FoundField("seconds_left", place, spec, evidence, CERTAIN)
            )
            return
        if ends_after is None:
            yield (
                f"{group.match.hex(' ')}: {place.place} is {minutes} after each start, and 0 after each stop. Does the device "
                f"end a session by itself after {minutes} minutes? Then say --ends-after {minutes}, and the minutes left are shown."
            )


def _minutes(group: FoundMessage, place: Feature, timeline: Timeline) -> int | None:
    """Return what a place is after each start if it is nothing after each stop."""
    begun: list[float] = []
    ended: list[float] = []
    for time, _, action in timeline.states:
        until = min(time + SOON, timeline.next_press(time))
        near = [one.payload for one in group.messages if time < one.time < until]
        if near and (number := place.number(near[-1])) is not None:
            if action == "start":
                begun.append(number)
            elif action == "stop":
                ended.append(number)
    if len(begun) < LEAST_STARTS or len(set(begun)) > 1 or not ended or any(ended):
        return None
    minutes = int(begun[0])
    return minutes if SHORTEST <= minutes <= LONGEST else None
