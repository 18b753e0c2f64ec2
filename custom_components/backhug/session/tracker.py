"""Derives session events from the snapshots of a device: each event once, including missed ones."""

from __future__ import annotations

from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from ..device.model import (
    SessionEnd,
    Snapshot,
    State,
    Status,
    TensionRecord,
)
from .counter import ahead, plus
from .events import ENDS, SessionEvent, SessionEventType
from .record import Session

AFTER_SCAN_FROM: Final = 20
"""Minutes; the tension is measured at the end of no shorter session (profile)."""
FINISHING_PATIENCE: Final = 60.0
"""Seconds to wait for the tension after, while the device is finishing, which takes about 15."""
STANDBY_PATIENCE: Final = 10.0
"""Seconds to wait for it once the device is in standby, when the record is read."""
MOST_MISSED: Final = 250
"""Missed sessions recorded at a time. A counter that jumps further must not displace the known ones."""

_AT_REST: Final = frozenset({State.STANDBY, State.FAULT})
"""The states in which the Tension record of a session is final."""


@dataclass
class TrackerUpdate:
    """Changes found in a snapshot."""

    events: list[SessionEvent] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    """The sessions that are over, each once."""


@dataclass(frozen=True)
class TrackerState:
    """Progress of reporting a device's sessions; stored, so that a restart neither repeats nor loses an event."""

    last: int | None = None
    """The last session that is reported to its end; None before the first look at the device."""
    current: Session | None = None
    """The session after it, of which something is still to be reported."""
    paused: bool = False
    """Whether the current session is reported as paused."""
    measurable: bool = True
    """Whether the device's record may add to session `last`: false if only its number was read."""
    former: int | None = None
    """The number before the counter of the device went back: it may return there."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for `from_dict`."""
        return {
            "last": self.last,
            "current": self.current and self.current.as_dict(),
            "paused": self.paused,
            "measurable": self.measurable,
            "former": self.former,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the state from the values of `as_dict`.

        Raises KeyError, TypeError or ValueError for other values.
        """
        last, current = values["last"], values["current"]
        former = values.get("former")
        return cls(
            last=None if last is None else int(last),
            current=None if current is None else Session.from_dict(current),
            paused=bool(values["paused"]),
            measurable=bool(values.get("measurable", True)),
            former=None if former is None else int(former),
        )

    @property
    def number(self) -> int | None:
        """The number of the newest known session of the device."""
        return self.last if self.current is None else self.current.number


class Tracker:
    """Turns successive snapshots of one device into session events, each exactly once."""

    def __init__(self, state: TrackerState) -> None:
        """Continue from a stored state."""
        self._last = state.last
        self._current = state.current
        self._paused = state.paused
        self._measurable = state.measurable
        self._former = state.former
        self._away = True
        self._at_rest = False
        self._ends_at: datetime | None = None
        self._length = 0
        self._passed: int | None = None
        """Seconds that the session had run in the last snapshot of it."""
        self._running_since: float | None = None
        """Monotonic time of that snapshot; None while the session is paused."""
        self._settings: Status | None = None
        """The newest status with nothing new but settings: applied when it is needed."""

    @property
    def state(self) -> TrackerState:
        """Progress of reporting the sessions."""
        self._apply_settings()
        return TrackerState(
            self._last, self._current, self._paused, self._measurable, self._former
        )

    @property
    def patience(self) -> float | None:
        """Seconds to wait for the tension after a session before `give_up`; None if nothing is awaited."""
        if self._current is None or self._current.ended is None:
            return None
        return STANDBY_PATIENCE if self._at_rest else FINISHING_PATIENCE

    def follow(
        self,
        snapshot: Snapshot,
        now: datetime,
        at: float,
        programme: str | None = None,
        person: str | None = None,
        *,
        first: bool = False,
    ) -> TrackerUpdate:
        """Return the changes in a snapshot.

        `at` is the monotonic time in seconds; `programme` is the name of the running programme and `person` the
        person of the session that the snapshot shows, unless it has been seen before: see `assign`. With `first`
        this is the first look at the device: nothing is reported of earlier sessions.
        """
        update = TrackerUpdate()
        status = snapshot.status
        self._apply_settings()
        if first:
            self.reset(update)
        if not snapshot.connected:
            self._look_away(at)
        elif status is not None and status.state is not State.UNKNOWN:
            missed, self._away = self._away, False
            self._at_rest = status.state in _AT_REST
            if (current := self._find_current(snapshot, status, now, update)) is None:
                return update
            current = measured(current, snapshot.record)
            if current.started is None:
                current = replace(current, person=person)
            if status.running:
                self._run(current, snapshot, now, at, programme, update, missed=missed)
            else:
                self._end(current, snapshot, now, at, update, missed=missed)
        return update

    def see(self, status: Status) -> bool:
        """Take other settings of the running session, which are no event.

        Returns whether the state has become unsaved by that.
        """
        current = self._current
        if (
            self._away
            or current is None
            or current.ended is not None
            or not status.running
        ):
            return False
        first = self._settings is None
        self._settings = status
        return first

    def assign(self, person: str | None) -> None:
        """Assign the running session to another person."""
        if self._current is not None and self._current.ended is None:
            self._current = replace(self._current, person=person)

    def _apply_settings(self) -> None:
        if (status := self._settings) is not None and self._current is not None:
            self._length = status.length
            self._current = _with_settings(self._current, status)
        self._settings = None

    def give_up(self) -> TrackerUpdate:
        """Report the end of a session without the tension after it."""
        update = TrackerUpdate()
        if self._current is not None and self.patience is not None:
            self._close(self._current, update)
        return update

    def reset(self, update: TrackerUpdate) -> None:
        """Forget the numbers of the device; a current session is over."""
        if self._current is not None:
            self._close(self._current, update)
        self._last = self._former = None
        self._measurable = False

    def _look_away(self, at: float) -> None:
        """Record how long a running session was seen to run when the connection is lost."""
        current = self._current
        if not self._away and current is not None and current.ended is None:
            self._current = replace(current, treated=self._treated(at))
        self._away = True

    def _find_current(
        self, snapshot: Snapshot, status: Status, now: datetime, update: TrackerUpdate
    ) -> Session | None:
        """Close a session that another one has followed; return the one to report on, if any."""
        number = status.session
        current = self._current
        if current is not None and (
            current.number != number or (current.ended is not None and status.running)
        ):
            if (
                current.ended is None
                and status.running
                and ahead(number, current.number) == 1
            ):
                # While the next session runs, the last end that the device reports is that of this one.
                current = self._ended(
                    replace(measured(current, snapshot.record), missed=True),
                    status,
                    now - timedelta(seconds=status.length - status.seconds_left),
                )
            self._close(current, update)
        if self._current is None:
            self._go_to(number, update, running=status.running)
        return self._current

    def _go_to(self, number: int, update: TrackerUpdate, *, running: bool) -> None:
        """Go to the session with this number, recording those that were missed."""
        last = self._last
        new = 0 if last is None else ahead(number, last)
        # Nothing is reported of the past on the first look at a device, nor if its counter went back: after a
        # repair, or because the power failed before the device had stored it.
        if last is None or new < 0 or (new == 0 and running):
            self._former = last if new < 0 else None
            last, self._measurable = plus(number, -running), False
        elif (
            new > 1
            and self._former is not None
            and 0 < ahead(self._former, last) <= new
        ):
            # It has returned to where it was.
            last, self._former = self._former, None
        self._last = last
        if (new := ahead(number, last)) > 0:
            update.sessions.extend(
                Session(number=plus(number, -behind), missed=True)
                for behind in range(min(new - 1, MOST_MISSED), 0, -1)
            )
            self._last = plus(number, -1)
            self._current = Session(number=number)

    def _run(
        self,
        current: Session,
        snapshot: Snapshot,
        now: datetime,
        at: float,
        programme: str | None,
        update: TrackerUpdate,
        *,
        missed: bool,
    ) -> None:
        """Report on a running session."""
        status = snapshot.status
        assert status is not None
        passed = status.length - status.seconds_left
        began = current.started is None
        paused = status.state is State.PAUSED
        self._ends_at = snapshot.ends_at
        self._length, self._passed = status.length, passed
        self._running_since = None if paused else at
        self._current = current = _with_settings(
            current,
            status,
            started=current.started
            or (now - timedelta(seconds=passed)).replace(microsecond=0),
            programme=programme or current.programme,
        )
        if began:
            update.events.append(
                SessionEvent(SessionEventType.STARTED, current, missed)
            )
        if paused != self._paused:
            self._paused = paused
            kind = SessionEventType.PAUSED if paused else SessionEventType.RESUMED
            update.events.append(SessionEvent(kind, current, missed))

    def _end(
        self,
        current: Session,
        snapshot: Snapshot,
        now: datetime,
        at: float,
        update: TrackerUpdate,
        *,
        missed: bool,
    ) -> None:
        """Report the end of a session as soon as all is known of it that will be."""
        status, features = snapshot.status, snapshot.features
        assert status is not None
        assert features is not None
        if current.ended is None:
            if current.started is None:
                # It was not seen running. The device still shows its settings (profile).
                current = replace(_with_settings(current, status), missed=True)
            elif missed:
                current = replace(current, missed=True)
            else:
                current = replace(current, treated=self._treated(at))
            current = self._ended(current, status, now)
        self._current = current
        may_be_measured = (
            current.ended_by is SessionEnd.COMPLETED
            and features.measures_tension
            and (current.minutes or 0) >= AFTER_SCAN_FROM
        )
        # The record is read on connection: at rest it is final.
        final = missed and self._at_rest
        if not may_be_measured or current.after is not None or final:
            self._close(current, update)

    def _ended(self, session: Session, status: Status, latest: datetime) -> Session:
        """Return a session with the end that a status reports, at `latest` or earlier."""
        if status.last_end is SessionEnd.COMPLETED and session.minutes is not None:
            session = replace(session, treated=60 * session.minutes)
            if session.missed and self._ends_at is not None:
                latest = min(latest, self._ends_at)
        return replace(
            session, ended=latest.replace(microsecond=0), ended_by=status.last_end
        )

    def _close(self, session: Session, update: TrackerUpdate) -> None:
        """Finish a session; report its end if it is known how it ended."""
        self._last, self._current, self._paused = session.number, None, False
        self._measurable = True
        self._ends_at = self._passed = self._running_since = None
        if session.ended is None or session.ended_by is None:
            session = replace(session, missed=True)
        else:
            kind = ENDS.get(session.ended_by, SessionEventType.STOPPED)
            update.events.append(SessionEvent(kind, session, session.missed))
        update.sessions.append(session)

    def _treated(self, at: float) -> int:
        """Return the seconds that a session has run which ran in the last snapshot."""
        assert self._passed is not None
        passed = float(self._passed)
        if self._running_since is not None:
            passed += at - self._running_since
        return min(round(passed), self._length)


def measured(session: Session, record: TensionRecord | None) -> Session:
    """Return the session with what a Tension record adds to it."""
    if record is None or record.session != session.number:
        return session
    before, after = session.before or record.before, session.after or record.after
    if before is session.before and after is session.after:
        return session
    return replace(session, before=before, after=after)


def _with_settings(session: Session, status: Status, **more: Any) -> Session:
    """Return the session with the settings of a status, and other fields."""
    return replace(
        session,
        minutes=-(-status.length // 60),
        strength=status.strength,
        area=status.area,
        flow=status.flow,
        **more,
    )
