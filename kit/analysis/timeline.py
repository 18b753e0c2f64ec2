"""What the device must have been set to at each moment, by the notes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from .align import Press

SETTLE = 1.0  # seconds after a press in which reports may be old
STATES = {
    "start": "treating",
    "stop": "standby",
    "pause": "paused",
    "resume": "treating",
}

type Value = str | int


@dataclass(frozen=True, slots=True)
class Moment:
    """Settings from a press on."""

    time: float
    values: dict[str, Value]


class Timeline:
    """Settings over time; relative presses make the strength unknown unless it was known."""

    def __init__(self, presses: Sequence[Press]) -> None:
        """Take the presses in the order of time."""
        self._moments: list[Moment] = []
        values: dict[str, Value] = {}
        for press in presses:
            note = press.note
            time = press.burst.start if press.burst else press.time
            values = dict(values)
            if note.action in STATES:
                values["state"] = STATES[note.action]
            elif note.action in {"strength_up", "strength_down"}:
                if isinstance(level := values.get("strength"), int):
                    values["strength"] = level + (
                        1 if note.action == "strength_up" else -1
                    )
            elif note.value is not None:
                values[note.action] = note.value
            self._moments.append(Moment(time, values))
        self._times = [moment.time for moment in self._moments]
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
