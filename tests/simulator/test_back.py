"""How a BackHug behaves, against the text of the profile."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from simulator.back import (
    Build,
    End,
    Fault,
    Flags,
    Opcode,
    Record,
    Result,
    State,
)

from .back_device import REACH, START, STATES, C, Device, F, Journal, P, S, T, X

REQUESTS = {
    Opcode.START: START,
    Opcode.STOP: b"",
    Opcode.PAUSE: b"",
    Opcode.RESUME: b"",
    Opcode.SET_STRENGTH: bytes([7]),
    Opcode.SET_AREA: bytes([3]),
    Opcode.SET_FLOW: bytes([2]),
    Opcode.SET_LENGTH: bytes([30]),
}
# The table of the profile, by columns: standby, scanning, treating, paused, finishing,
TABLE: dict[Opcode, list[tuple[int, State]]] = {
    Opcode.START: [(0, C), (3, C), (3, T), (3, P), (3, F), (5, X)],
    Opcode.STOP: [(0, S), (0, F), (0, F), (0, F), (0, F), (0, X)],
    Opcode.PAUSE: [(3, S), (3, C), (0, P), (0, P), (3, F), (5, X)],
    Opcode.RESUME: [(3, S), (0, C), (0, T), (0, T), (3, F), (5, X)],
    **{
        opcode: [(0, S), (0, C), (0, T), (0, P), (0, F), (5, X)]
        for opcode in Opcode
        if opcode >= Opcode.SET_STRENGTH
    },
}
CELLS = [
    pytest.param(state, opcode, *row[column], id=f"{opcode.name}-{state.name}".lower())
    for opcode, row in TABLE.items()
    for column, state in enumerate(STATES)
]


@pytest.mark.parametrize(("state", "opcode", "result", "then"), CELLS)
def test_every_cell_of_the_table(
    state: State, opcode: Opcode, result: int, then: State
) -> None:
    """Each request has the result of its cell, and only result 0 has an effect."""
    device = Device()
    REACH[state](device)
    before = device.back.status()

    assert device.ask(opcode, REQUESTS[opcode]) == result

    assert device.state() is then
    if result != 0:
        assert device.back.status() == before


def test_start_sets_its_settings() -> None:
    """A start carries the settings of its session."""
    device = Device()
    assert device.ask(Opcode.START, bytes((15, 4, 2, 1))) == 0
    status = device.back.status()
    assert (status.strength, status.area, status.flow) == (4, 2, 1)
    assert (status.length, status.seconds_left, status.session_number) == (900, 900, 1)


def test_start_keeps_the_settings_of_status() -> None:
    """255 stands for the value in Status."""
    device = Device()
    device.back.set_at_device(strength=9, area=5, flow=3)
    assert device.ask(Opcode.START, bytes((15, 255, 255, 255))) == 0
    assert (device.back.strength, device.back.area, device.back.flow) == (9, 5, 3)


INVALID = [
    (Opcode.START, b""),
    (Opcode.START, bytes((20, 1, 0))),
    (Opcode.START, bytes((4, 1, 0, 0))),
    (Opcode.START, bytes((61, 1, 0, 0))),
    (Opcode.START, bytes((255, 1, 0, 0))),
    (Opcode.START, bytes((20, 0, 0, 0))),
    (Opcode.START, bytes((20, 11, 0, 0))),
    (Opcode.START, bytes((20, 1, 6, 0))),
    (Opcode.START, bytes((20, 1, 0, 4))),
    (Opcode.SET_STRENGTH, b""),
    (Opcode.SET_STRENGTH, b"\x00"),
    (Opcode.SET_STRENGTH, b"\x0b"),
    (Opcode.SET_STRENGTH, b"\xff"),
    (Opcode.SET_AREA, b"\x06"),
    (Opcode.SET_AREA, b"\xff"),
    (Opcode.SET_FLOW, b"\x04"),
    (Opcode.SET_FLOW, b"\xff"),
    (Opcode.SET_LENGTH, b"\x04"),
    (Opcode.SET_LENGTH, b"\x3d"),
    (Opcode.SET_LENGTH, b"\xff"),
]


@pytest.mark.parametrize(("opcode", "parameters"), INVALID)
def test_invalid_parameters_are_refused(opcode: Opcode, parameters: bytes) -> None:
    """A value that the device does not offer is refused and changes nothing."""
    device = Device(Build(longest=120))
    before = device.back.status()
    assert device.ask(opcode, parameters) == Result.INVALID_PARAMETER
    assert device.back.status() == before


def test_longer_requests_are_accepted() -> None:
    """There is room for a later minor version."""
    device = Device()
    assert device.ask(Opcode.SET_STRENGTH, b"\x02more") == Result.DONE
    assert device.back.strength == 2


@pytest.mark.parametrize("opcode", [0, 9, 0x80, 255])
@pytest.mark.parametrize("state", STATES)
def test_unknown_opcodes_are_refused(opcode: int, state: State) -> None:
    """An unknown opcode has its own result, in a fault too."""
    device = Device()
    REACH[state](device)
    assert device.ask(opcode) == Result.UNKNOWN_OPCODE


@pytest.mark.parametrize(
    ("can_pause", "senses", "pause", "resume"),
    [
        (True, True, Result.NOT_IN_THIS_STATE, Result.NOT_IN_THIS_STATE),
        (True, False, Result.NOT_IN_THIS_STATE, Result.NOT_IN_THIS_STATE),
        (False, True, Result.UNKNOWN_OPCODE, Result.NOT_IN_THIS_STATE),
        (False, False, Result.UNKNOWN_OPCODE, Result.UNKNOWN_OPCODE),
    ],
)
def test_pause_and_resume_are_features(
    can_pause: bool, senses: bool, pause: Result, resume: Result
) -> None:
    """Pause needs bit 0, resume bit 0 or bit 1."""
    device = Device(Build(can_pause=can_pause, senses_occupancy=senses))
    assert device.ask(Opcode.PAUSE) == pause
    assert device.ask(Opcode.RESUME) == resume


def test_order_of_results() -> None:
    """State goes before parameter, parameter before occupancy."""
    device = Device(occupied=False)
    assert device.ask(Opcode.START, b"\x14\x0b\x00\x00") == Result.INVALID_PARAMETER
    assert device.ask(Opcode.START, START) == Result.NOBODY_ON_IT
    device.back.lie_down()
    device.start()
    assert device.ask(Opcode.START, b"\x00") == Result.NOT_IN_THIS_STATE
    device.back.overheat()
    assert device.ask(Opcode.START, b"\x00") == Result.FAULT


def test_no_sensor_requires_no_person() -> None:
    """Without the sensor a session starts, and is not ended by leaving."""
    device = Device(Build(senses_occupancy=False), occupied=False)
    device.treat()
    device.back.lie_down()
    device.back.get_up()
    device.clock.advance(120)
    assert device.state() is State.TREATING
    assert Flags.OCCUPIED not in device.back.status().flags


def test_resume_requires_a_person() -> None:
    """Resume has the condition of start wherever it has an effect."""
    device = Device()
    device.treat()
    device.back.get_up()
    assert device.ask(Opcode.RESUME) == Result.NOBODY_ON_IT
    device.back.lie_down()
    assert device.state() is State.PAUSED
    assert Flags.PERSON_LEFT in device.back.status().flags
    assert device.ask(Opcode.RESUME) == Result.DONE
    assert device.back.status().flags == Flags.OCCUPIED | Flags.LEG_REST_RAISED


# -- At the device


def test_buttons_of_the_device_have_the_same_conditions() -> None:
    """A request at the device is checked like a client's."""
    device = Device(occupied=False)
    back = device.back
    assert back.start_at_device(20) is Result.NOBODY_ON_IT
    assert back.start_at_device(61) is Result.INVALID_PARAMETER
    back.lie_down()
    assert back.start_at_device(20, 2, 3, 1) is Result.DONE
    assert back.pause_at_device() is Result.NOT_IN_THIS_STATE
    device.clock.advance(20)
    assert back.pause_at_device() is Result.DONE
    assert back.resume_at_device() is Result.DONE
    assert back.set_at_device(strength=5, minutes=30) is Result.DONE
    assert (back.strength, back.length) == (5, 1800)
    assert back.set_at_device(strength=11, area=0) is Result.INVALID_PARAMETER
    assert back.area == 3
    assert back.requests == []


