"""Tension over the weeks: how the weekly means before and after sessions develop.

It compares measurements with each other and says nothing about health.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import Any, Final, Literal

from homeassistant.util import dt as dt_util

from ..device.model import Region
from .record import Session, Tension

type Scan = Literal["before", "after"]

SCANS: Final[tuple[Scan, ...]] = ("before", "after")
WEEKS: Final = 13
"""Weeks considered, up to that of the newest session: the time between two consultations."""
ENOUGH: Final = 2
"""Minimum number of sessions measured before and after."""
NOTICEABLE: Final = 2.0
"""Smallest change of the tension that counts, in percentage points."""
_RISING: Final = 3
"""Minimum number of weeks of a rise: two would be chance."""


@dataclass(frozen=True, slots=True)
class Eased:
    """The region in which sessions reduced the tension most."""

    region: Region
    points: float
    """Mean reduction, in percentage points."""


@dataclass(frozen=True, slots=True)
class Rise:
    """A rise of the tension before sessions from each week to the next, up to the newest one."""

    region: Region | None
    """None for the whole back."""
    since: datetime
    """Beginning of its first week."""
    weeks: int
    """Weeks from the first to the newest."""
    points: float
    """Newest mean minus first, in percentage points."""


def day_of(time: datetime) -> date:
    """Return the local day of a time."""
    return dt_util.as_local(time).date()


def week_of(time: datetime) -> datetime:
    """Return the beginning of a week: Monday, in local time."""
    day = day_of(time)
    return dt_util.start_of_local_day(day - timedelta(days=day.weekday()))


def weekly_values(
    sessions: Iterable[Session], scan: Scan, region: Region | None
) -> dict[datetime, list[int]]:
    """Return the tension of the back or a region in the sessions of each week, oldest week first."""
    weeks: dict[datetime, list[int]] = {}
    for session in sessions:
        measured = session.before if scan == "before" else session.after
        if measured is None or session.ended is None:
            continue
        tension = Tension.of(measured)
        value = tension.back if region is None else tension.regions[region]
        if value is not None:
            weeks.setdefault(week_of(session.ended), []).append(value)
    return dict(sorted(weeks.items()))


def recent(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """Return the measured sessions of the last weeks, up to the newest of them."""
    timed = [
        (session.ended, session)
        for session in sessions
        if session.ended is not None and session.before is not None
    ]
    if not timed:
        return ()
    first = week_of(max(ended for ended, _ in timed)) - timedelta(weeks=WEEKS - 1)
    return tuple(session for ended, session in timed if week_of(ended) >= first)


def eased_most(sessions: Iterable[Session]) -> Eased | None:
    """Return the region in which recent sessions reduced the tension most, if noticeably."""
    changes: dict[Region, list[int]] = {}
    for session in sessions:
        if (change := session.tension_change) is not None:
            for region, points in change.regions.items():
                if points is not None:
                    changes.setdefault(region, []).append(points)
    means = {
        region: -fmean(points)
        for region, points in changes.items()
        if len(points) >= ENOUGH
    }
    if not means:
        return None
    most = max(means, key=means.__getitem__)
    return Eased(most, means[most]) if means[most] >= NOTICEABLE else None


def rises(sessions: Sequence[Session]) -> Iterator[Rise]:
    """Yield the rises of the tension before recent sessions: of the back, then of each region."""
    for region in (None, *Region):
        weeks = [
            (start, fmean(values))
            for start, values in weekly_values(sessions, "before", region).items()
        ]
        first = max(len(weeks) - 1, 0)
        while first > 0 and weeks[first - 1][1] < weeks[first][1]:
            first -= 1
        rise = weeks[first:]
        if len(rise) < _RISING or rise[-1][1] - rise[0][1] < NOTICEABLE:
            continue
        (since, low), (newest, high) = rise[0], rise[-1]
        weeks_between = round((newest - since) / timedelta(weeks=1)) + 1
        yield Rise(region, since, weeks_between, high - low)


def shown(sessions: Iterable[Session]) -> dict[str, Any]:
    """Return the weeks, newest first, and how they develop, as they are shown: in whole per cent."""
    considered = recent(sessions)
    eased = eased_most(considered)
    means: dict[datetime, dict[Scan, dict[Region | None, int]]] = {}
    for scan in SCANS:
        for region in (None, *Region):
            for start, values in weekly_values(considered, scan, region).items():
                week = means.setdefault(start, {each: {} for each in SCANS})
                week[scan][region] = round(fmean(values))
    return {
        "weeks": [
            {
                "week": day_of(start).isoformat(),
                **{
                    scan: {
                        "back": week[scan].get(None),
                        "regions": {
                            region.value: week[scan].get(region) for region in Region
                        },
                    }
                    for scan in SCANS
                },
            }
            for start, week in sorted(means.items(), reverse=True)
        ],
        "eased_most": None
        if eased is None
        else {"region": eased.region.value, "points": round(eased.points)},
        "rises": [
            {
                "region": None if rise.region is None else rise.region.value,
                "since": day_of(rise.since).isoformat(),
                "points": round(rise.points),
            }
            for rise in rises(considered)
        ],
    }
