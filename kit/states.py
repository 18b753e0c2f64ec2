"""Holds the state that a description shows against each start, pause, resume and stop of the notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .analysis.align import Press
from .analysis.late import moment
from .analysis.timeline import AT_ONCE, SETTLE

SHOWN_AFTER = {
    "start": {"treating", "scanning"},
    "resume": {"treating", "scanning"},
    "pause": {"paused"},
    "stop": {"standby", "finishing"},
}


@dataclass(slots=True)
class Playback:
    """What agrees, and what does not."""

    lines: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def compare_states(
    playback: Playback,
    shown: Sequence[tuple[float, str | None]],
    presses: Sequence[Press],
) -> None:
    """Compare the state of each report, None where it means nothing, with what was pressed."""
    if not any(state for _, state in shown):
        return
    by_change = _reports_changes(shown, presses)
    right = compared = 0
    times = [moment(press) for press in presses] + [float("inf")]
    for press, (start, end) in zip(presses, pairwise(times), strict=True):
        wanted = SHOWN_AFTER.get(press.note.action)
        if wanted is None or press.burst is None:
            continue
        soonest = AT_ONCE if by_change else SETTLE  # before that it may be old
        states = [state for time, state in shown if start + soonest <= time < end]
        if by_change and not states:
            states = [state for time, state in shown if time <= start][-1:]
        if not states or states[-1] is None:
            continue  # nothing was reported, or a value that is left open
        compared += 1
        if wanted.isdisjoint(states):
            line = f"Line {press.note.line}, " if press.note.line else ""
            playback.wrong.append(
                f"{line}{press.note.label}: the description then shows {states[-1]}."
            )
        else:
            right += 1
    playback.lines.append(
        f"The state shown agrees with {right} of {compared} starts, stops and pauses."
    )


def _reports_changes(
    shown: Sequence[tuple[float, str | None]], presses: Sequence[Press]
) -> bool:
    """Return whether the state comes at once after presses, and hardly at other times: it then still is the last one."""
    times = [moment(press) for press in presses if press.note.action in SHOWN_AFTER]
    soon = sum(any(0 <= time - press < SETTLE for press in times) for time, _ in shown)
    return soon > len(shown) / 2
