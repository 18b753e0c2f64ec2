"""The tracker: every session event exactly once."""

from copy import replace
from datetime import timedelta
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
    State,
    TensionScan,
)
from custom_components.backhug.session.events import SessionEventType
from custom_components.backhug.session.record import Session, Tension
from custom_components.backhug.session.tracker import (
    FINISHING_PATIENCE,
    STANDBY_PATIENCE,
    Tracker,
    TrackerState,
)

from .tracked_device import AFTER, BEFORE, FEATURES, NOON, Device


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
