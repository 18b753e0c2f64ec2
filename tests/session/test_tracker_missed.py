"""Sessions that the tracker did not see, and counters of sessions."""

from copy import replace
from datetime import timedelta

import pytest

from custom_components.backhug.device.model import (
    SessionEnd,
    Snapshot,
    State,
)
from custom_components.backhug.session.events import SessionEventType
from custom_components.backhug.session.record import Session
from custom_components.backhug.session.tracker import (
    FINISHING_PATIENCE,
    MOST_MISSED,
    Tracker,
    TrackerState,
)

from .tracked_device import AFTER, BEFORE, FEATURES, NOON, Device


@pytest.mark.parametrize("restart", [False, True])
def test_missed(device: Device, *, restart: bool) -> None:
    """Events without a connection are reported once, as missed."""

    def away() -> None:
        if restart:
            device.restart()
        device.away(30)

    away()
    assert device.look() == []
    away()
    assert device.see(State.TREATING, session=5, seconds_left=1100) == [
        (SessionEventType.STARTED, 5, True)
    ]
    started = device.now - timedelta(seconds=100)
    away()
    assert device.look() == []
    away()
    assert device.see(State.PAUSED, seconds_left=1000) == [
        (SessionEventType.PAUSED, 5, True)
    ]
    away()
    assert device.look() == []
    away()
    assert device.see(State.TREATING) == [(SessionEventType.RESUMED, 5, True)]
    device.now += timedelta(seconds=50)
    away()
    assert device.end(SessionEnd.STOPPED_AT_DEVICE) == [
        (SessionEventType.STOPPED, 5, True)
    ]
    away()
    assert device.look() == []
    (session,) = device.sessions
    assert session.started == started
    assert session.missed
    assert session.treated == 250


@pytest.mark.parametrize("restart", [False, True])
def test_completed_while_away(device: Device, *, restart: bool) -> None:
    """The record that is read on reconnection is final: no waiting."""
    device.run()
    device.away(5000)
    if restart:
        device.restart()
    device.measure(after=True)
    assert device.end(SessionEnd.COMPLETED, State.STANDBY) == [
        (SessionEventType.COMPLETED, 5, True)
    ]
    (session,) = device.sessions
    assert session.treated == 1200
    # As it was seen to run, it ended when its time was up.
    ended = device.now if restart else NOON + timedelta(seconds=1200)
    assert session.ended == ended
    device.away(1)
    assert device.run(6) == [(SessionEventType.STARTED, 6, True)]
    device.away(5000)
    assert device.end(SessionEnd.COMPLETED, State.STANDBY) == [
        (SessionEventType.COMPLETED, 6, True)
    ]


def test_finishing_on_reconnection(device: Device) -> None:
    """The tension after may still come."""
    device.run()
    device.away(1201)
    assert device.end(SessionEnd.COMPLETED) == []
    device.measure(after=True)
    assert device.see(State.STANDBY) == [(SessionEventType.COMPLETED, 5, True)]


def test_lost_while_finishing(device: Device) -> None:
    """An end that was seen is not missed, even if it is reported after a restart."""
    device.run()
    device.now += timedelta(seconds=1200)
    device.end(SessionEnd.COMPLETED)
    device.away(5)
    device.restart()
    assert device.tracker.patience == FINISHING_PATIENCE
    assert device.see(State.STANDBY) == [(SessionEventType.COMPLETED, 5, False)]
    assert device.sessions[-1].treated == 1200


def test_unseen_sessions(device: Device) -> None:
    """The last one is reported with its end; those before it are only counted."""
    device.away(86400)
    device.measure(8, after=True)
    assert device.end(SessionEnd.COMPLETED, State.STANDBY, session=8, length=1500) == [
        (SessionEventType.COMPLETED, 8, True)
    ]
    assert device.sessions[:3] == [
        Session(number=number, missed=True) for number in (5, 6, 7)
    ]
    last = device.sessions[3]
    assert (last.minutes, last.treated, last.started) == (25, 1500, None)
    assert last.after == AFTER
    device.away(1)
    assert device.end(SessionEnd.PERSON_LEFT, State.STANDBY, session=9) == [
        (SessionEventType.PERSON_LEFT, 9, True)
    ]
    assert device.sessions[-1].treated is None
    assert len(device.sessions) == 5


def test_another_session_than_the_one_left(device: Device) -> None:
    """A running session is counted, with an unknown end."""
    device.run()
    device.now += timedelta(seconds=60)
    device.away(86400)
    assert device.run(7) == [(SessionEventType.STARTED, 7, True)]
    five, six = device.sessions
    assert (five.number, five.started, five.treated) == (5, NOON, 60)
    assert (five.missed, five.ended, five.ended_by) == (True, None, None)
    assert six == Session(number=6, missed=True)


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (SessionEnd.STOPPED_AT_DEVICE, SessionEventType.STOPPED),
        (SessionEnd.PERSON_LEFT, SessionEventType.PERSON_LEFT),
    ],
)
def test_next_session_runs_on_reconnection(
    device: Device, end: SessionEnd, kind: SessionEventType
) -> None:
    """The last end is that of the session before: it is reported before the next start."""
    device.run()
    device.now += timedelta(seconds=60)
    device.away(600)
    device.measure()
    assert device.run(6, last_end=end, strength=9, seconds_left=1180) == [
        (kind, 5, True),
        (SessionEventType.STARTED, 6, True),
    ]
    (five,) = device.sessions
    assert (five.ended_by, five.treated, five.strength) == (end, 60, 3)
    assert five.ended == device.now - timedelta(seconds=20)
    assert five.before == BEFORE
    assert device.end(SessionEnd.STOPPED_AT_DEVICE) == [
        (SessionEventType.STOPPED, 6, False)
    ]


