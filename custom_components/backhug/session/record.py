"""The record of one session."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from ..const import GUEST
from ..device.model import (
    Area,
    Flow,
    Phase,
    Region,
    SessionEnd,
    TensionScan,
    member,
)

_MAX_EFFORT: Final = 254


def whole_percent(tension: float | None) -> int | None:
    """Return a tension in per cent as it is shown everywhere: without decimals, which would be noise."""
    return None if tension is None else round(tension)


@dataclass(frozen=True, slots=True)
class Tension:
    """A tension, or its change, in whole per cent; None where it was not measured."""

    back: int | None
    regions: dict[Region, int | None]
    fingers: tuple[int | None, ...]
    """In the order of the profile: the person's left column from neck to waist, then the right one."""

    @classmethod
    def of(cls, scan: TensionScan) -> Self:
        """Return the tension that a scan measured."""
        return cls(
            whole_percent(scan.back),
            {region: whole_percent(value) for region, value in scan.regions.items()},
            tuple(
                None if effort is None else whole_percent(100 * effort / _MAX_EFFORT)
                for effort in scan.efforts
            ),
        )

    @classmethod
    def change(cls, before: TensionScan, after: TensionScan) -> Self:
        """Return the change of the tension: the difference of the whole per cents; negative is less tension.

        Only fingers that touched in both scans count: another contact is no change of the tension.
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

    def shown(self) -> dict[str, Any]:
        """Return the values as they are shown."""
        return {
            "back": self.back,
            "regions": {region.value: value for region, value in self.regions.items()},
            "fingers": list(self.fingers),
        }


@dataclass(frozen=True, slots=True)
class Session:
    """One session; None is unknown."""

    number: int
    """Number as counted by the device."""
    started: datetime | None = None
    """Start at the latest: pauses that were not seen are not included."""
    ended: datetime | None = None
    """End; if it was missed, the time of its discovery."""
    ended_by: SessionEnd | None = None
    missed: bool = False
    """Whether it ended while the connection was lost."""
    person: str | None = None
    """Id of the person in Home Assistant, or `GUEST`; None if nobody has said whose it is."""
    programme: str | None = None
    minutes: int | None = None
    """Length as set."""
    treated: int | None = None
    """Seconds that it ran, without pauses; after a connection loss, as far as seen."""
    strength: int | None = None
    area: Area | None = None
    flow: Flow | None = None
    before: TensionScan | None = None
    after: TensionScan | None = None

    @property
    def known(self) -> bool:
        """Whether anything but the number is known."""
        return replace(self, number=0, missed=False, person=None) != Session(0)

    def of(self, person: str | None) -> Self:
        """Return it as the session of a person; of a guest's, only what the device counts is kept."""
        if person != GUEST:
            return replace(self, person=person)
        return replace(
            self,
            person=GUEST,
            programme=None,
            strength=None,
            area=None,
            flow=None,
            before=None,
            after=None,
        )

    @property
    def tension_before(self) -> Tension | None:
        """Tension at the start of the session."""
        return None if self.before is None else Tension.of(self.before)

    @property
    def tension_after(self) -> Tension | None:
        """Tension at the end of the session."""
        return None if self.after is None else Tension.of(self.after)

    @property
    def tension_change(self) -> Tension | None:
        """Change of the tension, if it was measured before and after."""
        if self.before is None or self.after is None:
            return None
        if len(self.before.efforts) != len(self.after.efforts):
            # A firmware update may change the number of fingers.
            return None
        return Tension.change(self.before, self.after)

    def shown(self) -> dict[str, Any]:
        """Return the session as it is shown to users: events, action responses and language models use these values.

        Times are in ISO 8601, tensions in whole per cent.
        """
        before, after, change = (
            None if tension is None else tension.shown()
            for tension in (
                self.tension_before,
                self.tension_after,
                self.tension_change,
            )
        )
        return {
            "number": self.number,
            "started": _iso(self.started),
            "ended": _iso(self.ended),
            "ended_by": _value(self.ended_by),
            "programme": self.programme,
            "minutes": self.minutes,
            "strength": self.strength,
            "area": _value(self.area),
            "flow": _value(self.flow),
            "before": before,
            "after": after,
            "change": change,
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the stored form, with raw tension scans, for `from_dict`."""
        values: dict[str, Any] = {}
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
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
        """Return the session with a stored form; values that are not understood become None.

        Raises KeyError, TypeError or ValueError if there is no number.
        """
        return cls(
            number=int(values["number"]),
            started=_time(values.get("started")),
            ended=_time(values.get("ended")),
            ended_by=member(SessionEnd, values.get("ended_by")),
            missed=bool(values.get("missed", False)),
            person=_text(values.get("person")),
            programme=_text(values.get("programme")),
            minutes=_whole(values.get("minutes")),
            treated=_whole(values.get("treated")),
            strength=_whole(values.get("strength")),
            area=member(Area, values.get("area")),
            flow=member(Flow, values.get("flow")),
            before=_scan(Phase.BEFORE, values.get("before")),
            after=_scan(Phase.AFTER, values.get("after")),
        )


def _difference(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _value(member: StrEnum | None) -> str | None:
    return None if member is None else member.value


# A later version may store other types under these names.


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
            effort is None or (type(effort) is int and 0 <= effort <= _MAX_EFFORT)
            for effort in efforts
        )
    ):
        return None
    return TensionScan(phase, tuple(efforts))
