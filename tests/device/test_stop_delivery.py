"""Stop is sent until it is answered, whatever blocks it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import pairwise
from typing import Any

from bleak import BleakClient
from bleak.exc import BleakError
import pytest

from custom_components.backhug.device import (
    connection as connection_module,
    timeouts,
)
from custom_components.backhug.device.errors import (
    BackHugError,
    LinkLostError,
    StopPendingError,
)
from custom_components.backhug.device.gatt_errors import InProgressError
from custom_components.backhug.device.model import State
from custom_components.backhug.device.protocols import control_point as control_module
from simulator import protocol
from simulator.back import Opcode
from simulator.bleak_client import SimulatedClient
from simulator.faults import Lost
from tests.home import until

from .bench import EVERY_DIALECT, ONLY_STOP, STOP, Bench, Log, Saboteur, given


@pytest.mark.usefixtures("hurried")
async def test_stop_is_repeated_until_it_is_answered(bench: Bench) -> None:
    """Each second, here a tenth, with a new token each time."""
    client = await bench.client()
    await client.treat()
    client.faults.answers_affected = ONLY_STOP
    client.faults.answer_delay = 0.25
    loop = asyncio.get_running_loop()
    times: list[float] = []
    client.back.observe(Saboteur(lambda: times.append(loop.time())))
    await client.hug.stop()
    tokens = [
        request.token for request in client.back.requests if request.opcode == STOP
    ]
    assert len(tokens) == 3
    assert len(set(tokens)) == 3
    for earlier, later in pairwise(times):
        assert later - earlier >= control_module.STOP_INTERVAL - 0.01
    assert client.peripheral.connections == 1


@pytest.mark.usefixtures("hurried")
async def test_unanswered_stop_succeeds_if_status_shows_its_effect(
    bench: Bench,
) -> None:
    """Nothing is repeated on another connection."""
    client = await bench.client()
    await client.treat()
    client.faults.answer_times = 0
    await client.hug.stop()
    assert client.shown() is State.FINISHING
    assert client.peripheral.connections == 1


@pytest.mark.usefixtures("hurried")
async def test_stop_that_att_refuses_is_written_again(bench: Bench) -> None:
    """It is no request."""
    client = await bench.client()
    await client.treat()
    client.faults.write_errors = [0x0E, 0x80]
    await client.hug.stop()
    assert client.requests(STOP) == [2]
    assert not client.back.running


@pytest.mark.usefixtures("hurried")
async def test_stop_on_a_blocked_connection_gets_another_one(bench: Bench) -> None:
    """A write that never ends blocks the first one."""
    client = await bench.client()
    await client.treat()
    client.faults.lose_writes = Lost.REQUEST
    (command,) = given(client.hug.set_strength(9))
    await asyncio.sleep(0.05)
    (stop,) = given(client.hug.stop())
    await asyncio.sleep(0.05)
    client.mend()
    await stop
    assert not client.back.running
    assert client.requests(5) == []
    assert client.peripheral.connections == 2
    assert isinstance(await client.refused(command), BackHugError)
    assert client.requests(5) == []


@pytest.mark.usefixtures("impatient")
async def test_lost_stop_is_kept(bench: Bench) -> None:
    """The caller gets StopPendingError in time; the stop is delivered later."""
    client = await bench.client()
    await client.treat()
    client.faults.lose_writes = Lost.REQUEST
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    assert client.back.running
    client.mend()
    await until(lambda: not client.back.running, "it is delivered")


@pytest.mark.usefixtures("impatient")
async def test_stop_is_sent_on_each_connection_until_it_works(bench: Bench) -> None:
    """As long as the session runs."""
    client = await bench.client()
    await client.treat()
    client.faults.answers_affected = ONLY_STOP
    client.faults.answer_times = 0
    client.faults.status = bytes.fromhex(
        "02 00 03 00 00 03 b0 04 b0 04 01 00 00 00 00 00"
    )
    client.faults.drop_notifications = True
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    stops = len(client.requests(STOP))
    await until(lambda: len(client.requests(STOP)) > stops + 3)
    client.mend()
    await client.up()
    assert client.shown() is State.FINISHING


@pytest.mark.parametrize(
    ("opcode", "command"),
    [
        (Opcode.START, lambda hug: hug.start(20)),
        (Opcode.PAUSE, lambda hug: hug.pause()),
        (Opcode.SET_STRENGTH, lambda hug: hug.set_strength(2)),
    ],
)
async def test_stop_after_a_cancelled_command_uses_its_connection(
    bench: Bench, opcode: Opcode, command: Any
) -> None:
    """It is sent at once."""
    client = await bench.client()
    if opcode is not Opcode.START:
        await client.treat()
    client.faults.answers_affected = frozenset({int(opcode)})
    client.faults.answer_delay = 0.5
    (doing,) = given(command(client.hug))
    await until(lambda: client.requests(opcode), "it has arrived")
    doing.cancel()
    await asyncio.sleep(0)
    async with asyncio.timeout(0.3):
        await client.hug.stop()
    assert not client.back.running
    assert client.peripheral.connections == 1
    assert client.requests()[-1] == STOP
    with pytest.raises(asyncio.CancelledError):
        await doing
    await asyncio.sleep(0.6)
    assert client.requests()[-1] == STOP


@pytest.mark.usefixtures("hurried")
async def test_second_cancellation_does_not_wait_for_the_radio(bench: Bench) -> None:
    """The connection is dropped all the same."""
    client = await bench.client()
    client.faults.lose_writes = Lost.REQUEST
    (doing,) = given(client.hug.start(20))
    await until(lambda: client.hug._control.requester, "it is on its way")
    doing.cancel()
    await asyncio.sleep(0)
    doing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert client.counted("given up: START was given up") == 1
    # A write that is still on its way is lost too.
    await until(lambda: not client.peripheral.connected, "the connection is dropped")
    client.mend()
    await client.up()
    assert client.requests() == []


async def test_cancelled_command_leaves_the_connection_to_a_stop(bench: Bench) -> None:
    """The stop drops a blocked connection, once."""
    client = await bench.client()
    await client.treat()
    client.faults.lose_writes = Lost.REQUEST
    (doing,) = given(client.hug.pause())
    await until(lambda: client.hug._control.requester, "it is on its way")
    doing.cancel()
    await asyncio.sleep(0)
    (stop,) = given(client.hug.stop())
    with pytest.raises(asyncio.CancelledError):
        await doing
    assert client.counted("given up") == 0
    client.mend()
    await stop
    assert client.counted("given up") == 1
    assert client.requests(Opcode.PAUSE) == []
    assert not client.back.running


@pytest.mark.usefixtures("hurried")
async def test_stop_during_the_preparation_is_sent(bench: Bench) -> None:
    """It waits for the connection, and no longer."""
    client = await bench.client(connect=False)
    client.back.start_at_device(20)
    client.hug.connection.hold()
    await until(lambda: client.peripheral.connected)
    await client.hug.stop()
    assert not client.back.running


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("missing", [protocol.FEATURES, protocol.STATUS])
async def test_stop_needs_only_the_control_point(bench: Bench, missing: str) -> None:
    """Other characteristics may be missing."""
    client = await bench.client()
    await client.treat()
    (stop,) = given(client.hug.stop())
    client.peripheral.drop_link()
    bench.home.scanner.central.services.clear()
    bench.home.scanner.central.unannounced = [frozenset({missing})] * 9
    await until(lambda: not client.back.running, "it is stopped")
    assert client.requests(STOP)
    # The answer says so, although there is no usable connection.
    await stop
    bench.home.scanner.central.unannounced.clear()


@EVERY_DIALECT
async def test_answer_counts_without_the_write_response(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also at the end of the stop's patience."""
    monkeypatch.setattr(timeouts, "STOP_PATIENCE", 0.3)
    client = await bench.client()
    await client.treat()
    client.faults.answer_delay = 0.1
    client.faults.write_response_delay = 2
    await client.hug.stop()
    assert client.peripheral.connections == 1
    assert client.requests(STOP) == [STOP]


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("code", [0x01, 0x0A, 0x0E])
async def test_stale_handle_error_sends_the_stop_after_a_discovery(
    bench: Bench, code: int
) -> None:
    """On the next connection."""
    client = await bench.client()
    await client.treat()
    client.faults.write_errors = [code]
    await client.hug.stop()
    assert client.requests(STOP) == [STOP]
    assert not client.back.running
    assert client.peripheral.connections == 2


