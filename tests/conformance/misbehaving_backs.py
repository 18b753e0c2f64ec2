"""Backs that break a clause of the profile: sessions, requests and stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, override

from simulator.back import Back, End, Opcode, Result, State, Status
from simulator.control_point import ControlPoint
from simulator.model import AS_SHOWN, Request

# Status and sessions


class WithoutTicks(Back):
    """Does not notify once a second."""

    @override
    def _ticked(self) -> None:
        self._tick()


class PausesAfterScanning(Back):
    """Is paused between scanning and treating."""

    @override
    def _treat_after_scanning(self) -> None:
        self._enter(State.PAUSED)
        self._publish()
        super()._treat_after_scanning()


class TimeStandsStill(Back):
    """Shows the whole length as left."""

    @override
    def status(self) -> Status:
        status = super().status()
        return replace(status, seconds_left=self.length if self.running else 0)


class CountsTwice(Back):
    """Adds two to the session number."""

    @override
    def _start(self, minutes: int, strength: int, area: int, flow: int) -> None:
        super()._start(minutes, strength, area, flow)
        self.session_number += 1


class BlamesTheDevice(Back):
    """Says that a client's stop was made at the device."""

    @override
    def _end(self, end: End) -> None:
        super()._end(End.STOPPED_AT_DEVICE)


class GoesOnByItself(Back):
    """Treats again as soon as the person comes back."""

    @override
    def lie_down(self) -> None:
        super().lie_down()
        if self.state is State.PAUSED:
            self._treat()
            self._publish()


class WrongRecord(Back):
    """Numbers the record of a session wrongly."""

    @override
    def _scan_before(self) -> None:
        super()._scan_before()
        number = self.session_number + 1
        self.record = replace(self.record, session_number=number)


class IgnoresArea(Back):
    """Starts in the first area, whichever is asked for."""

    @override
    def _start(self, minutes: int, strength: int, area: int, flow: int) -> None:
        chosen = area if area == AS_SHOWN else self.build.areas[0]
        super()._start(minutes, strength, chosen, flow)


class ForgetsArea(Back):
    """Starts in the first area if that should be kept."""

    @override
    def _start(self, minutes: int, strength: int, area: int, flow: int) -> None:
        chosen = self.build.areas[0] if area == AS_SHOWN else area
        super()._start(minutes, strength, chosen, flow)


class StartsWithoutPerson(Back):
    """Starts although nobody lies on it."""

    @property
    @override
    def someone_is_missing(self) -> bool:
        return False


# Requests


def answering(wrong: Callable[[Back, int, bytes], Result | None]) -> type[Back]:
    """Return a device that answers some requests by itself, and does nothing."""

    class Answering(Back):
        @override
        def _carry_out(self, opcode: int, parameters: bytes) -> Result:
            result = wrong(self, opcode, parameters)
            return super()._carry_out(opcode, parameters) if result is None else result

    return Answering


def misnames_unknown(_: Back, opcode: int, __: bytes) -> Result | None:
    """Refuse an unknown opcode as a wrong parameter."""
    return None if opcode in Opcode else Result.INVALID_PARAMETER


def accepts_255(_: Back, opcode: int, parameters: bytes) -> Result | None:
    """Accept 255 as a strength."""
    wrong = (opcode, parameters) == (Opcode.SET_STRENGTH, b"\xff")
    return Result.DONE if wrong else None


def accepts_61_minutes(_: Back, opcode: int, parameters: bytes) -> Result | None:
    """Accept a length of 61 minutes."""
    wrong = opcode == Opcode.SET_LENGTH and parameters[0] == 61
    return Result.DONE if wrong else None


def pauses_in_standby(back: Back, opcode: int, _: bytes) -> Result | None:
    """Accept a pause in standby."""
    wrong = opcode == Opcode.PAUSE and back.state is State.STANDBY
    return Result.DONE if wrong else None


def pauses_once(back: Back, opcode: int, _: bytes) -> Result | None:
    """Refuse a second pause."""
    wrong = opcode == Opcode.PAUSE and back.state is State.PAUSED
    return Result.NOT_IN_THIS_STATE if wrong else None


def ignores_flow(back: Back, opcode: int, parameters: bytes) -> Result | None:
    """Accept the last flow, but do not set it."""
    wrong = opcode == Opcode.SET_FLOW and parameters[0] == back.build.flows[-1]
    return Result.DONE if wrong else None


def changes_and_refuses(back: Back, opcode: int, parameters: bytes) -> Result | None:
    """Refuse an invalid area, but change the area."""
    if (opcode, parameters) != (Opcode.SET_AREA, b"\xff"):
        return None
    back.area = back.build.areas[-1]
    return Result.INVALID_PARAMETER


class NeedsNoToken(Back):
    """Answers requests without a token."""

    @override
    def request(self, opcode: int, token: int | None, parameters: bytes = b"") -> None:
        super().request(opcode, token or 0, parameters)


def with_control_point(kind: type[ControlPoint]) -> type[Back]:
    """Return a device with a control point of this kind."""

    class Other(Back):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.control_point.__class__ = kind

    return Other


class TakesTwo(ControlPoint):
    """Carries a request out while another one is not answered."""

    @override
    def take(self, entry: Request) -> None:
        if self._pending is None or entry.opcode == Opcode.STOP:
            super().take(entry)
        else:
            self._answer(entry, self._carry_out(entry.opcode, entry.parameters))


class AnswersStopLast(ControlPoint):
    """Stops at once, but answers the stop after the overtaken request."""

    @override
    def _take_stop(self, entry: Request) -> None:
        if self._pending is None:
            super()._take_stop(entry)
        else:
            self._stop()
            self.clock.call_later(0.5, lambda: self._answer(entry, Result.DONE))


# Stop


class CountsStops(Back):
    """Counts a stop in standby as a session."""

    @override
    def _stop_for_client(self) -> None:
        self.session_number += not self.running
        super()._stop_for_client()


class StopsLate(Back):
    """Goes on for two seconds after a stop."""

    @override
    def _stop_for_client(self) -> None:
        if self.running:
            self._after("late", 2, super()._stop_for_client)
        else:
            super()._stop_for_client()
