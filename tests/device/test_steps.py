"""Relative changes: from the device's level once it is their turn."""

from __future__ import annotations

import asyncio
from typing import Any

from bleak.exc import BleakGATTProtocolError, BleakGATTProtocolErrorCode
import pytest

from custom_components.backhug.device.errors import (
    BusyError,
    InvalidParameterError,
    NotReachableError,
    OtherSessionError,
    StoppedFirstError,
    StopPendingError,
    UnknownStateError,
    UnknownValueError,
)
from custom_components.backhug.device.model import (
    Adjustment,
    Area,
    Flow,
    State,
    is_weaker,
)
from simulator import protocol
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from simulator.model import Opcode
from tests.home import until

from .bench import Bench, Client, Log

SOFTER = Adjustment(strength_step=-1)
STRONGER = Adjustment(strength_step=1)


def levels(client: Client) -> list[int]:
    """Return the strengths that the device received."""
    return [
        request.parameters[0]
        for request in client.back.requests
        if request.opcode == Opcode.SET_STRENGTH
    ]


def set_unheard(client: Client, **settings: int) -> None:
    """Set the device itself, without a notification that arrives."""
    client.faults.drop_notifications = True
    client.back.set_at_device(**settings)
    client.faults.drop_notifications = False


@pytest.mark.parametrize(
    ("shown", "level", "step", "expected"),
    [
        (9, 3, -1, 2),
        (9, 3, 1, 4),
        (2, 8, 1, 9),
        (2, 8, -1, 7),
        (9, 1, -1, 1),
        (5, 10, 1, 10),
        (5, 9, 5, 10),
        (5, 2, -5, 1),
    ],
)
async def test_step_starts_from_the_level_at_the_device(
    bench: Bench, shown: int, level: int, step: int, expected: int
) -> None:
    """A step starts from the level at the device, whatever is shown, within its range."""
    client = await bench.client()
    await client.hug.set_strength(shown)
    set_unheard(client, strength=level)
    assert client.status.strength == shown
    await client.hug.adjust(Adjustment(strength_step=step))
    assert client.back.strength == expected


@pytest.mark.parametrize(
    ("shown", "length", "step", "expected"),
    [(50, 10, -5, 5), (50, 10, 5, 15), (10, 58, 5, 60), (10, 7, -5, 5)],
)
async def test_minutes_from_a_length_that_was_not_heard_of(
    bench: Bench, shown: int, length: int, step: int, expected: int
) -> None:
    """The same for the length of the session."""
    client = await bench.client()
    await client.hug.set_length(shown)
    set_unheard(client, minutes=length)
    await client.hug.adjust(Adjustment(minutes_step=step))
    assert client.back.length == 60 * expected


async def test_shorter_is_longer_than_what_has_passed(bench: Bench) -> None:
    """A running session does not end by a step."""
    client = await bench.client()
    await client.treat(30)
    client.faults.drop_notifications = True
    client.clock.advance(12 * 60)
    client.faults.drop_notifications = False
    await client.hug.adjust(Adjustment(minutes_step=-25))
    assert client.back.length == 13 * 60
    assert client.back.running


async def test_parallel_steps_are_taken_one_after_the_other(bench: Bench) -> None:
    """Three steps at the same time are three steps, none of them larger than asked for."""
    client = await bench.client()
    await client.treat()
    await asyncio.gather(*(client.hug.adjust(STRONGER) for _ in range(3)))
    assert levels(client) == [4, 5, 6]


async def test_step_waits_for_the_value_set_before_it(bench: Bench) -> None:
    """A value that was asked for before a step is set first: it does not come after it, nor is it lost."""
    client = await bench.client()
    await client.hug.set_strength(5)
    slider = asyncio.create_task(client.hug.set_strength(8))
    await asyncio.sleep(0)
    await client.hug.adjust(SOFTER)
    await slider
    assert levels(client) == [5, 8, 7]


async def test_newer_value_replaces_a_step(bench: Bench) -> None:
    """A value that is set after a step which waits takes its place."""
    client = await bench.client()
    client.faults.answer_delay = 0.1
    area = asyncio.create_task(client.hug.set_area(Area.MID_BACK))
    await until(client.requests)
    step = asyncio.create_task(client.hug.adjust(STRONGER))
    await asyncio.sleep(0.02)
    await client.hug.set_strength(2)
    await asyncio.gather(area, step)
    assert levels(client) == [2]


