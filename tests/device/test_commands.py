"""Commands: their answers, late, lost or wrong; one at a time."""

from __future__ import annotations

import asyncio

import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.device.errors import (
    LinkLostError,
    NoAnswerError,
    WrongStateError,
)
from custom_components.backhug.device.model import Area, State
from custom_components.backhug.device.protocols import control_point as control_module
from custom_components.backhug.device.protocols.protocol import Channel
from simulator.back import Opcode
from simulator.faults import Lost
from tests.home import until

from .bench import (
    EVERY,
    EVERY_DIALECT,
    PAUSE,
    RESUME,
    START,
    Bench,
    Client,
    Command,
    Log,
    Saboteur,
)


def doubles(client: Client) -> list[int]:
    """Return the opcodes that the device received more than once."""
    opcodes = client.requests()
    return [opcode for opcode in set(opcodes) if opcodes.count(opcode) > 1]


async def test_late_answer_is_awaited(bench: Bench) -> None:
    """An answer within the timeout completes the command."""
    client = await bench.client()
    client.faults.answer_delay = 0.2
    await client.hug.start(20)
    assert client.requests() == [1]


UNAWAITED = "unexpected answer"
RESPONSE = 0x80


@pytest.mark.usefixtures("impatient")
async def test_status_replaces_an_answer_after_the_timeout(bench: Bench) -> None:
    """After the timeout Status decides; the answer is then ignored."""
    client = await bench.client()
    client.faults.answer_delay = 0.25
    await client.hug.start(20)
    assert client.hug.reported.counters[UNAWAITED] == 0
    await until(lambda: client.hug.reported.counters[UNAWAITED] == 1)
    client.mend()
    await client.hug.set_strength(9)
    assert client.requests() == [1, 5]


async def test_duplicate_answer_is_ignored(bench: Bench) -> None:
    """The second answer to a request does not answer the next request."""
    client = await bench.client()
    client.faults.answer_times = 2
    client.faults.answers_affected = frozenset({Opcode.SET_STRENGTH})
    await client.hug.set_strength(9)
    assert type(await client.refused(client.hug.pause())) is WrongStateError
    assert client.hug.reported.counters == {UNAWAITED: 1}


@pytest.mark.usefixtures("impatient")
async def test_answer_to_another_request_is_ignored(bench: Bench) -> None:
    """An answer with another token or opcode is ignored."""
    client = await bench.client()
    client.faults.answer_token = 200
    await client.hug.set_strength(9)
    assert client.hug.reported.counters == {UNAWAITED: 1}
    client.mend()
    client.faults.answer_times = 0
    pausing = asyncio.create_task(client.hug.pause())
    await until(lambda: client.requests(3))
    token = client.back.requests[-1].token
    assert token is not None
    for opcode in (1, 4, 0x83):
        client.peripheral.inject_indication(bytes((0x80, opcode, token, 0)))
    client.peripheral.inject_indication(bytes((0x80, 3, token ^ 1, 0)))
    client.peripheral.inject_indication(bytes((0x80, 3, token, 3)))
    assert type(await client.refused(pausing)) is WrongStateError
    assert client.hug.reported.counters == {UNAWAITED: 5}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("command", EVERY)
async def test_unanswered_command_succeeds_if_status_shows_its_effect(
    bench: Bench, command: Command
) -> None:
    """Status shows the effect: nothing is repeated."""
    client = await bench.client()
    if command in (PAUSE, RESUME):
        await client.treat()
    if command is RESUME:
        await client.hug.pause()
    client.faults.answer_times = 0
    await command(client.hug)
    assert doubles(client) == []
    assert client.peripheral.connections == 1
    assert client.hug.reported.wanted == {}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("command", EVERY)
async def test_unanswered_command_fails_if_status_shows_no_effect(
    bench: Bench, command: Command
) -> None:
    """Status shows no effect: the command fails."""
    client = await bench.client()
    if command is not START:
        # At rest, a described protocol keeps a setting for the start.
        await client.treat()
    if command is RESUME:
        await client.hug.pause()
    client.back.control_point.carry_out_delay = 1000
    before = client.status
    assert type(await client.refused(command(client.hug))) is NoAnswerError
    assert client.status == before
    assert doubles(client) == []
    assert client.peripheral.connections == 1


@pytest.mark.usefixtures("impatient")
async def test_unanswered_command_fails_if_status_is_malformed(
    bench: Bench, log: Log
) -> None:
    """A malformed Status shows no effect."""
    log.expect("malformed status")
    client = await bench.client()
    client.faults.answer_times = 0
    client.faults.status = b"\x01"
    starting = asyncio.create_task(client.hug.start(20))
    assert type(await client.refused(starting)) is NoAnswerError


async def test_answer_before_the_write_response_completes_the_command(
    bench: Bench,
) -> None:
    """The answer may overtake the response to the write."""
    client = await bench.client()
    client.faults.write_response_delay = 0.2
    await client.hug.start(20)
    await client.hug.set_strength(9)
    assert client.requests() == [1, 5]
    assert client.hug.reported.counters == {}