@pytest.mark.parametrize("restart", [False, True])
def test_completed_before_the_next_session(device: Device, *, restart: bool) -> None:
    """A completed session ran as long as it was set, and was over when its time was up."""
    device.run()
    device.away(5000)
    if restart:
        device.restart()
    assert device.run(6) == [
        (SessionEventType.COMPLETED, 5, True),
        (SessionEventType.STARTED, 6, True),
    ]
    (five,) = device.sessions
    assert five.treated == 1200
    assert five.ended == (device.now if restart else NOON + timedelta(seconds=1200))


def test_next_session_is_over_on_reconnection(device: Device) -> None:
    """The last end is that of the last session: that of the one before stays unknown."""
    device.run()
    device.now += timedelta(seconds=60)
    device.away(5000)
    assert device.end(SessionEnd.PERSON_LEFT, State.STANDBY, session=6) == [
        (SessionEventType.PERSON_LEFT, 6, True)
    ]
    five, _ = device.sessions
    assert (five.missed, five.treated) == (True, 60)
    assert (five.ended, five.ended_by) == (None, None)


def test_missed_start(device: Device) -> None:
    """A lost notification: only the end is reported, as missed."""
    assert device.end(SessionEnd.STOPPED_AT_DEVICE, session=5) == [
        (SessionEventType.STOPPED, 5, True)
    ]


def test_first_look() -> None:
    """Earlier sessions of a new device are not reported, the current one is."""
    device = Device(Tracker(TrackerState()))
    assert device.end(SessionEnd.COMPLETED, State.STANDBY, session=300) == []
    assert device.sessions == []
    assert device.run(301) == [(SessionEventType.STARTED, 301, False)]
    device = Device(Tracker(TrackerState()))
    assert device.run(300) == [(SessionEventType.STARTED, 300, True)]
    assert device.sessions == []


def test_counter_goes_back(device: Device) -> None:
    """After a repair the device counts from the beginning."""
    assert device.end(SessionEnd.NONE, State.STANDBY, session=0) == []
    assert device.run(1) == [(SessionEventType.STARTED, 1, False)]


def test_counter_overflows() -> None:
    """0 follows the highest number, also among those that were missed."""
    device = Device(Tracker(TrackerState(last=2**32 - 1)))
    assert device.run(0) == [(SessionEventType.STARTED, 0, True)]
    device = Device(Tracker(TrackerState(last=2**32 - 2)))
    assert device.run(1) == [(SessionEventType.STARTED, 1, True)]
    assert [session.number for session in device.sessions] == [2**32 - 1, 0]


def test_counter_returns(device: Device) -> None:
    """A counter that goes back and returns has not counted the sessions in between twice."""
    for _ in range(2):
        assert device.end(SessionEnd.NONE, State.STANDBY, session=0) == []
        device.restart()
        assert device.end(SessionEnd.COMPLETED, State.STANDBY, session=4) == []
    assert device.sessions == []
    device.end(SessionEnd.NONE, State.STANDBY, session=0)
    device.end(SessionEnd.PERSON_LEFT, State.STANDBY, session=6)
    assert [session.number for session in device.sessions] == [5, 6]


def test_counter_stays_back(device: Device) -> None:
    """A device that counts from the beginning misses no session while it is below its former number."""
    device.end(SessionEnd.NONE, State.STANDBY, session=0)
    device.end(SessionEnd.PERSON_LEFT, State.STANDBY, session=3)
    assert [session.number for session in device.sessions] == [1, 2, 3]


def test_first_look_again(device: Device) -> None:
    """The current session is over when the device counts from elsewhere; nothing of the past is reported."""
    device.run()
    assert device.status is not None
    update = device.tracker.follow(
        Snapshot(
            connected=True,
            features=FEATURES,
            status=replace(device.status, state=State.STANDBY, session=300),
            settings=None,
        ),
        NOON,
        0,
        first=True,
    )
    assert update.events == []
    assert [session.number for session in update.sessions] == [5]
    assert device.tracker.state == TrackerState(last=300, measurable=False)


@pytest.mark.parametrize("session", [0, 300])
def test_number_that_was_only_read_is_not_measured(
    device: Device, session: int
) -> None:
    """The record of a session that was not reported belongs to none in the history."""
    device.end(SessionEnd.COMPLETED)
    assert device.tracker.state.measurable
    device.tracker = Tracker(TrackerState(last=None if session else 4))
    device.end(SessionEnd.COMPLETED, State.STANDBY, session=session)
    assert not device.tracker.state.measurable
    device.restart()
    assert not device.tracker.state.measurable
    device.run(session + 1)
    device.end(SessionEnd.STOPPED_AT_DEVICE)
    assert device.tracker.state.measurable


def test_counter_jumps(device: Device) -> None:
    """No jump, however far, displaces known sessions."""
    device.run(100_000)
    assert len(device.sessions) == MOST_MISSED
    assert device.sessions[-1].number == 99_999