def test_closing_cancels_every_timer() -> None:
    """A closed device stands still."""
    device = Device()
    device.treat()
    device.back.close()
    before = device.back.status()
    journal = Journal(device.back)
    device.clock.advance(5000)
    assert journal.entries == []
    assert replace(device.back.status(), seconds_left=0) == replace(
        before, seconds_left=0
    )


def test_another_build() -> None:
    """New firmware may offer less; the settings follow."""
    device = Device()
    device.treat()
    with pytest.raises(RuntimeError):
        device.back.become(Build())
    device.clock.advance(2000)
    device.back.set_at_device(strength=9, area=5, flow=3, minutes=60)
    journal = Journal(device.back)
    device.back.become(
        Build(strengths=4, areas=(1, 2), flows=(4,), longest=30, fingers=24)
    )
    status = device.back.status()
    assert (status.strength, status.area, status.flow, status.length) == (4, 1, 4, 1800)
    assert len(journal.entries) == 1
    assert device.back.record == Record(1)
    device.back.start_at_device(20)
    device.clock.advance(20)
    assert len(device.back.record.before or ()) == 24


@pytest.mark.parametrize(
    "changes",
    [
        {"strengths": 0},
        {"strengths": 21},
        {"fingers": 27},
        {"fingers": 0},
        {"fingers": 66},
        {"areas": ()},
        {"areas": (16,)},
        {"flows": ()},
        {"shortest": 0},
        {"shortest": 61, "longest": 70},
        {"shortest": 30, "longest": 29},
        {"longest": 256},
        {"major": 256},
        {"mtu": 22},
        {"mtu": 518},
        {"address": "00:11:22:33:44:55"},
    ],
)
def test_builds_that_contradict_the_profile(changes: dict[str, object]) -> None:
    """They are refused; wrong Features are a fault, not a build."""
    with pytest.raises(ValueError, match="must be"):
        replace(Build(), **changes)  # type: ignore[arg-type]