@pytest.mark.usefixtures("impatient")
async def test_answer_suffices_without_the_write_response(bench: Bench) -> None:
    """An answered write must have arrived."""
    client = await bench.client()
    client.faults.lose_writes = Lost.RESPONSE
    await client.hug.start(20)
    assert client.status.state is State.SCANNING
    # That write still blocks the way: the next command is not sent, and a new connection is made.
    client.mend()
    assert type(await client.refused(client.hug.set_strength(9))) is LinkLostError
    await client.up()
    await client.hug.set_strength(9)
    assert client.requests() == [1, 5]


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
async def test_blocked_write_costs_its_connection_only(bench: Bench) -> None:
    """The next command is sent on another connection."""
    client = await bench.client()
    client.faults.lose_writes = Lost.RESPONSE
    await client.hug.start(20)
    client.mend()
    await client.hug.set_strength(9)
    assert client.requests() == [1, 5]
    assert client.counted("given up: a write has no response") == 1


@pytest.mark.usefixtures("impatient")
async def test_lost_write_fails_in_time_and_drops_the_connection(bench: Bench) -> None:
    """A write without a response ends in time, and ends the connection."""
    client = await bench.client()
    client.faults.lose_writes = Lost.REQUEST
    assert type(await client.refused(client.hug.start(20))) is NoAnswerError
    assert client.hug.connection.client is None
    client.mend()
    await client.up()
    assert client.requests() == []
    assert client.status.state is State.STANDBY
    await client.hug.start(20)
    assert client.requests() == [1]


@pytest.mark.usefixtures("hurried")
async def test_command_is_not_repeated_if_the_connection_is_lost_before_the_answer(
    bench: Bench,
) -> None:
    """The device may have acted: the command fails."""
    client = await bench.client()
    client.faults.answer_delay = 1
    disarm = client.back.observe(Saboteur(client.peripheral.drop_link))
    assert type(await client.refused(client.hug.start(20))) is LinkLostError
    disarm()
    await client.up()
    assert client.status.state is State.SCANNING
    assert client.requests() == [1]


@pytest.mark.usefixtures("hurried")
async def test_command_is_not_repeated_if_the_connection_is_lost_during_the_write(
    bench: Bench,
) -> None:
    """The device may have acted: the command fails."""
    client = await bench.client()
    client.faults.lose_writes = Lost.REQUEST
    starting = asyncio.create_task(client.hug.start(20))
    await asyncio.sleep(0.05)
    client.peripheral.drop_link()
    assert type(await client.refused(starting)) is LinkLostError
    client.mend()
    await client.up()
    assert client.requests() == []


@pytest.mark.usefixtures("impatient")
async def test_command_fails_in_time_if_the_device_vanishes(bench: Bench) -> None:
    """A device that vanishes silently fails the command in time."""
    client = await bench.client()
    client.faults.supervision_timeout = 10
    client.faults.answer_delay = 5
    disarm = client.back.observe(Saboteur(client.peripheral.vanish))
    assert isinstance(
        await client.refused(client.hug.start(20)), LinkLostError | NoAnswerError
    )
    disarm()
    assert client.hug.connection.client is None
    client.peripheral.appear()


@pytest.mark.usefixtures("hurried")
async def test_frozen_connection_is_dropped(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an answer and without Status the connection is dropped."""
    monkeypatch.setattr(control_module, "ANSWER_TIMEOUT", 0.1)
    monkeypatch.setattr(timeouts, "READ_TIMEOUT", 0.2)
    client = await bench.client()
    client.faults.supervision_timeout = 0.6
    client.faults.answer_delay = 5
    command = asyncio.create_task(client.hug.start(20))
    await until(client.requests)
    await asyncio.sleep(0.01)
    client.peripheral.vanish()
    assert type(await client.refused(command)) is LinkLostError
    assert client.counted("given up: START failed: TimeoutError") == 1
    client.peripheral.appear()


@pytest.mark.usefixtures("hurried")
async def test_answered_command_succeeds_if_the_write_never_ends(bench: Bench) -> None:
    """The next command is sent on a new connection."""
    client = await bench.client()
    client.faults.write_response_delay = 5
    await client.hug.set_strength(9)
    assert client.status.strength == 9
    command = asyncio.create_task(client.hug.set_area(Area.UPPER_BACK))
    await asyncio.sleep(0.05)
    assert client.requests() == [5]
    client.faults.write_response_delay = 0
    client.peripheral.drop_link()
    await command
    assert client.requests() == [5, 6]


async def test_answered_command_succeeds_if_the_connection_is_lost_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer counts although the connection is lost before it is processed."""
    client = await bench.client()
    control = client.hug._control
    right = control.answered

    def answered(value: bytes, channel: Channel) -> bool:
        awaited = right(value, channel)
        # Over a described protocol Status comes here as well.
        if value[0] == RESPONSE:
            control.lost()
        return awaited

    monkeypatch.setattr(control, "answered", answered)
    await client.hug.set_strength(9)
    assert client.requests() == [5]
