"""Commands that wait for others, and commands whose caller gives up."""

from __future__ import annotations

import asyncio
from typing import Any

from bleak.exc import BleakError
import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.device.errors import (
    BusyError,
    LinkLostError,
    NoAnswerError,
    NotReachableError,
    StoppedFirstError,
)
from custom_components.backhug.device.model import Area, Flow, State
from custom_components.backhug.device.protocols import control_point as control_module
from simulator.back import Opcode
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from simulator.faults import Lost
from tests.home import until

from .bench import (
    Bench,
)


@pytest.mark.usefixtures("hurried")
async def test_queued_write_is_cancelled_with_its_command(bench: Bench) -> None:
    """A write that waits in the radio is not sent later, even if disconnecting fails."""
    client = await bench.client()
    client.faults.write_response_delay = 0.5
    client.faults.hang_disconnect = True
    await client.hug.set_area(Area.UPPER_BACK)
    setting = asyncio.create_task(client.hug.set_strength(9))
    await asyncio.sleep(0.1)
    setting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await setting
    await asyncio.sleep(0.6)
    assert client.requests() == [6]
    # The proxy gets over it.
    client.mend()
    client.peripheral.drop_link()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_stop_overtakes_a_write_that_waits_in_the_radio(bench: Bench) -> None:
    """The stop goes at once; the earlier write is not sent."""
    client = await bench.client()
    await client.treat()
    client.faults.write_response_delay = 0.25
    await client.hug.set_area(Area.UPPER_BACK)
    setting = asyncio.create_task(client.hug.set_strength(9))
    await asyncio.sleep(0.05)
    await client.hug.stop()
    assert type(await client.refused(setting)) is StoppedFirstError
    assert client.requests() == [1, 6, 2]


