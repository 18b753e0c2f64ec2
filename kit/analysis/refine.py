"""Takes out of a field what does not belong to it: bits of the state, and states that only pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from .features import Feature
from .steps import FoundField
from .timeline import SOONEST, Timeline
from .wire import Message

PASSING = 2 / 3  # share of the times that a value gives way to another one by itself


def without_flags(
    found: FoundField, running: Sequence[Message], messages: Sequence[Message]
) -> FoundField:
    """Split off bits that are always the same while a session runs, if more reports are then understood."""
    place, mapping = found.feature, found.spec.get("map")
    if place.part is not None or place.size > 1 or not isinstance(mapping, dict):
        return found
    low, high = place.bits or (0, 7)
    octets = [message.payload[place.octet] for message in running]
    varying = 0
    for octet in octets:
        varying |= octet ^ octets[0]
    inner = [bit for bit in range(low, high + 1) if varying >> bit & 1]
    best = _understood(place, mapping, messages), found
    for first in range(low, inner[0] + 1):
        for last in range(high, inner[-1] - 1, -1):
            narrow = replace(place, bits=(first, last))
            mask = (1 << last - first + 1) - 1
            codes = {
                f"{int(code, 16) >> first - low & mask:02x}": value
                for code, value in mapping.items()
            }
            share = _understood(narrow, codes, messages)
            if share > best[0]:
                spec = {key: value for key, value in found.spec.items() if key != "map"}
                spec |= narrow.described() | {"map": codes}
                evidence = (
                    found.evidence.replace(place.place, narrow.place, 1)
                    + "; the other bits follow the state"
                )
                best = (
                    share,
                    replace(found, feature=narrow, spec=spec, evidence=evidence),
                )
    return best[1]


def _understood(
    place: Feature, mapping: Mapping[str, object], messages: Sequence[Message]
) -> int:
    return sum(place.of(message.payload) in mapping for message in messages)


def without_passing(
    found: FoundField, messages: Sequence[Message], timeline: Timeline
) -> FoundField:
    """Leave open what is reported only for a while after a press: the notes do not tell its meaning."""
    place, mapping = found.feature, found.spec["map"]
    assert isinstance(mapping, dict)
    passed: dict[str, list[tuple[float, str, str] | None]] = {}
    ends = [time for time, *_ in timeline.states[1:]] + [float("inf")]
    for (start, state, action), end in zip(timeline.states, ends, strict=True):
        shown = [
            (message.time - start, text)
            for message in messages
            if start + SOONEST <= message.time < end
            and (text := place.of(message.payload)) is not None
            and mapping.get(text) == state
        ]
        for text in {text for _, text in shown}:
            last = max(at for at, (_, one) in enumerate(shown) if one == text)
            first = min(at for at, (_, one) in enumerate(shown) if one == text)
            alone = all(one == text for _, one in shown[: last + 1]) and first == 0
            gone = alone and last + 1 < len(shown)
            passed.setdefault(text, []).append(
                (*shown[last + 1], action) if gone else None
            )
    questions = []
    kept = dict(mapping)
    for text, times in passed.items():
        away = [one for one in times if one is not None]
        if len(away) < PASSING * len(times):
            continue
        del kept[text]
        seconds = median(one[0] for one in away)
        _, then, action = away[0]
        meaning = {"start": "scanning", "stop": "finishing"}.get(action)
        questions.append(
            f"“{text}” is reported for about {seconds:.0f} s after {action}, and then “{then}”. Your notes do not tell "
            f"what it means, so it is left open. What does the device do then? "
            + (
                f"If it {WORDS[meaning]}, add {text} as {meaning} to the map of the state."
                if meaning
                else "Add it to the map of the state."
            )
        )
    if not questions:
        return found
    evidence = f"{found.evidence}; {len(questions)} values that pass are left open"
    spec = found.spec | {"map": kept}
    return replace(found, spec=spec, evidence=evidence, questions=sorted(questions))


WORDS = {
    "scanning": "prepares itself, or feels for the back",
    "finishing": "moves home before it stands still",
}
