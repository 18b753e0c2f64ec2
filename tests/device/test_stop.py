"""Stop goes first: over a queue, over what is under way, over a lost link."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import pairwise
from typing import Any

from bleak import BleakClient
from bleak.exc import BleakError
import pytest

from custom_components.backhug.device import (
    back_off as back_off_module,
    client as client_module,
    control as control_module,
    link as link_module,
)
from custom_components.backhug.device.errors import (
    BackHugError,
    LinkLostError,
    NoAnswerError,
    NobodyOnItError,
    NotReachableError,
    RefusedError,
    ReleasedError,
    StoppedFirstError,
    StopPendingError,
)
from custom_components.backhug.device.model import Area, Flow, SessionEnd, State
from custom_components.backhug.device.radio import GattError, InProgressError
from simulator import protocol
from simulator.back import End, Opcode
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from simulator.faults import Lost
from tests.home import features_of, until

from .bench import EVERY_DIALECT, Bench, Client, Log, Saboteur

STOP = Opcode.STOP
ONLY_STOP = frozenset({int(STOP)})
ALL_BUT_STOP = frozenset(range(256)) - ONLY_STOP


def given(*commands: Any) -> list[asyncio.Task[None]]:
    """Give commands, one after the other, without waiting for any."""
    return [asyncio.create_task(command) for command in commands]


async def no_path_back(client: Client) -> None:
    """Let the link be lost, and no path to the device be known."""
    client.in_reach = False
    client.peripheral.drop_link()
    await client.down()


async def not_let_back(client: Client) -> None:
    """Let the link be lost, and the device not take another one."""
    client.faults.refuse_connections = True
    client.peripheral.drop_link()
    await client.down()


# Over what waits


async def test_overtakes_a_queue(bench: Bench) -> None:
    """What was asked for before a stop is neither carried out nor sent after it."""
    client = await bench.client()
    client.back.control_point.carry_out_delay = 1000
    queue = given(
        client.hug.start(20),
        client.hug.set_strength(9),
        client.hug.set_area(Area.MID_BACK),
        client.hug.pause(),
        client.hug.set_length(30),
    )
    await until(client.told)
    await client.hug.stop()
    assert client.told() == [1, 2]
    for command in queue:
        assert type(await client.refused(command)) is StoppedFirstError
    await asyncio.sleep(0.5)
    assert client.told() == [1, 2]
    client.clock.advance(2000)
    assert client.back.session_number == 0
    assert (client.back.strength, client.back.area) == (3, 0)


async def test_overtakes_what_is_carried_out_already(bench: Bench) -> None:
    """A start that was carried out before the stop has done what it should; then it is stopped."""
    client = await bench.client()
    client.back.control_point.answer_delay = 1000
    (start,) = given(client.hug.start(20))
    await until(lambda: client.back.running)
    await client.hug.stop()
    await start
    assert client.told() == [1, 2]
    assert client.shown() is State.FINISHING
    assert client.status.last_end is SessionEnd.STOPPED_BY_CLIENT


async def test_what_comes_after_a_stop(bench: Bench) -> None:
    """A stop takes nothing from what is asked for after it."""
    client = await bench.client()
    await client.treat()
    before = given(client.hug.set_strength(9), client.hug.set_flow(Flow.FAST))
    await asyncio.sleep(0)
    stop, after = given(client.hug.stop(), client.hug.set_strength(8))
    await stop
    await after
    await asyncio.gather(*before, return_exceptions=True)
    assert client.told().index(2) < len(client.told()) - 1
    assert client.told()[-1] == 5
    assert client.back.strength == 8
    assert client.back.last_end is End.STOPPED_BY_CLIENT


@pytest.mark.usefixtures("hurried")
async def test_later_commands_wait_for_a_stop(bench: Bench) -> None:
    """While a stop is on its way nothing else is sent."""
    client = await bench.client()
    await client.treat()
    client.faults.answers_affected = ONLY_STOP
    client.faults.answer_delay = 0.2
    stop, start = given(client.hug.stop(), client.hug.start(20))
    await until(lambda: client.told(STOP))
    await asyncio.sleep(0.05)
    assert 8 not in client.told()
    assert client.told(1) == [1]
    await stop
    await asyncio.gather(start, return_exceptions=True)
    assert client.told()[-1] == 1


async def test_in_a_drag(bench: Bench) -> None:
    """A slider that was being dragged does not go on after the stop."""
    client = await bench.client()
    await client.treat()
    drag = given(client.hug.set_strength(1))
    await until(lambda: client.told(5))
    drag += given(*(client.hug.set_strength(level) for level in range(2, 11)))
    await asyncio.sleep(0)
    await client.hug.stop()
    outcomes = await asyncio.gather(*drag, return_exceptions=True)
    assert isinstance(outcomes[-1], StoppedFirstError)
    told = client.told()
    assert told[-1] == 2
    assert client.hug.snapshot.settings is not None
    assert client.hug.snapshot.settings.strength == client.back.strength


async def test_two_stops(bench: Bench) -> None:
    """Whoever presses stop twice gets two answers."""
    client = await bench.client()
    await client.treat()
    await asyncio.gather(client.hug.stop(), client.hug.stop())
    assert not client.back.running


# What it moves


@pytest.mark.parametrize("fault", [False, True])
async def test_moves_nothing(bench: Bench, fault: bool) -> None:
    """Stopping a device that is idle, or has a fault, changes nothing."""
    client = await bench.client()
    if fault:
        client.back.overheat()
        await client.shows(State.FAULT)
    before = client.status
    await client.hug.stop()
    assert client.told() == [2]
    assert client.status == before
    assert client.back.last_end is End.NONE


async def test_stops_in_every_state(bench: Bench) -> None:
    """Scanning, treating, paused: it stops at once."""
    client = await bench.client()
    for pause, treat in ((False, False), (False, True), (True, True)):
        await client.hug.start(20)
        if treat:
            client.clock.advance(21)
            await client.shows(State.TREATING)
        if pause:
            await client.hug.pause()
        await client.hug.stop()
        assert client.shown() is State.FINISHING
        await client.hug.stop()
        assert client.shown() is State.FINISHING
        client.clock.advance(16)
        await client.shows(State.STANDBY)


# Until it is answered


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


# While the link is down


@pytest.mark.usefixtures("hurried")
async def test_delivered_on_reconnection(bench: Bench) -> None:
    """A stop that could not be told is told as soon as the link is back, before all else."""
    client = await bench.client()
    await client.treat()
    await no_path_back(client)
    queued = given(client.hug.set_strength(9))
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    assert isinstance(await client.refused(queued[0]), BackHugError)
    client.mend()
    await client.up()
    assert client.told() == [1, 2]
    assert client.back.last_end is End.STOPPED_BY_CLIENT
    assert client.shown() is State.FINISHING
    # Once: a session that is started later is not stopped.
    client.clock.advance(16)
    client.back.start_at_device(20)
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    assert client.shown() is State.SCANNING
    assert client.told() == [1, 2]


@pytest.mark.usefixtures("hurried")
async def test_link_comes_back_in_time(bench: Bench) -> None:
    """If the link is back soon enough the stop has succeeded."""
    client = await bench.client()
    await client.treat()
    await not_let_back(client)
    (stop,) = given(client.hug.stop())
    await asyncio.sleep(0.05)
    client.mend()
    await stop
    assert not client.back.running
    assert client.shown() is State.FINISHING


async def test_link_is_lost_during_the_stop(bench: Bench) -> None:
    """A stop whose answer is lost with the link is told again."""
    client = await bench.client()
    await client.treat()
    client.faults.answer_delay = 1
    disarm = client.back.observe(Saboteur(client.peripheral.drop_link))
    (stop,) = given(client.hug.stop())
    await until(lambda: client.told(STOP))
    disarm()
    client.mend()
    await stop
    assert not client.back.running


@pytest.mark.usefixtures("hurried")
async def test_another_session_runs(bench: Bench) -> None:
    """A pending stop is for one session; a later one, of somebody else, goes on."""
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
    assert client.told() == [1]
    # And it is not kept for a third one either.
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    assert client.told() == [1]


async def test_session_has_ended(bench: Bench) -> None:
    """Nothing is left to stop."""
    client = await bench.client()
    await client.treat()
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.back.stop_at_device()
    client.clock.advance(16)
    client.mend()
    await client.up()
    assert client.told() == [1]
    assert client.status.last_end is SessionEnd.STOPPED_AT_DEVICE


async def test_nothing_to_stop(bench: Bench) -> None:
    """An idle device out of reach: it could not be told, and nothing is left to be done."""
    client = await bench.client()
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is NotReachableError
    client.back.start_at_device(20)
    client.mend()
    await client.up()
    assert client.shown() is State.SCANNING
    assert client.told() == []


@pytest.mark.usefixtures("hurried")
async def test_status_is_malformed_on_reconnection(bench: Bench, log: Log) -> None:
    """Whether the session still runs cannot be known: it is not stopped by guess, but as soon as it is known."""
    log.expect("malformed status")
    client = await bench.client()
    await client.treat()
    assert client.hug.snapshot.ends_at is not None
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    client.faults.status = b"\x02"
    client.peripheral.status_on_subscribe = False
    await until(lambda: client.hug.link.client)
    assert client.told() == [1]
    assert client.hug.snapshot.connected
    assert client.hug.snapshot.status is None
    shown = client.hug.snapshot
    assert (shown.settings, shown.ends_at) == (None, None)
    client.faults.status = None
    client.clock.advance(1)
    await until(lambda: not client.back.running, "it is stopped")
    assert client.told() == [1, 2]


async def test_unknown_state_is_stopped(bench: Bench) -> None:
    """A device in a state that nobody knows may be moving: it is stopped."""
    client = await bench.client()
    unknown = bytes.fromhex("09 00 03 00 00 01 b0 04 b0 04 07 00 00 00 00 00")
    client.peripheral.inject_status(unknown)
    await until(lambda: client.shown() is State.UNKNOWN)
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    client.faults.status = unknown
    await until(lambda: client.told(STOP))


# After a start of which nobody knows


async def unsettled(client: Client, *, arrives: bool) -> None:
    """Ask for a start, and lose the link before its answer."""
    client.faults.answer_delay = 5
    client.faults.drop_notifications = True
    if arrives:
        disarm = client.back.observe(Saboteur(client.peripheral.drop_link))
        (start,) = given(client.hug.start(20))
        await until(client.told)
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
async def test_after_an_unsettled_start(bench: Bench) -> None:
    """A start that perhaps arrived is stopped, if it did."""
    client = await bench.client()
    await unsettled(client, arrives=True)
    await client.down()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    await client.up()
    assert client.told() == [1, 2]
    assert client.shown() is State.FINISHING


async def test_start_that_never_arrived(bench: Bench) -> None:
    """If it did not, there is nothing to stop, and somebody else's session is not ours."""
    client = await bench.client()
    await unsettled(client, arrives=False)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.back.start_at_device(20)
    client.back.stop_at_device()
    client.clock.advance(16)
    client.back.start_at_device(20)
    client.mend()
    await client.up()
    assert client.told() == []
    assert client.shown() is State.SCANNING
    assert client.status.session == 2


