"""Commands that the device refuses, or that are not even sent."""

from __future__ import annotations

import pytest

from custom_components.backhug.device.client import BackHug
from custom_components.backhug.device.errors import (
    BackHugError,
    BusyError,
    InFaultError,
    InvalidParameterError,
    NobodyOnItError,
    NotReachableError,
    NotSupportedError,
    RefusedError,
    ReleasedError,
    UnknownStateError,
    WrongStateError,
)
from custom_components.backhug.device.model import Area, Fault, Flow, State
from simulator.build import Build
from tests.home import until

from .bench import (
    EVERY,
    EVERY_DIALECT,
    PAUSE,
    RESUME,
    START,
    Bench,
)


async def test_start_and_resume_need_occupancy(bench: Bench) -> None:
    """A device that senses occupancy refuses both while nobody lies on it."""
    client = await bench.client(occupied=False)
    assert type(await client.refused(client.hug.start(20))) is NobodyOnItError
    assert client.shown() is State.STANDBY
    client.back.lie_down()
    await client.treat()
    client.back.get_up()
    await client.shows(State.PAUSED)
    assert type(await client.refused(client.hug.resume())) is NobodyOnItError
    client.back.lie_down()
    await client.hug.resume()
    assert client.shown() is State.TREATING


async def test_fault_is_named_in_the_refusal(bench: Bench) -> None:
    """A device with a fault refuses all commands but stop."""
    client = await bench.client()
    for breaks, fault in (
        (client.back.block_finger, Fault.FINGER_BLOCKED),
        (client.back.block_leg_rest, Fault.LEG_REST_BLOCKED),
        (client.back.overheat, Fault.TOO_HOT),
        (client.back.fail_internally, Fault.INTERNAL),
    ):
        breaks()
        await until(lambda fault=fault: client.status.fault is fault)  # type: ignore[misc]
        error = await client.refused(client.hug.start(20))
        assert isinstance(error, InFaultError)
        assert error.fault is fault
    for command in EVERY:
        assert type(await client.refused(command(client.hug))) is InFaultError
    await client.hug.stop()
    assert client.status.state is State.FAULT


async def test_command_in_the_wrong_state_is_refused(bench: Bench) -> None:
    """Some commands are valid in some states only."""
    client = await bench.client()
    for command in (PAUSE, RESUME):
        assert type(await client.refused(command(client.hug))) is WrongStateError
    await client.hug.start(20)
    for command in (START, PAUSE):
        assert type(await client.refused(command(client.hug))) is WrongStateError
    client.clock.advance(21)
    await client.shows(State.TREATING)
    assert type(await client.refused(client.hug.start(20))) is WrongStateError
    await client.hug.resume()
    assert client.status.state is State.TREATING


async def test_length_below_the_elapsed_time_is_refused(bench: Bench) -> None:
    """A running session must be longer than its elapsed time."""
    client = await bench.client(Build(measures_tension=False))
    await client.treat(20)
    await client.pass_quietly(10 * 60)
    assert (
        type(await client.refused(client.hug.set_length(10))) is InvalidParameterError
    )
    assert client.hug.snapshot.settings is not None
    assert client.hug.snapshot.settings.minutes == 20
    await client.hug.set_length(11)
    assert client.back.length == 660


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (1, NotSupportedError),
        (2, InvalidParameterError),
        (3, WrongStateError),
        (4, NobodyOnItError),
        (5, InFaultError),
        (6, BusyError),
        (7, RefusedError),
        (255, RefusedError),
    ],
)
async def test_every_result_raises_its_error(
    bench: Bench, result: int, error: type[BackHugError]
) -> None:
    """The value that was refused is no longer shown."""
    client = await bench.client()
    client.faults.answer_result = result
    assert type(await client.refused(client.hug.set_strength(9))) is error
    assert client.hug.reported.wanted == {}
    client.mend()
    await client.hug.set_strength(8)
    assert client.requests() == [5, 5]


@EVERY_DIALECT
@pytest.mark.parametrize("code", [0x02, 0x0D, 0x80, 0xFD, 0xFF])
async def test_att_error_keeps_the_connection(bench: Bench, code: int) -> None:
    """A write that ATT refuses is no request."""
    client = await bench.client()
    client.faults.write_errors = [code]
    assert type(await client.refused(client.hug.start(20))) is RefusedError
    assert client.requests() == []
    await client.hug.start(20)
    assert client.status.state is State.SCANNING
    assert client.peripheral.connections == 1


