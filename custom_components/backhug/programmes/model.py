"""Programmes: named sequences of steps, and what a device makes of them."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import accumulate
import math
from typing import Any, Final, NamedTuple, Self

from ..device.model import MAX_MINUTES, Area, Features, Flow, member

NO_PROGRAMME: Final = "none"
"""Chosen when a session is to run with the settings shown."""

CONF_STEPS: Final = "steps"
CONF_STRENGTH_LEVELS: Final = "strength_levels"


class Step(NamedTuple):
    """A part of a programme, for any device."""

    area: Area | None
    """None is as the device is set; likewise the flow."""
    strength: float
    """Share of the strongest that a device offers: more than 0, at most 1."""
    flow: Flow | None
    minutes: int


class Programme(NamedTuple):
    """A named sequence of steps, for any device."""

    key: str
    """Of a built-in one its name to be translated, of a person's own one the id of its subentry."""
    steps: tuple[Step, ...]
    name: str | None = None
    """What a person named it; None for a built-in one."""

    @property
    def option(self) -> str:
        """What it is called where one is chosen."""
        return self.key if self.name is None else self.name

    @classmethod
    def from_stored(cls, key: str, name: str, data: Mapping[str, Any]) -> Self:
        """Return a person's own programme; its strengths are levels of the device it was made for."""
        levels = data[CONF_STRENGTH_LEVELS]
        return cls(
            key,
            tuple(
                Step(
                    member(Area, step.get("area")),
                    min(step["strength"] / levels, 1.0),
                    member(Flow, step.get("flow")),
                    step["minutes"],
                )
                for step in data[CONF_STEPS]
            ),
            name,
        )


class Change(StrEnum):
    """What a device makes of a step that it cannot carry out as it is."""

    AREA_REPLACED = "area_replaced"
    FLOW_REPLACED = "flow_replaced"
    SKIPPED = "skipped"
    """Neither this area nor one like it is offered."""
    SHORTENED = "shortened"
    LENGTHENED = "lengthened"
    REFUSED = "refused"
    """The device did not take the setting when it came to it."""


class Skipped(NamedTuple):
    """Something of a programme that the device does not carry out as written."""

    step: int
    """Counted from 1, in the programme as written."""
    change: Change
    wanted: str | int
    used: str | int | None = None


class FittedStep(NamedTuple):
    """A step as one device is told it."""

    number: int
    """Counted from 1, in the programme as written."""
    area: Area | None
    strength: int
    """A level of this device."""
    flow: Flow | None
    minutes: int


class Fitted(NamedTuple):
    """A programme as one device carries it out."""

    steps: tuple[FittedStep, ...]
    skipped: tuple[Skipped, ...]

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return sum(step.minutes for step in self.steps)


def begins(steps: Sequence[FittedStep]) -> list[int]:
    """Return the second of the session at which each step begins."""
    return [0, *accumulate(60 * step.minutes for step in steps)][:-1]


_INSTEAD_OF_AREA: Final[Mapping[Area, tuple[Area, ...]]] = {
    Area.FULL_BACK: (Area.ALONG_SPINE,),
    Area.UPPER_BACK: (Area.SHOULDER_BLADES, Area.FULL_BACK),
    Area.MID_BACK: (Area.ALONG_SPINE, Area.FULL_BACK),
    Area.LOWER_BACK: (Area.FULL_BACK,),
    Area.SHOULDER_BLADES: (Area.UPPER_BACK, Area.FULL_BACK),
    Area.ALONG_SPINE: (Area.FULL_BACK,),
    # Half of a back has nothing like it.
    Area.LEFT_SIDE: (),
    Area.RIGHT_SIDE: (),
}
_INSTEAD_OF_FLOW: Final[Mapping[Flow, tuple[Flow, ...]]] = {
    # The calmer one first.
    Flow.SLOW: (Flow.WAVE, Flow.MEDIUM),
    Flow.MEDIUM: (Flow.SLOW, Flow.WAVE),
    Flow.FAST: (Flow.MEDIUM, Flow.WAVE, Flow.SLOW),
    Flow.WAVE: (Flow.SLOW, Flow.MEDIUM),
    Flow.PULSE: (Flow.MEDIUM, Flow.WAVE, Flow.SLOW),
}


