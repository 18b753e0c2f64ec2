"""State of a described device: reported values, and assumed ones where it reports none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import math
from typing import Any, Final

from ...model import RUNNING, Area, AskedLength, Fault, Flow, SessionEnd, State, Status
from ..protocol import Request, Values
from .description import Description, FieldValue
from .held_values import HeldValues

_LONGEST: Final = 3600
_USUAL_MINUTES: Final = 20
_STOP_AGAIN: Final = 5.0
"""Seconds after a stop in which the device has time to report its end."""
_STRONGEST: Final = 20
_ROUNDED: Final = 90
"""Seconds by which the time left may differ from the one before without being another length."""

_ASSUMED: Final = {
    Request.START: State.TREATING,
    Request.PAUSE: State.PAUSED,
    Request.RESUME: State.TREATING,
    Request.STOP: State.STANDBY,
}
"""The state that follows from a request, where the device reports none."""


class DescribedState:
    """Assembles a Status."""

    def __init__(self, description: Description, now: Callable[[], float]) -> None:
        """Begin in standby; `now` is the event loop's clock."""
        self._now = now
        self._description = description
        self._features = description.features
        self._reported = description.reported
        self._timed_by_device = "minutes" in description.parameters
        self._sets_length = "set_length" in description.commands
        self._kept_for_start = "length" in self._reported and (
            description.goes_with_start(Request.SET_LENGTH)
        )
        self._fields: dict[str, FieldValue | None] = {}
        self._held = HeldValues(now)
        self.heard = False
        """Whether the state was reported on this connection."""
        self._sessions = 0
        self._reckoned = 0
        self._began_at = math.inf
        self._stopped_at = -math.inf
        self._ended_by = SessionEnd.UNKNOWN
        self._asked: int | None = None
        """The length in minutes that was asked for."""

    @property
    def minutes(self) -> int:
        """Length of the session, or of the next one, as it was asked for."""
        minutes = self._asked or _USUAL_MINUTES
        return min(max(minutes, self._features.min_minutes), self._features.max_minutes)

    @property
    def state(self) -> State:
        """The state, as reported or assumed."""
        state = self._fields.get("state", State.STANDBY)
        return state if isinstance(state, State) else State.UNKNOWN

    @property
    def running(self) -> bool:
        """Whether a session runs."""
        return self.state in RUNNING

    @property
    def ends_at(self) -> float:
        """When the client ends the session at the latest, pauses included."""
        return self._began_at + self._limit

    @property
    def _limit(self) -> int:
        return _LONGEST if self._timed_by_device else 60 * self.minutes

    @property
    def overdue_at(self) -> float:
        """When the client must stop the session; later if it has done so just now."""
        return max(self.ends_at, self._stopped_at + _STOP_AGAIN)

    def take(self, values: Mapping[str, FieldValue | None]) -> None:
        """Take the values of a message."""
        ran = self.running
        self._fields |= values
        self._held.reported(values)
        self.heard |= "state" in values
        self._follow(ran)
        self._reckon(values.get("seconds_left"))

    def starting(self, values: Values) -> Values:
        """Note the length of a start, whose answer may get lost; return its values with those kept for it."""
        if not self.running:
            self._asked = values.minutes
        kept: dict[str, Any] = {
            name: value
            for name, value in self._held.for_start.items()
            if getattr(values, name, value) is None
        }
        return values._replace(**kept)

    def carried_out(self, request: Request, values: Values) -> None:
        """Note what a request has changed, as far as the device does not report it."""
        ran = self.running
        if request in _ASSUMED and "state" not in self._reported:
            self._fields["state"] = _ASSUMED[request]
        self._asked = values.minutes or self._asked
        for_start = not ran and self._description.goes_with_start(request)
        asked = values._asdict()
        if (minutes := asked.pop("minutes")) is not None and self._timed_by_device:
            asked["length"] = 60 * minutes
        for name, value in asked.items():
            if value is None:
                continue
            if name in self._reported:
                before = self._fields.get(name)
                self._held.hold(name, value, before, for_start=for_start)
            elif name != "length":
                self._fields[name] = value
        self._follow(ran)

    @property
    def unconfirmed(self) -> bool:
        """Whether a setting is shown that the device has not reported yet."""
        return self._held.unconfirmed

    @property
    def asked_length(self) -> AskedLength:
        """What must survive a restart."""
        minutes = self._asked
        if self._kept_for_start and self._sets_length and not self.running:
            kept = self._held.for_start.get("length")
            minutes = kept // 60 if isinstance(kept, int) else None
        runs = math.isfinite(self._began_at)
        return AskedLength(minutes, self.ends_at - self._now() if runs else None)

    def resume(self, length: AskedLength) -> None:
        """Continue after a restart: what ran counts as running until the device reports its state."""
        self._asked = length.minutes
        if length.ends_in is not None:
            self._fields["state"] = State.TREATING
            self._sessions = 1
            self._began_at = self._now() + min(length.ends_in - self._limit, 0)
        elif length.minutes and self._kept_for_start:
            self._held.hold("length", 60 * self.minutes, None, for_start=True)

    def stop_sent(self) -> None:
        """Note that a stop is on its way: if the session ends now, that is why."""
        self._stopped_at = self._now()
        if self.running:
            up = self._stopped_at >= self.ends_at
            self._ended_by = (
                SessionEnd.COMPLETED if up else SessionEnd.STOPPED_BY_CLIENT
            )

    def _follow(self, ran: bool) -> None:
        """Count the sessions, and note when they begin."""
        if self.running and not ran:
            self._sessions += 1
            self._began_at = self._now()
            self._ended_by = SessionEnd.UNKNOWN
            self._held.session_began()
        elif not self.running and self.state is not State.UNKNOWN:
            self._began_at = math.inf

    def status(self) -> Status:
        """Return the present Status."""
        fields = self._fields | self._held.values
        length = self._length(fields)
        left = self._seconds_left(fields) if self.running else 0
        if "length" in self._held.values:
            left = min(left, length)
        strength = _number(fields, "strength", 0)
        fault, area, flow = map(fields.get, ("fault", "area", "flow"))
        highest = self._features.strength_levels or _STRONGEST
        return Status(
            state=self.state,
            fault=(fault if isinstance(fault, Fault) else Fault.UNKNOWN)
            if self.state is State.FAULT
            else None,
            strength=strength if 1 <= strength <= highest else None,
            area=area if isinstance(area, Area) else None,
            flow=flow if isinstance(flow, Flow) else None,
            occupied=_number(fields, "occupied", 0) == 1,
            leg_rest_raised=_number(fields, "leg_rest_raised", 0) == 1,
            paused_by_leaving=False,
            length=max(length, left),
            session=_number(fields, "session", self._sessions),
            last_end=self._ended_by,
            seconds_left=left,
        )

    def _length(self, fields: Mapping[str, FieldValue | None]) -> int:
        """Return the length of the session, or of the next one, in seconds."""
        asked = 60 * self.minutes
        if self._timed_by_device:
            if not (self._sets_length or self.running):
                return asked
            return min(_number(fields, "length", asked), _LONGEST)
        if not self.running:
            return asked
        return min(asked, _number(fields, "length", self._reckoned or asked))

    def _reckon(self, left: FieldValue | None) -> None:
        """Reckon the length from the seconds left, which may be rounded, where the client keeps the time."""
        if not self.running:
            self._reckoned = 0
        elif isinstance(left, int):
            length = round(left + self._now() - self._began_at)
            if abs(length - self._reckoned) > _ROUNDED:
                self._reckoned = length

    def _seconds_left(self, fields: Mapping[str, FieldValue | None]) -> int:
        """Return the seconds until the device ends the session, or the client does if that is earlier."""
        ends_at = self.ends_at
        if "seconds_left" not in fields:
            ends_at = min(ends_at, self._began_at + _number(fields, "length", _LONGEST))
        left = max(0, math.ceil(ends_at - self._now()))
        return min(_number(fields, "seconds_left", left), left)


def _number(fields: Mapping[str, FieldValue | None], name: str, default: int) -> int:
    value = fields.get(name)
    return max(value, 0) if isinstance(value, int) else default
