"""The record of the last session, and the order of answers."""

import pytest

from simulator.back import (
    NOT_TOUCHING,
    Answer,
    Build,
    End,
    Opcode,
    Record,
    Request,
    Result,
    State,
    Status,
)

from .back_device import START, Device, Journal


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
