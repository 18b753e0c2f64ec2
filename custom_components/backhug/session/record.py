"""What is remembered of one session."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self

from ..device.model import (
    Area,
    Flow,
    Phase,
    Region,
    SessionEnd,
    TensionScan,
    member,
)

_MOST_EFFORT: Final = 254


class Tension(NamedTuple):
    """A tension, or a change of it, in per cent; None where it was not measured."""

    back: float | None
    regions: dict[Region, float | None]
    fingers: tuple[float | None, ...]
    """In the order of the profile: the person's left column, neck to waist, then the right one."""

    @classmethod
    def of(cls, scan: TensionScan) -> Self:
        """Return the tension that a scan found."""
        return cls(
            scan.back,
            scan.regions,
            tuple(
                None if effort is None else 100 * effort / _MOST_EFFORT
                for effort in scan.efforts
            ),
        )

    @classmethod
    def change(cls, before: TensionScan, after: TensionScan) -> Self:
        """Return how the tension changed, over the fingers that touched in both scans.

        Negative where there is less of it. A finger that touched only once would show up as a change
        that is none.
        """
        pairs = [
            (None, None) if first is None or second is None else (first, second)
            for first, second in zip(before.efforts, after.efforts, strict=True)
        ]
        first = cls.of(TensionScan(before.phase, tuple(pair[0] for pair in pairs)))
        second = cls.of(TensionScan(after.phase, tuple(pair[1] for pair in pairs)))
        return cls(
            _difference(first.back, second.back),
            {
                region: _difference(first.regions[region], second.regions[region])
                for region in Region
            },
            tuple(map(_difference, first.fingers, second.fingers, strict=True)),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, with one decimal: more would be noise."""
        return {
            "back": _rounded(self.back),
            "regions": {
                region.value: _rounded(value) for region, value in self.regions.items()
            },
            "fingers": [_rounded(value) for value in self.fingers],
        }


class Session(NamedTuple):
    """One session; None is what is not known of it."""

    number: int
    """As the device counts them."""
    started: datetime | None = None
    """At the latest: a pause that nobody saw is not in it."""
    ended: datetime | None = None
    """Of a session whose end was missed: when it was learned of, at the latest."""
    ended_by: SessionEnd | None = None
    missed: bool = False
    """Whether it ended while the link was away."""
    programme: str | None = None
    minutes: int | None = None
    """Its length as it was set."""
    treated: int | None = None
    """Seconds that it ran, pauses left out; of a session that was lost sight of: as far as seen."""
    strength: int | None = None
    area: Area | None = None
    flow: Flow | None = None
    before: TensionScan | None = None
    after: TensionScan | None = None

    @property
    def known(self) -> bool:
        """Whether more is known of it than that the device has counted it."""
        return self._replace(number=0, missed=False) != Session(0)

    @property
    def tension_before(self) -> Tension | None:
        """The tension as the session began."""
        return None if self.before is None else Tension.of(self.before)

    @property
    def tension_after(self) -> Tension | None:
        """The tension as the session ended."""
        return None if self.after is None else Tension.of(self.after)

    @property
    def tension_change(self) -> Tension | None:
        """How the tension changed, where it was measured before and after."""
        if self.before is None or self.after is None:
            return None
        if len(self.before.efforts) != len(self.after.efforts):
            # A new firmware counts other fingers: nothing to compare.
            return None
        return Tension.change(self.before, self.after)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for `from_dict`."""
        values: dict[str, Any] = {}
        for name, value in self._asdict().items():
            match value:
                case None:
                    continue
                case datetime():
                    values[name] = value.isoformat()
                case TensionScan():
                    values[name] = list(value.efforts)
                case StrEnum():
                    values[name] = value.value
                case _:
                    values[name] = value
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the session that `as_dict` made `values` of; what is not understood of it is not known.

        Raises KeyError, TypeError or ValueError if there is no number.
        """
        return cls(
            number=int(values["number"]),
            started=_time(values.get("started")),
            ended=_time(values.get("ended")),
            ended_by=member(SessionEnd, values.get("ended_by")),
            missed=bool(values.get("missed", False)),
            programme=_text(values.get("programme")),
            minutes=_whole(values.get("minutes")),
            treated=_whole(values.get("treated")),
            strength=_whole(values.get("strength")),
            area=member(Area, values.get("area")),
            flow=member(Flow, values.get("flow")),
            before=_scan(Phase.BEFORE, values.get("before")),
            after=_scan(Phase.AFTER, values.get("after")),
        )


def _difference(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


# A later version may store something else under a name that this one uses.


def _time(value: object) -> datetime | None:
    with suppress(TypeError, ValueError):
        time = datetime.fromisoformat(value)  # type: ignore[arg-type]
        return time if time.tzinfo else None
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: object) -> int | None:
    return value if type(value) is int else None


def _scan(phase: Phase, efforts: object) -> TensionScan | None:
    if (
        not isinstance(efforts, list)
        or not efforts
        or len(efforts) % 2
        or not all(
            effort is None or (type(effort) is int and 0 <= effort <= _MOST_EFFORT)
            for effort in efforts
        )
    ):
        return None
    return TensionScan(phase, tuple(efforts))
