"""Keys whose effect depends on the state: pressed only where they do what is asked."""

from __future__ import annotations

from collections.abc import Callable
import math
from typing import Final

from ...model import RUNNING, State
from ..protocol import Request

SETTLED_AFTER: Final = 1.0
"""Seconds after a press in which a report may still be of the state before it."""

_RESTS: Final = frozenset({State.STANDBY, State.FINISHING, State.FAULT})
_TREATS: Final = RUNNING - {State.PAUSED}
_MEANT_IN: Final = {
    Request.START: frozenset({State.STANDBY}),
    Request.STOP: RUNNING,
    Request.PAUSE: _TREATS,
    Request.RESUME: frozenset({State.PAUSED}),
}
"""The states in which a key that toggles does what is asked."""
_LEADS_TO: Final = {
    Request.START: _TREATS,
    Request.STOP: _RESTS,
    Request.PAUSE: frozenset({State.PAUSED}),
    Request.RESUME: _TREATS,
}


class Toggles:
    """Knows in which states the device may be."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Begin without a report; `now` is the event loop's clock."""
        self._now = now
        self._expected: frozenset[State] = frozenset()
        self._settled_at = -math.inf
        self._possible = frozenset(State)

    def forget(self) -> None:
        """Begin a connection: what was reported on the last one does not count."""
        self._possible = frozenset(State)

    def pressed(self, request: Request | None) -> None:
        """Note that a request is being written, which may change the state."""
        if request in _LEADS_TO:
            self._expected = _LEADS_TO[request]
            self._possible |= self._expected
            self._settled_at = self._now() + SETTLED_AFTER

    def heard(self, state: State) -> None:
        """Take a reported state. One that is older than the last press settles nothing."""
        if state in self._expected or self._now() >= self._settled_at:
            self._expected, self._settled_at = frozenset(), self._now()
            self._possible = frozenset()
        self._possible |= {state}

    def does(self, request: Request) -> bool | None:
        """Return whether a key that toggles does now what is asked; None if that is not certain."""
        meant = _MEANT_IN[request]
        if self._possible <= meant:
            return True
        return None if self._possible & (meant | {State.UNKNOWN}) else False
