"""A stop without a connection is kept for the next one."""

from __future__ import annotations

import asyncio

import pytest

from custom_components.backhug.device.errors import (
    BackHugError,
    LinkLostError,
    NoAnswerError,
    NobodyOnItError,
    RefusedError,
    StopPendingError,
)
from custom_components.backhug.device.model import SessionEnd, State
from simulator.back import End
from simulator.faults import Lost
from tests.home import until

from .bench import STOP, Bench, Client, Log, Saboteur, given
from .kept_stops import no_path_back, not_let_back


@pytest.mark.usefixtures("hurried")
async def test_kept_stop_is_delivered_on_reconnection(bench: Bench) -> None:
    """Before anything else."""
    client = await bench.client()
    await client.treat()
    await no_path_back(client)
    queued = given(client.hug.set_strength(9))
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    assert isinstance(await client.refused(queued[0]), BackHugError)
    client.mend()
    await client.up()
    assert client.requests() == [1, 2]
    assert client.back.last_end is End.STOPPED_BY_CLIENT
    assert client.shown() is State.FINISHING
    # Once: a session that is started later is not stopped.
    client.clock.advance(16)
    client.back.start_at_device(20)
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    assert client.shown() is State.SCANNING
    assert client.requests() == [1, 2]


@pytest.mark.usefixtures("hurried")
async def test_stop_succeeds_if_the_connection_is_back_in_time(bench: Bench) -> None:
    """Within the command timeout."""
    client = await bench.client()
    await client.treat()
    await not_let_back(client)
    (stop,) = given(client.hug.stop())
    await asyncio.sleep(0.05)
    client.mend()
    await stop
    assert not client.back.running
    assert client.shown() is State.FINISHING


@pytest.mark.usefixtures("hurried")
async def test_stop_is_repeated_if_its_answer_is_lost(bench: Bench) -> None:
    """On the next connection."""
    client = await bench.client()
    await client.treat()
    client.faults.answer_delay = 1
    disarm = client.back.observe(Saboteur(client.peripheral.drop_link))
    (stop,) = given(client.hug.stop())
    await until(lambda: client.requests(STOP))
    disarm()
    client.mend()
    await stop
    assert not client.back.running


@pytest.mark.usefixtures("hurried")
async def test_kept_stop_spares_a_later_session(bench: Bench) -> None:
    """It is kept for one session."""
    client = await bench.client()
    await client.treat()
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.back.stop_at_device()
    client.clock.advance(16)
    client.back.start_at_device(20)
    client.mend()
    await client.up()
    assert client.shown() is State.SCANNING
    assert client.status.session == 2
    assert client.requests() == [1]
    # And it is not kept for a third one either.
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    assert client.requests() == [1]


@pytest.mark.usefixtures("hurried")
async def test_kept_stop_is_dropped_if_its_session_has_ended(bench: Bench) -> None:
    """Nothing is sent."""
    client = await bench.client()
    await client.treat()
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.back.stop_at_device()
    client.clock.advance(16)
    client.mend()
    await client.up()
    assert client.requests() == [1]
    assert client.status.last_end is SessionEnd.STOPPED_AT_DEVICE


@pytest.mark.usefixtures("hurried")
async def test_stop_of_an_idle_device_is_kept(bench: Bench) -> None:
    """It ends a session that begins at the device unseen, just after the connection was lost."""
    client = await bench.client()
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.back.start_at_device(20)
    client.mend()
    await until(lambda: client.shown() is State.FINISHING)
    assert client.requests() == [STOP]


@pytest.mark.usefixtures("hurried")
async def test_kept_stop_of_an_idle_device_is_sent_to_none(bench: Bench) -> None:
    """It ends with the first connection."""
    client = await bench.client()
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    await client.up()
    client.back.start_at_device(20)
    await client.shows(State.SCANNING)
    assert client.requests() == []
    assert not client.hug.stop_kept


async def no_session_is_due(client: Client) -> bool:
    """Stop out of reach; return whether that is for no session in particular."""
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    return not client.hug.stop_due


@pytest.mark.usefixtures("hurried")
async def test_kept_stop_waits_for_a_well_formed_status(bench: Bench, log: Log) -> None:
    """It is delivered once Status shows the session."""
    log.expect("malformed status")
    client = await bench.client()
    await client.treat()
    assert client.hug.snapshot.ends_at is not None
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    client.faults.status = b"\x02"
    client.peripheral.status_on_subscribe = False
    await until(lambda: client.hug.connection.client)
    assert client.requests() == [1]
    assert client.hug.snapshot.connected
    assert client.hug.snapshot.status is None
    shown = client.hug.snapshot
    assert (shown.settings, shown.ends_at) == (None, None)
    client.faults.status = None
    client.clock.advance(1)
    await until(lambda: not client.back.running, "it is stopped")
    assert client.requests() == [1, 2]


