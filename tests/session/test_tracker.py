"""The tracker: every session event exactly once."""

from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from typing import Any

import pytest

from custom_components.backhug.device.model import (
    Area,
    Features,
    Flow,
    Phase,
    Region,
    SessionEnd,
    Snapshot,
    State,
    Status,
    TensionRecord,
    TensionScan,
)
from custom_components.backhug.session.events import SessionEvent, SessionEventType
from custom_components.backhug.session.record import Session, Tension
from custom_components.backhug.session.tracker import (
    FINISHING_PATIENCE,
    MOST_MISSED,
    STANDBY_PATIENCE,
    Tracker,
    TrackerState,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FEATURES = Features(
    strength_levels=10,
    fingers=6,
    areas=tuple(Area),
    flows=tuple(Flow),
    min_minutes=5,
    max_minutes=60,
    can_pause=True,
    senses_occupancy=True,
    reports_leg_rest=True,
    measures_tension=True,
)
BEFORE = TensionScan(Phase.BEFORE, (254, 127, 127, 254, None, 0))
AFTER = TensionScan(Phase.AFTER, (127, 127, 0, 254, 254, None))


@dataclass
class Device:
    """A device as the tracker sees it, and what is reported."""

    tracker: Tracker = field(default_factory=lambda: Tracker(TrackerState(last=4)))
    features: Features = FEATURES
    status: Status | None = field(
        default_factory=lambda: Status(
            state=State.STANDBY,
            fault=None,
            strength=3,
            area=Area.FULL_BACK,
            flow=Flow.SLOW,
            occupied=True,
            leg_rest_raised=False,
            paused_by_leaving=False,
            length=1200,
            seconds_left=0,
            session=4,
            last_end=SessionEnd.COMPLETED,
        )
    )
    record: TensionRecord | None = None
    connected: bool = True
    now: datetime = NOON
    programme: str | None = None
    events: list[SessionEvent] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    def look(self) -> list[tuple[SessionEventType, int, bool]]:
        """Follow a snapshot; return the events."""
        ends_at = None
        if (
            self.status is not None
            and self.status.running
            and self.status.state is not State.PAUSED
        ):
            ends_at = self.now + timedelta(seconds=self.status.seconds_left)
        update = self.tracker.follow(
            Snapshot(
                connected=self.connected,
                features=self.features,
                status=self.status,
                settings=None,
                ends_at=ends_at,
                record=self.record,
            ),
            self.now,
            (self.now - NOON).total_seconds(),
            self.programme,
        )
        self.events += update.events
        self.sessions += update.sessions
        return [
            (event.type, event.session.number, event.missed) for event in update.events
        ]

    def see(
        self, state: State, **changes: Any
    ) -> list[tuple[SessionEventType, int, bool]]:
        """Show the device in a state."""
        assert self.status is not None
        self.status = replace(self.status, state=state, **changes)
        return self.look()

    def change(self, **settings: Any) -> bool:
        """Show other settings; return whether they are to be saved."""
        assert self.status is not None
        self.status = replace(self.status, **settings)
        return self.tracker.see(self.status)

    def run(
        self, session: int = 5, **changes: Any
    ) -> list[tuple[SessionEventType, int, bool]]:
        """Show a session that has just begun."""
        assert self.status is not None
        left = {"seconds_left": self.status.length}
        return self.see(State.SCANNING, session=session, **(left | changes))

    def end(
        self, end: SessionEnd, state: State = State.FINISHING, **changes: Any
    ) -> list[tuple[SessionEventType, int, bool]]:
        """Show the end of the session."""
        return self.see(state, seconds_left=0, last_end=end, **changes)

    def away(self, seconds: float) -> None:
        """Lose the connection for some time."""
        self.connected = False
        assert self.look() == []
        self.connected = True
        self.now += timedelta(seconds=seconds)

    def restart(self) -> None:
        """Restart Home Assistant, with the stored state."""
        self.connected = False
        self.look()
        stored = json.loads(json.dumps(self.tracker.state.as_dict()))
        self.tracker = Tracker(TrackerState.from_dict(stored))
        self.connected = True

    def measure(self, session: int = 5, *, after: bool = False) -> None:
        """Give the device a Tension record."""
        self.record = TensionRecord(session, BEFORE, AFTER if after else None)

    def give_up(self) -> list[tuple[SessionEventType, int, bool]]:
        """Stop waiting for the tension after."""
        update = self.tracker.give_up()
        self.sessions += update.sessions
        return [
            (event.type, event.session.number, event.missed) for event in update.events
        ]


@pytest.fixture
def device() -> Device:
    """Return a device that was seen in standby after its fourth session."""
    device = Device()
    assert device.look() == []
    return device


def test_a_whole_session(device: Device) -> None:
    """Each event is reported once, the end as soon as the tension after is known."""
    device.programme = "Evening"
    assert device.run() == [(SessionEventType.STARTED, 5, False)]
    device.programme = None
    assert device.look() == []
    device.now += timedelta(seconds=20)
    device.measure()
    assert device.see(State.TREATING, seconds_left=1180) == []
    assert device.see(State.PAUSED) == [(SessionEventType.PAUSED, 5, False)]
    assert device.see(State.PAUSED, strength=4) == []
    device.now += timedelta(seconds=60)
    assert device.see(State.TREATING) == [(SessionEventType.RESUMED, 5, False)]
    device.now += timedelta(seconds=1180)
    assert device.end(SessionEnd.COMPLETED) == []
    assert device.tracker.patience == FINISHING_PATIENCE
    assert device.see(State.STANDBY, strength=9, length=600) == []
    assert device.tracker.patience == STANDBY_PATIENCE
    device.measure(after=True)
    assert device.look() == [(SessionEventType.COMPLETED, 5, False)]
    assert device.look() == []
    assert device.sessions == [
        Session(
            number=5,
            started=NOON,
            ended=NOON + timedelta(seconds=1260),
            ended_by=SessionEnd.COMPLETED,
            programme="Evening",
            minutes=20,
            treated=1200,
            strength=4,
            area=Area.FULL_BACK,
            flow=Flow.SLOW,
            before=BEFORE,
            after=AFTER,
        )
    ]
    assert device.events[0].as_dict() == {
        "session": 5,
        "missed": False,
        "ended_by": None,
        "programme": "Evening",
        "minutes": 20,
        "strength": 3,
        "area": "full_back",
        "flow": "slow",
        "tension_before": None,
        "tension_after": None,
    }
    assert device.events[-1].as_dict()["ended_by"] == "completed"
    assert device.events[-1].as_dict()["tension_before"] == 60
    assert device.events[-1].as_dict()["tension_after"] == 60


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (SessionEnd.NONE, SessionEventType.STOPPED),
        (SessionEnd.STOPPED_BY_CLIENT, SessionEventType.STOPPED),
        (SessionEnd.STOPPED_AT_DEVICE, SessionEventType.STOPPED),
        (SessionEnd.PERSON_LEFT, SessionEventType.PERSON_LEFT),
        (SessionEnd.FAULT, SessionEventType.FAULT),
        (SessionEnd.PAUSED_TOO_LONG, SessionEventType.STOPPED),
        (SessionEnd.POWER_LOST, SessionEventType.STOPPED),
        (SessionEnd.UNKNOWN, SessionEventType.STOPPED),
    ],
)
def test_other_ends_are_reported_at_once(
    device: Device, end: SessionEnd, kind: SessionEventType
) -> None:
    """They say what ended the session, and how long it ran."""
    device.run()
    device.now += timedelta(seconds=100)
    assert device.end(end) == [(kind, 5, False)]
    assert device.events[-1].session.ended_by is end
    assert device.events[-1].session.treated == 100
    assert device.see(State.STANDBY) == []
    assert len(device.sessions) == 1