async def test_newer_value_while_status_is_read(bench: Bench) -> None:
    """Likewise while the step reads Status."""
    client = await bench.client()
    client.faults.read_delay = 0.1
    step = asyncio.create_task(client.hug.adjust(STRONGER))
    await asyncio.sleep(0.05)
    await client.hug.set_strength(2)
    await step
    assert levels(client) == [2]


@pytest.mark.usefixtures("impatient")
async def test_step_waits_as_long_as_a_command(bench: Bench) -> None:
    """A step waits no longer than a command for earlier settings."""
    client = await bench.client()
    client.faults.answer_times = 0
    slider = asyncio.create_task(client.hug.set_strength(8))
    await until(client.requests)
    assert type(await client.refused(client.hug.adjust(SOFTER, 0.05))) is BusyError
    await slider
    assert levels(client) == [8]


async def test_step_after_a_reconnection(bench: Bench) -> None:
    """Turned down during a loss, then *softer*: it is softer than it was turned down."""
    client = await bench.client()
    await client.hug.set_strength(9)
    await client.treat()
    client.peripheral.vanish()
    client.peripheral.drop_link()
    await client.down()
    client.back.set_at_device(strength=3)
    step = asyncio.create_task(client.hug.adjust(SOFTER))
    await asyncio.sleep(0.05)
    client.peripheral.appear()
    await step
    assert client.back.strength == 2


@pytest.mark.usefixtures("impatient")
async def test_unreachable(bench: Bench) -> None:
    """A step that cannot be reckoned is an error, and nothing is sent later either."""
    client = await bench.client()
    client.faults.refuse_connections = True
    client.peripheral.drop_link()
    await client.down()
    assert type(await client.refused(client.hug.adjust(SOFTER))) is NotReachableError
    assert type(await client.refused(client.hug.look())) is NotReachableError
    client.mend()
    await client.up()
    assert client.requests() == []


async def test_never_connected(bench: Bench) -> None:
    """Nor is anything sent to a device of which nothing is known."""
    client = await bench.client(connect=False)
    assert type(await client.refused(client.hug.adjust(SOFTER))) is NotReachableError


async def test_status_cannot_be_understood(bench: Bench, log: Log) -> None:
    """Where the level is not known there is no step; a value can be set all the same."""
    log.expect("malformed status")
    client = await bench.client()
    client.faults.status = b"\x00"
    for step in (SOFTER, STRONGER, Adjustment(minutes_step=5)):
        assert type(await client.refused(client.hug.adjust(step))) is UnknownValueError
    assert type(await client.refused(client.hug.strength())) is UnknownValueError
    assert client.requests() == []
    await client.hug.set_strength(2)
    assert client.back.strength == 2


def test_unknown_level() -> None:
    """A level that is not known may be the stronger one."""
    assert is_weaker(5, None)
    assert not is_weaker(5, 5)


