"""What the last sessions tell about how to go on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from typing import Final, Self

from ..device.model import Region, SessionEnd, TensionScan
from ..session.record import Session

RECENT: Final = 5
"""Sessions that are looked at: older ones tell little of how it is now."""
ENOUGH: Final = 2
"""Sessions measured before and after, without which nothing is said of a change: one may be chance."""
NOTICEABLE: Final = 2.0
"""Per cent: a smaller change of the tension is taken for none."""
_HABIT: Final = 3
"""Sessions without which nothing is said of what a person is used to."""
_SHORTEST_EARLY: Final = 10
"""Minutes: sessions that were ended sooner tell nothing of how long one should be."""
_ENDED_BY_PERSON: Final = frozenset(
    {
        SessionEnd.STOPPED_BY_CLIENT,
        SessionEnd.STOPPED_AT_DEVICE,
        SessionEnd.PERSON_LEFT,
    }
)


class Trend(StrEnum):
    """How the tension after the last sessions compares with that before them."""

    UNKNOWN = "unknown"
    EASES = "eases"
    """Less is measured after them."""
    STEADY = "steady"
    RISES = "rises"


@dataclass(frozen=True, slots=True)
class SessionTrends:
    """What the last sessions tell; as it is made, nothing."""

    trend: Trend = Trend.UNKNOWN
    change: float | None = None
    """Of the tension of the back, per cent, on average; negative where there is less after a session."""
    unchanged: frozenset[Region] = frozenset()
    """Regions in which no less was measured after the sessions than before them."""
    ran: int | None = None
    """Minutes that the last sessions ran at most, if the person ended most of them early."""
    longest: int | None = None
    """Minutes of the longest completed session."""
    strongest: int | None = None
    """Level of the strongest session that was set by hand: a programme changes it on its way."""

    @classmethod
    def of(cls, sessions: Sequence[Session]) -> Self:
        """Return what sessions tell, oldest first, of which the last few count."""
        recent = [session for session in sessions if session.known][-RECENT:]
        measured = [
            tension
            for session in recent
            if (tension := session.tension_change) is not None
        ]
        change = _mean(tension.back for tension in measured)
        by_region = {
            region: _mean(tension.regions[region] for tension in measured)
            for region in Region
        }
        completed = [
            session.minutes
            for session in recent
            if session.ended_by is SessionEnd.COMPLETED and session.minutes is not None
        ]
        by_hand = [
            session.strength
            for session in recent
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
            ran=_ran(recent),
            longest=max(completed) if len(completed) >= _HABIT else None,
            strongest=max(by_hand) if len(by_hand) >= _HABIT else None,
        )


def newest_scan(
    sessions: Sequence[Session], scan: TensionScan | None
) -> TensionScan | None:
    """Return the newest measurement of the back at rest: `scan`, or of the last session that has one."""
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
    """Return the mean of what was measured, if that is enough."""
    measured = [change for change in changes if change is not None]
    return fmean(measured) if len(measured) >= ENOUGH else None


def _trend(change: float | None) -> Trend:
    if change is None:
        return Trend.UNKNOWN
    if change <= -NOTICEABLE:
        return Trend.EASES
    return Trend.RISES if change >= NOTICEABLE else Trend.STEADY


def _ran(sessions: Sequence[Session]) -> int | None:
    """Return the minutes that sessions ran at most, if the person ended most of the last ones early."""
    last = sessions[-_HABIT:]
    ended = [
        session.treated
        for session in last
        if session.ended_by in _ENDED_BY_PERSON and session.treated is not None
    ]
    if 2 * len(ended) <= _HABIT:
        return None
    return max(-(-max(ended) // 60), _SHORTEST_EARLY)
