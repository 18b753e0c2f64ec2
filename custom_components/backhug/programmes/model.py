"""Programmes: named sequences of steps, and how they are fitted to a device."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from itertools import accumulate
import math
from typing import Any, Final, Self

from ..device.model import Area, Features, Flow, member

NO_PROGRAMME: Final = "none"
"""Option for a session with the current settings."""


def whole_number(value: Any, lowest: int, highest: int) -> int:
    """Return a whole number within the bounds; forms give it as a float, templates as text.

    Raises ValueError for anything else, truth values included.
    """
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except OverflowError, TypeError, ValueError:
        number = math.nan
    if not number.is_integer() or not lowest <= number <= highest:
        raise ValueError(f"expected a whole number from {lowest} to {highest}")
    return int(number)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a programme, for any device."""

    area: Area | None
    """None keeps the device's setting."""
    strength: float
    """Share of the highest level of a device: more than 0, at most 1."""
    flow: Flow | None
    """None keeps the device's setting."""
    minutes: int


@dataclass(frozen=True, slots=True)
class Programme:
    """A named sequence of steps, for any device."""

    key: str
    """Translation key of a built-in programme, or subentry id of a user's own."""
    steps: tuple[Step, ...]
    name: str | None = None
    """Name of a user's own programme; None for a built-in one."""

    @property
    def option(self) -> str:
        """Option of the select entity."""
        return self.key if self.name is None else self.name


class Change(StrEnum):
    """How the device's version of a step differs from the programme."""

    AREA_REPLACED = "area_replaced"
    FLOW_REPLACED = "flow_replaced"
    SKIPPED = "skipped"
    """The device offers neither the area nor a similar one."""
    SHORTENED = "shortened"
    LENGTHENED = "lengthened"
    REFUSED = "refused"
    """The device refused the setting when the step began."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part of a programme that the device does not run as written."""

    step: int
    """Number of the step in the programme as written, from 1."""
    change: Change
    wanted: str | int
    used: str | int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, for attributes and storage."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self | None:
        """Return the stored object, or None for a change that this version does not know.

        Raises LookupError or TypeError for invalid data.
        """
        change = member(Change, values["change"])
        if change is None:
            return None
        return cls(values["step"], change, values["wanted"], values.get("used"))


@dataclass(frozen=True, slots=True)
class FittedStep:
    """A step fitted to one device."""

    number: int
    """Number of the step in the programme as written, from 1."""
    area: Area | None
    strength: int
    """A level of the device."""
    flow: Flow | None
    minutes: int

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, for storage."""
        return asdict(self)

    def shown(self) -> dict[str, Any]:
        """Return what the device does, for attributes and responses."""
        return {name: value for name, value in asdict(self).items() if name != "number"}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the stored step. Raises LookupError, TypeError or ValueError for invalid data."""
        return cls(
            int(values["number"]),
            member(Area, values["area"]),
            int(values["strength"]),
            member(Flow, values["flow"]),
            int(values["minutes"]),
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A programme fitted to one device."""

    steps: tuple[FittedStep, ...]
    skipped: tuple[Skipped, ...]

    @property
    def minutes(self) -> int:
        """Length of the programme."""
        return sum(step.minutes for step in self.steps)


def begins(steps: Sequence[FittedStep]) -> list[int]:
    """Return the second of the session at which each step begins."""
    return [0, *accumulate(60 * step.minutes for step in steps)][:-1]


_SIMILAR_AREAS: Final[Mapping[Area, tuple[Area, ...]]] = {
    Area.FULL_BACK: (Area.ALONG_SPINE,),
    Area.UPPER_BACK: (Area.SHOULDER_BLADES, Area.FULL_BACK),
    Area.MID_BACK: (Area.ALONG_SPINE, Area.FULL_BACK),
    Area.LOWER_BACK: (Area.FULL_BACK,),
    Area.SHOULDER_BLADES: (Area.UPPER_BACK, Area.FULL_BACK),
    Area.ALONG_SPINE: (Area.FULL_BACK,),
    # No other area treats one half of the back.
    Area.LEFT_SIDE: (),
    Area.RIGHT_SIDE: (),
}
_SIMILAR_FLOWS: Final[Mapping[Flow, tuple[Flow, ...]]] = {
    # The calmest one first.
    Flow.SLOW: (Flow.WAVE, Flow.MEDIUM),
    Flow.MEDIUM: (Flow.SLOW, Flow.WAVE),
    Flow.FAST: (Flow.MEDIUM, Flow.WAVE, Flow.SLOW),
    Flow.WAVE: (Flow.SLOW, Flow.MEDIUM),
    Flow.PULSE: (Flow.MEDIUM, Flow.WAVE, Flow.SLOW),
}


def level(strength: float, levels: int) -> int:
    """Return the level nearest to a share of the highest one; of two equally near, the lower."""
    # The epsilon keeps rounding errors from choosing the higher one.
    return min(max(math.ceil(strength * levels - 0.5 - 1e-9), 1), levels)


def fit(programme: Programme, features: Features) -> Fitted:
    """Return a programme fitted to a device: at most 60 minutes."""
    steps: list[FittedStep] = []
    skipped: list[Skipped] = []
    if not features.sets_strength:
        # A step without its strength could be too strong.
        return Fitted((), ())
    left = features.max_minutes
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
        flow = _offered(step.flow, features.flows, _SIMILAR_FLOWS)
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
        steps[-1] = replace(last, minutes=last.minutes + missing)
        skipped.append(
            Skipped(last.number, Change.LENGTHENED, last.minutes, steps[-1].minutes)
        )
    return Fitted(tuple(steps), tuple(skipped))


def nearest_area(wanted: Area | None, features: Features) -> Area | None:
    """Return the area itself or a similar one that the device offers; None if there is none."""
    return _offered(wanted, features.areas, _SIMILAR_AREAS)


def _offered[T: StrEnum](
    wanted: T | None, offered: Sequence[T], similar: Mapping[T, tuple[T, ...]]
) -> T | None:
    """Return the wanted member or the first similar one that is offered."""
    if wanted is None or wanted in offered:
        return wanted
    return next((each for each in similar[wanted] if each in offered), None)
