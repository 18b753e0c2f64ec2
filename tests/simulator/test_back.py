"""How a BackHug behaves, against the text of the profile."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import override

from hypothesis import given, strategies as st
import pytest

from simulator.back import (
    NOT_TOUCHING,
    Answer,
    Back,
    Build,
    End,
    Fault,
    Flags,
    ManualClock,
    Observer,
    Opcode,
    Phase,
    Record,
    Request,
    Result,
    State,
    Status,
)

START = bytes((20, 4, 2, 1))


class Journal(Observer):
    """Records, in order, the values a client would see."""

    def __init__(self, back: Back) -> None:
        """Read along from now on."""
        self.entries: list[tuple[float, Status | Phase | Answer | str]] = []
        self.records: list[Record] = []
        self._back = back
        back.observe(self)

    def _note(self, entry: Status | Phase | Answer | str) -> None:
        self.entries.append((self._back.clock.time(), entry))

    @override
    def status_changed(self) -> None:
        """Note Status, and the record that could be read at that moment."""
        self._note(self._back.status())
        self.records.append(self._back.record)

    @override
    def scanned(self, phase: Phase, number: int, efforts: tuple[int, ...]) -> None:
        """Note the phase of a scan."""
        self._note(phase)

    @override
    def answer_waiting(self) -> None:
        """Take the answer and note it."""
        while (answer := self._back.take_answer()) is not None:
            self._note(answer)

    @override
    def power_changed(self) -> None:
        """Note that."""
        self._note("on" if self._back.powered else "off")

    def all[T](self, kind: type[T]) -> list[tuple[float, T]]:
        """Return the entries of a kind."""
        return [(at, entry) for at, entry in self.entries if isinstance(entry, kind)]


class Device:
    """A back with a manual clock, and shorthand for the tests."""

    def __init__(self, build: Build | None = None, *, occupied: bool = True) -> None:
        """Make one, by default with somebody on it."""
        self.clock = ManualClock()
        self.back = Back(build or Build(), self.clock)
        self._token = 0
        if occupied:
            self.back.lie_down()

    def state(self) -> State:
        """Return the state now."""
        return self.back.state

    def ask(self, opcode: int, parameters: bytes = b"") -> int | None:
        """Make a request and return the result, None if there is none yet."""
        self._token = (self._token + 1) % 256
        self.back.request(opcode, self._token, parameters)
        answer = self.back.take_answer()
        if answer is None:
            return None
        assert (answer.opcode, answer.token) == (opcode, self._token)
        return answer.result

    def start(self, minutes: int = 20) -> None:
        """Start a session."""
        assert self.ask(Opcode.START, bytes((minutes, 255, 255, 255))) == Result.DONE

    def treat(self, minutes: int = 20) -> None:
        """Start a session and let it come to treating."""
        self.start(minutes)
        self.clock.advance(20)
        assert self.back.state is State.TREATING


def in_standby(device: Device) -> None:
    """Leave it in standby."""


def in_scanning(device: Device) -> None:
    """Bring it to scanning."""
    device.start()
    device.clock.advance(5)


def in_treating(device: Device) -> None:
    """Bring it to treating."""
    device.treat()


def in_paused(device: Device) -> None:
    """Bring it to paused."""
    device.treat()
    assert device.ask(Opcode.PAUSE) == Result.DONE


def in_finishing(device: Device) -> None:
    """Bring it to finishing."""
    device.treat()
    assert device.ask(Opcode.STOP) == Result.DONE


def in_fault(device: Device) -> None:
    """Bring it to fault."""
    device.back.overheat()


REACH: dict[State, Callable[[Device], None]] = {
    State.STANDBY: in_standby,
    State.SCANNING: in_scanning,
    State.TREATING: in_treating,
    State.PAUSED: in_paused,
    State.FINISHING: in_finishing,
    State.FAULT: in_fault,
}
STATES = list(REACH)
REQUESTS = {
    Opcode.START: START,
    Opcode.STOP: b"",
    Opcode.PAUSE: b"",
    Opcode.RESUME: b"",
    Opcode.SET_STRENGTH: bytes([7]),
    Opcode.SET_AREA: bytes([3]),
    Opcode.SET_FLOW: bytes([2]),
    Opcode.SET_LENGTH: bytes([30]),
}
# The table of the profile, by columns: standby, scanning, treating, paused, finishing,
# fault. A pair is the result and the state in which the device is then.
S, C, T, P, F, X = STATES
TABLE: dict[Opcode, list[tuple[int, State]]] = {
    Opcode.START: [(0, C), (3, C), (3, T), (3, P), (3, F), (5, X)],
    Opcode.STOP: [(0, S), (0, F), (0, F), (0, F), (0, F), (0, X)],
    Opcode.PAUSE: [(3, S), (3, C), (0, P), (0, P), (3, F), (5, X)],
    Opcode.RESUME: [(3, S), (0, C), (0, T), (0, T), (3, F), (5, X)],
    **{
        opcode: [(0, S), (0, C), (0, T), (0, P), (0, F), (5, X)]
        for opcode in Opcode
        if opcode >= Opcode.SET_STRENGTH
    },
}
CELLS = [
    pytest.param(state, opcode, *row[column], id=f"{opcode.name}-{state.name}".lower())
    for opcode, row in TABLE.items()
    for column, state in enumerate(STATES)
]


@pytest.mark.parametrize(("state", "opcode", "result", "then"), CELLS)
def test_every_cell_of_the_table(
    state: State, opcode: Opcode, result: int, then: State
) -> None:
    """Each request has the result of its cell, and only result 0 has an effect."""
    device = Device()
    REACH[state](device)
    before = device.back.status()

    assert device.ask(opcode, REQUESTS[opcode]) == result

    assert device.state() is then
    if result != 0:
        assert device.back.status() == before


def test_start_sets_its_settings() -> None:
    """A start carries the settings of its session."""
    device = Device()
    assert device.ask(Opcode.START, bytes((15, 4, 2, 1))) == 0
    status = device.back.status()
    assert (status.strength, status.area, status.flow) == (4, 2, 1)
    assert (status.length, status.seconds_left, status.session_number) == (900, 900, 1)


def test_start_keeps_the_settings_of_status() -> None:
    """255 stands for the value in Status."""
    device = Device()
    device.back.set_at_device(strength=9, area=5, flow=3)
    assert device.ask(Opcode.START, bytes((15, 255, 255, 255))) == 0
    assert (device.back.strength, device.back.area, device.back.flow) == (9, 5, 3)


INVALID = [
    (Opcode.START, b""),
    (Opcode.START, bytes((20, 1, 0))),
    (Opcode.START, bytes((4, 1, 0, 0))),
    (Opcode.START, bytes((61, 1, 0, 0))),
    (Opcode.START, bytes((255, 1, 0, 0))),
    (Opcode.START, bytes((20, 0, 0, 0))),
    (Opcode.START, bytes((20, 11, 0, 0))),
    (Opcode.START, bytes((20, 1, 6, 0))),
    (Opcode.START, bytes((20, 1, 0, 4))),
    (Opcode.SET_STRENGTH, b""),
    (Opcode.SET_STRENGTH, b"\x00"),
    (Opcode.SET_STRENGTH, b"\x0b"),
    (Opcode.SET_STRENGTH, b"\xff"),
    (Opcode.SET_AREA, b"\x06"),
    (Opcode.SET_AREA, b"\xff"),
    (Opcode.SET_FLOW, b"\x04"),
    (Opcode.SET_FLOW, b"\xff"),
    (Opcode.SET_LENGTH, b"\x04"),
    (Opcode.SET_LENGTH, b"\x3d"),
    (Opcode.SET_LENGTH, b"\xff"),
]


@pytest.mark.parametrize(("opcode", "parameters"), INVALID)
def test_invalid_parameters_are_refused(opcode: Opcode, parameters: bytes) -> None:
    """A value that the device does not offer is refused and changes nothing."""
    device = Device(Build(longest=120))
    before = device.back.status()
    assert device.ask(opcode, parameters) == Result.INVALID_PARAMETER
    assert device.back.status() == before


def test_longer_requests_are_accepted() -> None:
    """There is room for a later minor version."""
    device = Device()
    assert device.ask(Opcode.SET_STRENGTH, b"\x02more") == Result.DONE
    assert device.back.strength == 2


@pytest.mark.parametrize("opcode", [0, 9, 0x80, 255])
@pytest.mark.parametrize("state", STATES)
def test_unknown_opcodes_are_refused(opcode: int, state: State) -> None:
    """An unknown opcode has its own result, in a fault too."""
    device = Device()
    REACH[state](device)
    assert device.ask(opcode) == Result.UNKNOWN_OPCODE


@pytest.mark.parametrize(
    ("can_pause", "senses", "pause", "resume"),
    [
        (True, True, Result.NOT_IN_THIS_STATE, Result.NOT_IN_THIS_STATE),
        (True, False, Result.NOT_IN_THIS_STATE, Result.NOT_IN_THIS_STATE),
        (False, True, Result.UNKNOWN_OPCODE, Result.NOT_IN_THIS_STATE),
        (False, False, Result.UNKNOWN_OPCODE, Result.UNKNOWN_OPCODE),
    ],
)
def test_pause_and_resume_are_features(
    can_pause: bool, senses: bool, pause: Result, resume: Result
) -> None:
    """Pause needs bit 0, resume bit 0 or bit 1."""
    device = Device(Build(can_pause=can_pause, senses_occupancy=senses))
    assert device.ask(Opcode.PAUSE) == pause
    assert device.ask(Opcode.RESUME) == resume


def test_order_of_results() -> None:
    """State goes before parameter, parameter before occupancy."""
    device = Device(occupied=False)
    assert device.ask(Opcode.START, b"\x14\x0b\x00\x00") == Result.INVALID_PARAMETER
    assert device.ask(Opcode.START, START) == Result.NOBODY_ON_IT
    device.back.lie_down()
    device.start()
    assert device.ask(Opcode.START, b"\x00") == Result.NOT_IN_THIS_STATE
    device.back.overheat()
    assert device.ask(Opcode.START, b"\x00") == Result.FAULT


def test_no_sensor_requires_no_person() -> None:
    """Without the sensor a session starts, and is not ended by leaving."""
    device = Device(Build(senses_occupancy=False), occupied=False)
    device.treat()
    device.back.lie_down()
    device.back.get_up()
    device.clock.advance(120)
    assert device.state() is State.TREATING
    assert Flags.OCCUPIED not in device.back.status().flags


def test_resume_requires_a_person() -> None:
    """Resume has the condition of start wherever it has an effect."""
    device = Device()
    device.treat()
    device.back.get_up()
    assert device.ask(Opcode.RESUME) == Result.NOBODY_ON_IT
    device.back.lie_down()
    assert device.state() is State.PAUSED
    assert Flags.PERSON_LEFT in device.back.status().flags
    assert device.ask(Opcode.RESUME) == Result.DONE
    assert device.back.status().flags == Flags.OCCUPIED | Flags.LEG_REST_RAISED


# -- The course of a session


def test_course_of_a_completed_session() -> None:
    """Scanning 20 s, treating, then finishing 15 s with the after scan first."""
    device = Device()
    device.start()
    back = device.back
    journal = Journal(back)
    device.clock.advance(20 * 60 + 60)

    states = [(at, status.state) for at, status in journal.all(Status)]
    changes = states[:1] + [now for last, now in pairwise(states) if last[1] != now[1]]
    assert changes == [
        (1, State.SCANNING),
        (20, State.TREATING),
        (1200, State.FINISHING),
        (1215, State.STANDBY),
    ]
    scans = journal.all(Phase)
    assert [scans[0], scans[-1]] == [(18, Phase.BEFORE), (1204, Phase.AFTER)]
    assert {phase for _, phase in scans[1:-1]} == {Phase.LIVE}
    assert scans[1][0] >= 20
    assert scans[-2][0] <= 1200
    assert back.last_end is End.COMPLETED
    assert back.record.session_number == 1
    assert back.record.before is not None
    assert back.record.after is not None


def test_live_scans_come_at_most_twice_a_second() -> None:
    """Live scans keep their distance, also around a pause."""
    device = Device()
    device.treat()
    journal = Journal(device.back)
    device.clock.advance(3.3)
    device.ask(Opcode.PAUSE)
    device.clock.advance(0.1)
    device.ask(Opcode.RESUME)
    device.clock.advance(3)
    times = [at for at, entry in journal.entries if entry is Phase.LIVE]
    assert len(times) == 12
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert min(gaps) >= 0.5 - 1e-9


def test_seconds_left_count_down() -> None:
    """They are rounded up, stand still while paused, and are notified each second."""
    device = Device()
    device.treat(5)
    journal = Journal(device.back)
    device.clock.advance(2.5)
    assert device.back.seconds_left == 278
    device.ask(Opcode.PAUSE)
    device.clock.advance(60)
    assert device.back.seconds_left == 278
    device.ask(Opcode.RESUME)
    device.clock.advance(0.6)
    assert device.back.seconds_left == 277
    times = [at for at, _ in journal.all(Status)]
    assert len([at for at in times if at == int(at)]) == 63
    device.clock.advance(277)
    assert device.back.seconds_left == 0
    assert device.back.last_end is End.COMPLETED


def test_nothing_is_notified_in_standby() -> None:
    """Standby is quiet."""
    device = Device()
    device.treat()
    device.ask(Opcode.STOP)
    device.clock.advance(15)
    journal = Journal(device.back)
    device.clock.advance(1000)
    assert journal.entries == []


def test_setting_the_same_value_notifies_nothing() -> None:
    """Only a change is notified at once."""
    device = Device()
    journal = Journal(device.back)
    strength = device.back.strength
    device.back.request(Opcode.SET_STRENGTH, 1, bytes((strength,)))
    assert [entry for _, entry in journal.entries] == [Answer(5, 1, Result.DONE)]


def test_change_is_notified_before_the_answer() -> None:
    """Status first, then the answer."""
    device = Device()
    journal = Journal(device.back)
    device.back.request(Opcode.SET_STRENGTH, 1, b"\x09")
    device.back.request(Opcode.START, 2, START)
    device.back.request(Opcode.STOP, 3)
    kinds = [type(entry) for _, entry in journal.entries]
    assert kinds == [Status, Answer] * 3


def test_length_exceeds_the_elapsed_time() -> None:
    """It is that of the whole session, and more than the time elapsed."""
    device = Device()
    device.treat(20)
    device.clock.advance(10 * 60 - 20)
    assert device.ask(Opcode.SET_LENGTH, b"\x0a") == Result.INVALID_PARAMETER
    assert device.ask(Opcode.SET_LENGTH, b"\x0b") == Result.DONE
    assert (device.back.length, device.back.seconds_left) == (660, 60)
    device.clock.advance(60)
    assert device.back.last_end is End.COMPLETED
    assert device.back.length == 660


def test_settings_stay_over_a_power_cut() -> None:
    """The settings of a session are those of the next."""
    device = Device()
    device.ask(Opcode.START, bytes((7, 8, 3, 2)))
    back = device.back
    back.switch_off()
    back.switch_on()
    assert (back.strength, back.area, back.flow, back.length) == (8, 3, 2, 420)
    assert back.session_number == 1


# -- Ends


def test_end_by_a_client() -> None:
    """Stop ends a session with 2."""
    device = Device()
    device.treat()
    device.ask(Opcode.STOP)
    assert device.back.last_end is End.STOPPED_BY_CLIENT


def test_stop_moves_nothing_in_standby() -> None:
    """A stop without a session succeeds, and nothing moves."""
    device = Device()
    before = device.back.status()
    journal = Journal(device.back)
    device.back.request(Opcode.STOP, 9)
    device.clock.advance(60)
    assert [entry for _, entry in journal.entries] == [Answer(2, 9, Result.DONE)]
    assert device.back.status() == before


def test_end_at_the_device() -> None:
    """Stopping at the device ends a session with 3."""
    device = Device()
    device.treat()
    device.back.stop_at_device()
    assert device.state() is State.FINISHING
    assert device.back.last_end is End.STOPPED_AT_DEVICE


def test_end_by_leaving_while_scanning() -> None:
    """While scanning there is no grace."""
    device = Device()
    device.start()
    device.clock.advance(3)
    device.back.get_up()
    assert device.state() is State.FINISHING
    assert device.back.last_end is End.PERSON_LEFT
    assert device.back.status().flags == Flags(0)


def test_end_by_leaving_while_treating() -> None:
    """Treating becomes paused, and after 60 s it ends with 4."""
    device = Device()
    device.treat()
    device.back.get_up()
    status = device.back.status()
    assert status.state is State.PAUSED
    assert status.flags == Flags.PERSON_LEFT | Flags.LEG_REST_RAISED
    device.clock.advance(59)
    assert device.state() is State.PAUSED
    device.clock.advance(1)
    assert device.state() is State.FINISHING
    assert device.back.last_end is End.PERSON_LEFT
    assert Flags.PERSON_LEFT not in device.back.status().flags


def test_coming_back_keeps_the_session_paused() -> None:
    """Back in time, the person finds it paused, with 60 new seconds the next time."""
    device = Device()
    device.treat()
    device.back.get_up()
    device.clock.advance(50)
    device.back.lie_down()
    device.clock.advance(100)
    assert device.state() is State.PAUSED
    device.back.get_up()
    device.clock.advance(59)
    assert device.state() is State.PAUSED
    device.clock.advance(1)
    assert device.back.last_end is End.PERSON_LEFT


def test_leaving_a_paused_session() -> None:
    """A paused session ends after 60 s, without the flag that the person left."""
    device = Device()
    in_paused(device)
    device.back.get_up()
    assert Flags.PERSON_LEFT not in device.back.status().flags
    device.clock.advance(60)
    assert device.back.last_end is End.PERSON_LEFT


@pytest.mark.parametrize("who", ["client", "device", "left"])
def test_end_by_a_long_pause(who: str) -> None:
    """10 minutes, however the pause began."""
    device = Device()
    device.treat()
    if who == "client":
        device.ask(Opcode.PAUSE)
    elif who == "device":
        assert device.back.pause_at_device() is Result.DONE
    else:
        device.back.get_up()
        device.back.lie_down()
    device.clock.advance(599)
    assert device.state() is State.PAUSED
    device.clock.advance(1)
    assert device.state() is State.FINISHING
    assert device.back.last_end is End.PAUSED_TOO_LONG


def test_a_new_pause_has_its_own_limit() -> None:
    """The limit is of one pause, not of all together."""
    device = Device()
    in_paused(device)
    device.clock.advance(590)
    device.ask(Opcode.RESUME)
    device.ask(Opcode.PAUSE)
    device.clock.advance(590)
    assert device.state() is State.PAUSED


BREAK: list[tuple[Callable[[Back], None], Fault, bool]] = [
    (Back.block_finger, Fault.FINGER_BLOCKED, True),
    (Back.block_leg_rest, Fault.LEG_REST_BLOCKED, True),
    (Back.overheat, Fault.TOO_HOT, False),
    (Back.fail_internally, Fault.INTERNAL, False),
]


@pytest.mark.parametrize(("break_it", "fault", "stays_up"), BREAK)
@pytest.mark.parametrize("state", [State.SCANNING, State.TREATING, State.PAUSED])
def test_end_by_a_fault(
    state: State, break_it: Callable[[Back], None], fault: Fault, stays_up: bool
) -> None:
    """Movable parts go down; the rest follows when the fault clears."""
    device = Device()
    REACH[state](device)
    device.clock.advance(5)
    back = device.back
    break_it(back)
    assert (back.state, back.fault, back.last_end) == (State.FAULT, fault, End.FAULT)
    assert back.seconds_left == 0
    device.clock.advance(100)
    assert back.leg_rest_raised is (fault is Fault.LEG_REST_BLOCKED)
    back.clear_fault()
    assert back.fault is Fault.NONE
    assert back.state is (State.FINISHING if stays_up else State.STANDBY)
    device.clock.advance(15)
    assert back.state is State.STANDBY
    assert not back.leg_rest_raised


def test_fault_without_a_session() -> None:
    """A fault in standby ends nothing and leaves nothing to lower."""
    device = Device()
    device.back.block_finger()
    assert device.back.last_end is End.NONE
    device.back.clear_fault()
    assert device.state() is State.STANDBY


def test_fault_clears_by_the_power_switch() -> None:
    """Through finishing if something is still raised."""
    device = Device()
    device.treat()
    device.back.block_finger()
    device.clock.advance(30)
    device.back.switch_off()
    device.back.switch_on()
    assert device.state() is State.FINISHING
    assert device.back.last_end is End.FAULT


def test_fault_while_finishing_skips_the_after_scan() -> None:
    """The end is unchanged; fingers not measured are unknown."""
    device = Device()
    device.start(20)
    device.clock.advance(1201)
    device.back.overheat()
    assert device.back.last_end is End.COMPLETED
    device.clock.advance(60)
    assert device.back.record.after is None


@pytest.mark.parametrize(
    ("seconds", "then"), [(2, State.STANDBY), (30, State.FINISHING)]
)
def test_end_by_power(seconds: float, then: State) -> None:
    """Raised or not, a session that ran has end 7."""
    device = Device()
    device.start()
    device.clock.advance(seconds)
    device.back.switch_off()
    assert not device.back.powered
    device.clock.advance(1000)
    device.back.switch_on()
    assert device.state() is then
    assert device.back.last_end is End.POWER_LOST
    assert device.back.seconds_left == 0
    device.clock.advance(15)
    assert device.state() is State.STANDBY


def test_power_cut_while_finishing() -> None:
    """It finishes again, and the end is unchanged."""
    device = Device()
    in_finishing(device)
    device.clock.advance(14)
    device.back.switch_off()
    device.back.switch_on()
    assert device.state() is State.FINISHING
    assert device.back.last_end is End.STOPPED_BY_CLIENT


def test_nothing_is_sent_while_off() -> None:
    """Lying down on a device without power has no effect."""
    device = Device()
    journal = Journal(device.back)
    device.back.switch_off()
    device.back.get_up()
    device.back.stop_at_device()
    device.back.block_finger()
    assert device.back.start_at_device(20) is Result.NOT_IN_THIS_STATE
    assert [entry for _, entry in journal.entries] == ["off"]


# -- The record


def test_record_as_it_left_the_factory() -> None:
    """Nothing measured, number 0."""
    assert Device().back.record == Record()


def test_record_changes_ahead_of_standby() -> None:
    """Before is there with treating, after with standby."""
    device = Device()
    journal = Journal(device.back)
    device.back.start_at_device(20)
    device.clock.advance(1300)
    at: dict[State, Record] = {}
    for (_, status), record in zip(journal.all(Status), journal.records, strict=True):
        at.setdefault(status.state, record)
    assert at[State.TREATING].session_number == 1
    assert at[State.TREATING].before is not None
    assert at[State.FINISHING].after is None
    assert device.back.record.after is not None


def test_record_of_a_session_that_was_not_scanned() -> None:
    """As it stops running the record is of that session, without any scan."""
    device = Device()
    device.start(20)
    device.clock.advance(1300)
    device.start(20)
    device.clock.advance(5)
    assert device.back.record.session_number == 1
    device.ask(Opcode.STOP)
    assert device.back.record == Record(2)


@pytest.mark.parametrize(("minutes", "measured"), [(19, False), (20, True)])
def test_after_scan_needs_20_minutes(minutes: int, measured: bool) -> None:
    """Only completed sessions of at least 20 minutes have an after scan."""
    device = Device()
    device.start(minutes)
    device.clock.advance(minutes * 60 + 15)
    assert device.back.last_end is End.COMPLETED
    assert (device.back.record.after is not None) is measured


def test_no_after_scan_of_a_stopped_session() -> None:
    """However long it was."""
    device = Device()
    device.start(60)
    device.clock.advance(3500)
    device.ask(Opcode.STOP)
    device.clock.advance(15)
    assert device.back.record.before is not None
    assert device.back.record.after is None


def test_a_session_relieves_the_back() -> None:
    """The efforts are plausible and less after than before, where it was treated."""
    device = Device()
    device.ask(Opcode.START, bytes((30, 10, 1, 0)))
    device.clock.advance(1900)
    record = device.back.record
    assert record.before is not None
    assert record.after is not None
    rows = device.back.build.fingers // 2
    touching = [
        (finger % rows, before, after)
        for finger, (before, after) in enumerate(
            zip(record.before, record.after, strict=True)
        )
        if NOT_TOUCHING not in (before, after)
    ]
    assert len(touching) >= device.back.build.fingers - 2
    upper = [(b, a) for row, b, a in touching if 3 * row < rows]
    lower = [(b, a) for row, b, a in touching if 3 * row >= 2 * rows]
    relief = [
        1 - sum(a for _, a in part) / sum(b for b, _ in part) for part in (upper, lower)
    ]
    assert relief[0] > 0.3
    assert 0 <= relief[1] < relief[0] / 2


def test_scan_without_a_person_is_255() -> None:
    """A scan without a person has only 255."""
    device = Device(Build(senses_occupancy=False), occupied=False)
    device.treat()
    assert device.back.record.before == (255,) * 28


# -- Order of the answers


def test_busy_changes_nothing() -> None:
    """Only one request at a time; a busy one changes nothing."""
    device = Device()
    back = device.back
    back.control_point.carry_out_delay = 0.3
    back.control_point.answer_delay = 0.2
    journal = Journal(back)
    back.request(Opcode.SET_STRENGTH, 1, b"\x07")
    back.request(Opcode.SET_STRENGTH, 2, b"\x08")
    back.request(99, 3)
    assert [entry for _, entry in journal.entries] == [
        Answer(5, 2, Result.BUSY),
        Answer(99, 3, Result.BUSY),
    ]
    device.clock.advance(0.4)
    assert back.strength == 7
    assert len(journal.all(Answer)) == 2
    device.clock.advance(0.1)
    assert journal.entries[-1] == (0.5, Answer(5, 1, Result.DONE))
    back.request(Opcode.SET_STRENGTH, 4, b"\x08")
    device.clock.advance(0.5)
    assert back.strength == 8


def test_a_request_is_answered_when_its_answer_is_taken() -> None:
    """An answer that waits for an earlier indication keeps the device busy."""
    device = Device()
    device.back.request(Opcode.SET_STRENGTH, 1, b"\x07")
    device.back.request(Opcode.SET_STRENGTH, 2, b"\x08")
    assert device.back.take_answer() == Answer(5, 1, Result.DONE)
    assert device.back.take_answer() == Answer(5, 2, Result.BUSY)
    assert device.back.take_answer() is None


def test_stop_overtakes_what_is_not_carried_out() -> None:
    """It is abandoned without effect and answered 6, after the stop."""
    device = Device()
    back = device.back
    back.control_point.carry_out_delay = 0.5
    journal = Journal(back)
    back.request(Opcode.START, 1, START)
    device.clock.advance(0.4)
    back.request(Opcode.STOP, 2)
    device.clock.advance(10)
    assert [entry for _, entry in journal.entries] == [
        Answer(2, 2, Result.DONE),
        Answer(1, 1, Result.BUSY),
    ]
    assert back.session_number == 0
    assert [request.result for request in back.requests] == [Result.BUSY, Result.DONE]


def test_stop_overtakes_what_is_carried_out() -> None:
    """Its own answer comes after the stop's, and says 0."""
    device = Device()
    back = device.back
    back.control_point.answer_delay = 0.5
    back.request(Opcode.START, 1, START)
    back.request(Opcode.STOP, 2)
    back.request(Opcode.STOP, 3)
    answers = [back.take_answer() for _ in range(4)]
    assert answers == [
        Answer(2, 2, Result.DONE),
        Answer(2, 3, Result.DONE),
        Answer(1, 1, Result.DONE),
        None,
    ]
    assert back.state is State.FINISHING
    device.clock.advance(1)
    assert back.take_answer() is None


