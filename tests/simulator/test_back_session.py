"""The course of a session at the simulated device, and its ends."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from simulator.back import (
    Answer,
    Back,
    End,
    Fault,
    Flags,
    Opcode,
    Phase,
    Result,
    State,
    Status,
)

from .back_device import REACH, START, Device, Journal, in_finishing, in_paused


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
