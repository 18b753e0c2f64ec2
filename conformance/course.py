"""The checks of all that the device sent, at the end."""

from __future__ import annotations

from itertools import groupby, pairwise

from .link import Link
from .profile import RUNNING, TENSION_STREAM, Features, State, Status
from .report import Clause, Report

_TRANSITIONS = {
    (State.STANDBY, State.SCANNING),
    (State.SCANNING, State.TREATING),
    (State.SCANNING, State.FINISHING),
    (State.TREATING, State.PAUSED),
    (State.PAUSED, State.TREATING),
    (State.TREATING, State.FINISHING),
    (State.PAUSED, State.FINISHING),
    (State.FINISHING, State.STANDBY),
    (State.FAULT, State.FINISHING),
    (State.FAULT, State.STANDBY),
}
_LONGEST_GAP = 2.0
"""Seconds between two notifications that come once a second, over any way."""
_TOLERANCE = 2.0
"""Seconds by which what is left may differ from what has passed."""
_PHASES = 3
_LIVE = 1


def check_course(link: Link) -> None:
    """Check the order, the times and the scans of all that was notified."""
    statuses = link.statuses()
    if any(status.running for _, status in statuses):
        _check_transitions(link.report, statuses)
        _check_each_second(link.report, statuses)
        _check_time(link.report, statuses)
    if link.features is not None:
        _check_stream(link, link.features)


def _check_transitions(report: Report, statuses: list[tuple[float, Status]]) -> None:
    states = [state for state, _ in groupby(status.state for _, status in statuses)]
    for one, other in pairwise(states):
        report.expect(
            Clause.TRANSITIONS,
            (one, other) in _TRANSITIONS or other == State.FAULT,
            f"state {other} came after state {one}",
        )


def _check_each_second(report: Report, statuses: list[tuple[float, Status]]) -> None:
    active = RUNNING | {State.FINISHING}
    for (before, one), (after, other) in pairwise(statuses):
        if one.state in active and other.session == one.session:
            report.expect(
                Clause.EACH_SECOND,
                after - before <= _LONGEST_GAP,
                f"nothing for {after - before:.1f} seconds in state {one.state}",
            )


def _check_time(report: Report, statuses: list[tuple[float, Status]]) -> None:
    for (state, _), group in groupby(
        statuses, lambda each: (each[1].state, each[1].session)
    ):
        if state not in RUNNING:
            continue
        (began, first), *_, (ended, last) = [*group] * 2
        passed, counted = ended - began, first.seconds_left - last.seconds_left
        expected = 0.0 if state == State.PAUSED else passed
        report.expect(
            Clause.TIME,
            abs(counted - expected) <= _TOLERANCE or first.length != last.length,
            f"{counted} seconds were counted in {passed:.1f} seconds of state {state}",
        )


def _check_stream(link: Link, features: Features) -> None:
    scans: list[tuple[float, int, int, set[int]]] = []
    for event in link.events:
        if event.characteristic != TENSION_STREAM:
            continue
        value = event.value
        well_formed = (
            4 < len(value) <= 20
            and value[0] < _PHASES
            and value[3] == features.fingers
            and value[2] + len(value) - 4 <= features.fingers
        )
        link.report.expect(Clause.FRAGMENTS, well_formed, value.hex(" "))
        if well_formed:
            phase, number, first = value[:3]
            if not scans or scans[-1][1:3] != (phase, number):
                scans.append((event.at, phase, number, set()))
            scans[-1][3].update(range(first, first + len(value) - 4))
    for _, phase, number, fingers in scans:
        link.report.expect(
            Clause.SCANS,
            len(fingers) == features.fingers,
            f"scan {number} of phase {phase} has {len(fingers)} fingers",
        )
    for (_, _, one, _), (_, _, other, _) in pairwise(scans):
        link.report.expect(
            Clause.SCANS, other == (one + 1) % 256, f"scan {other} came after {one}"
        )
    live = [at for at, phase, _, _ in scans if phase == _LIVE]
    # Over any four scans, so that what comes in one go does not count.
    for began, ended in zip(live, live[4:], strict=False):
        link.report.expect(
            Clause.SCANS,
            ended - began >= 1.0,
            f"five live scans in {ended - began:.1f} seconds",
        )
