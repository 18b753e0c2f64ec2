"""State of a described device: reported values, and assumed ones where it reports none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
import math
from typing import Final

from ...model import RUNNING, Area, Fault, Flow, SessionEnd, State, Status
from ..protocol import Request, Values
from .description import Description, FieldValue

_LONGEST: Final = 3600
_USUAL_MINUTES: Final = 20
_STOP_AGAIN: Final = 5.0
"""Seconds after a stop in which the device has time to report its end."""
_STRONGEST: Final = 20

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
        self._features = features = description.features
        self._reported = description.reported
        self._timed_by_device = "minutes" in description.parameters
        self._fields: dict[str, FieldValue | None] = {}
        self.heard = False
        """Whether the state was reported on this connection."""
        self._sessions = 0
        self._began_at = math.inf
        self._stopped_at = -math.inf
        self._ended_by = SessionEnd.UNKNOWN
        self.minutes = min(
            max(_USUAL_MINUTES, features.min_minutes), features.max_minutes
        )
        """Length of the session, or of the next one."""

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
        limit = _LONGEST if self._timed_by_device else 60 * self.minutes
        return self._began_at + limit

    @property
    def overdue_at(self) -> float:
        """When the client must stop the session; later if it has done so just now."""
        return max(self.ends_at, self._stopped_at + _STOP_AGAIN)

    def take(self, values: Mapping[str, FieldValue | None]) -> None:
        """Take the values of a message."""
        ran = self.running
        self._fields |= values
        self.heard |= "state" in values
        self._follow(ran)

    def carried_out(self, request: Request, values: Values) -> None:
        """Note what a request has changed, as far as the device does not report it."""
        ran = self.running
        if request in _ASSUMED and "state" not in self._reported:
            self._fields["state"] = _ASSUMED[request]
        for name in ("strength", "area", "flow"):
            value = getattr(values, name)
            if value is not None and name not in self._reported:
                self._fields[name] = value
        self.minutes = values.minutes or self.minutes
        self._follow(ran)

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
        elif not self.running and self.state is not State.UNKNOWN:
            self._began_at = math.inf

    def status(self) -> Status:
        """Return the present Status."""
        left = 0
        if self.running:
            left = self._number(
                "seconds_left", max(0, math.ceil(self.ends_at - self._now()))
            )
        left = min(left, _LONGEST)
        length = min(self._number("length", 60 * self.minutes), _LONGEST)
        strength = self._number("strength", 0)
        fault, area, flow = map(self._fields.get, ("fault", "area", "flow"))
        highest = self._features.strength_levels or _STRONGEST
        return Status(
            state=self.state,
            fault=(fault if isinstance(fault, Fault) else Fault.UNKNOWN)
            if self.state is State.FAULT
            else None,
            strength=strength if 1 <= strength <= highest else None,
            area=area if isinstance(area, Area) else None,
            flow=flow if isinstance(flow, Flow) else None,
            occupied=self._number("occupied", 0) == 1,
            leg_rest_raised=self._number("leg_rest_raised", 0) == 1,
            paused_by_leaving=False,
            length=max(length, left),
            session=self._number("session", self._sessions),
            last_end=self._ended_by,
            seconds_left=left,
        )

    def _number(self, name: str, default: int) -> int:
        value = self._fields.get(name)
        return max(value, 0) if isinstance(value, int) else default