async def test_failed_write_drops_the_connection(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The radio may have sent a write that failed: the connection is dropped."""
    client = await bench.client()

    async def refuse(*_args: object) -> None:
        raise BleakError("operation in progress")

    with monkeypatch.context() as patched:
        patched.setattr(SimulatedClient, "write_gatt_char", refuse)
        assert type(await client.refused(client.hug.start(20))) is LinkLostError
    assert client.requests() == []
    assert client.hug.connection.client is None
    await client.hug.start(20)
    assert client.requests() == [1]


async def test_write_that_fails_because_of_a_stop_keeps_the_connection(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stop needs the connection."""
    client = await bench.client()
    await client.treat()
    write = SimulatedClient.write_gatt_char
    stopping = asyncio.Event()

    async def one_at_a_time(
        self: SimulatedClient, characteristic: Any, data: Any, response: bool
    ) -> None:
        if data[0] != Opcode.STOP:
            await stopping.wait()
            raise BleakError("operation in progress")
        stopping.set()
        await write(self, characteristic, data, response)

    monkeypatch.setattr(SimulatedClient, "write_gatt_char", one_at_a_time)
    setting = asyncio.create_task(client.hug.set_strength(9))
    await asyncio.sleep(0.01)
    await client.hug.stop()
    assert type(await client.refused(setting)) is StoppedFirstError
    assert client.peripheral.connections == 1
    assert client.requests() == [1, 2]


@pytest.mark.usefixtures("hurried")
async def test_cancelled_command_does_not_arrive_later(bench: Bench) -> None:
    """A write that the radio holds back is dropped with its connection."""
    client = await bench.client()
    client.faults.lose_writes = Lost.RESPONSE
    client.faults.answer_times = 0
    setting = asyncio.create_task(client.hug.set_strength(9))
    await until(lambda: client.requests(Opcode.SET_STRENGTH), "it is on its way")
    setting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await setting
    assert client.counted("given up: SET_STRENGTH was given up") == 1
    client.mend()
    await client.up()
    await client.hug.set_strength(4)
    assert client.back.strength == 4


@pytest.mark.usefixtures("hurried")
async def test_cancellation_by_a_backend_fails_the_command_only(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command fails as with any other error; a stop continues."""
    client = await bench.client()
    await client.treat()
    let_out: list[str] = []

    def let_out_once(name: str) -> None:
        right = getattr(SimulatedClient, name)

        async def cancelled(*_: Any, **__: Any) -> Any:
            monkeypatch.setattr(SimulatedClient, name, right)
            let_out.append(name)
            raise asyncio.CancelledError

        monkeypatch.setattr(SimulatedClient, name, cancelled)

    let_out_once("write_gatt_char")
    with pytest.raises(LinkLostError):
        await client.hug.set_strength(9)
    await client.up()
    let_out_once("read_gatt_char")
    with pytest.raises(LinkLostError):
        await client.hug.identify()
    let_out_once("write_gatt_char")
    await client.hug.stop()
    assert let_out == ["write_gatt_char", "read_gatt_char", "write_gatt_char"]
    await client.shows(State.FINISHING)


async def test_cancelled_command_is_not_sent_on_the_next_connection(
    bench: Bench,
) -> None:
    """A command that is cancelled while it waits for the connection does not drop it."""
    client = await bench.client()
    client.faults.hang_connect = True
    client.peripheral.drop_link()
    await client.down()
    setting = asyncio.create_task(client.hug.set_strength(9))
    await asyncio.sleep(0.05)
    setting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await setting
    assert client.counted("given up: SET_STRENGTH was given up") == 0
    assert client.requests() == []


async def test_commands_are_sent_one_at_a_time(bench: Bench) -> None:
    """The device never refuses a command because of an earlier one."""
    client = await bench.client()
    client.faults.answer_delay = 0.02
    await asyncio.gather(
        client.hug.set_strength(9),
        client.hug.set_area(Area.MID_BACK),
        client.hug.set_flow(Flow.FAST),
        client.hug.set_length(30),
    )
    assert client.requests() == [5, 6, 7, 8]
    assert {request.result for request in client.back.requests} == {0}


@pytest.mark.usefixtures("impatient")
async def test_command_behind_a_lost_write_reports_the_lost_connection(
    bench: Bench,
) -> None:
    """It does not report that the device is busy."""
    client = await bench.client()
    client.faults.lose_writes = Lost.REQUEST
    first = asyncio.create_task(client.hug.start(20))
    await asyncio.sleep(0)
    second = asyncio.create_task(client.hug.set_area(Area.MID_BACK))
    # Its deadline is a moment after the first one's: in that moment it could be sent on another connection.
    client.faults.hang_connect = True
    assert type(await client.refused(first)) is NoAnswerError
    assert type(await client.refused(second)) in (LinkLostError, NotReachableError)
    assert client.requests() == []


@pytest.mark.usefixtures("impatient")
async def test_command_behind_one_without_a_connection_is_not_reachable(
    bench: Bench,
) -> None:
    """It reports that there is no connection."""
    client = await bench.client()
    client.faults.hang_connect = True
    client.peripheral.drop_link()
    await client.down()
    first = asyncio.create_task(client.hug.start(20))
    await asyncio.sleep(0)
    second = asyncio.create_task(client.hug.set_area(Area.MID_BACK))
    for command in (first, second):
        assert type(await client.refused(command)) is NotReachableError


async def test_command_behind_an_unanswered_one_is_busy(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reports that another command is under way."""
    client = await bench.client()
    client.faults.answer_delay = 0.3
    first = asyncio.create_task(client.hug.start(20))
    await until(client.requests)
    with monkeypatch.context() as patched:
        patched.setattr(timeouts, "COMMAND_TIMEOUT", 0.1)
        assert type(await client.refused(client.hug.set_area(Area.MID_BACK))) is (
            BusyError
        )
    await first
    assert client.requests() == [1]


def test_first_token_is_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device may remember the last token of a killed Home Assistant."""
    monkeypatch.setattr("random.randrange", lambda end: end - 1)
    tokens = control_module.ControlPoint()._tokens
    assert [next(tokens) for _ in range(3)] == [255, 1, 2]


async def test_tokens_are_reused_but_never_twice_in_a_row(bench: Bench) -> None:
    """Token 0 is never used."""
    client = await bench.client(Build(measures_tension=False))
    await client.treat()
    for _ in range(150):
        await client.hug.pause()
        await client.hug.resume()
    tokens = [request.token for request in client.back.requests]
    assert set(tokens) == set(range(1, 256))
    assert client.hug._control._awaited == {}