async def test_status_is_not_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading that fails is an error that says that nothing was sent."""
    client = await bench.client()
    connected = client.hug.connection.client
    assert connected is not None

    async def fail(*_: object) -> bytes:
        raise OSError

    monkeypatch.setattr(connected, "read_gatt_char", fail)
    assert type(await client.refused(client.hug.adjust(SOFTER))) is NotReachableError
    assert client.requests() == []
    await client.up()
    await client.hug.adjust(SOFTER)
    assert levels(client) == [2]


async def test_unknown_state(bench: Bench) -> None:
    """In a state that the profile does not name nothing is offered but stop."""
    client = await bench.client()
    status = client.peripheral.read(client.peripheral.handle(protocol.STATUS))
    assert status is not None
    client.faults.status = bytes([9, 0, *status[2:]])
    assert type(await client.refused(client.hug.adjust(SOFTER))) is UnknownStateError
    assert client.requests() == []


async def test_stop_ends_a_step_that_waits(bench: Bench) -> None:
    """A stop ends steps that were asked for before it."""
    client = await bench.client()
    await client.treat()
    client.faults.read_delay = 0.1
    step = asyncio.create_task(client.hug.adjust(STRONGER))
    await asyncio.sleep(0.02)
    await client.hug.stop()
    assert type(await client.refused(step)) is StoppedFirstError
    assert levels(client) == []


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [
        (Adjustment(strength_step=-1, area=Area.MID_BACK), [5, 6]),
        (Adjustment(strength_step=1, area=Area.MID_BACK), [6, 5]),
        (Adjustment(strength=4, area=Area.MID_BACK, minutes=10), [5, 6, 8]),
        (Adjustment(strength=6, flow=Flow.FAST, minutes_step=5), [7, 8, 5]),
    ],
)
async def test_weaker_first_and_stronger_last(
    bench: Bench, adjustment: Adjustment, expected: list[int]
) -> None:
    """The order is decided by the level at the device: it is never stronger where it should not be."""
    client = await bench.client()
    await client.hug.set_strength(2 if adjustment.strength == 4 else 8)
    set_unheard(client, strength=5)
    client.back.requests.clear()
    await client.hug.adjust(adjustment)
    assert client.requests() == expected


@pytest.mark.parametrize(
    "adjustment",
    [
        Adjustment(strength=11),
        Adjustment(area=Area.LEFT_SIDE),
        Adjustment(flow=Flow.PULSE),
        Adjustment(strength_step=-1, minutes=61),
    ],
)
async def test_not_offered(bench: Bench, adjustment: Adjustment) -> None:
    """Nothing is sent if any of it is not offered."""
    client = await bench.client()
    error = await client.refused(client.hug.adjust(adjustment))
    assert type(error) is InvalidParameterError
    assert client.requests() == []


async def test_choice_of_none_sends_nothing(bench: Bench) -> None:
    """A choice of none, having seen the state, sends nothing."""
    client = await bench.client()
    await client.hug.choose("strength", lambda _: None)
    await client.hug.choose("flow", lambda _: Flow.FAST)
    assert client.requests() == [Opcode.SET_FLOW]


async def test_start_after_another_session(bench: Bench) -> None:
    """A start that is meant to follow a session is not carried out after a later one."""
    client = await bench.client()
    await client.treat()
    await client.hug.stop()
    client.clock.advance(20)
    await client.shows(State.STANDBY)
    error = await client.refused(client.hug.start(20, after=0))
    assert type(error) is OtherSessionError
    await client.hug.start(20, after=1)
    assert client.requests() == [Opcode.START, Opcode.STOP, Opcode.START]


@pytest.mark.parametrize(
    ("level", "at_most", "expected"), [(2, 9, 2), (9, 2, 2), (4, 4, 4)]
)
async def test_start_at_most(
    bench: Bench, level: int, at_most: int, expected: int
) -> None:
    """A start without a strength begins at the weaker of the level seen and the one at the device."""
    client = await bench.client()
    set_unheard(client, strength=level)
    await client.hug.start(20, at_most=at_most)
    assert client.back.requests[0].parameters == bytes([20, expected, 255, 255])


# A session that was seen long ago


@pytest.mark.usefixtures("impatient")
async def test_session_that_was_seen_long_ago_is_forgotten(bench: Bench) -> None:
    """It counts as running no more; a stop still reaches it if it does run."""
    client = await bench.client(Build(senses_occupancy=False))
    await client.treat(60)
    client.hug.forget_session()
    assert client.status.running, "not while it is connected"
    client.faults.refuse_connections = True
    client.peripheral.drop_link()
    await client.down()
    client.hug.forget_session()
    assert client.hug.snapshot.status is None
    assert client.hug.ends_in is None
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    await until(lambda: not client.back.running, "it is stopped")
    await until(lambda: not client.hug.stop_due, "that is known")


async def test_standby_is_not_forgotten(bench: Bench) -> None:
    """The last values of a device in standby stay known."""
    client = await bench.client()
    client.peripheral.vanish()
    client.peripheral.drop_link()
    await client.down()
    client.hug.forget_session()
    assert client.status.state is State.STANDBY


async def test_device_decides_on_reconnection(bench: Bench) -> None:
    """On reconnection the device's report counts."""
    client = await bench.client()
    await client.treat()
    client.peripheral.vanish()
    client.peripheral.drop_link()
    await client.down()
    client.hug.forget_session()
    client.back.stop_at_device()
    client.clock.advance(20)
    client.peripheral.appear()
    await client.up()
    assert client.shown() is State.STANDBY
    await client.hug.stop()
    assert client.hug._receiver.forgotten == set()


async def test_handle_is_old(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A level that cannot be read from an old handle is no level; the services are then discovered."""
    client = await bench.client()
    read = SimulatedClient.read_gatt_char
    raised: list[str] = []

    async def fail(self: SimulatedClient, *args: Any, **kwargs: Any) -> bytearray:
        if not raised:
            raised.append("read")
            raise BleakGATTProtocolError(BleakGATTProtocolErrorCode.INVALID_HANDLE)
        return await read(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, "read_gatt_char", fail)
    assert type(await client.refused(client.hug.adjust(SOFTER))) is NotReachableError
    assert client.requests() == []
    await client.up()
    assert client.hug._services.fresh
    await client.hug.adjust(SOFTER)
    assert levels(client) == [2]
