"""How a BackHug behaves, without any Bluetooth (profile: Status)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import ceil
from random import Random

from .build import LONGEST_SESSION, Area, Build, Flow, Info
from .clock import Clock, ManualClock, Timer
from .control_point import ControlPoint
from .model import (
    RUNNING,
    Answer,
    End,
    Fault,
    Flags,
    Observer,
    Opcode,
    Phase,
    Record,
    Result,
    State,
    Status,
    Told,
)
from .person import NOT_TOUCHING, Person

__all__ = [
    "AS_SHOWN",
    "LONGEST_SESSION",
    "NOT_TOUCHING",
    "Answer",
    "Area",
    "Back",
    "Build",
    "Clock",
    "End",
    "Fault",
    "Flags",
    "Flow",
    "Info",
    "ManualClock",
    "Observer",
    "Opcode",
    "Person",
    "Phase",
    "Record",
    "Result",
    "State",
    "Status",
    "Told",
]

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
AS_SHOWN = 255
"""A parameter of start that means: as Status shows it."""
_ROUNDING = 1e-6
"""Seconds that floating point may be off by."""


_PARAMETERS = {Opcode.START: 4} | dict.fromkeys(
    (Opcode.SET_STRENGTH, Opcode.SET_AREA, Opcode.SET_FLOW, Opcode.SET_LENGTH), 1
)


class Back:
    """One BackHug: a state machine on a clock.

    Everything happens in the thread of the caller and of the clock's timers. While it
    is switched off, `state` says standby and nothing reaches the device.
    """

    def __init__(
        self, build: Build | None = None, clock: Clock | None = None, *, seed: int = 1
    ) -> None:
        """Make a device as it left the factory, switched on, nobody on it."""
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
        self.control_point = ControlPoint(
            self.clock,
            carry_out=self._carry_out,
            stop=self._stop_for_client,
            answer_waits=self._answer_waits,
        )
        self._seed = seed
        self._random = Random(seed)  # noqa: S311
        self._scan_number = self._random.randrange(256)
        self._observers: list[Observer] = []
        self._timers: dict[str, Timer] = {}
        self._elapsed = 0.0
        self._time_runs_since: float | None = None
        self._treated_until = 0.0
        self._published = self.status()

    def become(self, build: Build) -> None:
        """Change into another build, as new firmware may; RuntimeError while it runs.

        What the new one does not offer is set to something that it does.
        """
        if self.running:
            raise RuntimeError("a session runs")
        if build.fingers != self.build.fingers:
            self.person = Person(build.fingers, self._seed)
            self.record = Record(self.record.session_number)
        self.build = build
        self.strength = min(self.strength, build.strengths)
        self.area = self.area if self.area in build.areas else build.areas[0]
        self.flow = self.flow if self.flow in build.flows else build.flows[0]
        shortest, longest = build.shortest * 60, build.longest_allowed * 60
        self.length = min(max(self.length, shortest), longest)
        self._publish()

    # -- What can be seen

    @property
    def told(self) -> list[Told]:
        """The requests it was told, in the order of their arrival; bounded."""
        return self.control_point.told

    @property
    def running(self) -> bool:
        """Whether a session runs: scanning, treating or paused."""
        return self.state in RUNNING

    @property
    def seconds_left(self) -> int:
        """Seconds left of the session, rounded up; 0 when none runs."""
        if not self.running:
            return 0
        return max(0, ceil(self.length - self._passed() - _ROUNDING))

    @property
    def someone_is_missing(self) -> bool:
        """Whether the device senses that nobody lies on it."""
        return self.build.senses_occupancy and not self.occupied

    def status(self) -> Status:
        """Return what Status shows now."""
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
        """Tell an observer what happens from now on; returns how to stop that."""
        self._observers.append(observer)
        return partial(self._observers.remove, observer)

    def close(self) -> None:
        """Cancel every timer: the device stands still from now on."""
        for name in list(self._timers):
            self._cancel(name)
        self.link_lost()

    # -- What a person does

    def lie_down(self) -> None:
        """Somebody lies down on the device."""
        if self.occupied:
            return
        self.occupied = True
        if not self.running:
            self.person.recover()
        self._cancel("person left")
        self._publish()

    def get_up(self) -> None:
        """Whoever lies on the device gets up."""
        if not self.occupied:
            return
        self.occupied = False
        if self.build.senses_occupancy:
            self._person_leaves()
        self._publish()

    def _person_leaves(self) -> None:
        if self.state is State.SCANNING:
            self._end(End.PERSON_LEFT)
        elif self.state in (State.TREATING, State.PAUSED):
            self._after("person left", GRACE, partial(self._end, End.PERSON_LEFT))
            if self.state is State.TREATING:
                self._pause(person_left=True)

    def switch_off(self) -> None:
        """Turn the power switch underneath, or pull the plug."""
        if not self.powered:
            return
        if self.running:
            self._stop_running(End.POWER_LOST)
        self.close()
        self.powered = False
        self.fault = Fault.NONE
        self.state = State.STANDBY
        self._published = self.status()
        for observer in self._observers[:]:
            observer.power_changed()

    def switch_on(self) -> None:
        """Turn the power switch back on."""
        if self.powered:
            return
        self.powered = True
        self._scan_number = self._random.randrange(256)
        for observer in self._observers[:]:
            observer.power_changed()
        self._lower_what_is_raised()
        self._publish()

    def start_at_device(
        self,
        minutes: int,
        strength: int = AS_SHOWN,
        area: int = AS_SHOWN,
        flow: int = AS_SHOWN,
    ) -> Result:
        """Start a session at the device itself; says how that went."""
        return self._at_device(Opcode.START, minutes, strength, area, flow)

    def stop_at_device(self) -> None:
        """Stop the session at the device itself."""
        if self.powered:
            self._stop(End.STOPPED_AT_DEVICE)
            self._publish()

    def pause_at_device(self) -> Result:
        """Pause the session at the device itself; says how that went."""
        return self._at_device(Opcode.PAUSE)

    def resume_at_device(self) -> Result:
        """Resume the session at the device itself; says how that went."""
        return self._at_device(Opcode.RESUME)

    def set_at_device(
        self,
        *,
        strength: int | None = None,
        area: int | None = None,
        flow: int | None = None,
        minutes: int | None = None,
    ) -> Result:
        """Change settings at the device itself; says how the first refused one went."""
        wanted = {
            Opcode.SET_STRENGTH: strength,
            Opcode.SET_AREA: area,
            Opcode.SET_FLOW: flow,
            Opcode.SET_LENGTH: minutes,
        }
        for opcode, value in wanted.items():
            if value is None:
                continue
            if (result := self._at_device(opcode, value)) is not Result.DONE:
                return result
        return Result.DONE

    def _at_device(self, opcode: Opcode, *parameters: int) -> Result:
        """Carry out what was asked for at the device, under the same conditions."""
        if not self.powered:
            return Result.NOT_IN_THIS_STATE
        return self._carry_out(opcode, bytes(parameters))

    # -- What goes wrong

    def block_finger(self) -> None:
        """Block a finger: it stays where it is until the fault clears."""
        self._break(Fault.FINGER_BLOCKED)

    def block_leg_rest(self) -> None:
        """Block the leg rest: it stays where it is until the fault clears."""
        self._break(Fault.LEG_REST_BLOCKED)

    def overheat(self) -> None:
        """Let the device get too hot."""
        self._break(Fault.TOO_HOT)

    def fail_internally(self) -> None:
        """Break something inside."""
        self._break(Fault.INTERNAL)

    def clear_fault(self) -> None:
        """Let the fault go away by itself."""
        if self.state is State.FAULT:
            self.fault = Fault.NONE
            self._lower_what_is_raised()
            self._publish()

    def _break(self, fault: Fault) -> None:
        if not self.powered:
            return
        if self.running:
            self._stop_running(End.FAULT)
        self.fault = fault
        if self.state is not State.FAULT:
            self._enter(State.FAULT)
        self._after("leg rest", LEG_REST_FALLS, self._leg_rest_falls)
        self._after("phase", FINISHING, self._fingers_fall)
        self._publish()

    # -- Requests of a client

    def request(self, opcode: int, token: int | None, parameters: bytes = b"") -> None:
        """Take a request of the control point; `take_answer` has the answer when ready.

        Without a token it is dropped, except stop, which is answered with token 0.
        """
        entry = Told(
            self.clock.time(),
            opcode,
            token,
            parameters,
            session_number=self.session_number,
        )
        self.control_point.take(entry)
        for observer in self._observers[:]:
            observer.told(entry)

    @property
    def next_answer(self) -> Answer | None:
        """What `take_answer` would return."""
        return self.control_point.next_answer

    def take_answer(self) -> Answer | None:
        """Return the answer to be sent next, None if there is none.

        A request counts as answered as soon as its answer was taken.
        """
        return self.control_point.take_answer(self.session_number)

    def link_lost(self) -> None:
        """Drop what was not carried out, and every answer: nobody is there for it."""
        self.control_point.link_lost()

    def _stop_for_client(self) -> None:
        self._stop(End.STOPPED_BY_CLIENT)
        self._publish()

    def _answer_waits(self) -> None:
        for observer in self._observers[:]:
            observer.answer_waiting()

    def _carry_out(self, opcode: int, parameters: bytes) -> Result:
        """Check a request in the profile's order and do it; stop is not among them."""
        result = self._check(opcode, parameters)
        if result is Result.DONE:
            self._do(Opcode(opcode), parameters)
            self._publish()
        return result

    def _check(self, opcode: int, parameters: bytes) -> Result:
        if not self._knows(opcode):
            return Result.UNKNOWN_OPCODE
        if self.state is State.FAULT:
            return Result.FAULT
        if not self._possible_now(Opcode(opcode)):
            return Result.NOT_IN_THIS_STATE
        if not self._valid(Opcode(opcode), parameters):
            return Result.INVALID_PARAMETER
        puts_to_work = opcode == Opcode.START or (
            opcode == Opcode.RESUME and self.state is State.PAUSED
        )
        if puts_to_work and self.someone_is_missing:
            return Result.NOBODY_ON_IT
        return Result.DONE

    def _knows(self, opcode: int) -> bool:
        if opcode == Opcode.PAUSE:
            return self.build.can_pause
        if opcode == Opcode.RESUME:
            return self.build.can_pause or self.build.senses_occupancy
        return opcode in Opcode

    def _possible_now(self, opcode: Opcode) -> bool:
        if opcode is Opcode.START:
            return self.state is State.STANDBY
        if opcode is Opcode.PAUSE:
            return self.state in (State.TREATING, State.PAUSED)
        if opcode is Opcode.RESUME:
            return self.running
        return True

    def _valid(self, opcode: Opcode, parameters: bytes) -> bool:
        if len(parameters) < _PARAMETERS.get(opcode, 0):
            return False
        build = self.build
        match opcode:
            case Opcode.START:
                minutes, strength, area, flow = parameters[:4]
                return (
                    build.shortest <= minutes <= build.longest_allowed
                    and (strength == AS_SHOWN or 1 <= strength <= build.strengths)
                    and area in (AS_SHOWN, *build.areas)
                    and flow in (AS_SHOWN, *build.flows)
                )
            case Opcode.SET_STRENGTH:
                return 1 <= parameters[0] <= build.strengths
            case Opcode.SET_AREA:
                return parameters[0] in build.areas
            case Opcode.SET_FLOW:
                return parameters[0] in build.flows
            case Opcode.SET_LENGTH:
                return self._valid_length(parameters[0])
            case _:
                return True

    def _valid_length(self, minutes: int) -> bool:
        within_bounds = self.build.shortest <= minutes <= self.build.longest_allowed
        return within_bounds and (
            not self.running or minutes * 60 > self._passed() + _ROUNDING
        )

    def _do(self, opcode: Opcode, parameters: bytes) -> None:
        match opcode:
            case Opcode.START:
                self._start(*parameters[:4])
            case Opcode.PAUSE if self.state is State.TREATING:
                self._pause(person_left=False)
            case Opcode.RESUME if self.state is State.PAUSED:
                self._treat()
            case Opcode.SET_STRENGTH:
                self._relieve()
                self.strength = parameters[0]
            case Opcode.SET_AREA:
                self._relieve()
                self.area = parameters[0]
            case Opcode.SET_FLOW:
                self.flow = parameters[0]
            case Opcode.SET_LENGTH:
                self.length = parameters[0] * 60
                self._time_the_end()
            case _:
                pass

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
        """End the running session, whatever the reason, and lower what is raised."""
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
        """Do what belongs to the moment at which a session stops running."""
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

    def _passed(self) -> float:
        """Return the seconds of the session that have passed, pauses left out."""
        if self._time_runs_since is None:
            return self._elapsed
        return self._elapsed + self.clock.time() - self._time_runs_since

    def _run_time(self) -> None:
        if self._time_runs_since is None:
            self._time_runs_since = self.clock.time()
        self._time_the_end()

    def _stop_time(self) -> None:
        self._elapsed = self._passed()
        self._time_runs_since = None
        self._cancel("end")

    def _time_the_end(self) -> None:
        if self._time_runs_since is not None:
            left = max(self.length - self._passed(), 0.0)
            self._after("end", left, partial(self._end, End.COMPLETED))

    def _tick(self) -> None:
        """Notify once a second from now on, until standby or a fault."""
        self._after("tick", self.clock.pace(1.0), self._ticked)

    def _ticked(self) -> None:
        self._tick()
        self._publish(even_unchanged=True)

    # -- Helpers

    def _scan(self) -> tuple[int, ...]:
        """Return the effort of each finger; none touches if nobody is there."""
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
        """Tell the observers of a changed Status, the seconds left not counting."""
        if not self.powered:
            return
        status = self.status()
        unchanged = replace(self._published, seconds_left=status.seconds_left) == status
        self._published = status
        if even_unchanged or not unchanged:
            for observer in self._observers[:]:
                observer.status_changed()

    def _after(self, name: str, delay: float, callback: Callable[[], None]) -> None:
        """Set the timer of that name, replacing what it was set to."""
        self._cancel(name)
        self._timers[name] = self.clock.call_later(delay, callback)

    def _cancel(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