@pytest.mark.usefixtures("hurried")
async def test_connection_without_writes_is_dropped_and_the_device_removed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until a stop gets through."""
    client = await bench.client()
    await client.treat()

    async def refuse(*_arguments: Any, **_named: Any) -> None:
        raise BleakError("operation in progress")

    async def lose(self: SimulatedClient, *_arguments: Any, **_named: Any) -> None:
        client.peripheral.drop_link()
        await until(lambda: not self.is_connected)
        raise BleakError("lost")

    with monkeypatch.context() as patched:
        patched.setattr(SimulatedClient, "write_gatt_char", refuse)
        assert type(await client.refused(client.hug.stop())) is StopPendingError
        assert client.counted("given up: stop was not answered") >= 1
        patched.setattr(SimulatedClient, "write_gatt_char", lose)
        (stop,) = given(client.hug.stop())
        await asyncio.sleep(0.2)
    with suppress(BackHugError):
        await stop
    await until(lambda: not client.back.running, "it is stopped")


def test_timeouts_leave_time_for_a_second_connection() -> None:
    """Before the caller gets an error."""
    assert (
        timeouts.STOP_PATIENCE
        + timeouts.GLANCE_TIMEOUT
        + connection_module.FIRST_BACK_OFF
        < timeouts.COMMAND_TIMEOUT
        < 10
    )


async def test_stray_answer_does_not_complete_a_stop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write must get through."""
    client = await bench.client()
    await client.treat()
    write = SimulatedClient.write_gatt_char

    async def slow(self: SimulatedClient, *arguments: Any, **named: Any) -> None:
        await asyncio.sleep(0.1)
        await write(self, *arguments, **named)

    monkeypatch.setattr(SimulatedClient, "write_gatt_char", slow)
    stopping = asyncio.create_task(client.hug.stop())
    await until(lambda: client.hug._control._awaited, "it is under way")
    (token,) = client.hug._control._awaited
    client.peripheral.inject_indication(bytes((0x80, STOP, token, 0)))
    await stopping
    assert client.requests(STOP) == [STOP]
    assert not client.back.running