def test_losing_the_link_drops_what_is_not_carried_out() -> None:
    """And changes nothing in a session."""
    device = Device()
    back = device.back
    back.control_point.carry_out_delay = 0.5
    back.request(Opcode.START, 1, START)
    back.link_lost()
    device.clock.advance(5)
    assert device.state() is State.STANDBY
    assert back.take_answer() is None
    back.request(Opcode.START, 1, START)
    device.clock.advance(0.5)
    back.link_lost()
    assert device.state() is State.SCANNING
    assert back.take_answer() is None
    back.request(Opcode.SET_STRENGTH, 1, b"\x08")
    device.clock.advance(0.5)
    assert back.take_answer() == Answer(5, 1, Result.DONE)


def test_requests_without_a_token() -> None:
    """They are dropped, except stop, which is answered with token 0."""
    device = Device()
    device.treat()
    device.back.request(Opcode.PAUSE, None)
    device.back.request(77, None)
    assert device.back.take_answer() is None
    assert device.back.control_point.dropped == 2
    device.back.request(Opcode.STOP, None)
    assert device.back.take_answer() == Answer(2, 0, Result.DONE)
    assert device.state() is State.FINISHING


def test_requests_are_recorded() -> None:
    """Every request is recorded, in order, with its result."""
    device = Device()
    device.clock.advance(3)
    device.ask(Opcode.START, START)
    device.ask(Opcode.START, START)
    device.back.request(9, None, b"?")
    assert device.back.requests == [
        Request(3, 1, 1, START, Result.DONE, 1),
        Request(3, 1, 2, START, Result.NOT_IN_THIS_STATE, 1),
        Request(3, 9, None, b"?", None, 1),
    ]


