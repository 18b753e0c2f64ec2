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
async def test_is_repeated(bench: Bench) -> None:
    """Each second, here a tenth, until it is answered; with another token each time."""
    client = await bench.client()
    await client.treat()
    client.faults.answers_affected = ONLY_STOP
    client.faults.answer_delay = 0.25
    loop = asyncio.get_running_loop()
    times: list[float] = []
    client.back.observe(Saboteur(lambda: times.append(loop.time())))
    await client.hug.stop()
    tokens = [told.token for told in client.back.told if told.opcode == STOP]
    assert len(tokens) == 3
    assert len(set(tokens)) == 3
    for earlier, later in pairwise(times):
        assert later - earlier >= control_module.STOP_INTERVAL - 0.01
    assert client.peripheral.connections == 1


@pytest.mark.usefixtures("hurried")
async def test_is_not_answered_but_works(bench: Bench) -> None:
    """Status shows that a stop that is never answered has worked."""
    client = await bench.client()
    await client.treat()
    client.faults.answer_times = 0
    await client.hug.stop()
    assert client.shown() is State.FINISHING
    assert client.peripheral.connections == 1


@pytest.mark.usefixtures("hurried")
async def test_is_refused_by_att(bench: Bench) -> None:
    """A write that ATT refuses is no stop: it is written again."""
    client = await bench.client()
    await client.treat()
    client.faults.write_errors = [0x0E, 0x80]
    await client.hug.stop()
    assert client.told(STOP) == [2]
    assert not client.back.running


@pytest.mark.usefixtures("hurried")
async def test_way_is_blocked(bench: Bench) -> None:
    """A write that never ends blocks the connection: stop gets another one."""
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
    assert client.told(5) == []
    assert client.peripheral.connections == 2
    assert isinstance(await client.refused(command), BackHugError)
    assert client.told(5) == []


@pytest.mark.usefixtures("impatient")
async def test_is_never_taken(bench: Bench) -> None:
    """Whoever pressed stop learns in time that it is still to come; it comes."""
    client = await bench.client()
    await client.treat()
    client.faults.lose_writes = Lost.REQUEST
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    assert client.back.running
    client.mend()
    await until(lambda: not client.back.running, "it is delivered")


@pytest.mark.usefixtures("impatient")
async def test_device_that_cannot_be_stopped(bench: Bench) -> None:
    """A device that answers no stop, and goes on, is asked again on each connection."""
    client = await bench.client()
    await client.treat()
    client.faults.answers_affected = ONLY_STOP
    client.faults.answer_times = 0
    client.faults.status = bytes.fromhex(
        "02 00 03 00 00 03 b0 04 b0 04 01 00 00 00 00 00"
    )
    client.faults.drop_notifications = True
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    stops = len(client.told(STOP))
    await until(lambda: len(client.told(STOP)) > stops + 3)
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
async def test_after_a_command_that_was_given_up(
    bench: Bench, opcode: Opcode, command: Any
) -> None:
    """The stop goes out at once, over the connection that there is."""
    client = await bench.client()
    if opcode is not Opcode.START:
        await client.treat()
    client.faults.answers_affected = frozenset({int(opcode)})
    client.faults.answer_delay = 0.5
    (doing,) = given(command(client.hug))
    await until(lambda: client.told(opcode), "it has arrived")
    doing.cancel()
    await asyncio.sleep(0)
    async with asyncio.timeout(0.3):
        await client.hug.stop()
    assert not client.back.running
    assert client.peripheral.connections == 1
    assert client.told()[-1] == STOP
    with pytest.raises(asyncio.CancelledError):
        await doing
    await asyncio.sleep(0.6)
    assert client.told()[-1] == STOP


@pytest.mark.usefixtures("hurried")
async def test_given_up_again(bench: Bench) -> None:
    """Whoever gives a command up twice does not wait for the radio; the connection goes all the same."""
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
    client.mend()
    await client.up()
    assert client.told() == []


async def test_after_a_command_that_the_radio_holds_back(bench: Bench) -> None:
    """While a stop is under way it decides about the connection: what holds back both costs it, once."""
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
    assert client.told(Opcode.PAUSE) == []
    assert not client.back.running


@pytest.mark.usefixtures("hurried")
async def test_before_all_is_read(bench: Bench) -> None:
    """A stop while the link comes up waits for it, and no longer."""
    client = await bench.client(connect=False)
    client.back.start_at_device(20)
    client.hug.connection.hold()
    await until(lambda: client.peripheral.connected)
    await client.hug.stop()
    assert not client.back.running


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("missing", [protocol.FEATURES, protocol.STATUS])
async def test_goes_over_whatever_is_there(bench: Bench, missing: str) -> None:
    """The control point is enough for a stop, whatever else of the services is missing."""
    client = await bench.client()
    await client.treat()
    (stop,) = given(client.hug.stop())
    client.peripheral.drop_link()
    bench.home.scanner.central.services.clear()
    bench.home.scanner.central.unannounced = [frozenset({missing})] * 9
    await until(lambda: not client.back.running, "it is stopped")
    assert client.told(STOP)
    # It is told that it was, although there is no connection that can be used.
    await stop
    bench.home.scanner.central.unannounced.clear()


@EVERY_DIALECT
async def test_answered_at_the_last_moment(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer counts although the response to the write is still to come as the patience ends."""
    monkeypatch.setattr(timeouts, "STOP_PATIENCE", 0.3)
    client = await bench.client()
    await client.treat()
    client.faults.answer_delay = 0.1
    client.faults.write_response_delay = 2
    await client.hug.stop()
    assert client.peripheral.connections == 1
    assert client.told(STOP) == [STOP]


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("code", [0x01, 0x0A, 0x0E])
async def test_handle_is_old(bench: Bench, code: int) -> None:
    """A stop that may have gone to an old handle is sent over a connection whose services are discovered."""
    client = await bench.client()
    await client.treat()
    client.faults.write_errors = [code]
    await client.hug.stop()
    assert client.told(STOP) == [STOP]
    assert not client.back.running
    assert client.peripheral.connections == 2


@pytest.mark.usefixtures("hurried")
async def test_backend_takes_no_write(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection on which a backend writes nothing is given up, and the device forgotten, until a stop gets through."""
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


def test_patience() -> None:
    """A stop has the time to be tried on a second connection before the person is told."""
    assert (
        timeouts.STOP_PATIENCE
        + timeouts.GLANCE_TIMEOUT
        + connection_module.FIRST_BACK_OFF
        < timeouts.COMMAND_TIMEOUT
        < 10
    )


async def test_stray_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is there before the stop has got through does not make it one that has."""
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
    assert client.told(STOP) == [STOP]
    assert not client.back.running


@pytest.mark.usefixtures("hurried")
async def test_radio_is_busy_for_long(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection over which nothing can be written is given up for another one."""
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
async def test_unforeseen_error_of_a_write(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """It costs the command, or the attempt of a stop, and one line in the log for each."""
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