def test_changed_settings_are_applied(device: Device) -> None:
    """Changed settings are no event, and appear in the session."""
    device.run()
    assert device.change(strength=7)
    assert not device.change(strength=8, area=Area.LOWER_BACK), "the first one waits"
    current = device.tracker.state.current
    assert current is not None
    assert (current.strength, current.area) == (8, Area.LOWER_BACK)
    assert device.change(flow=Flow.FAST), "they were taken up"
    assert device.end(SessionEnd.STOPPED_AT_DEVICE) == [
        (SessionEventType.STOPPED, 5, False)
    ]
    assert device.sessions[-1].flow is Flow.FAST
    assert not device.change(strength=2), "no session runs"
    assert device.sessions[-1].strength == 8


def test_settings_as_the_link_was_lost(device: Device) -> None:
    """The last settings seen are kept; changes without a connection are not seen."""
    device.run()
    device.change(strength=7)
    device.away(60)
    device.connected = False
    assert not device.change(strength=9)
    device.connected = True
    assert device.end(SessionEnd.STOPPED_AT_DEVICE, strength=9) == [
        (SessionEventType.STOPPED, 5, True)
    ]
    assert device.sessions[-1].strength == 7


def test_length_in_a_pause(device: Device) -> None:
    """A length changed in a pause does not count as treatment."""
    device.run()
    device.see(State.PAUSED, seconds_left=1100)
    device.change(length=1800, seconds_left=1700)
    assert device.end(SessionEnd.STOPPED_AT_DEVICE) == [
        (SessionEventType.STOPPED, 5, False)
    ]
    assert (device.sessions[-1].minutes, device.sessions[-1].treated) == (30, 100)


