"""Devices of which each breaks one clause of the profile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, override

from bumble.gatt import Characteristic, Service

from conformance.report import Clause
from simulator import protocol
from simulator.back import (
    Answer,
    Back,
    Build,
    End,
    Opcode,
    Phase,
    Result,
    State,
    Status,
)
from simulator.control_point import ControlPoint
from simulator.faults import Faults
from simulator.model import AS_SHOWN, Request
from simulator.peripheral import Peripheral

FEATURES_OUT_OF_BOUNDS = bytes((1, 0, 10, 28, 1, 0, 1, 0, 30, 20, 0, 0))


@dataclass
class Device:
    """How a device is made that breaks one clause."""

    build: Build = field(default_factory=Build)
    back: type[Back] = Back
    peripheral: type[Peripheral] = Peripheral
    faults: Callable[[], Faults] = Faults


# -- Status and sessions


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


# -- Requests


def answering(wrong: Callable[[Back, int, bytes], Result | None]) -> type[Back]:
    """Return a device that answers some requests by itself, and does nothing."""

    class Answering(Back):
        @override
        def _carry_out(self, opcode: int, parameters: bytes) -> Result:
            result = wrong(self, opcode, parameters)
            return super()._carry_out(opcode, parameters) if result is None else result

    return Answering


def _misnames_unknown(_: Back, opcode: int, __: bytes) -> Result | None:
    return None if opcode in Opcode else Result.INVALID_PARAMETER


def _accepts_255(_: Back, opcode: int, parameters: bytes) -> Result | None:
    wrong = (opcode, parameters) == (Opcode.SET_STRENGTH, b"\xff")
    return Result.DONE if wrong else None


def _accepts_61_minutes(_: Back, opcode: int, parameters: bytes) -> Result | None:
    wrong = opcode == Opcode.SET_LENGTH and parameters[0] == 61
    return Result.DONE if wrong else None


def _pauses_in_standby(back: Back, opcode: int, _: bytes) -> Result | None:
    wrong = opcode == Opcode.PAUSE and back.state is State.STANDBY
    return Result.DONE if wrong else None


def _pauses_once(back: Back, opcode: int, _: bytes) -> Result | None:
    wrong = opcode == Opcode.PAUSE and back.state is State.PAUSED
    return Result.NOT_IN_THIS_STATE if wrong else None


def _ignores_flow(back: Back, opcode: int, parameters: bytes) -> Result | None:
    wrong = opcode == Opcode.SET_FLOW and parameters[0] == back.build.flows[-1]
    return Result.DONE if wrong else None


def _changes_and_refuses(back: Back, opcode: int, parameters: bytes) -> Result | None:
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


# -- Stop


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


# -- What is sent


class AdvertisesAnother(Peripheral):
    """Advertises another service than it has."""

    @override
    async def _advertise(self) -> None:
        self.faults.other_protocol = True
        try:
            await super()._advertise()
        finally:
            self.faults.other_protocol = False


class MoreProperties(Peripheral):
    """Takes writes without response."""

    @override
    def _services(self) -> list[Service]:
        services = super()._services()
        characteristic = self._characteristics[protocol.CONTROL_POINT]
        characteristic.properties |= Characteristic.Properties.WRITE_WITHOUT_RESPONSE
        return services


class ShortStatus(Peripheral):
    """Notifies a short Status beside the right one."""

    @override
    def status_changed(self) -> None:
        super().status_changed()
        self.inject_status(bytes(15))


class ReservedOctet(Peripheral):
    """Uses the reserved octet of Status in what it notifies."""

    @override
    def _notify(self, uuid: str, value: bytes) -> None:
        super()._notify(uuid, value[:-1] + b"\1" if uuid == protocol.STATUS else value)


class SilentSettings(Peripheral):
    """Does not notify changes before its first session."""

    @override
    def status_changed(self) -> None:
        if self.back.session_number:
            super().status_changed()


class LateSettings(Peripheral):
    """Notifies changes before its first session after the answer."""

    @override
    def status_changed(self) -> None:
        if self.back.session_number:
            super().status_changed()
        else:
            self.back.clock.call_later(0.5, super().status_changed)


class MalformedFragment(Peripheral):
    """Sends a fragment without fingers after each scan."""

    @override
    def scanned(self, phase: Phase, number: int, efforts: tuple[int, ...]) -> None:
        super().scanned(phase, number, efforts)
        self.inject_stream(bytes(3))


class HalfScan(Peripheral):
    """Sends the first fragment of each scan only."""

    @override
    def scanned(self, phase: Phase, number: int, efforts: tuple[int, ...]) -> None:
        self.inject_stream(next(protocol.encode_scan(phase, number, efforts)))


class OtherIndication(Peripheral):
    """Indicates something that is no answer."""

    @override
    def write_request(
        self, value: bytes, respond: Callable[[int | None], None]
    ) -> None:
        super().write_request(value, respond)
        if value[:1] == bytes((Opcode.SET_FLOW,)):
            self.inject_indication(bytes((0x81, 0, 0, 0)))


class OtherOpcode(Peripheral):
    """Names another opcode in an answer."""

    @override
    def _spoil(self, answer: Answer) -> Answer:
        wrong = answer.opcode == Opcode.SET_STRENGTH
        return replace(answer, opcode=Opcode.SET_LENGTH) if wrong else answer


def refusing(
    wrong: Callable[[Peripheral, bytes, int | None], int | None],
) -> type[Peripheral]:
    """Return a device that refuses writes by other ATT errors."""

    class Refusing(Peripheral):
        @override
        def _refusal(self, value: bytes) -> int | None:
            return wrong(self, value, super()._refusal(value))

    return Refusing


class IgnoresShortStop(Peripheral):
    """Ignores a stop without a token."""

    @override
    def write_request(
        self, value: bytes, respond: Callable[[int | None], None]
    ) -> None:
        if value == bytes((Opcode.STOP,)):
            respond(None)
        else:
            super().write_request(value, respond)


def _never_encrypted(_: Peripheral, value: bytes, error: int | None) -> int | None:
    return error if value[0] == Opcode.STOP else protocol.INSUFFICIENT_ENCRYPTION


def _needs_no_indications(_: Peripheral, __: bytes, error: int | None) -> int | None:
    return None if error == protocol.INDICATIONS_NOT_ENABLED else error


def _stop_needs_encryption(
    device: Peripheral, value: bytes, error: int | None
) -> int | None:
    wrong = value[0] == Opcode.STOP and not device.encrypted
    return protocol.INSUFFICIENT_AUTHENTICATION if wrong else error


BREAKS: dict[Clause, Device] = {
    Clause.NAME: Device(Build(name="BackHugger")),
    Clause.SERVICE_ADVERTISED: Device(peripheral=AdvertisesAnother),
    Clause.CONNECTION: Device(faults=lambda: Faults(lose_after_octets=1500)),
    Clause.PRESENT: Device(faults=lambda: Faults(missing=frozenset({protocol.STATUS}))),
    Clause.TENSION_PRESENT: Device(
        faults=lambda: Faults(missing=frozenset({protocol.TENSION_RECORD}))
    ),
    Clause.PROPERTIES: Device(peripheral=MoreProperties),
    Clause.INFORMATION: Device(Build(serial="\7")),
    Clause.ENCRYPTION: Device(peripheral=refusing(_never_encrypted)),
    Clause.FEATURES_LENGTH: Device(faults=lambda: Faults(features=bytes(11))),
    Clause.VERSION: Device(Build(major=2)),
    Clause.BOUNDS: Device(faults=lambda: Faults(features=FEATURES_OUT_OF_BOUNDS)),
    Clause.STATUS_LENGTH: Device(peripheral=ShortStatus),
    Clause.RANGES: Device(peripheral=ReservedOctet),
    Clause.CHANGE_NOTIFIED: Device(peripheral=SilentSettings),
    Clause.EACH_SECOND: Device(back=WithoutTicks),
    Clause.TRANSITIONS: Device(back=PausesAfterScanning),
    Clause.TIME: Device(back=TimeStandsStill),
    Clause.SESSION_NUMBER: Device(back=CountsTwice),
    Clause.LAST_END: Device(back=BlamesTheDevice),
    Clause.PERSON_LEAVES: Device(back=GoesOnByItself),
    Clause.FRAGMENTS: Device(peripheral=MalformedFragment),
    Clause.SCANS: Device(peripheral=HalfScan),
    Clause.RECORD: Device(back=WrongRecord),
    Clause.ANSWER_FORM: Device(peripheral=OtherIndication),
    Clause.OPCODE_ECHO: Device(peripheral=OtherOpcode),
    Clause.TOKEN_ECHO: Device(
        faults=lambda: Faults(
            answer_token=0, answers_affected=frozenset({Opcode.SET_FLOW})
        )
    ),
    Clause.ANSWER_TIME: Device(
        faults=lambda: Faults(
            answer_times=2, answers_affected=frozenset({Opcode.SET_STRENGTH})
        )
    ),
    Clause.NOTIFIED_FIRST: Device(peripheral=LateSettings),
    Clause.UNKNOWN_OPCODE: Device(back=answering(_misnames_unknown)),
    Clause.INVALID_PARAMETER: Device(back=answering(_accepts_255)),
    Clause.LENGTH_LIMIT: Device(back=answering(_accepts_61_minutes)),
    Clause.WRONG_STATE: Device(back=answering(_pauses_in_standby)),
    Clause.NOBODY: Device(back=StartsWithoutPerson),
    Clause.UNCHANGED: Device(back=answering(_changes_and_refuses)),
    Clause.SETTINGS: Device(back=answering(_ignores_flow)),
    Clause.START: Device(back=IgnoresArea),
    Clause.AS_SHOWN: Device(back=ForgetsArea),
    Clause.PAUSE: Device(back=answering(_pauses_once)),
    Clause.BUSY: Device(back=with_control_point(TakesTwo)),
    Clause.NO_TOKEN: Device(back=NeedsNoToken),
    Clause.NOT_ENABLED: Device(peripheral=refusing(_needs_no_indications)),
    Clause.STOP_ANSWERED: Device(
        faults=lambda: Faults(
            answer_result=Result.NOT_IN_THIS_STATE,
            answers_affected=frozenset({Opcode.STOP}),
        )
    ),
    Clause.STOP_HARMLESS: Device(back=CountsStops),
    Clause.STOP_FIRST_OCTET: Device(peripheral=IgnoresShortStop),
    Clause.STOP_ALWAYS: Device(
        Build(encrypted=True), peripheral=refusing(_stop_needs_encryption)
    ),
    Clause.STOP_ENDS: Device(back=StopsLate),
    Clause.STOP_OVERTAKES: Device(back=with_control_point(AnswersStopLast)),
}
"""A device for each clause."""