ACTIONS: list[Callable[[Device], object]] = [
    *(
        lambda device, opcode=opcode, parameters=parameters: device.ask(
            opcode, parameters
        )
        for opcode, parameters in REQUESTS.items()
    ),
    lambda device: device.clock.advance(7),
    lambda device: device.clock.advance(61),
    lambda device: device.clock.advance(601),
    lambda device: device.back.lie_down(),
    lambda device: device.back.get_up(),
    lambda device: device.back.switch_off(),
    lambda device: device.back.switch_on(),
    lambda device: device.back.block_finger(),
    lambda device: device.back.block_leg_rest(),
    lambda device: device.back.clear_fault(),
]


@given(st.lists(st.sampled_from(ACTIONS), max_size=30))
def test_status_is_always_consistent(
    actions: list[Callable[[Device], object]],
) -> None:
    """Whatever happens, in any order."""
    device = Device(Build(fingers=2))
    for action in actions:
        action(device)
        status = device.back.status()
        assert (status.fault is Fault.NONE) is (status.state is not State.FAULT)
        assert 0 < status.length <= 3600
        running = status.state in (State.SCANNING, State.TREATING, State.PAUSED)
        assert (status.seconds_left > 0) is running
        assert status.seconds_left <= status.length
        assert (Flags.PERSON_LEFT not in status.flags) or status.state is State.PAUSED
        if status.state in (State.SCANNING, State.TREATING):
            assert Flags.OCCUPIED in status.flags
        if status.state is State.STANDBY and device.back.powered:
            assert not device.back.leg_rest_raised
        assert (status.last_end is not End.NONE) or status.session_number <= 1
