"""Sorts what is received into messages, and finds the fields that follow the presses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
import re

from .features import Feature, features, find_split
from .fields import find_fields
from .steps import FoundField
from .timeline import Timeline
from .wire import Message

MOST_KINDS = 12
RARE = 5


@dataclass(slots=True)
class FoundMessage:
    """Payloads of one kind."""

    name: str
    match: bytes
    size: int | None
    messages: list[Message]
    fields: list[FoundField] = field(default_factory=list)
    split: str = ""

    @property
    def worth(self) -> float:
        """How much its fields explain."""
        return sum(item.confidence for item in self.fields)


def find_messages(
    received: Sequence[Message], timeline: Timeline, is_text: bool
) -> list[FoundMessage]:
    """Return the kinds of messages with their fields, those with fields first."""
    if not received:
        return []
    by_kind = _groups(received, is_text, by_first=True)
    by_size = _groups(received, is_text, by_first=False)
    found = []
    for groups in (by_kind, by_size):
        for group in groups:
            group.fields = find_fields(
                group.messages, places_of(group, is_text), timeline
            )
        found.append(groups)
    best = max(found, key=_explained)
    _drop_rare(best)
    _drop_poor_states(best)
    best.sort(key=lambda group: (-group.worth, -len(group.messages)))
    named = 0
    for group in best:
        if group.fields:
            named += 1
            group.name = "status" if named == 1 else f"status_{named}"
        else:
            group.name = f"other_{best.index(group) + 1}"
    # A narrower pattern is tried before a wider one.
    return sorted(best, key=lambda group: -len(group.match))


def _drop_rare(groups: Sequence[FoundMessage]) -> None:
    """Drop a field that another kind of message has as well, and far more often: the rare one agrees by chance."""
    often: dict[str, int] = {}
    for group in groups:
        for item in group.fields:
            often[item.name] = max(often.get(item.name, 0), len(group.messages))
    for group in groups:
        least = RARE * len(group.messages)
        group.fields = [item for item in group.fields if often[item.name] < least]


def _drop_poor_states(groups: Sequence[FoundMessage]) -> None:
    """Drop a state that tells fewer of the noted states apart than the one of another kind of message."""
    most = max(
        (_told_apart(item) for group in groups for item in group.fields), default=0
    )
    for group in groups:
        group.fields = [
            item
            for item in group.fields
            if item.name != "state" or _told_apart(item) == most
        ]


def _told_apart(item: FoundField) -> int:
    mapping = item.spec.get("map")
    if item.name != "state" or not isinstance(mapping, dict):
        return 0
    return len(set(mapping.values()))


def _explained(groups: Sequence[FoundMessage]) -> float:
    """Return how much the fields of all groups explain, each name once."""
    best: dict[str, float] = {}
    for item in (item for group in groups for item in group.fields):
        best[item.name] = max(best.get(item.name, 0.0), item.confidence)
    return sum(best.values())


def _groups(
    received: Sequence[Message], is_text: bool, by_first: bool
) -> list[FoundMessage]:
    key: Callable[[bytes], bytes]
    if is_text:
        if not by_first:
            return []
        key = _word
    elif by_first:
        if len({message.payload[:1] for message in received}) > MOST_KINDS:
            return []
        key = _first
    else:
        key = _nothing
    groups: dict[tuple[bytes, int], list[Message]] = {}
    for message in received:
        if message.payload:
            kind = key(message.payload)
            size = 0 if is_text else len(message.payload)
            groups.setdefault((kind, size), []).append(message)
    if len(groups) > MOST_KINDS:
        return []
    return [
        _group(kind, size, messages, is_text)
        for (kind, size), messages in groups.items()
    ]


def _first(payload: bytes) -> bytes:
    return payload[:1]


def _nothing(_payload: bytes) -> bytes:
    return b""


def _word(payload: bytes) -> bytes:
    match = re.match(rb"[^0-9A-Za-z]*[A-Za-z]+[^0-9A-Za-z]?", payload)
    return match[0] if match else b""


def _group(
    kind: bytes, size: int, messages: list[Message], is_text: bool
) -> FoundMessage:
    split = find_split([message.payload for message in messages]) if is_text else ""
    return FoundMessage("", kind, size or None, messages, split=split)


def places_of(group: FoundMessage, is_text: bool) -> list[Feature]:
    """Return where a field can be: behind the octets that the message is known by."""
    if is_text:
        line = group.messages[0].payload.decode("latin-1")
        size = line.count(group.split) + 1 if group.split else 0
        return list(features(size, is_text, group.split))
    places = features(group.size or 0, is_text, "")
    return [place for place in places if place.octet >= len(group.match)]