def level(strength: float, levels: int) -> int:
    """Return the level that is nearest to a share of the strongest; the weaker of two."""
    # Less than the half: floating point must not make it the stronger one.
    return min(max(math.ceil(strength * levels - 0.5 - 1e-9), 1), levels)


def fit(programme: Programme, features: Features) -> Fitted:
    """Return a programme as a device with these features carries it out: never over 60 minutes."""
    steps: list[FittedStep] = []
    skipped: list[Skipped] = []
    left = min(features.max_minutes, MAX_MINUTES)
    for number, step in enumerate(programme.steps, 1):
        area = nearest_area(step.area, features)
        if area is None and step.area is not None and features.areas:
            skipped.append(Skipped(number, Change.SKIPPED, step.area.value))
            continue
        minutes = min(step.minutes, left)
        if minutes < step.minutes:
            skipped.append(Skipped(number, Change.SHORTENED, step.minutes, minutes))
        if not minutes:
            continue
        left -= minutes
        if area is not step.area:
            assert step.area is not None
            skipped.append(Skipped(number, Change.AREA_REPLACED, step.area.value, area))
        flow = _offered(step.flow, features.flows, _INSTEAD_OF_FLOW)
        if flow is None and step.flow is not None and features.flows:
            flow = features.flows[0]
        if flow is not step.flow:
            assert step.flow is not None
            skipped.append(Skipped(number, Change.FLOW_REPLACED, step.flow.value, flow))
        strength = level(step.strength, features.strength_levels)
        steps.append(FittedStep(number, area, strength, flow, minutes))
    missing = features.min_minutes - sum(step.minutes for step in steps)
    if steps and missing > 0:
        last = steps[-1]
        steps[-1] = last._replace(minutes=last.minutes + missing)
        skipped.append(
            Skipped(last.number, Change.LENGTHENED, last.minutes, steps[-1].minutes)
        )
    return Fitted(tuple(steps), tuple(skipped))


def nearest_area(wanted: Area | None, features: Features) -> Area | None:
    """Return an area if a device offers it, or the one that comes nearest to it; None if there is none."""
    return _offered(wanted, features.areas, _INSTEAD_OF_AREA)


def _offered[T: StrEnum](
    wanted: T | None, offered: Sequence[T], instead: Mapping[T, tuple[T, ...]]
) -> T | None:
    """Return what is wanted or what comes nearest to it; None if neither is offered."""
    if wanted is None or wanted in offered:
        return wanted
    return next((each for each in instead[wanted] if each in offered), None)


def _built_in(key: str, *steps: tuple[Area, float, Flow, int]) -> Programme:
    return Programme(key, tuple(Step(*step) for step in steps))