def test_the_record_of_requests_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest ones are forgotten."""
    monkeypatch.setattr("simulator.control_point.REQUEST_LIMIT", 3)
    device = Device()
    for _ in range(5):
        device.ask(Opcode.STOP)
    assert [request.token for request in device.back.requests] == [3, 4, 5]


# -- At the device


def test_buttons_of_the_device_have_the_same_conditions() -> None:
    """A request at the device is checked like a client's."""
    device = Device(occupied=False)
    back = device.back
    assert back.start_at_device(20) is Result.NOBODY_ON_IT
    assert back.start_at_device(61) is Result.INVALID_PARAMETER
    back.lie_down()
    assert back.start_at_device(20, 2, 3, 1) is Result.DONE
    assert back.pause_at_device() is Result.NOT_IN_THIS_STATE
    device.clock.advance(20)
    assert back.pause_at_device() is Result.DONE
    assert back.resume_at_device() is Result.DONE
    assert back.set_at_device(strength=5, minutes=30) is Result.DONE
    assert (back.strength, back.length) == (5, 1800)
    assert back.set_at_device(strength=11, area=0) is Result.INVALID_PARAMETER
    assert back.area == 3
    assert back.requests == []


def test_closing_cancels_every_timer() -> None:
    """A closed device stands still."""
    device = Device()
    device.treat()
    device.back.close()
    before = device.back.status()
    journal = Journal(device.back)
    device.clock.advance(5000)
    assert journal.entries == []
    assert replace(device.back.status(), seconds_left=0) == replace(
        before, seconds_left=0
    )


