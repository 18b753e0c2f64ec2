"""Settings that are chosen at rest, and go with the start."""

from __future__ import annotations

from typing import Any

import pytest

from custom_components.backhug.device.errors import RefusedError
from custom_components.backhug.device.model import Area, AskedLength, State
from custom_components.backhug.device.protocols.described.held_values import (
    HELD_AT_MOST,
)
from custom_components.backhug.device.protocols.protocol import (
    Request,
    Values,
)
from simulator.vendors.relaxa import Command, Relaxa
from tests.home import Home, until

from .described import client_of
from .described_state import AT_START, SET, UNSET, Device
from .description_texts import RELAXA

BOTH = 'start: {write: "10 {minutes}"}\n  set_length: {write: "12 {minutes}"}'
ALL = 'start: {write: "10 {minutes} {strength} {area}"}'
OLD: dict[str, Any] = {"length": 900, "strength": 2, "area": Area.FULL_BACK}


def chosen(device: Device) -> Values:
    """Choose settings at rest; return what goes with a start."""
    device.reports(State.STANDBY, **OLD)
    device.set(minutes=10)
    device.set(Request.SET_STRENGTH, strength=4)
    device.set(Request.SET_AREA, area=Area.LOWER_BACK)
    device.now += HELD_AT_MOST
    shown = device.reports(State.STANDBY, **OLD)
    return device.state.starting(Values(shown.length // 60))


def test_choice_goes_with_the_start_however_late() -> None:
    """Meanwhile the device reports its last session; afterwards its reports count again."""
    device = Device(ALL, "length", "strength", "area")
    values = chosen(device)
    assert values == Values(10, 4, Area.LOWER_BACK)
    shown = device.set(Request.START, **values._asdict())
    assert (shown.strength, shown.area) == (4, Area.LOWER_BACK)
    after = {"length": 600, "strength": 4, "area": Area.LOWER_BACK}
    assert device.reports(State.TREATING, **after).strength == 4
    assert device.reports(State.TREATING, **{**after, "strength": 1}).strength == 1
    assert device.reports(State.STANDBY, **OLD).strength == 2
    assert device.state.starting(Values(20)) == Values(20)


def test_only_what_the_start_writes_is_kept() -> None:
    """The device keeps everything else."""
    values = chosen(Device(BOTH, "length", "strength", "area"))
    assert values == Values(10)


@pytest.mark.parametrize(
    ("state", "strength"), [(State.STANDBY, 3), (State.STANDBY, 1), (State.TREATING, 2)]
)
def test_choice_ends_at_the_device(state: State, strength: int) -> None:
    """Another strength, or a session, that somebody has set or started there."""
    device = Device(ALL, "length", "strength", "area")
    chosen(device)
    device.reports(state, **{**OLD, "strength": strength})
    assert device.status.strength == strength
    assert device.state.starting(Values(20)).strength is None


@pytest.mark.parametrize(
    "commands", [SET, BOTH, AT_START, UNSET], ids=["set", "both", "at start", "unset"]
)
@pytest.mark.parametrize("reported", [("length",), ("area",)], ids=" ".join)
def test_length_chosen_at_rest_survives_a_restart(
    commands: str, reported: tuple[str, ...]
) -> None:
    """Unless the device itself has it."""
    before = {"length": 900} if "length" in reported else {}
    device = Device(commands, *reported)
    device.reports(State.STANDBY, **before)
    device.set(minutes=10)
    kept = device.state.asked_length
    assert kept.ends_in is None
    again = Device(commands, *reported)
    again.state.resume(kept)
    again.reports(State.STANDBY, **before)
    shown = again.reports(State.STANDBY, **before)
    assert shown.length == (900 if before and commands == SET else 600)
    if before and commands in (SET, BOTH):
        assert again.reports(State.STANDBY, length=1200).length == 1200
        assert again.state.asked_length.minutes == (None if commands == BOTH else 10)


@pytest.mark.parametrize(
    ("commands", "passed", "left"),
    [(UNSET, 100, 200), (UNSET, 301, 0), (UNSET, -9999, 300), (AT_START, 100, 3500)],
)
def test_end_of_a_session_survives_a_restart(
    commands: str, passed: int, left: int
) -> None:
    """Also if it is past by then; a clock that was set back makes it no longer."""
    device = Device(commands)
    device.set(Request.START, minutes=5)
    device.reports(State.TREATING)
    minutes, ends_in = device.state.asked_length
    assert ends_in is not None
    again = Device(commands)
    again.state.resume(AskedLength(minutes, ends_in - passed))
    assert again.state.running
    shown = again.reports(State.TREATING)
    assert (shown.length, shown.session) == (max(300, left), 1)
    assert again.state.ends_at <= again.now + left
    assert again.reports(State.STANDBY).seconds_left == 0
    assert again.state.asked_length.ends_in is None


def test_length_of_a_start_whose_answer_is_lost() -> None:
    """The session that may have begun gets no other one."""
    device = Device(UNSET)
    device.state.starting(Values(5))
    assert device.reports(State.TREATING).length == 300
    device.state.starting(Values(30))
    assert device.status.length == 300


@pytest.mark.parametrize("silent", [False, True], ids=["refuses", "says nothing"])
async def test_length_that_the_bed_does_not_take_at_rest(
    home: Home, silent: bool
) -> None:
    """It goes with the start."""
    text = RELAXA.replace(
        "  stop:",
        '  set_length: {write: "12 {minutes}", await: "12 00", refused: "12 01", within: 0.1}\n  stop:',
        1,
    )
    client = await client_of(home, Relaxa, text)
    carry_out = client.bed._carry_out
    taken: list[int] = []

    def take(command: int, arguments: bytes) -> int:
        taken.append(command)
        return 1 if command == 0x12 else carry_out(command, arguments)

    client.bed._carry_out = take  # type: ignore[method-assign]
    client.bed.silent = {0x12} if silent else set()
    await client.hug.set_length(25)
    assert client.status.length == 1500
    await client.hug.start(client.status.length // 60)
    assert taken == [0x12, Command.START]
    await until(lambda: client.status.running, "it runs")
    assert client.bed.left == 1500
    client.bed.silent = set()
    with pytest.raises(RefusedError):
        await client.hug.set_length(10)