@pytest.mark.usefixtures("hurried")
async def test_busy_radio_costs_the_connection(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop gets another one."""
    client = await bench.client()
    await client.treat()
    right = client.hug._control.stop

    async def fail(over: BleakClient, until: float) -> None:
        if client.peripheral.connections == 1:
            raise InProgressError("busy")
        await right(over, until)

    monkeypatch.setattr(client.hug._control, "stop", fail)
    await client.hug.stop()
    assert not client.back.running
    assert client.peripheral.connections == 2


@pytest.mark.usefixtures("hurried")
async def test_unexpected_error_of_a_write_is_logged_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """It fails the command, or one attempt of a stop."""
    client = await bench.client()
    await client.treat()
    right = SimulatedClient.write_gatt_char
    raised: list[str] = []

    async def fail(self: SimulatedClient, *args: Any, **kwargs: Any) -> None:
        if len(raised) < 2:
            raised.append("write")
            raise ZeroDivisionError
        await right(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, "write_gatt_char", fail)
    log.expect(
        "unexpected error while sending a request",
        "unexpected error while sending a stop",
    )
    assert type(await client.refused(client.hug.set_strength(9))) is LinkLostError
    await client.up()
    await client.hug.stop()
    assert not client.back.running
    assert len(raised) == 2