async def test_start_that_was_refused(bench: Bench) -> None:
    """A start that the device refused has begun nothing: there is nothing to stop."""
    client = await bench.client(occupied=False)
    assert type(await client.refused(client.hug.start(20))) is NobodyOnItError
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is NotReachableError


async def test_start_that_was_no_request(bench: Bench) -> None:
    """Nor has one that ATT refused, which never was a request."""
    client = await bench.client()
    client.faults.write_errors = [0x80]
    assert type(await client.refused(client.hug.start(20))) is RefusedError
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is NotReachableError


async def test_session_that_is_over(bench: Bench) -> None:
    """Nor is there anything to stop of a session of ours that is over."""
    client = await bench.client()
    await client.hug.start(20)
    client.back.stop_at_device()
    client.clock.advance(16)
    await client.shows(State.STANDBY)
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is NotReachableError


async def test_setting_that_was_not_answered(bench: Bench) -> None:
    """A setting begins no session, whatever became of it."""
    client = await bench.client()
    client.faults.answer_delay = 5
    (setting,) = given(client.hug.set_strength(9))
    await until(client.told)
    client.in_reach = False
    client.peripheral.drop_link()
    assert type(await client.refused(setting)) is LinkLostError
    assert type(await client.refused(client.hug.stop())) is NotReachableError