def test_another_build() -> None:
    """New firmware may offer less; the settings follow."""
    device = Device()
    device.treat()
    with pytest.raises(RuntimeError):
        device.back.become(Build())
    device.clock.advance(2000)
    device.back.set_at_device(strength=9, area=5, flow=3, minutes=60)
    journal = Journal(device.back)
    device.back.become(
        Build(strengths=4, areas=(1, 2), flows=(4,), longest=30, fingers=24)
    )
    status = device.back.status()
    assert (status.strength, status.area, status.flow, status.length) == (4, 1, 4, 1800)
    assert len(journal.entries) == 1
    assert device.back.record == Record(1)
    device.back.start_at_device(20)
    device.clock.advance(20)
    assert len(device.back.record.before or ()) == 24


@pytest.mark.parametrize(
    "changes",
    [
        {"strengths": 0},
        {"strengths": 21},
        {"fingers": 27},
        {"fingers": 0},
        {"fingers": 66},
        {"areas": ()},
        {"areas": (16,)},
        {"flows": ()},
        {"shortest": 0},
        {"shortest": 61, "longest": 70},
        {"shortest": 30, "longest": 29},
        {"longest": 256},
        {"major": 256},
        {"mtu": 22},
        {"mtu": 518},
        {"address": "00:11:22:33:44:55"},
    ],
)
def test_builds_that_contradict_the_profile(changes: dict[str, object]) -> None:
    """They are refused; wrong Features are a fault, not a build."""
    with pytest.raises(ValueError, match="must be"):
        replace(Build(), **changes)  # type: ignore[arg-type]