def test_ended_in_a_pause(device: Device) -> None:
    """A pause does not count as treatment."""
    device.run()
    device.see(State.PAUSED, seconds_left=1100)
    device.now += timedelta(seconds=600)
    assert device.end(SessionEnd.PAUSED_TOO_LONG) == [
        (SessionEventType.STOPPED, 5, False)
    ]
    assert device.sessions[-1].treated == 100


@pytest.mark.parametrize(
    ("length", "features"),
    [(1140, FEATURES), (1200, replace(FEATURES, measures_tension=False))],
)
def test_no_tension_after_to_wait_for(
    device: Device, length: int, features: Features
) -> None:
    """Shorter than 20 minutes, or without measurement: completion is reported at once."""
    device.features = features
    device.run(length=length, seconds_left=length)
    assert device.end(SessionEnd.COMPLETED) == [(SessionEventType.COMPLETED, 5, False)]
    assert device.sessions[-1].treated == length


def test_patience_ends(device: Device) -> None:
    """A completed session is reported without its tension after if that does not come."""
    assert device.give_up() == []
    device.run()
    assert device.give_up() == []
    assert device.end(SessionEnd.COMPLETED) == []
    # The next length is another matter.
    assert device.see(State.STANDBY, length=300) == []
    assert device.give_up() == [(SessionEventType.COMPLETED, 5, False)]
    assert device.sessions[-1].minutes == 20
    device.measure(after=True)
    assert device.look() == []
    assert len(device.sessions) == 1


def test_next_session_before_the_tension_after(device: Device) -> None:
    """The end is reported before the next start."""
    device.run()
    device.end(SessionEnd.COMPLETED)
    assert device.run(6) == [
        (SessionEventType.COMPLETED, 5, False),
        (SessionEventType.STARTED, 6, False),
    ]


def test_number_used_twice(device: Device) -> None:
    """A device that loses its count with the power may use a number again."""
    device.run()
    device.end(SessionEnd.COMPLETED)
    assert device.run(5) == [
        (SessionEventType.COMPLETED, 5, False),
        (SessionEventType.STARTED, 5, False),
    ]
    device.end(SessionEnd.STOPPED_AT_DEVICE)
    assert device.run(5) == [(SessionEventType.STARTED, 5, False)]


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


def test_unknown_states_report_nothing(device: Device) -> None:
    """Neither an unknown state nor a malformed status is an event."""
    device.run()
    assert device.see(State.UNKNOWN, session=9) == []
    status, device.status = device.status, None
    assert device.look() == []
    device.status = status
    assert device.see(State.TREATING, session=5) == []


def test_lost_in_a_pause(device: Device) -> None:
    """The time that the session was seen to run is kept."""
    device.run()
    device.see(State.PAUSED, seconds_left=1000)
    device.away(60)
    assert device.end(SessionEnd.PAUSED_TOO_LONG) == [
        (SessionEventType.STOPPED, 5, True)
    ]
    assert device.sessions[-1].treated == 200


def test_restart_in_a_session(device: Device) -> None:
    """After a power cut of Home Assistant nothing is known of how long it ran before."""
    device.run()
    stored = json.loads(json.dumps(device.tracker.state.as_dict()))
    device.tracker = Tracker(TrackerState.from_dict(stored))
    device.connected = False
    device.look()
    device.connected = True
    assert device.end(SessionEnd.STOPPED_AT_DEVICE) == [
        (SessionEventType.STOPPED, 5, True)
    ]
    assert device.sessions[-1].treated is None


