"""A plan that a person follows: sessions done, and advised days.

It only proposes: the person starts each session. Knows neither Home Assistant nor a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from ..device.model import SessionEnd
from ..session.record import Session

DAYS: Final = 7
"""Days of a week; the first week begins with the plan."""
_FINISHED: Final = 30
"""Seconds of each advised minute after which a session counts although it was ended early: half of it."""


class PlanStatus(StrEnum):
    """Whether sessions are advised."""

    FOLLOWED = "followed"
    PAUSED = "paused"
    OVER = "over"
    """It is time for another consultation."""


class Change(StrEnum):
    """What a person may do with a plan."""

    PAUSE = "pause"
    RESUME = "resume"
    DROP = "drop"


class Growth(StrEnum):
    """The value that the next stage increases."""

    MINUTES = "minutes"
    STRENGTH = "strength"


@dataclass(frozen=True, slots=True)
class Stage:
    """Weeks with the same sessions."""

    first_week: int
    last_week: int
    sessions: int
    """Sessions a week."""
    minutes: int
    strength: int
    """Highest level of the session."""


@dataclass(frozen=True, slots=True)
class AdvisedDay:
    """A day with an advised session."""

    day: date
    week: int
    number: int
    """Number of the session in its week, from 1."""
    stage: Stage


@dataclass(frozen=True, slots=True)
class Progress:
    """A person's progress in a plan."""

    status: PlanStatus
    week: int
    """At most `weeks`."""
    weeks: int
    stage: Stage
    """Stage of the week."""
    done: int
    """Days of the week with a session that counts."""
    grows: Growth | None
    """None if no later stage is different."""
    following: Stage | None
    """The next stage."""


@dataclass(frozen=True, slots=True)
class FollowedPlan:
    """A plan that a person follows."""

    stages: tuple[Stage, ...]
    began: datetime
    """Earlier sessions do not count."""
    first_day: date
    """First day of the first week; later for a plan that was resumed."""
    paused: date | None = None
    """The day of the pause."""

    @property
    def weeks(self) -> int:
        """Weeks of the plan."""
        return self.stages[-1].last_week

    def week(self, day: date) -> int:
        """Return the number of a day's week, from 1; greater than `weeks` after the plan."""
        return max((day - self.first_day).days // DAYS, 0) + 1

    def stage(self, week: int) -> Stage:
        """Return the stage of a week; after the plan the last one."""
        return next(
            (stage for stage in self.stages if week <= stage.last_week),
            self.stages[-1],
        )

    def done(
        self, sessions: Iterable[Session], day_of: Callable[[datetime], date]
    ) -> frozenset[date]:
        """Return the days with a session that counts: completed, or at least half of the advised minutes.

        `day_of` returns the local day of a time.
        """
        days = set()
        for session in sessions:
            if session.ended is None or session.ended < self.began:
                continue
            day = day_of(session.started or session.ended)
            least = _FINISHED * self.stage(self.week(day)).minutes
            if (
                session.ended_by is SessionEnd.COMPLETED
                or (session.treated or 0) >= least
            ):
                days.add(day)
        return frozenset(days)

    def progress(self, done: Collection[date], today: date) -> Progress:
        """Return where the person is."""
        status = PlanStatus.FOLLOWED
        if self.paused is not None:
            status, today = PlanStatus.PAUSED, self.paused
        week = self.week(today)
        if week > self.weeks:
            status, week = PlanStatus.OVER, self.weeks
        stage = self.stage(week)
        following = next(
            (later for later in self.stages if later.first_week > week), None
        )
        grows = None
        if following is not None and following.minutes > stage.minutes:
            grows = Growth.MINUTES
        elif following is not None and following.strength > stage.strength:
            grows = Growth.STRENGTH
        had = self._done_in(week, done)
        return Progress(status, week, self.weeks, stage, had, grows, following)

    def advised(self, done: Collection[date], today: date) -> Iterator[AdvisedDay]:
        """Yield the days with an advised session, from today on; none during a pause.

        Those of a week are spread over what is left of it after the last session. Sessions that no longer fit
        into it are not caught up.
        """
        if self.paused is not None:
            return
        day, last = today, max(done, default=None)
        for week in range(self.week(today), self.weeks + 1):
            stage = self.stage(week)
            first, following = self._first_day(week), self._first_day(week + 1)
            day = max(day, first)
            for number in range(self._done_in(week, done) + 1, stage.sessions + 1):
                if last is not None:
                    apart = DAYS // stage.sessions
                    if last >= first:
                        left = stage.sessions - number + 2
                        apart = max(apart, (following - last).days // left)
                    day = max(day, last + timedelta(days=apart))
                if day >= following:
                    break
                yield AdvisedDay(day, week, number, stage)
                last = day

    def pause(self, today: date) -> Self:
        """Return the plan, paused."""
        return self if self.paused is not None else replace(self, paused=today)

    def resume(self, today: date) -> Self:
        """Return the plan after a pause: the week of the pause begins again, unless it is the same day."""
        if self.paused in (None, today):
            return replace(self, paused=None)
        weeks = self.week(self.paused) - 1
        return replace(
            self, paused=None, first_day=today - timedelta(days=DAYS * weeks)
        )

    def with_sessions(self, sessions: int) -> Self:
        """Return the plan with another number of sessions a week, from 1 to 7."""
        return replace(
            self,
            stages=tuple(replace(stage, sessions=sessions) for stage in self.stages),
        )

    def _first_day(self, week: int) -> date:
        return self.first_day + timedelta(days=DAYS * (week - 1))

    def _done_in(self, week: int, done: Iterable[date]) -> int:
        first = self._first_day(week)
        return sum(first <= day < first + timedelta(days=DAYS) for day in done)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for `from_dict`."""
        return {
            "stages": [asdict(stage) for stage in self.stages],
            "began": self.began.isoformat(),
            "first_day": self.first_day.isoformat(),
            "paused": None if self.paused is None else self.paused.isoformat(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the plan from the values of `as_dict`.

        Raises AttributeError, LookupError, TypeError or ValueError for other values.
        """
        paused = values["paused"]
        stages = tuple(
            Stage(*(int(stage[field.name]) for field in fields(Stage)))
            for stage in values["stages"]
        )
        began = datetime.fromisoformat(values["began"])
        if not stages or began.tzinfo is None:
            raise ValueError
        return cls(
            stages,
            began,
            date.fromisoformat(values["first_day"]),
            None if paused is None else date.fromisoformat(paused),
        )


def begin(stages: Sequence[Stage], now: datetime) -> FollowedPlan:
    """Return a plan that begins now, in local time."""
    # Sessions end at whole seconds.
    return FollowedPlan(tuple(stages), now.replace(microsecond=0), now.date())