ACTIONS: list[Callable[[Device], object]] = [
    *(
        lambda device, opcode=opcode, parameters=parameters: device.ask(
            opcode, parameters
        )
        for opcode, parameters in REQUESTS.items()
    ),
    lambda device: device.clock.advance(7),
    lambda device: device.clock.advance(61),
    lambda device: device.clock.advance(601),
    lambda device: device.back.lie_down(),
    lambda device: device.back.get_up(),
    lambda device: device.back.switch_off(),
    lambda device: device.back.switch_on(),
    lambda device: device.back.block_finger(),
    lambda device: device.back.block_leg_rest(),
    lambda device: device.back.clear_fault(),
]


@given(st.lists(st.sampled_from(ACTIONS), max_size=30))
def test_status_is_always_consistent(
    actions: list[Callable[[Device], object]],
) -> None:
    """Whatever happens, in any order."""
    device = Device(Build(fingers=2))
    for action in actions:
        action(device)
        status = device.back.status()
        assert (status.fault is Fault.NONE) is (status.state is not State.FAULT)
        assert 0 < status.length <= 3600
        running = status.state in (State.SCANNING, State.TREATING, State.PAUSED)
        assert (status.seconds_left > 0) is running
        assert status.seconds_left <= status.length
        assert (Flags.PERSON_LEFT not in status.flags) or status.state is State.PAUSED
        if status.state in (State.SCANNING, State.TREATING):
            assert Flags.OCCUPIED in status.flags
        if status.state is State.STANDBY and device.back.powered:
            assert not device.back.leg_rest_raised
        assert (status.last_end is not End.NONE) or status.session_number <= 1
