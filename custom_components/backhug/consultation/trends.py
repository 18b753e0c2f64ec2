"""Trends of the last sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import Final, Self

from ..device.model import Region, SessionEnd, TensionScan
from ..session.record import Session
from ..session.weeks import ENOUGH, NOTICEABLE, Eased, Rise, eased_most, recent, rises

RECENT: Final = 5
"""Number of last sessions considered."""
_HABIT: Final = 3
"""Minimum number of sessions for a habit."""
_SHORTEST_EARLY: Final = 10
"""Minimum session length in minutes if the person ends sessions early."""
_ENDED_BY_PERSON: Final = frozenset(
    {
        SessionEnd.STOPPED_BY_CLIENT,
        SessionEnd.STOPPED_AT_DEVICE,
        SessionEnd.PERSON_LEFT,
    }
)


class Trend(StrEnum):
    """Tension after the last sessions compared with before."""

    UNKNOWN = "unknown"
    EASES = "eases"
    """Less tension after the sessions."""
    STEADY = "steady"
    RISES = "rises"


@dataclass(frozen=True, slots=True)
class SessionTrends:
    """Trends of the last sessions; by default, nothing is known."""

    trend: Trend = Trend.UNKNOWN
    change: float | None = None
    """Mean change of the tension of the back, in percentage points; negative for less tension."""
    unchanged: frozenset[Region] = frozenset()
    """Regions whose tension the sessions did not reduce."""
    ran: int | None = None
    """Minutes of the longest of the last sessions, if the person ended most of them early."""
    longest: int | None = None
    """Minutes of the longest completed session."""
    strongest: int | None = None
    """Highest level of the sessions without a programme."""
    eased_most: Eased | None = None
    """The region in which the sessions of the last weeks reduced the tension most."""
    rises: tuple[Rise, ...] = ()
    """Rises of the tension before sessions, over weeks."""

    @classmethod
    def of(cls, sessions: Sequence[Session]) -> Self:
        """Return the trends of sessions, given oldest first."""
        last = [session for session in sessions if session.known][-RECENT:]
        weeks = recent(sessions)
        measured = [
            tension
            for session in last
            if (tension := session.tension_change) is not None
        ]
        change = _mean(tension.back for tension in measured)
        by_region = {
            region: _mean(tension.regions[region] for tension in measured)
            for region in Region
        }
        completed = [
            session.minutes
            for session in last
            if session.ended_by is SessionEnd.COMPLETED and session.minutes is not None
        ]
        by_hand = [
            session.strength
            for session in last
            if session.programme is None and session.strength is not None
        ]
        return cls(
            trend=_trend(change),
            change=change,
            unchanged=frozenset(
                region
                for region, mean in by_region.items()
                if mean is not None and mean >= 0
            ),
            ran=_ran(last),
            longest=max(completed) if len(completed) >= _HABIT else None,
            strongest=max(by_hand) if len(by_hand) >= _HABIT else None,
            eased_most=eased_most(weeks),
            rises=tuple(rises(weeks)),
        )


def newest_scan(
    sessions: Sequence[Session], scan: TensionScan | None
) -> TensionScan | None:
    """Return `scan`, or the newest one of the sessions."""
    if scan is not None:
        return scan
    return next(
        (
            measured
            for session in reversed(sessions)
            if (measured := session.after or session.before) is not None
        ),
        None,
    )


def _mean(changes: Iterable[float | None]) -> float | None:
    """Return the mean, or None for too few values."""
    measured = [change for change in changes if change is not None]
    return fmean(measured) if len(measured) >= ENOUGH else None


def _trend(change: float | None) -> Trend:
    if change is None:
        return Trend.UNKNOWN
    if change <= -NOTICEABLE:
        return Trend.EASES
    return Trend.RISES if change >= NOTICEABLE else Trend.STEADY


def _ran(sessions: Sequence[Session]) -> int | None:
    """Return the minutes of the longest session if the person ended most of the last ones early."""
    last = sessions[-_HABIT:]
    ended = [
        session.treated
        for session in last
        if session.ended_by in _ENDED_BY_PERSON and session.treated is not None
    ]
    if 2 * len(ended) <= _HABIT:
        return None
    return max(-(-max(ended) // 60), _SHORTEST_EARLY)