def test_restart_while_the_tension_after_is_awaited(device: Device) -> None:
    """The end is stored until then."""
    device.run()
    device.measure()
    device.end(SessionEnd.COMPLETED)
    device.restart()
    assert device.give_up() == [(SessionEventType.COMPLETED, 5, False)]
    assert device.sessions[-1].before == BEFORE


def test_another_record(device: Device) -> None:
    """The record of another session is not this one's."""
    device.measure(4, after=True)
    device.run()
    assert device.events[-1].session.before is None


def test_tension() -> None:
    """Change is over the fingers that touched both times; negative is less."""
    session = Session(number=1, before=BEFORE, after=AFTER)
    assert session.tension_before is not None
    assert session.tension_before.shown() == {
        "back": 60.0,
        "regions": {
            "left_upper": 100.0,
            "left_mid": 50.0,
            "left_lower": 50.0,
            "right_upper": 100.0,
            "right_mid": None,
            "right_lower": 0.0,
        },
        "fingers": [100.0, 50.0, 50.0, 100.0, None, 0.0],
    }
    assert session.tension_after is not None
    assert session.tension_after.back == 60
    change = session.tension_change
    assert change is not None
    assert change.back == -25
    assert change.regions == {
        Region.LEFT_UPPER: -50,
        Region.LEFT_MID: 0,
        Region.LEFT_LOWER: -50,
        Region.RIGHT_UPPER: 0,
        Region.RIGHT_MID: None,
        Region.RIGHT_LOWER: None,
    }
    assert change.fingers == (-50, 0, -50, 0, None, None)


def test_tension_that_was_not_measured() -> None:
    """A tension that was not measured is None."""
    session = Session(number=1)
    assert session.tension_before is session.tension_after is None
    assert session.tension_change is None
    assert replace(session, before=BEFORE).tension_change is None
    other = TensionScan(Phase.AFTER, (1, 2))
    assert replace(session, before=BEFORE, after=other).tension_change is None
    nobody = TensionScan(Phase.BEFORE, (None,) * 6)
    assert Tension.change(nobody, AFTER).back is None


def test_stored_by_a_later_version() -> None:
    """Keys of a later version are ignored."""
    stored = Session(number=1, area=Area.FULL_BACK, started=NOON).as_dict()
    assert stored == {
        "number": 1,
        "started": "2026-05-01T12:00:00+00:00",
        "missed": False,
        "area": "full_back",
    }
    stored |= {"area": "tail", "mood": "fine"}
    assert Session.from_dict(stored) == Session(number=1, started=NOON)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("started", {"zone": "CET"}),
        ("started", "yesterday"),
        ("ended", "2026-05-01T12:00:00"),
        ("ended_by", 3),
        ("ended_by", "fell_asleep"),
        ("programme", ["a", "b"]),
        ("minutes", "twenty"),
        ("treated", 12.5),
        ("strength", {"left": 3, "right": 4}),
        ("area", ["full_back"]),
        ("flow", "tide"),
        ("before", {"left": [1, 2]}),
        ("before", [1, 2, "3"]),
        ("after", [1, 300]),
        ("after", [1, 2, 3]),
        ("after", []),
    ],
)
def test_unreadable_field(name: str, value: object) -> None:
    """It is not known; the rest of the session is."""
    session = Session(number=1, started=NOON, ended=NOON, minutes=20, before=BEFORE)
    stored = session.as_dict() | {name: value}
    unknown: dict[str, Any] = {name: None}
    assert Session.from_dict(stored) == replace(session, **unknown)


def test_known() -> None:
    """A session of which only the number is known was counted, not seen."""
    assert not Session(number=7).known
    assert not Session(number=7, missed=True).known
    assert Session(number=7, missed=True, treated=60).known


def test_assign_concerns_the_running_session_only(device: Device) -> None:
    """Without a session nothing is made another person's."""
    device.tracker.assign("anna")
    device.run()
    current = device.tracker.state.current
    assert current is not None
    assert current.person is None
    device.tracker.assign("anna")
    current = device.tracker.state.current
    assert current is not None
    assert current.person == "anna"
