"""A device in each state, with a journal of its notifications."""

from collections.abc import Callable
from typing import override

from simulator.back import (
    Answer,
    Back,
    Build,
    ManualClock,
    Observer,
    Opcode,
    Phase,
    Record,
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


# fault. A pair is the result and the state in which the device is then.
S, C, T, P, F, X = STATES
