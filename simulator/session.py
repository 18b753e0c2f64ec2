"""The course of a session, without any Bluetooth (profile: Status)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import ceil
from random import Random

from .build import Build
from .clock import Clock, Timer
from .model import (
    AS_SHOWN,
    RUNNING,
    End,
    Fault,
    Flags,
    Observer,
    Phase,
    Record,
    State,
    Status,
)
from .person import NOT_TOUCHING, Person

SCANNING = 20.0
"""Seconds from the start to treating."""
FINGERS_RISE = 6.0
"""Seconds into scanning at which the leg rest is up and the fingers begin to rise."""
BEFORE_SCAN = 18.0
"""Seconds into scanning at which the before scan is complete."""
FINISHING = 15.0
"""Seconds from the end to standby."""
AFTER_SCAN = 4.0
"""Seconds into finishing at which the after scan is complete."""
LEG_REST_FALLS = 10.0
"""Seconds into finishing at which the leg rest is down."""
LONGEST_PAUSE = 600.0
"""Seconds; the device ends a session that was paused for so long."""
GRACE = 60.0
"""Seconds that a person may be away before their session ends."""
AFTER_SCAN_FROM = 20
"""Minutes; a shorter session has no after scan."""
LIVE_SCAN_INTERVAL = 0.5
"""Seconds; live scans come at most so often."""
ROUNDING = 1e-6
"""Seconds that floating point may be off by."""


class SessionMachine:
    """A state machine on a clock: the device's activity and its Status.

    Everything happens in the thread of the caller and of the clock's timers. While it
    is switched off, `state` says standby and nothing reaches the device.
    """

    def __init__(
        self, build: Build | None = None, clock: Clock | None = None, *, seed: int = 1
    ) -> None:
        """Make a device in factory state, switched on, without a person."""
        self.build = build or Build()
        self.clock = clock or Clock()
        self.person = Person(self.build.fingers, seed)
        self.powered = True
        self.state = State.STANDBY
        self.fault = Fault.NONE
        self.strength = max(1, self.build.strengths // 3)
        self.area = self.build.areas[0]
        self.flow = self.build.flows[0]
        self.length = 60 * min(max(20, self.build.shortest), self.build.longest_allowed)
        """Seconds."""
        self.occupied = False
        """Whether somebody lies on it, sensed or not."""
        self.leg_rest_raised = False
        self.fingers_raised = False
        self.person_left = False
        self.session_number = 0
        self.last_end = End.NONE
        self.record = Record()
        self._seed = seed
        self._random = Random(seed)  # noqa: S311
        self._scan_number = self._random.randrange(256)
        self._observers: list[Observer] = []
        self._timers: dict[str, Timer] = {}
        self._elapsed = 0.0
        self._time_runs_since: float | None = None
        self._treated_until = 0.0
        self._published = self.status()

    # -- Observation

    @property
    def running(self) -> bool:
        """Whether a session runs: scanning, treating or paused."""
        return self.state in RUNNING

    @property
    def seconds_left(self) -> int:
        """Seconds left of the session, rounded up; 0 when none runs."""
        if not self.running:
            return 0
        return max(0, ceil(self.length - self.passed() - ROUNDING))

    @property
    def someone_is_missing(self) -> bool:
        """Whether the device senses that no person lies on it."""
        return self.build.senses_occupancy and not self.occupied

    def status(self) -> Status:
        """Return the current Status."""
        flags = Flags(0)
        if self.occupied and self.build.senses_occupancy:
            flags |= Flags.OCCUPIED
        if self.leg_rest_raised and self.build.reports_leg_rest:
            flags |= Flags.LEG_REST_RAISED
        if self.person_left:
            flags |= Flags.PERSON_LEFT
        return Status(
            state=self.state,
            fault=self.fault,
            strength=self.strength,
            area=self.area,
            flow=self.flow,
            flags=flags,
            length=self.length,
            seconds_left=self.seconds_left,
            session_number=self.session_number,
            last_end=self.last_end,
        )

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Add an observer; return a function that removes it."""
        self._observers.append(observer)
        return partial(self._observers.remove, observer)

    # -- The course of a session

    def _start(self, minutes: int, strength: int, area: int, flow: int) -> None:
        self.length = minutes * 60
        self.strength = self.strength if strength == AS_SHOWN else strength
        self.area = self.area if area == AS_SHOWN else area
        self.flow = self.flow if flow == AS_SHOWN else flow
        self.session_number = (self.session_number + 1) % 2**32
        self._elapsed = 0.0
        self._enter(State.SCANNING)
        self._run_time()
        self._after("leg rest", FINGERS_RISE, self._fingers_rise)
        self._after("scan", BEFORE_SCAN, self._scan_before)
        self._after("phase", SCANNING, self._treat_after_scanning)
        self._tick()

    def _fingers_rise(self) -> None:
        self.leg_rest_raised = True
        self.fingers_raised = True
        self._publish()

    def _scan_before(self) -> None:
        if self.build.measures_tension:
            before = self._scan()
            self.record = Record(self.session_number, before=before)
            self._tell_scan(Phase.BEFORE, before)

    def _treat_after_scanning(self) -> None:
        self._treat()
        self._publish()

    def _treat(self) -> None:
        self.person_left = False
        self._cancel("pause")
        self._enter(State.TREATING)
        self._run_time()
        self._treated_until = self.clock.time()
        if self.build.measures_tension:
            interval = self.clock.pace(LIVE_SCAN_INTERVAL)
            self._after("scan", interval, self._scan_live)

    def _scan_live(self) -> None:
        self._relieve()
        self._after("scan", self.clock.pace(LIVE_SCAN_INTERVAL), self._scan_live)
        self._tell_scan(Phase.LIVE, self._scan())

    def _pause(self, *, person_left: bool) -> None:
        self._relieve()
        self._stop_time()
        self._cancel("scan")
        self.person_left = person_left
        self._enter(State.PAUSED)
        self._after("pause", LONGEST_PAUSE, partial(self._end, End.PAUSED_TOO_LONG))

    def _stop(self, end: End) -> None:
        if self.running:
            self._end(end)

    def _end(self, end: End) -> None:
        """End the running session for a reason, and lower all raised parts."""
        with_after_scan = (
            end is End.COMPLETED
            and self.length >= AFTER_SCAN_FROM * 60
            and self.build.measures_tension
        )
        self._stop_running(end)
        self._finish()
        if with_after_scan:
            self._after("scan", AFTER_SCAN, self._scan_after)
        self._publish()

    def _stop_running(self, end: End) -> None:
        """Take the actions of the moment at which a session stops running."""
        self._relieve()
        self._stop_time()
        for name in ("pause", "person left", "scan", "leg rest", "phase"):
            self._cancel(name)
        self.person_left = False
        self.last_end = end
        if self.record.session_number != self.session_number:
            self.record = Record(self.session_number)

    def _finish(self) -> None:
        self._enter(State.FINISHING)
        self._after("leg rest", LEG_REST_FALLS, self._leg_rest_falls)
        self._after("phase", FINISHING, self._finished)
        self._tick()

    def _scan_after(self) -> None:
        after = self._scan()
        self.record = replace(self.record, after=after)
        self._tell_scan(Phase.AFTER, after)

    def _leg_rest_falls(self) -> None:
        if self.fault is not Fault.LEG_REST_BLOCKED:
            self.leg_rest_raised = False
            self._publish()

    def _fingers_fall(self) -> None:
        if self.fault is not Fault.FINGER_BLOCKED:
            self.fingers_raised = False

    def _finished(self) -> None:
        self._fingers_fall()
        self._cancel("tick")
        self._enter(State.STANDBY)
        self._publish()

    def _lower_what_is_raised(self) -> None:
        """Leave a fault, or begin after power-on: through finishing if need be."""
        if self.fingers_raised or self.leg_rest_raised:
            self._finish()
        else:
            self._cancel("leg rest")
            self._cancel("phase")
            self._enter(State.STANDBY)

    def _enter(self, state: State) -> None:
        self.state = state
        if state is State.FAULT:
            for name in ("tick", "scan"):
                self._cancel(name)

    # -- The time of a session

    def passed(self) -> float:
        """Return the seconds of the session that have passed, pauses left out."""
        if self._time_runs_since is None:
            return self._elapsed
        return self._elapsed + self.clock.time() - self._time_runs_since

    def _run_time(self) -> None:
        if self._time_runs_since is None:
            self._time_runs_since = self.clock.time()
        self._time_the_end()

    def _stop_time(self) -> None:
        self._elapsed = self.passed()
        self._time_runs_since = None
        self._cancel("end")

    def _time_the_end(self) -> None:
        if self._time_runs_since is not None:
            left = max(self.length - self.passed(), 0.0)
            self._after("end", left, partial(self._end, End.COMPLETED))

    def _tick(self) -> None:
        """Notify once a second from now on, until standby or a fault."""
        self._after("tick", self.clock.pace(1.0), self._ticked)

    def _ticked(self) -> None:
        self._tick()
        self._publish(even_unchanged=True)

    # -- Helpers

    def _scan(self) -> tuple[int, ...]:
        """Return the effort of each finger; none touches without a person."""
        if self.occupied:
            return self.person.scan()
        return (NOT_TOUCHING,) * self.build.fingers

    def _relieve(self) -> None:
        """Let the back feel the treatment since the last time this was called."""
        if self.state is not State.TREATING:
            return
        now = self.clock.time()
        if self.occupied:
            share = self.strength / self.build.strengths
            self.person.relieve(now - self._treated_until, share, self.area)
        self._treated_until = now

    def _tell_scan(self, phase: Phase, efforts: tuple[int, ...]) -> None:
        self._scan_number = (self._scan_number + 1) % 256
        for observer in self._observers[:]:
            observer.scanned(phase, self._scan_number, efforts)

    def _publish(self, *, even_unchanged: bool = False) -> None:
        """Notify the observers of a changed Status, ignoring the seconds left."""
        if not self.powered:
            return
        status = self.status()
        unchanged = replace(self._published, seconds_left=status.seconds_left) == status
        self._published = status
        if even_unchanged or not unchanged:
            for observer in self._observers[:]:
                observer.status_changed()

    def _after(self, name: str, delay: float, callback: Callable[[], None]) -> None:
        """Set the named timer, replacing its earlier setting."""
        self._cancel(name)
        self._timers[name] = self.clock.call_later(delay, callback)

    def _cancel(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