@EVERY_DIALECT
@pytest.mark.parametrize("code", [0x01, 0x03, 0x0A, 0x0E])
async def test_stale_handle_error_repeats_the_command_once(
    bench: Bench, code: int
) -> None:
    """The command is repeated after the services are discovered."""
    client = await bench.client()
    client.faults.write_errors = [code]
    await client.hug.start(20)
    assert client.status.state is State.SCANNING
    assert client.requests() == [1]
    assert client.peripheral.connections == 2
    client.faults.write_error = code
    assert type(await client.refused(client.hug.set_strength(9))) is RefusedError
    assert client.peripheral.connections == 2
    client.mend()
    await client.hug.set_strength(9)
    assert client.requests() == [1, 5]


async def test_value_that_is_not_offered_is_not_sent(bench: Bench) -> None:
    """The client refuses it without the device."""
    client = await bench.client(Build(strengths=7, shortest=10, longest=30))
    hug = client.hug
    for command in (
        hug.start(9),
        hug.start(31),
        hug.start(20, strength=0),
        hug.start(20, strength=8),
        hug.start(20, area=Area.LEFT_SIDE),
        hug.start(20, flow=Flow.PULSE),
        hug.set_strength(0),
        hug.set_strength(8),
        hug.set_area(Area.RIGHT_SIDE),
        hug.set_flow(Flow.PULSE),
        hug.set_length(9),
        hug.set_length(31),
    ):
        assert type(await client.refused(command)) is InvalidParameterError
    assert client.requests() == []
    await hug.start(10, strength=7, area=Area.ALONG_SPINE, flow=Flow.WAVE)
    await hug.set_length(30)
    assert client.requests() == [1, 8]


async def test_more_than_60_minutes_are_not_sent(bench: Bench) -> None:
    """Whatever the device offers."""
    client = await bench.client(Build(longest=255))
    for minutes in (61, 255, 256, 100_000):
        for command in (client.hug.start(minutes), client.hug.set_length(minutes)):
            assert type(await client.refused(command)) is InvalidParameterError
    assert client.requests() == []
    await client.hug.start(60)
    assert client.back.length == 3600


async def test_device_that_cannot_pause_can_resume(bench: Bench) -> None:
    """It may pause by itself when the person leaves."""
    client = await bench.client(Build(can_pause=False))
    assert type(await client.refused(client.hug.pause())) is NotSupportedError
    await client.treat()
    client.back.get_up()
    client.back.lie_down()
    await client.shows(State.PAUSED)
    await client.hug.resume()
    assert client.requests() == [1, 4]


async def test_device_that_never_pauses_cannot_resume(bench: Bench) -> None:
    """Nothing pauses a session of such a device."""
    client = await bench.client(Build(can_pause=False, senses_occupancy=False))
    assert type(await client.refused(client.hug.pause())) is NotSupportedError
    assert type(await client.refused(client.hug.resume())) is NotSupportedError
    assert client.requests() == []


async def test_command_before_the_first_connection_is_not_reachable(
    bench: Bench,
) -> None:
    """The features are unknown."""
    client = await bench.client(connect=False)
    for command in EVERY:
        assert type(await client.refused(command(client.hug))) is NotReachableError


async def test_command_on_a_released_connection_is_not_sent(bench: Bench) -> None:
    """It raises ReleasedError."""
    client = await bench.client()
    await client.hug.connection.release()
    for command in (*EVERY, BackHug.stop):
        assert type(await client.refused(command(client.hug))) is ReleasedError
    assert client.requests() == []
    assert client.peripheral.connections == 1


async def test_unknown_state_allows_only_stop(bench: Bench) -> None:
    """The profile does not define the state."""
    client = await bench.client()
    client.peripheral.inject_status(
        bytes.fromhex("09 00 05 00 00 01 b0 04 b0 04 01 00 00 00 00 00")
    )
    await until(lambda: client.status.state is State.UNKNOWN)
    assert client.hug.snapshot.ends_at is None
    for command in EVERY:
        assert type(await client.refused(command(client.hug))) is UnknownStateError
    assert client.requests() == []
    await client.hug.stop()
    assert client.requests() == [2]
