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


async def test_nobody_on_it(bench: Bench) -> None:
    """Neither start nor resume without somebody on the device, which senses that."""
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


async def test_in_fault(bench: Bench) -> None:
    """A device with a fault refuses all but stop, and the fault is told by its name."""
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


async def test_wrong_state(bench: Bench) -> None:
    """Some requests are for some states only."""
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


async def test_less_than_what_has_passed(bench: Bench) -> None:
    """The length of a running session must be more than what has passed of it."""
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
async def test_every_result(
    bench: Bench, result: int, error: type[BackHugError]
) -> None:
    """Each result reaches whoever gave the command; the value is shown no more."""
    client = await bench.client()
    client.faults.answer_result = result
    assert type(await client.refused(client.hug.set_strength(9))) is error
    assert client.hug.reported.wanted == {}
    client.mend()
    await client.hug.set_strength(8)
    assert client.told() == [5, 5]


@EVERY_DIALECT
@pytest.mark.parametrize("code", [0x02, 0x0D, 0x80, 0xFD, 0xFF])
async def test_att_errors(bench: Bench, code: int) -> None:
    """A write that ATT refuses is no request; the link is as good as before."""
    client = await bench.client()
    client.faults.write_errors = [code]
    assert type(await client.refused(client.hug.start(20))) is RefusedError
    assert client.told() == []
    await client.hug.start(20)
    assert client.status.state is State.SCANNING
    assert client.peripheral.connections == 1


@EVERY_DIALECT
@pytest.mark.parametrize("code", [0x01, 0x03, 0x0A, 0x0E])
async def test_att_errors_of_an_old_handle(bench: Bench, code: int) -> None:
    """A write that may have gone to an old handle is repeated once the services are discovered, and only then."""
    client = await bench.client()
    client.faults.write_errors = [code]
    await client.hug.start(20)
    assert client.status.state is State.SCANNING
    assert client.told() == [1]
    assert client.peripheral.connections == 2
    client.faults.write_error = code
    assert type(await client.refused(client.hug.set_strength(9))) is RefusedError
    assert client.peripheral.connections == 2
    client.mend()
    await client.hug.set_strength(9)
    assert client.told() == [1, 5]


async def test_not_offered(bench: Bench) -> None:
    """What the device does not offer is refused without asking it."""
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
    assert client.told() == []
    await hug.start(10, strength=7, area=Area.ALONG_SPINE, flow=Flow.WAVE)
    await hug.set_length(30)
    assert client.told() == [1, 8]


async def test_never_more_than_an_hour(bench: Bench) -> None:
    """Nobody asks for more than 60 minutes, whatever the device offers."""
    client = await bench.client(Build(longest=255))
    for minutes in (61, 255, 256, 100_000):
        for command in (client.hug.start(minutes), client.hug.set_length(minutes)):
            assert type(await client.refused(command)) is InvalidParameterError
    assert client.told() == []
    await client.hug.start(60)
    assert client.back.length == 3600


async def test_cannot_pause(bench: Bench) -> None:
    """A device that cannot be paused can still be resumed, if it pauses by itself."""
    client = await bench.client(Build(can_pause=False))
    assert type(await client.refused(client.hug.pause())) is NotSupportedError
    await client.treat()
    client.back.get_up()
    client.back.lie_down()
    await client.shows(State.PAUSED)
    await client.hug.resume()
    assert client.told() == [1, 4]


async def test_can_neither_pause_nor_resume(bench: Bench) -> None:
    """Where nothing pauses a session there is nothing to resume."""
    client = await bench.client(Build(can_pause=False, senses_occupancy=False))
    assert type(await client.refused(client.hug.pause())) is NotSupportedError
    assert type(await client.refused(client.hug.resume())) is NotSupportedError
    assert client.told() == []


async def test_never_connected(bench: Bench) -> None:
    """Before the first connection nobody knows what may be asked for."""
    client = await bench.client(connect=False)
    for command in EVERY:
        assert type(await client.refused(command(client.hug))) is NotReachableError


async def test_released(bench: Bench) -> None:
    """Nothing is sent over a released connection."""
    client = await bench.client()
    await client.hug.connection.release()
    for command in (*EVERY, BackHug.stop):
        assert type(await client.refused(command(client.hug))) is ReleasedError
    assert client.told() == []
    assert client.peripheral.connections == 1


async def test_unknown_state(bench: Bench) -> None:
    """Of a device in a state that the profile does not name only stop is offered."""
    client = await bench.client()
    client.peripheral.inject_status(
        bytes.fromhex("09 00 05 00 00 01 b0 04 b0 04 01 00 00 00 00 00")
    )
    await until(lambda: client.status.state is State.UNKNOWN)
    assert client.hug.snapshot.ends_at is None
    for command in EVERY:
        assert type(await client.refused(command(client.hug))) is UnknownStateError
    assert client.told() == []
    await client.hug.stop()
    assert client.told() == [2]
