"""What the device must have been set to at each moment, by the notes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from .align import Press

SETTLE = 1.0  # seconds after a press in which reports may be old
SOONEST = 0.1  # seconds after a press of a report that shows it
AT_ONCE = 0.03  # the same, of a device that reports changes only
STATES = {
    "start": "treating",
    "stop": "standby",
    "pause": "paused",
    "resume": "treating",
}

type Value = str | int


class Timed(Protocol):
    """A message."""

    @property
    def time(self) -> float:
        """When it was received."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Settings from a press on."""

    time: float
    values: dict[str, Value]
    fresh: frozenset[str] = frozenset()  # set since the last stop


class Timeline:
    """Settings over time; relative presses make the strength unknown unless it was known."""

    def __init__(self, presses: Sequence[Press]) -> None:
        """Take the presses in the order of time."""
        self._moments: list[Moment] = []
        values: dict[str, Value] = {}
        fresh: frozenset[str] = frozenset()
        for press in presses:
            note = press.note
            time = press.burst.start if press.burst else press.time
            values = dict(values)
            if note.action in STATES:
                values["state"] = STATES[note.action]
                fresh = frozenset() if note.action == "stop" else fresh
            elif note.action in {"strength_up", "strength_down"}:
                if isinstance(level := values.get("strength"), int):
                    values["strength"] = level + (
                        1 if note.action == "strength_up" else -1
                    )
            elif note.value is not None:
                values[note.action] = note.value
                fresh |= {note.action}
            else:
                values.pop(note.action, None)  # nobody knows which
            self._moments.append(Moment(time, values, fresh))
        self._times = [moment.time for moment in self._moments]
        self.states = [
            (moment.time, str(moment.values["state"]), press.note.action)
            for moment, press in zip(self._moments, presses, strict=True)
            if press.note.action in STATES
        ]
        self.steps = [
            (moment.time, 1 if press.note.action == "strength_up" else -1)
            for moment, press in zip(self._moments, presses, strict=True)
            if press.note.action in {"strength_up", "strength_down"}
        ]

    def at(self, time: float, settle: float = SETTLE) -> dict[str, Value] | None:
        """Return the settings at a time, None before the first press and while they may change."""
        index = bisect_right(self._times, time) - 1
        if index < 0 or time - self._times[index] < settle:
            return None
        if index + 1 < len(self._times) and self._times[index + 1] - time < 0.1:
            return None
        return self._moments[index].values

    def settled[M: Timed](
        self, messages: Sequence[M]
    ) -> list[tuple[M, dict[str, Value]]]:
        """Return reports, in the order of time, with the settings that they must show.

        Of a device that reports changes only, the last report before the next press counts.
        """
        found = [
            (message, values)
            for message in messages
            if (values := self.at(message.time)) is not None
        ]
        if not self._answers_presses([message.time for message in messages]):
            return found
        shown = {id(values) for _, values in found}
        last: dict[int, M] = {}
        for message in messages:
            index = bisect_right(self._times, message.time - AT_ONCE) - 1
            if index >= 0 and index == bisect_right(self._times, message.time) - 1:
                last[index] = message
        found += [
            (message, self._moments[index].values)
            for index, message in last.items()
            if id(self._moments[index].values) not in shown
        ]
        return sorted(found, key=lambda sample: sample[0].time)

    def _answers_presses(self, reports: Sequence[float]) -> bool:
        """Return whether reports come soon after presses, far more than at other times."""
        if len(self._times) < 2:
            return False
        since = [
            report - self._times[index]
            for report in reports
            if (index := bisect_right(self._times, report) - 1) >= 0
        ]
        gaps = [after - before for before, after in pairwise(self._times)]
        by_chance = sum(min(gap, SETTLE) for gap in gaps) / max(SETTLE, sum(gaps))
        soon = sum(seconds < SETTLE for seconds in since)
        return soon > (1 + by_chance) / 2 * len(since)

    def fresh(self, time: float) -> dict[str, Value]:
        """Return the settings made since the last stop: a start may have reset the others."""
        index = bisect_right(self._times, time) - 1
        if index < 0:
            return {}
        moment = self._moments[index]
        return {
            name: value
            for name, value in moment.values.items()
            if name == "state" or name in moment.fresh
        }

    def before(self, time: float) -> dict[str, Value]:
        """Return the settings just before a press at this time."""
        index = bisect_left(self._times, time - 1e-6) - 1
        return self._moments[index].values if index >= 0 else {}

    def next_press(self, time: float) -> float:
        """Return when the next press after a time is."""
        index = bisect_right(self._times, time + 1e-6)
        return self._times[index] if index < len(self._times) else float("inf")

    def after(self, time: float) -> dict[str, Value]:
        """Return the settings that a press at this time has made."""
        index = bisect_right(self._times, time + 1e-6) - 1
        return self._moments[index].values if index >= 0 else {}