@pytest.mark.usefixtures("impatient")
async def test_start_that_was_not_answered(bench: Bench) -> None:
    """A start that may still come is stopped before it does."""
    client = await bench.client()
    client.back.control_point.carry_out_delay = 1000
    assert type(await client.refused(client.hug.start(20))) is NoAnswerError
    await client.hug.stop()
    client.clock.advance(2000)
    assert client.back.session_number == 0
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is NotReachableError


# Where nothing can be told


async def test_released(bench: Bench) -> None:
    """Over a released link nothing is sent, and nothing is kept for later."""
    client = await bench.client()
    await client.treat()
    await client.hug.link.release()
    assert type(await client.refused(client.hug.stop())) is ReleasedError
    await client.connect()
    assert client.shown() is State.TREATING
    assert client.told() == [1]


@pytest.mark.usefixtures("hurried")
async def test_released_while_it_waits(bench: Bench) -> None:
    """Whoever releases the link takes back the stop that waits for it."""
    client = await bench.client()
    await client.treat()
    await not_let_back(client)
    (stop,) = given(client.hug.stop())
    await asyncio.sleep(0.02)
    await client.hug.link.release()
    assert type(await client.refused(stop)) is ReleasedError


@pytest.mark.usefixtures("impatient")
async def test_due_stop_does_not_wait_for_the_back_off(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that is due connects as soon as the device is heard, also after a short silence."""
    client = await bench.client()
    await client.treat()
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 1000)
    monkeypatch.setattr(link_module, "LONGEST_BACK_OFF", 1000)
    monkeypatch.setattr(back_off_module, "URGENT_INTERVAL", 0.3)
    await not_let_back(client)
    client.peripheral.vanish()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    attempts = client.counted("no connection")
    await asyncio.sleep(0.7)
    assert client.counted("no connection") == attempts, "nothing is heard"
    client.mend()
    client.peripheral.appear()
    await until(lambda: not client.back.running, "the stop is delivered")
    await until(lambda: not client.hug.stop_due, "that is known")


@pytest.mark.usefixtures("impatient")
async def test_due_stop_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as it is heard and does not let itself be connected, it is tried again, and not all the time."""
    client = await bench.client()
    await client.treat()
    monkeypatch.setattr(link_module, "FIRST_BACK_OFF", 1000)
    monkeypatch.setattr(link_module, "LONGEST_BACK_OFF", 1000)
    monkeypatch.setattr(back_off_module, "URGENT_INTERVAL", 0.2)
    await not_let_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    attempts = client.counted("no connection")
    await asyncio.sleep(1.1)
    assert 2 <= client.counted("no connection") - attempts <= 6
    client.mend()
    await until(lambda: not client.back.running, "the stop is delivered")


@pytest.mark.parametrize("status", [None, b"\x02"])
async def test_before_the_first_connection_is_kept(
    bench: Bench, log: Log, status: bytes | None
) -> None:
    """Nobody knows what runs: whatever runs on the first connection is stopped, once."""
    client = await bench.client(connect=False, features=features_of(Build()))
    client.back.start_at_device(20)
    client.in_reach = False
    client.hug.link.hold()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    assert client.hug.stop_due == frozenset()
    if status is not None:
        log.expect("malformed status")
    client.mend()
    client.faults.status = status
    await client.up()
    assert not client.back.running
    assert not client.hug.stop_kept
    client.faults.status = None
    client.clock.advance(16)
    client.back.start_at_device(20)
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    assert client.shown() is State.SCANNING
    assert client.told() == [2]


@pytest.mark.usefixtures("hurried")
async def test_before_the_first_connection_lapses(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No session is longer than an hour: what runs after that has begun since."""
    monkeypatch.setattr(client_module, "LONGEST_SESSION", 0.1)
    client = await bench.client(connect=False, features=features_of(Build()))
    client.in_reach = False
    client.hug.link.hold()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    await asyncio.sleep(0.1)
    assert not client.hug.stop_kept
    client.back.start_at_device(20)
    client.mend()
    await client.up()
    assert client.shown() is State.SCANNING


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("running", "module_name"), [(False, "STALE"), (True, "LONGEST_SESSION")]
)
async def test_what_was_last_known_is_old(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, running: bool, module_name: str
) -> None:
    """Without a connection for long, a session may run that nobody here has seen begin: it is stopped."""
    client = await bench.client()
    if running:
        await client.treat()
    await no_path_back(client)
    client.back.stop_at_device()
    client.clock.advance(16)
    client.back.start_at_device(20)
    await asyncio.sleep(0.1)
    with monkeypatch.context() as patched:
        patched.setattr(client_module, module_name, 0.1)
        assert type(await client.refused(client.hug.stop())) is StopPendingError
        patched.setattr(client_module, "LONGEST_SESSION", 3600)
        client.hug.keep_stop()
    client.mend()
    await client.up()
    assert not client.back.running


async def test_idle_on_the_first_connection(bench: Bench) -> None:
    """If nothing runs then, nothing is sent, and what begins later goes on."""
    client = await bench.client(connect=False, features=features_of(Build()))
    client.in_reach = False
    client.hug.link.hold()
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    client.mend()
    await client.up()
    assert not client.hug.stop_kept
    assert client.told() == []


async def test_tells_what_it_ended(bench: Bench) -> None:
    """Whether a session was there to end is what the device says, once it is connected."""
    client = await bench.client()
    assert not await client.hug.stop()
    await client.treat()
    assert await client.hug.stop()
    assert not await client.hug.stop()
    client.clock.advance(16)
    await client.shows(State.STANDBY)
    # Its beginning was not notified.
    client.faults.drop_notifications = True
    client.back.start_at_device(20)
    client.faults.drop_notifications = False
    assert client.shown() is State.STANDBY
    assert await client.hug.stop()


@pytest.mark.usefixtures("hurried")
async def test_delivered_while_the_connection_is_prepared(bench: Bench) -> None:
    """A stop that has come through has done so, although the connection is lost before it is ready."""
    client = await bench.client()
    await client.treat()
    await not_let_back(client)

    def be_slow() -> None:
        client.faults.read_delay = 5

    disarm = client.back.observe(Saboteur(be_slow))
    client.mend()
    assert await client.hug.stop()
    disarm()
    client.mend()
    await client.up()
    assert client.told() == [1, 2]


@pytest.mark.usefixtures("hurried")
async def test_while_a_disconnection_hangs(bench: Bench) -> None:
    """As long as the device is still connected it takes no other connection: the stop goes over this one."""
    client = await bench.client()
    await client.treat()
    client.faults.hang_disconnect = True
    releasing = asyncio.create_task(client.hug.link.release())
    await until(lambda: client.hug.link.leaving, "it is being disconnected")
    assert await client.hug.stop()
    assert not client.back.running
    await releasing
    client.mend()
    client.peripheral.drop_link()


@pytest.mark.usefixtures("impatient")
async def test_does_not_come_through_while_a_disconnection_hangs(bench: Bench) -> None:
    """If it does not come through there either, that is told."""
    client = await bench.client()
    await client.treat()
    client.faults.hang_disconnect = True
    client.faults.lose_writes = Lost.REQUEST
    releasing = asyncio.create_task(client.hug.link.release())
    await until(lambda: client.hug.link.leaving, "it is being disconnected")
    assert type(await client.refused(client.hug.stop())) is ReleasedError
    await releasing
    client.mend()
    client.peripheral.drop_link()


@pytest.mark.usefixtures("hurried")
async def test_released_meanwhile_is_kept(bench: Bench) -> None:
    """A stop that was under way as the link was released is delivered with the next connection."""
    client = await bench.client()
    await client.treat()
    await not_let_back(client)
    (stop,) = given(client.hug.stop())
    await asyncio.sleep(0.02)
    await client.hug.link.release()
    assert type(await client.refused(stop)) is ReleasedError
    assert client.hug.stop_due == {1}
    client.mend()
    await client.connect()
    assert client.shown() is State.FINISHING


# After a command that its caller gives up


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


async def test_before_all_is_read(bench: Bench) -> None:
    """A stop while the link comes up waits for it, and no longer."""
    client = await bench.client(connect=False)
    client.back.start_at_device(20)
    client.hug.link.hold()
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
    monkeypatch.setattr(client_module, "STOP_PATIENCE", 0.3)
    client = await bench.client()
    await client.treat()
    client.faults.answer_delay = 0.1
    client.faults.write_response_delay = 2
    await client.hug.stop()
    assert client.peripheral.connections == 1
    assert client.told(STOP) == [STOP]


@EVERY_DIALECT
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
        client_module.STOP_PATIENCE
        + client_module.GLANCE_TIMEOUT
        + link_module.FIRST_BACK_OFF
        < client_module.COMMAND_TIMEOUT
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
async def test_due_while_the_counter_dips(bench: Bench) -> None:
    """A session number that dips for a moment does not make a stop that is due one of another session."""
    client = await bench.client()
    client.back.session_number = 6
    await client.treat()
    await not_let_back(client)
    (stop,) = given(client.hug.stop())
    await asyncio.sleep(0.02)
    await client.hug.link.release()
    assert type(await client.refused(stop)) is ReleasedError
    client.mend()
    client.back.session_number = 3
    await client.connect()
    assert client.back.running
    assert client.hug.stop_due == {7}
    client.back.session_number = 7
    client.back.set_at_device(strength=5)
    await until(lambda: not client.back.running, "it is stopped")
    await until(lambda: not client.hug.stop_due, "that is known")


@pytest.mark.usefixtures("hurried")
async def test_due_is_urgent_for_an_hour(bench: Bench) -> None:
    """The session is over after an hour: the attempts to connect are then as rare as for anything else."""
    client = await bench.client()
    await client.treat()
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    assert client.hug._urgent()
    client.hug._stop_urgent_until -= client_module.LONGEST_SESSION
    assert not client.hug._urgent()
    assert client.hug.stop_due


@pytest.mark.usefixtures("impatient")
async def test_found_at_rest_by_a_connection_that_is_lost(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that turns out to be needless is through, although no connection gets ready."""
    client = await bench.client()
    await client.treat()
    await no_path_back(client)
    client.back.stop_at_device()

    async def fail(_client: object) -> None:
        raise GattError("lost")

    monkeypatch.setattr(client.hug, "_read_record", fail)
    client.in_reach = True
    assert await client.hug.stop() is False
    assert client.hug.stop_due == frozenset()
    assert client.told(STOP) == []


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