@pytest.mark.usefixtures("hurried")
async def test_kept_stop_is_delivered_in_an_unknown_state(bench: Bench) -> None:
    """The device may be moving."""
    client = await bench.client()
    unknown = bytes.fromhex("09 00 03 00 00 01 b0 04 b0 04 07 00 00 00 00 00")
    client.peripheral.inject_status(unknown)
    await until(lambda: client.shown() is State.UNKNOWN)
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    client.faults.status = unknown
    await until(lambda: client.requests(STOP))


async def unsettled(client: Client, *, arrives: bool) -> None:
    """Ask for a start, and lose the link before its answer."""
    client.faults.answer_delay = 5
    client.faults.drop_notifications = True
    if arrives:
        disarm = client.back.observe(Saboteur(client.peripheral.drop_link))
        (start,) = given(client.hug.start(20))
        await until(client.requests)
        client.in_reach = False
        error = await client.refused(start)
        disarm()
    else:
        client.faults.lose_writes = Lost.REQUEST
        (start,) = given(client.hug.start(20))
        await asyncio.sleep(0.05)
        client.in_reach = False
        client.peripheral.drop_link()
        error = await client.refused(start)
    assert type(error) is LinkLostError
    client.mend()
    client.in_reach = False
    assert client.shown() is State.STANDBY


@pytest.mark.usefixtures("hurried")
async def test_unanswered_start_that_arrived_is_stopped(bench: Bench) -> None:
    """On reconnection."""
    client = await bench.client()
    await unsettled(client, arrives=True)
    await client.down()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    await client.up()
    assert client.requests() == [1, 2]
    assert client.shown() is State.FINISHING


@pytest.mark.usefixtures("hurried")
async def test_unanswered_start_that_never_arrived_is_not_stopped(bench: Bench) -> None:
    """Another session goes on."""
    client = await bench.client()
    await unsettled(client, arrives=False)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.back.start_at_device(20)
    client.back.stop_at_device()
    client.clock.advance(16)
    client.back.start_at_device(20)
    client.mend()
    await client.up()
    assert client.requests() == []
    assert client.shown() is State.SCANNING
    assert client.status.session == 2


@pytest.mark.usefixtures("hurried")
async def test_refused_start_leaves_no_session_due(bench: Bench) -> None:
    """The device began no session."""
    client = await bench.client(occupied=False)
    assert type(await client.refused(client.hug.start(20))) is NobodyOnItError
    await no_path_back(client)
    assert await no_session_is_due(client)


@pytest.mark.usefixtures("hurried")
async def test_start_that_att_refused_leaves_no_session_due(bench: Bench) -> None:
    """It was no request."""
    client = await bench.client()
    client.faults.write_errors = [0x80]
    assert type(await client.refused(client.hug.start(20))) is RefusedError
    await no_path_back(client)
    assert await no_session_is_due(client)


@pytest.mark.usefixtures("hurried")
async def test_finished_session_leaves_no_session_due(bench: Bench) -> None:
    """It is over."""
    client = await bench.client()
    await client.hug.start(20)
    client.back.stop_at_device()
    client.clock.advance(16)
    await client.shows(State.STANDBY)
    await no_path_back(client)
    assert await no_session_is_due(client)


@pytest.mark.usefixtures("hurried")
async def test_unanswered_setting_leaves_no_session_due(bench: Bench) -> None:
    """It begins no session."""
    client = await bench.client()
    client.faults.answer_delay = 5
    (setting,) = given(client.hug.set_strength(9))
    await until(client.requests)
    client.in_reach = False
    client.peripheral.drop_link()
    assert type(await client.refused(setting)) is LinkLostError
    assert await no_session_is_due(client)


@pytest.mark.usefixtures("impatient")
async def test_stop_prevents_an_unanswered_start(bench: Bench) -> None:
    """The start was still to be carried out."""
    client = await bench.client()
    client.back.control_point.carry_out_delay = 1000
    assert type(await client.refused(client.hug.start(20))) is NoAnswerError
    await client.hug.stop()
    client.clock.advance(2000)
    assert client.back.session_number == 0
    await no_path_back(client)
    assert await no_session_is_due(client)
