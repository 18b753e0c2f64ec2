"""What happens to sessions: each happening is told once, also one that was missed."""

from __future__ import annotations

from collections.abc import Mapping
from copy import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self

from ..device.model import (
    SessionEnd,
    Snapshot,
    State,
    Status,
    TensionRecord,
)
from .counter import ahead, plus
from .record import Session

AFTER_SCAN_FROM: Final = 20
"""Minutes; the tension after is measured at the end of no shorter session (profile)."""
FINISHING_PATIENCE: Final = 60.0
"""Seconds to wait for the tension after, while the device is finishing: that takes about 15."""
STANDBY_PATIENCE: Final = 10.0
"""Seconds to wait for it once the device is in standby: the record is read there and then."""
MOST_MISSED: Final = 250
"""Missed sessions remembered at a time. A counter that jumps further is not worth the known ones."""

_AT_REST: Final = frozenset({State.STANDBY, State.FAULT})
"""The states in which the Tension record says all that it will ever say of a session."""


class Kind(StrEnum):
    """What happened."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    COMPLETED = "completed"
    STOPPED = "stopped"
    PERSON_LEFT = "person_left"
    FAULT = "fault"


ENDS: Final = {
    SessionEnd.COMPLETED: Kind.COMPLETED,
    SessionEnd.PERSON_LEFT: Kind.PERSON_LEFT,
    SessionEnd.FAULT: Kind.FAULT,
}
"""Every other end is told as `stopped`, with what it was ended by."""


class SessionEvent(NamedTuple):
    """Something that happened to a session."""

    kind: Kind
    session: Session
    missed: bool
    """Whether it happened while the link was away: then it is told late, and once."""

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes of the event."""
        shown = self.session.shown()
        return {
            "session": shown["number"],
            "missed": self.missed,
            "ended_by": shown["ended_by"],
            "programme": shown["programme"],
            "minutes": shown["minutes"],
            "strength": shown["strength"],
            "area": shown["area"],
            "flow": shown["flow"],
            "tension_before": shown["before"] and shown["before"]["back"],
            "tension_after": shown["after"] and shown["after"]["back"],
        }


