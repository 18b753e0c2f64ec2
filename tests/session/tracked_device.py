"""A device whose status the tracker follows."""

from copy import replace
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from typing import Any

from custom_components.backhug.device.model import (
    Area,
    Features,
    Flow,
    Phase,
    SessionEnd,
    Snapshot,
    State,
    Status,
    TensionRecord,
    TensionScan,
)
from custom_components.backhug.session.events import SessionEvent, SessionEventType
from custom_components.backhug.session.record import Session
from custom_components.backhug.session.tracker import (
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