BUILT_IN: Final[Mapping[str, Programme]] = {
    programme.key: programme
    for programme in (
        _built_in(
            "gentle_start",
            (Area.FULL_BACK, 0.2, Flow.SLOW, 5),
            (Area.UPPER_BACK, 0.2, Flow.WAVE, 5),
            (Area.LOWER_BACK, 0.2, Flow.SLOW, 5),
        ),
        _built_in(
            "short_break",
            (Area.UPPER_BACK, 0.4, Flow.MEDIUM, 4),
            (Area.SHOULDER_BLADES, 0.5, Flow.WAVE, 4),
            (Area.FULL_BACK, 0.3, Flow.SLOW, 2),
        ),
        _built_in(
            "morning_wake_up",
            (Area.FULL_BACK, 0.3, Flow.SLOW, 3),
            (Area.ALONG_SPINE, 0.4, Flow.MEDIUM, 5),
            (Area.FULL_BACK, 0.5, Flow.PULSE, 4),
            (Area.FULL_BACK, 0.4, Flow.MEDIUM, 3),
        ),
        _built_in(
            "after_desk",
            (Area.ALONG_SPINE, 0.3, Flow.SLOW, 5),
            (Area.UPPER_BACK, 0.5, Flow.MEDIUM, 7),
            (Area.SHOULDER_BLADES, 0.6, Flow.WAVE, 8),
            (Area.LOWER_BACK, 0.4, Flow.SLOW, 5),
        ),
        _built_in(
            "shoulder_blades",
            (Area.FULL_BACK, 0.3, Flow.WAVE, 3),
            (Area.UPPER_BACK, 0.5, Flow.MEDIUM, 5),
            (Area.SHOULDER_BLADES, 0.6, Flow.SLOW, 9),
            (Area.FULL_BACK, 0.3, Flow.SLOW, 3),
        ),
        _built_in(
            "lower_back",
            (Area.FULL_BACK, 0.3, Flow.WAVE, 3),
            (Area.LOWER_BACK, 0.4, Flow.SLOW, 8),
            (Area.LOWER_BACK, 0.5, Flow.MEDIUM, 6),
            (Area.MID_BACK, 0.3, Flow.SLOW, 3),
        ),
        _built_in(
            "neck_to_waist",
            (Area.UPPER_BACK, 0.4, Flow.MEDIUM, 6),
            (Area.MID_BACK, 0.4, Flow.MEDIUM, 6),
            (Area.LOWER_BACK, 0.4, Flow.MEDIUM, 6),
            (Area.FULL_BACK, 0.3, Flow.WAVE, 6),
        ),
        _built_in(
            "left_and_right",
            (Area.FULL_BACK, 0.3, Flow.WAVE, 4),
            (Area.LEFT_SIDE, 0.4, Flow.MEDIUM, 8),
            (Area.RIGHT_SIDE, 0.4, Flow.MEDIUM, 8),
            (Area.FULL_BACK, 0.3, Flow.SLOW, 4),
        ),
        _built_in(
            "evening_wind_down",
            (Area.FULL_BACK, 0.4, Flow.WAVE, 10),
            (Area.ALONG_SPINE, 0.3, Flow.SLOW, 10),
            (Area.FULL_BACK, 0.2, Flow.SLOW, 10),
        ),
        _built_in(
            "deep_and_slow",
            (Area.FULL_BACK, 0.4, Flow.SLOW, 5),
            (Area.UPPER_BACK, 0.6, Flow.SLOW, 10),
            (Area.ALONG_SPINE, 0.7, Flow.SLOW, 15),
            (Area.LOWER_BACK, 0.6, Flow.SLOW, 10),
            (Area.FULL_BACK, 0.3, Flow.SLOW, 5),
        ),
    )
}
"""The programmes that come with the integration, by key: from short to long."""


def problem(
    steps: Sequence[Mapping[str, Any]], features: Features
) -> tuple[str, dict[str, str]] | None:
    """Return what is wrong with steps that a person entered for a device: a key and placeholders."""
    if not steps:
        return "no_steps", {}
    offers: dict[str, list[str]] = {
        "area": [area.value for area in features.areas],
        "flow": [flow.value for flow in features.flows],
    }
    for number, step in enumerate(steps, 1):
        for field, allowed in offers.items():
            if allowed and step.get(field) not in allowed:
                return f"{field}_not_offered", {"step": str(number)}
        if not _whole(step.get("strength"), 1, features.strength_levels):
            return "strength_not_offered", {
                "step": str(number),
                "strongest": str(features.strength_levels),
            }
        if not _whole(step.get("minutes"), 1, MAX_MINUTES):
            return "minutes_not_offered", {"step": str(number)}
    minutes = sum(int(step["minutes"]) for step in steps)
    longest = min(features.max_minutes, MAX_MINUTES)
    if minutes > longest:
        return "too_long", {"minutes": str(minutes), "longest": str(longest)}
    if minutes < features.min_minutes:
        return "too_short", {
            "minutes": str(minutes),
            "shortest": str(features.min_minutes),
        }
    return None


def _whole(value: object, lowest: int, highest: int) -> bool:
    return (
        isinstance(value, int | float)
        and value == int(value)
        and lowest <= value <= highest
    )


def to_stored(steps: Sequence[Mapping[str, Any]], features: Features) -> dict[str, Any]:
    """Return the data of a subentry of steps in which `problem` found nothing."""
    stored = []
    for step in steps:
        values: dict[str, Any] = {
            "strength": int(step["strength"]),
            "minutes": int(step["minutes"]),
        }
        if features.areas:
            values["area"] = step["area"]
        if features.flows:
            values["flow"] = step["flow"]
        stored.append(values)
    return {CONF_STRENGTH_LEVELS: features.strength_levels, CONF_STEPS: stored}


def to_form(programme: Programme, features: Features) -> list[dict[str, Any]]:
    """Return the steps of a programme as a person edits them, in levels of this device."""
    return [
        {
            **({"area": step.area.value} if step.area else {}),
            "strength": step.strength,
            **({"flow": step.flow.value} if step.flow else {}),
            "minutes": step.minutes,
        }
        for step in fit(programme, features).steps
    ]
