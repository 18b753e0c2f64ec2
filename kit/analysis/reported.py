"""What the device reported at a moment, by the fields that were found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .features import Feature
from .messages import FoundMessage
from .timeline import AT_ONCE, Value


def field_value(
    feature: Feature, spec: Mapping[str, object], payload: bytes
) -> Value | None:
    """Return what a field shows, None if the description does not say."""
    mapping = spec.get("map")
    if isinstance(mapping, dict):
        found = mapping.get(feature.of(payload))
        return found if isinstance(found, str | int) else None
    number = feature.number(payload)
    return (
        None
        if number is None
        else round(number * int(str(spec.get("scale", 1))))
        + int(str(spec.get("add", 0)))
    )


def reported(
    groups: Sequence[FoundMessage], name: str, start: float, end: float
) -> Value | None:
    """Return the last value of a field that was reported in a time."""
    values = [
        (message.time, value)
        for group in groups
        for item in group.fields
        if item.name == name
        for message in group.messages
        if start + AT_ONCE <= message.time < end
        and (value := field_value(item.feature, item.spec, message.payload)) is not None
    ]
    return max(values)[1] if values else None