class Told:
    """What one look at the device brought."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.happenings: list[SessionEvent] = []
        self.sessions: list[Session] = []
        """The sessions that are over, each of them once."""


class Position(NamedTuple):
    """How far the telling has come; stored, so that a restart neither repeats nor loses anything."""

    last: int | None = None
    """The last session that is told to its end; None before the first look at the device."""
    current: Session | None = None
    """The session after it, of which something is still to be told."""
    paused: bool = False
    """Whether the current session is told to be paused."""
    measurable: bool = True
    """Whether the record of the device may add to `last`: false for a number that was only read."""
    former: int | None = None
    """Where the counter of the device was before it went back: it may return there."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values, for `from_dict`."""
        return {
            "last": self.last,
            "current": self.current and self.current.as_dict(),
            "paused": self.paused,
            "measurable": self.measurable,
            "former": self.former,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the position that `as_dict` made `values` of.

        Raises KeyError, TypeError or ValueError if nothing like that did.
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
        """The number of the newest session of the device, as far as it is known."""
        return self.last if self.current is None else self.current.number


class Tracker:
    """Turns successive snapshots of one device into happenings, exactly one for each."""

    def __init__(self, position: Position) -> None:
        """Go on from where the telling has come to."""
        self._last = position.last
        self._current = position.current
        self._paused = position.paused
        self._measurable = position.measurable
        self._former = position.former
        self._away = True
        self._at_rest = False
        self._ends_at: datetime | None = None
        self._length = 0
        self._passed: int | None = None
        """Seconds that the session had run when it was last followed."""
        self._running_since: float | None = None
        """When that was, by a clock that nobody sets; None while the session is paused."""
        self._seen: Status | None = None
        """The newest status that brought nothing but other settings: it is taken up when it is needed."""

    @property
    def position(self) -> Position:
        """How far the telling has come."""
        self._take_up()
        return Position(
            self._last, self._current, self._paused, self._measurable, self._former
        )

    @property
    def patience(self) -> float | None:
        """Seconds after which `give_up` is due, unless something happens; None if it is not."""
        if self._current is None or self._current.ended is None:
            return None
        return STANDBY_PATIENCE if self._at_rest else FINISHING_PATIENCE

    def follow(
        self,
        snapshot: Snapshot,
        now: datetime,
        at: float,
        programme: str | None = None,
        *,
        anew: bool = False,
    ) -> Told:
        """Take what is known of the device now; return what happened since the last time.

        `at` is the seconds of a clock that nobody sets; `programme` is the name of the programme that runs,
        if one does. With `anew` this counts as the first look at the device.
        """
        told = Told()
        status = snapshot.status
        self._take_up()
        if anew:
            self.leave(told)
        if not snapshot.connected:
            self._look_away(at)
        elif status is not None and status.state is not State.UNKNOWN:
            missed, self._away = self._away, False
            self._at_rest = status.state in _AT_REST
            if (current := self._meet(snapshot, status, now, told)) is not None:
                current = measured(current, snapshot.record)
                if status.running:
                    self._run(
                        current, snapshot, now, at, programme, told, missed=missed
                    )
                else:
                    self._end(current, snapshot, now, at, told, missed=missed)
        return told

    def see(self, status: Status) -> bool:
        """Take other settings of the session that runs: nothing is told of them.

        Return whether they are the first ones that wait to be taken up, with the position or what comes next.
        """
        current = self._current
        if (
            self._away
            or current is None
            or current.ended is not None
            or not status.running
        ):
            return False
        first = self._seen is None
        self._seen = status
        return first

    def _take_up(self) -> None:
        """Take up the newest settings of the session that runs."""
        if (status := self._seen) is not None and self._current is not None:
            self._length = status.length
            self._current = _set(self._current, status)
        self._seen = None

    def give_up(self) -> Told:
        """Tell the end that waits for the tension after without it."""
        told = Told()
        if self._current is not None and self.patience is not None:
            self._close(self._current, told)
        return told

    def leave(self, told: Told) -> None:
        """Forget where the device was; a session of which something was to be told is over."""
        if self._current is not None:
            self._close(self._current, told)
        self._last = self._former = None
        self._measurable = False

    def _look_away(self, at: float) -> None:
        """Keep what was seen of a running session as the link goes down."""
        current = self._current
        if not self._away and current is not None and current.ended is None:
            self._current = replace(current, treated=self._treated(at))
        self._away = True

    def _meet(
        self, snapshot: Snapshot, status: Status, now: datetime, told: Told
    ) -> Session | None:
        """Find out which session the device speaks of, and what became of those before it.

        Return it if there is something to tell of it.
        """
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
                # While the next session runs, what the device says of the last end is of this one.
                current = self._ended(
                    replace(measured(current, snapshot.record), missed=True),
                    status,
                    now - timedelta(seconds=status.length - status.seconds_left),
                )
            self._close(current, told)
        if self._current is None:
            self._find(number, told, running=status.running)
        return self._current

    def _find(self, number: int, told: Told, *, running: bool) -> None:
        """Go on to the session with this number, past those that were missed."""
        last = self._last
        new = 0 if last is None else ahead(number, last)
        # The first look at a device tells nothing of its past. Nor does a counter that went back:
        # after a repair, or because the power went before the device had stored it.
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
            told.sessions.extend(
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
        told: Told,
        *,
        missed: bool,
    ) -> None:
        """Tell what happened to a session that runs."""
        status = snapshot.status
        assert status is not None
        passed = status.length - status.seconds_left
        began = current.started is None
        paused = status.state is State.PAUSED
        self._ends_at = snapshot.ends_at
        self._length, self._passed = status.length, passed
        self._running_since = None if paused else at
        self._current = current = _set(
            current,
            status,
            started=current.started
            or (now - timedelta(seconds=passed)).replace(microsecond=0),
            programme=programme or current.programme,
        )
        if began:
            told.happenings.append(SessionEvent(Kind.STARTED, current, missed))
        if paused != self._paused:
            self._paused = paused
            kind = Kind.PAUSED if paused else Kind.RESUMED
            told.happenings.append(SessionEvent(kind, current, missed))

    def _end(
        self,
        current: Session,
        snapshot: Snapshot,
        now: datetime,
        at: float,
        told: Told,
        *,
        missed: bool,
    ) -> None:
        """Tell the end of a session, as soon as all is known of it that will be."""
        status, features = snapshot.status, snapshot.features
        assert status is not None
        assert features is not None
        if current.ended is None:
            if current.started is None:
                # Nobody saw it run. Its settings stay as those of the next one (profile).
                current = replace(_set(current, status), missed=True)
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
        # As a connection is made the record is read: at rest it says all that there is.
        final = missed and self._at_rest
        if not may_be_measured or current.after is not None or final:
            self._close(current, told)

    def _ended(self, session: Session, status: Status, latest: datetime) -> Session:
        """Return a session with the end that a status tells of; it was at `latest` at the latest."""
        if status.last_end is SessionEnd.COMPLETED and session.minutes is not None:
            session = replace(session, treated=60 * session.minutes)
            if session.missed and self._ends_at is not None:
                latest = min(latest, self._ends_at)
        return replace(
            session, ended=latest.replace(microsecond=0), ended_by=status.last_end
        )

    def _close(self, session: Session, told: Told) -> None:
        """Be done with a session; tell its end, if it is known how it ended."""
        self._last, self._current, self._paused = session.number, None, False
        self._measurable = True
        self._ends_at = self._passed = self._running_since = None
        if session.ended is None or session.ended_by is None:
            session = replace(session, missed=True)
        else:
            kind = ENDS.get(session.ended_by, Kind.STOPPED)
            told.happenings.append(SessionEvent(kind, session, session.missed))
        told.sessions.append(session)

    def _treated(self, at: float) -> int:
        """Return the seconds that the session has run which was seen to run a moment ago."""
        assert self._passed is not None
        passed = float(self._passed)
        if self._running_since is not None:
            passed += at - self._running_since
        return min(round(passed), self._length)


def measured(session: Session, record: TensionRecord | None) -> Session:
    """Return the session with what a Tension record knows of it and the session does not."""
    if record is None or record.session != session.number:
        return session
    before, after = session.before or record.before, session.after or record.after
    if before is session.before and after is session.after:
        return session
    return replace(session, before=before, after=after)


def _set(session: Session, status: Status, **more: Any) -> Session:
    """Return the session with the settings that a status shows, and what else is known."""
    return replace(
        session,
        minutes=-(-status.length // 60),
        strength=status.strength,
        area=status.area,
        flow=status.flow,
        **more,
    )
