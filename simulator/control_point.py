"""Which request is answered when (profile: Control point)."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from .clock import Clock, Timer
from .model import Answer, Opcode, Request, Result

REQUEST_LIMIT = 10_000
"""How many requests a device remembers."""


class _Pending:
    """A request that is not answered yet, other than stop."""

    def __init__(self, entry: Request) -> None:
        self.entry = entry
        self.result: Result | None = None
        """None while it is not carried out."""
        self.timer: Timer | None = None

    def cancel(self) -> None:
        if self.timer is not None:
            self.timer.cancel()


class ControlPoint:
    """Takes requests one at a time, lets stop overtake them, and queues the answers."""

    def __init__(
        self,
        clock: Clock,
        *,
        carry_out: Callable[[int, bytes], Result],
        stop: Callable[[], None],
        answer_waits: Callable[[], None],
    ) -> None:
        """Take the functions that carry out a request, stop, and announce answers."""
        self.clock = clock
        self.carry_out_delay = 0.0
        """Device seconds before a request other than stop is carried out."""
        self.answer_delay = 0.0
        """Device seconds between carrying it out and having the answer ready."""
        self.requests: list[Request] = []
        """The requests, in the order of their arrival."""
        self.dropped = 0
        """Requests that were dropped because they carried no token."""
        self._carry_out = carry_out
        self._stop = stop
        self._answer_waits = answer_waits
        self._pending: _Pending | None = None
        self._answers: deque[tuple[Request, Answer]] = deque()

    def take(self, entry: Request) -> None:
        """Take a request; its answer may be there when this returns."""
        self.requests.append(entry)
        del self.requests[:-REQUEST_LIMIT]
        if entry.opcode == Opcode.STOP:
            self._take_stop(entry)
        elif entry.token is None:
            self.dropped += 1
        elif self._pending is not None:
            self._answer(entry, Result.BUSY)
        else:
            self._pending = _Pending(entry)
            if self.carry_out_delay:
                self._pending.timer = self.clock.call_later(
                    self.carry_out_delay, self._carry_out_pending
                )
            else:
                self._carry_out_pending()

    @property
    def next_answer(self) -> Answer | None:
        """The answer that `take_answer` would return."""
        return self._answers[0][1] if self._answers else None

    def take_answer(self, session_number: int) -> Answer | None:
        """Return the next answer, noting it with the session number of now."""
        if not self._answers:
            return None
        entry, answer = self._answers.popleft()
        if self._pending is not None and self._pending.entry is entry:
            self._pending = None
        for index in range(len(self.requests) - 1, -1, -1):
            if self.requests[index] is entry:
                result = Result(answer.result)
                self.requests[index] = replace(
                    entry, result=result, session_number=session_number
                )
                break
        return answer

    def link_lost(self) -> None:
        """Drop pending requests and all answers."""
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
        self._answers.clear()

    def _take_stop(self, entry: Request) -> None:
        """Stop at once, and answer before the requests that it overtakes."""
        self._stop()
        overtaken = self._pending
        if overtaken is not None:
            overtaken.cancel()
            waiting = (item for item in self._answers if item[0] is not overtaken.entry)
            self._answers = deque(waiting)
        self._answer(entry, Result.DONE, first=True)
        if overtaken is not None:
            if overtaken.result is None:
                overtaken.result = Result.BUSY
            self._answer(overtaken.entry, overtaken.result)

    def _carry_out_pending(self) -> None:
        pending = self._pending
        assert pending is not None
        pending.result = self._carry_out(pending.entry.opcode, pending.entry.parameters)
        answer = partial(self._answer, pending.entry, pending.result)
        if self.answer_delay:
            pending.timer = self.clock.call_later(self.answer_delay, answer)
        else:
            answer()

    def _answer(self, entry: Request, result: Result, *, first: bool = False) -> None:
        """Have an answer ready; that of a stop goes before all but another stop's."""
        answer = Answer(entry.opcode, entry.token or 0, result)
        if first:
            place = sum(1 for _, other in self._answers if other.opcode == Opcode.STOP)
            self._answers.insert(place, (entry, answer))
        else:
            self._answers.append((entry, answer))
        self._answer_waits()
