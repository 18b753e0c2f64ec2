"""A device for each clause of the profile, which breaks exactly that one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.report import Clause
from simulator import protocol
from simulator.back import Back, Build, Opcode, Result
from simulator.faults import Faults
from simulator.peripheral import Peripheral

from . import misbehaving_backs as backs, misbehaving_peripherals as peripherals

FEATURES_OUT_OF_BOUNDS = bytes((1, 0, 10, 28, 1, 0, 1, 0, 30, 20, 0, 0))


@dataclass
class Device:
    """How a device is made that breaks one clause."""

    build: Build = field(default_factory=Build)
    back: type[Back] = Back
    peripheral: type[Peripheral] = Peripheral
    faults: Callable[[], Faults] = Faults


BREAKS: dict[Clause, Device] = {
    Clause.NAME: Device(Build(name="BackHugger")),
    Clause.SERVICE_ADVERTISED: Device(peripheral=peripherals.AdvertisesAnother),
    Clause.CONNECTION: Device(faults=lambda: Faults(lose_after_octets=1500)),
    Clause.PRESENT: Device(faults=lambda: Faults(missing=frozenset({protocol.STATUS}))),
    Clause.TENSION_PRESENT: Device(
        faults=lambda: Faults(missing=frozenset({protocol.TENSION_RECORD}))
    ),
    Clause.PROPERTIES: Device(peripheral=peripherals.MoreProperties),
    Clause.INFORMATION: Device(Build(serial="\7")),
    Clause.ENCRYPTION: Device(
        peripheral=peripherals.refusing(peripherals.never_encrypted)
    ),
    Clause.FEATURES_LENGTH: Device(faults=lambda: Faults(features=bytes(11))),
    Clause.VERSION: Device(Build(major=2)),
    Clause.BOUNDS: Device(faults=lambda: Faults(features=FEATURES_OUT_OF_BOUNDS)),
    Clause.STATUS_LENGTH: Device(peripheral=peripherals.ShortStatus),
    Clause.RANGES: Device(peripheral=peripherals.ReservedOctet),
    Clause.CHANGE_NOTIFIED: Device(peripheral=peripherals.SilentSettings),
    Clause.EACH_SECOND: Device(back=backs.WithoutTicks),
    Clause.TRANSITIONS: Device(back=backs.PausesAfterScanning),
    Clause.TIME: Device(back=backs.TimeStandsStill),
    Clause.SESSION_NUMBER: Device(back=backs.CountsTwice),
    Clause.LAST_END: Device(back=backs.BlamesTheDevice),
    Clause.PERSON_LEAVES: Device(back=backs.GoesOnByItself),
    Clause.FRAGMENTS: Device(peripheral=peripherals.MalformedFragment),
    Clause.SCANS: Device(peripheral=peripherals.HalfScan),
    Clause.RECORD: Device(back=backs.WrongRecord),
    Clause.ANSWER_FORM: Device(peripheral=peripherals.OtherIndication),
    Clause.OPCODE_ECHO: Device(peripheral=peripherals.OtherOpcode),
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
    Clause.NOTIFIED_FIRST: Device(peripheral=peripherals.LateSettings),
    Clause.UNKNOWN_OPCODE: Device(back=backs.answering(backs.misnames_unknown)),
    Clause.INVALID_PARAMETER: Device(back=backs.answering(backs.accepts_255)),
    Clause.LENGTH_LIMIT: Device(back=backs.answering(backs.accepts_61_minutes)),
    Clause.WRONG_STATE: Device(back=backs.answering(backs.pauses_in_standby)),
    Clause.NOBODY: Device(back=backs.StartsWithoutPerson),
    Clause.UNCHANGED: Device(back=backs.answering(backs.changes_and_refuses)),
    Clause.SETTINGS: Device(back=backs.answering(backs.ignores_flow)),
    Clause.START: Device(back=backs.IgnoresArea),
    Clause.AS_SHOWN: Device(back=backs.ForgetsArea),
    Clause.PAUSE: Device(back=backs.answering(backs.pauses_once)),
    Clause.BUSY: Device(back=backs.with_control_point(backs.TakesTwo)),
    Clause.NO_TOKEN: Device(back=backs.NeedsNoToken),
    Clause.NOT_ENABLED: Device(
        peripheral=peripherals.refusing(peripherals.needs_no_indications)
    ),
    Clause.STOP_ANSWERED: Device(
        faults=lambda: Faults(
            answer_result=Result.NOT_IN_THIS_STATE,
            answers_affected=frozenset({Opcode.STOP}),
        )
    ),
    Clause.STOP_HARMLESS: Device(back=backs.CountsStops),
    Clause.STOP_FIRST_OCTET: Device(peripheral=peripherals.IgnoresShortStop),
    Clause.STOP_ALWAYS: Device(
        Build(encrypted=True),
        peripheral=peripherals.refusing(peripherals.stop_needs_encryption),
    ),
    Clause.STOP_ENDS: Device(back=backs.StopsLate),
    Clause.STOP_OVERTAKES: Device(back=backs.with_control_point(backs.AnswersStopLast)),
}
"""A device for each clause."""
