"""Finds the fields of a message that follow what was pressed."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from itertools import pairwise

from .features import Feature
from .refine import without_flags, without_passing
from .steps import FoundField, strength_by_steps
from .timeline import Timeline, Value
from .wire import Message

LEAST_PURITY = 0.95
LEAST_SAMPLES = 4
MOST_SAMPLES = 1500
# Time runs: seconds that go by for each step of the number.
CLOCKS = (1, 60)
MOST_SESSION = 3600
LEAST_SECONDS, LEAST_MINUTES = 3, 2  # falls
MOST_WRONG = 0.02
JITTER = 1.6  # seconds


type Samples = Sequence[tuple[Message, dict[str, Value]]]


def find_fields(
    messages: Sequence[Message], places: Sequence[Feature], timeline: Timeline
) -> list[FoundField]:
    """Return the fields that messages of one kind have at these places."""
    # Of a device that reports ten times a second, a part is enough.
    messages = messages[:: 1 + len(messages) // MOST_SAMPLES]
    samples = timeline.settled(messages)
    if len(samples) < LEAST_SAMPLES:
        return []
    running: list[tuple[Message, dict[str, Value]]] = []
    session = 0
    for message, values in samples:
        if values.get("state") in {"treating", "paused"}:
            running.append((message, values | {"session": session}))
        else:
            session = len(running)
    places = [place for place in places if _changes(place, samples)]
    found: list[FoundField] = []
    if steps := strength_by_steps(places, messages, timeline):
        found.append(steps)
    for finder, name, chosen in (
        (_strength, "strength", running),
        (_named, "area", running),
        (_named, "flow", running),
        (_clock, "seconds_left", running),
        (_length, "length", running),
        (_named, "state", samples),
    ):
        if any(item.name == name for item in found):
            continue
        used = {bit for item in found for bit in item.feature.octets}
        free = [place for place in places if not place.octets & used]
        best = finder(name, free, chosen)
        if best is None and chosen is running:
            best = finder(name, free, _fresh(running, timeline))
        if best:
            found.append(_refined(best, chosen, messages, timeline))
    return found


def _refined(
    found: FoundField, samples: Samples, messages: Sequence[Message], timeline: Timeline
) -> FoundField:
    """Return a field without what does not belong to it."""
    if found.name == "state":
        return without_passing(found, messages, timeline)
    return without_flags(found, [message for message, _ in samples], messages)


def _fresh(samples: Samples, timeline: Timeline) -> Samples:
    """Return samples with the settings of the session only: some devices begin each one with their own."""
    return [
        (
            message,
            {name: values[name] for name in ("session", "state") if name in values}
            | timeline.fresh(message.time),
        )
        for message, values in samples
    ]


def _changes(place: Feature, samples: Samples) -> bool:
    """Return whether a place has more than one value; most never change."""
    first = place.of(samples[0][0].payload)
    return any(place.of(message.payload) != first for message, _ in samples)


def _strength(
    name: str, places: Sequence[Feature], samples: Samples
) -> FoundField | None:
    """Find a number that is the level, or differs from it by a constant."""
    best: tuple[tuple[float, ...], FoundField] | None = None
    known = [
        (message, level)
        for message, values in samples
        if isinstance(level := values.get("strength"), int)
    ]
    levels = {level for _, level in known}
    if len(levels) < 2:
        return None
    for place in places:
        pairs = [
            (number, level)
            for message, level in known
            if (number := place.number(message.payload)) is not None
            and isinstance(number, int)
        ]
        shifts = Tally(level - number for number, level in pairs)
        # A number with decimals is no level: a map may do.
        add, count = shifts.most_common(1)[0] if shifts else (0, 0)
        spec = place.described()
        evidence = f"{count} of {len(pairs)} reports show the level that was set"
        if count < max(LEAST_SAMPLES, LEAST_PURITY * len(pairs)) or abs(add) > 2:
            pure = _mapping(place, [(message, level) for message, level in known])
            if pure is None or len(levels) < 3:
                continue
            mapping, count, total = pure
            spec["map"] = dict(sorted(mapping.items(), key=lambda item: str(item[1])))
            evidence = f"{count} of {total} reports agree with the level that was set, by a map"
            rank = (0.0, count / total, *(-part for part in place.rank))
        else:
            if add:
                spec["add"] = add
            rank = (1.0, count / len(pairs), *(-part for part in place.rank))
        found = FoundField(
            name,
            place,
            spec,
            f"{place.place}: {evidence}; levels {', '.join(map(str, sorted(levels)))}",
            round(
                min(1.0, 0.4 + 0.2 * len(levels)) * rank[1] * (0.7 + 0.3 * rank[0]), 2
            ),
        )
        if best is None or rank > best[0]:
            best = (rank, found)
    return best[1] if best else None


def _mapping(
    place: Feature, pairs: Sequence[tuple[Message, Value]]
) -> tuple[dict[str, Value], int, int] | None:
    """Return value of the place → what it means, how many agree, and of how many; None if it means nothing."""
    wanted = {value for _, value in pairs}
    tallies: dict[str, Tally[Value]] = {}
    total = 0
    for message, value in pairs:
        text = place.of(message.payload)
        if text is not None:
            tallies.setdefault(text, Tally())[value] += 1
            total += 1
            if len(tallies) > len(wanted) + 2:
                return None  # it runs: any number of values explains anything
    mapping = {text: tally.most_common(1)[0][0] for text, tally in tallies.items()}
    count = sum(tally.most_common(1)[0][1] for tally in tallies.values())
    if (
        total < max(LEAST_SAMPLES, 2 * len(mapping))
        or count < LEAST_PURITY * total
        or set(mapping.values()) != wanted
    ):
        return None
    # A value that was seen once among many is a moment of change.
    mapping = {
        text: value
        for text, value in mapping.items()
        if tallies[text][value] >= max(1, total // 200)
    }
    return mapping, count, total


def _changed(place: Feature, pairs: Sequence[tuple[Message, Value]]) -> int:
    """Return how often a place changed."""
    texts = [place.of(message.payload) for message, _ in pairs]
    return sum(before != after for before, after in pairwise(texts))


def _named(name: str, places: Sequence[Feature], samples: Samples) -> FoundField | None:
    pairs = [(message, values[name]) for message, values in samples if name in values]
    wanted = {value for _, value in pairs}
    if len(wanted) < 2:
        return None
    best: tuple[tuple[float, ...], FoundField] | None = None
    for place in places:
        pure = _mapping(place, pairs)
        if pure is None:
            continue
        mapping, count, total = pure
        if name == "state" and _changed(place, pairs) < len(wanted):
            continue  # it never came back: what drifts by itself explains that too
        rank = (count / total, -len(mapping), *(-part for part in place.rank))
        spec = place.described() | {"map": dict(sorted(mapping.items()))}
        found = FoundField(
            name,
            place,
            spec,
            f"{place.place}: {count} of {total} reports agree with what was pressed ({', '.join(map(str, sorted(wanted, key=str)))})",
            round(min(1.0, 0.4 + 0.2 * len(wanted)) * count / total, 2),
        )
        if best is None or rank > best[0]:
            best = (rank, found)
    return best[1] if best else None


def _clock(name: str, places: Sequence[Feature], samples: Samples) -> FoundField | None:
    """Find a number that falls as time passes."""
    best: tuple[tuple[float, ...], FoundField] | None = None
    for place in places:
        for scale in CLOCKS if place.bits is None else ():
            steps, falls, wrong = _falls(place, samples, scale)
            least = LEAST_SECONDS if scale == 1 else LEAST_MINUTES
            if steps < LEAST_SAMPLES or falls < least or wrong > MOST_WRONG * steps:
                continue
            spec = place.described() | ({"scale": scale} if scale > 1 else {})
            share = 1 - wrong / steps
            wide = float(place.size == 2 and scale == 1)
            rank = (share, float(falls), wide, *(-part for part in place.rank))
            unit = "second" if scale == 1 else "minute"
            evidence = (
                f"{place.place}: falls {falls} times, by one each {unit} that passes"
            )
            certain = round(share * min(0.95, 0.6 + falls / 20), 2)
            found = FoundField(name, place, spec, evidence, certain)
            if best is None or rank > best[0]:
                best = (rank, found)
    return best[1] if best else None


def _falls(place: Feature, samples: Samples, scale: int) -> tuple[int, int, int]:
    """Return how often a number could fall within a session, did, and did otherwise than time."""
    steps = falls = wrong = 0
    before: tuple[float, float] | None = None
    fell_at: float | None = None
    session: object = None
    for message, values in samples:
        number = place.number(message.payload)
        if number is None or number * scale > MOST_SESSION:
            return 0, 0, 0
        if values.get("session") != session or values.get("state") != "treating":
            before, fell_at, session = None, None, values.get("session")
        if values.get("state") != "treating":
            continue
        if before is not None:
            gone, fell = message.time - before[0], (before[1] - number) * scale
            steps += 1
            if scale == 1:
                falls += fell > 0
                wrong += abs(fell - gone) > JITTER
            elif fell:
                # The time between two falls tells a minute from anything else.
                since = None if fell_at is None else message.time - fell_at
                right = since is not None and abs(since - fell) <= gone + JITTER
                falls += right
                wrong += fell < 0 or not (right or since is None)
                fell_at = message.time
        before = (message.time, number)
    return steps, falls, wrong


def _length(
    name: str, places: Sequence[Feature], samples: Samples
) -> FoundField | None:
    """Find the length that was set, in minutes or seconds."""
    known = [
        (message, minutes)
        for message, values in samples
        if isinstance(minutes := values.get("minutes"), int)
    ]
    wanted = {minutes for _, minutes in known}
    if len(wanted) < 2:
        return None
    best: tuple[tuple[float, ...], FoundField] | None = None
    for place in places:
        for scale in (60, 1):
            numbers = [
                (place.number(message.payload), minutes) for message, minutes in known
            ]
            right = sum(
                number is not None and number * scale == minutes * 60
                for number, minutes in numbers
            )
            if len(numbers) < LEAST_SAMPLES or right < LEAST_PURITY * len(numbers):
                continue
            rank = (right / len(numbers), *(-part for part in place.rank))
            spec = place.described() | ({"scale": 60} if scale == 60 else {})
            evidence = f"{place.place}: {right} of {len(numbers)} reports show the minutes that were set"
            found = FoundField(
                name, place, spec, evidence, round(min(1.0, 0.4 + 0.2 * len(wanted)), 2)
            )
            if best is None or rank > best[0]:
                best = (rank, found)
    return best[1] if best else None
