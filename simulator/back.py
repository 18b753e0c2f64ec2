"""How a BackHug behaves, without any Bluetooth (profile: Status)."""

from functools import partial

from .build import LONGEST_SESSION, Area, Build, Flow, Info
from .clock import Clock, ManualClock
from .control_point import ControlPoint
from .model import (
    AS_SHOWN,
    Answer,
    End,
    Fault,
    Flags,
    Observer,
    Opcode,
    Phase,
    Record,
    Request,
    Result,
    State,
    Status,
)
from .person import NOT_TOUCHING, Person
from .request_check import check
from .session import FINISHING, GRACE, LEG_REST_FALLS, SessionMachine

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
    "Request",
    "Result",
    "State",
    "Status",
]


class Back(SessionMachine):
    """One BackHug: sessions, and the effects of people, clients and faults."""

    def __init__(
        self, build: Build | None = None, clock: Clock | None = None, *, seed: int = 1
    ) -> None:
        """Make a device as it left the factory, switched on, nobody on it."""
        super().__init__(build, clock, seed=seed)
        self.control_point = ControlPoint(
            self.clock,
            carry_out=self._carry_out,
            stop=self._stop_for_client,
            answer_waits=self._answer_waits,
        )

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

    # -- Observation

    @property
    def requests(self) -> list[Request]:
        """The requests received, oldest first; bounded."""
        return self.control_point.requests

    def close(self) -> None:
        """Cancel every timer: the device stands still from now on."""
        for name in list(self._timers):
            self._cancel(name)
        self.link_lost()

    # -- The person

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
        """Let the person get up."""
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
        """Carry out a request made at the device, under the same conditions."""
        if not self.powered:
            return Result.NOT_IN_THIS_STATE
        return self._carry_out(opcode, bytes(parameters))

    # -- Faults

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

        Without a token it is dropped, except stop, which is answered with token 0. A device without power takes none.
        """
        if not self.powered:
            return
        entry = Request(
            self.clock.time(),
            opcode,
            token,
            parameters,
            session_number=self.session_number,
        )
        self.control_point.take(entry)
        for observer in self._observers[:]:
            observer.request_received(entry)

    @property
    def next_answer(self) -> Answer | None:
        """The answer that `take_answer` would return."""
        return self.control_point.next_answer

    def take_answer(self) -> Answer | None:
        """Return the answer to be sent next, None if there is none.

        A request counts as answered as soon as its answer was taken.
        """
        return self.control_point.take_answer(self.session_number)

    def link_lost(self) -> None:
        """Drop pending requests and all answers: no client is left."""
        self.control_point.link_lost()

    def _stop_for_client(self) -> None:
        self._stop(End.STOPPED_BY_CLIENT)
        self._publish()

    def _answer_waits(self) -> None:
        for observer in self._observers[:]:
            observer.answer_waiting()

    def _carry_out(self, opcode: int, parameters: bytes) -> Result:
        """Check a request in the profile's order and do it; stop is not among them."""
        result = check(self, opcode, parameters)
        if result is Result.DONE:
            self._do(Opcode(opcode), parameters)
            self._publish()
        return result

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
