"""The control point over the air: refusals, and answers that come late, twice, or never."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, override

from bleak.exc import BleakError
from bumble.pairing import PairingConfig, PairingDelegate
import pytest

from custom_components.backhug.device import (
    client as client_module,
    control as control_module,
)
from custom_components.backhug.device.client import BackHug
from custom_components.backhug.device.errors import (
    BackHugError,
    BusyError,
    InFaultError,
    InvalidParameterError,
    LinkLostError,
    NoAnswerError,
    NobodyOnItError,
    NotReachableError,
    NotSupportedError,
    PairingError,
    RefusedError,
    ReleasedError,
    StoppedFirstError,
    UnknownStateError,
    WrongStateError,
)
from custom_components.backhug.device.model import Area, Fault, Flow, State
from simulator.back import Opcode
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from simulator.dialect import Dialect
from simulator.faults import Lost
from tests.home import until

from .bench import EVERY_DIALECT, Bench, Client, Log, Saboteur

type Command = Callable[[BackHug], Coroutine[Any, Any, None]]

START: Command = lambda hug: hug.start(20)  # noqa: E731
PAUSE: Command = lambda hug: hug.pause()  # noqa: E731
RESUME: Command = lambda hug: hug.resume()  # noqa: E731
STRENGTH: Command = lambda hug: hug.set_strength(9)  # noqa: E731
AREA: Command = lambda hug: hug.set_area(Area.LOWER_BACK)  # noqa: E731
FLOW: Command = lambda hug: hug.set_flow(Flow.FAST)  # noqa: E731
LENGTH: Command = lambda hug: hug.set_length(25)  # noqa: E731
EVERY = [START, PAUSE, RESUME, STRENGTH, AREA, FLOW, LENGTH]


def doubles(client: Client) -> list[int]:
    """Return the opcodes that the device was told more than once."""
    told = client.told()
    return [opcode for opcode in set(told) if told.count(opcode) > 1]


# What the device refuses


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
    assert client.hug.known.wanted == {}
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


# What is not even sent


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
    await client.hug.link.release()
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


# An encrypted link


@EVERY_DIALECT
async def test_pairing_on_demand(bench: Bench) -> None:
    """The client pairs when the device demands it, once, and repeats the write."""
    client = await bench.client(Build(encrypted=True))
    await client.hug.stop()
    assert client.peripheral.refused == []
    await client.hug.start(20)
    assert client.peripheral.encrypted
    assert client.status.state is State.SCANNING
    assert [code for _, code in client.peripheral.refused] == [0x05]
    await client.hug.set_strength(2)
    assert len(client.peripheral.refused) == 1
    # Whoever has paired is known the next time.
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    await client.hug.set_strength(3)
    assert len(client.peripheral.refused) == 1
    assert client.told() == [2, 1, 5, 5]


@EVERY_DIALECT
async def test_device_has_forgotten_us(bench: Bench) -> None:
    """A device that was reset to its factory state is paired with anew."""
    client = await bench.client(Build(encrypted=True))
    await client.hug.set_strength(2)
    client.peripheral.forget_bonds()
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    await client.hug.set_strength(3)
    assert client.back.strength == 3
    assert client.peripheral.encrypted


class Reluctant(PairingDelegate):
    """Somebody at the device who thinks about a pairing, and then refuses or accepts it."""

    def __init__(self, answer: bool) -> None:
        """Begin thinking."""
        super().__init__(PairingDelegate.NO_OUTPUT_NO_INPUT)
        self.asked = asyncio.Event()
        self.decided = asyncio.Event()
        self._answer = answer

    @override
    async def accept(self) -> bool:
        """Think about it."""
        self.asked.set()
        await self.decided.wait()
        return self._answer

    def put_before(self, client: Client) -> None:
        """Decide about the pairings of a device from now on."""
        client.peripheral.device.pairing_config_factory = lambda _: PairingConfig(
            mitm=False, delegate=self
        )


@pytest.fixture
def stops_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the time after which a stop that is not answered is sent over a new connection."""
    monkeypatch.setattr(client_module, "STOP_PATIENCE", 0.5)


@EVERY_DIALECT
@pytest.mark.usefixtures("stops_soon")
async def test_pairing_fails(bench: Bench) -> None:
    """Whoever gave the command learns that pairing failed; nothing was changed."""
    client = await bench.client(Build(encrypted=True))
    somebody = Reluctant(answer=False)
    somebody.decided.set()
    somebody.put_before(client)
    assert type(await client.refused(client.hug.start(20))) is PairingError
    assert client.told() == []
    await client.hug.stop()


@EVERY_DIALECT
async def test_pairing_does_not_help(bench: Bench) -> None:
    """A device that refuses all the same is not asked over and over."""
    client = await bench.client()
    client.faults.write_error = 0x0F
    assert type(await client.refused(client.hug.start(20))) is RefusedError
    # BlueZ pairs by itself, and is asked to once more.
    assert len(client.peripheral.refused) in (2, 3)


@EVERY_DIALECT
@pytest.mark.usefixtures("stops_soon")
async def test_stop_while_pairing(bench: Bench) -> None:
    """What was to be sent after pairing is not sent if a stop came first."""
    client = await bench.client(Build(encrypted=True))
    somebody = Reluctant(answer=True)
    somebody.put_before(client)
    start = asyncio.create_task(client.hug.start(20))
    await somebody.asked.wait()
    await client.hug.stop()
    somebody.decided.set()
    # Over BlueZ the stop needs a connection of its own.
    assert type(await client.refused(start)) in (StoppedFirstError, LinkLostError)
    assert 1 not in client.told()


@pytest.mark.parametrize("asked", [False, True])
async def test_given_up_while_pairing(bench: Bench, asked: bool) -> None:
    """What its caller gives up is not repeated over the encrypted link, wherever in the pairing that is."""
    client = await bench.client(Build(encrypted=True))
    somebody = Reluctant(answer=True)
    somebody.put_before(client)
    start = asyncio.create_task(client.hug.start(20))
    if asked:
        await somebody.asked.wait()
    else:
        # For a moment only: it is refused at once.
        while client.hug._control.requester is None:
            await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    somebody.decided.set()
    if asked:
        await until(lambda: client.peripheral.encrypted, "it is paired")
    await client.hug.stop()
    assert client.told() == [2]
    assert client.peripheral.connections == 1


@EVERY_DIALECT
@pytest.mark.usefixtures("impatient")
async def test_pairing_takes_for_ever(bench: Bench, dialect: Dialect) -> None:
    """Nobody waits longer than for any other command, and is told why."""
    client = await bench.client(Build(encrypted=True))
    Reluctant(answer=True).put_before(client)
    error = await client.refused(client.hug.start(20))
    # BlueZ pairs by itself as it writes.
    assert type(error) is (NoAnswerError if dialect is Dialect.BLUEZ else PairingError)
    assert client.told() == []


@pytest.mark.parametrize("dialect", [Dialect.BLUEZ], indirect=True)
@pytest.mark.usefixtures("stops_soon")
async def test_nobody_pairs(bench: Bench) -> None:
    """Without a pairing agent BlueZ pairs nothing, and writes nothing any more: a stop gets through all the same."""
    client = await bench.client(Build(encrypted=True))
    client.home.scanner.central.agent = False
    client.back.start_at_device(20)
    await client.shows(State.SCANNING)
    assert type(await client.refused(client.hug.set_strength(9))) is PairingError
    assert client.told() == []
    await client.hug.stop()
    assert not client.back.running
    assert client.told() == [2]


# Answers


async def test_late_answer(bench: Bench) -> None:
    """An answer that comes within the time is waited for."""
    client = await bench.client()
    client.faults.answer_delay = 0.2
    await client.hug.start(20)
    assert client.told() == [1]


UNAWAITED = "answer that nobody awaits"


@pytest.mark.usefixtures("impatient")
async def test_too_late_an_answer(bench: Bench) -> None:
    """After its time Status tells the truth; the answer then comes to nobody."""
    client = await bench.client()
    client.faults.answer_delay = 0.25
    await client.hug.start(20)
    assert client.hug.known.counters[UNAWAITED] == 0
    await until(lambda: client.hug.known.counters[UNAWAITED] == 1)
    client.mend()
    await client.hug.set_strength(9)
    assert client.told() == [1, 5]


async def test_answer_twice(bench: Bench) -> None:
    """The second answer to a request comes to nobody, and not to the next request."""
    client = await bench.client()
    client.faults.answer_times = 2
    client.faults.answers_affected = frozenset({Opcode.SET_STRENGTH})
    await client.hug.set_strength(9)
    assert type(await client.refused(client.hug.pause())) is WrongStateError
    assert client.hug.known.counters == {UNAWAITED: 1}


@pytest.mark.usefixtures("impatient")
async def test_answer_to_something_else(bench: Bench) -> None:
    """An answer with another token, or to another request, is not ours."""
    client = await bench.client()
    client.faults.answer_token = 200
    await client.hug.set_strength(9)
    assert client.hug.known.counters == {UNAWAITED: 1}
    client.mend()
    client.faults.answer_times = 0
    pausing = asyncio.create_task(client.hug.pause())
    await until(lambda: client.told(3))
    token = client.back.told[-1].token
    assert token is not None
    for opcode in (1, 4, 0x83):
        client.peripheral.inject_indication(bytes((0x80, opcode, token, 0)))
    client.peripheral.inject_indication(bytes((0x80, 3, token ^ 1, 0)))
    client.peripheral.inject_indication(bytes((0x80, 3, token, 3)))
    assert type(await client.refused(pausing)) is WrongStateError
    assert client.hug.known.counters == {UNAWAITED: 5}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("command", EVERY)
async def test_no_answer_but_done(bench: Bench, command: Command) -> None:
    """Status tells that what was not answered has happened: nothing is repeated."""
    client = await bench.client()
    if command in (PAUSE, RESUME):
        await client.treat()
    if command is RESUME:
        await client.hug.pause()
    client.faults.answer_times = 0
    await command(client.hug)
    assert doubles(client) == []
    assert client.peripheral.connections == 1
    assert client.hug.known.wanted == {}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("command", EVERY)
async def test_no_answer_and_not_done(bench: Bench, command: Command) -> None:
    """Status tells that what was not answered has not happened."""
    client = await bench.client()
    if command in (PAUSE, RESUME):
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
async def test_no_answer_and_status_malformed(bench: Bench, log: Log) -> None:
    """A Status that says nothing shows no effect."""
    log.expect("malformed status (too short)")
    client = await bench.client()
    client.faults.answer_times = 0
    client.faults.status = b"\x01"
    starting = asyncio.create_task(client.hug.start(20))
    assert type(await client.refused(starting)) is NoAnswerError


async def test_answer_before_the_write_is_through(bench: Bench) -> None:
    """The answer may overtake the response to the write."""
    client = await bench.client()
    client.faults.write_response_delay = 0.2
    await client.hug.start(20)
    await client.hug.set_strength(9)
    assert client.told() == [1, 5]
    assert client.hug.known.counters == {}


@pytest.mark.usefixtures("impatient")
async def test_write_response_is_lost(bench: Bench) -> None:
    """The answer is enough: the write must have arrived."""
    client = await bench.client()
    client.faults.lose_writes = Lost.RESPONSE
    await client.hug.start(20)
    assert client.status.state is State.SCANNING
    # That write still blocks the way: the next command is not sent, and a new connection is made.
    client.mend()
    assert type(await client.refused(client.hug.set_strength(9))) is LinkLostError
    await client.up()
    await client.hug.set_strength(9)
    assert client.told() == [1, 5]


@EVERY_DIALECT
@pytest.mark.usefixtures("hurried")
async def test_earlier_write_has_no_response(bench: Bench) -> None:
    """A write that blocks the way costs its connection, not the next command."""
    client = await bench.client()
    client.faults.lose_writes = Lost.RESPONSE
    await client.hug.start(20)
    client.mend()
    await client.hug.set_strength(9)
    assert client.told() == [1, 5]
    assert client.counted("given up: a write has no response") == 1


@pytest.mark.usefixtures("impatient")
async def test_write_is_lost(bench: Bench) -> None:
    """A write that is never responded to ends in time, and with it the connection."""
    client = await bench.client()
    client.faults.lose_writes = Lost.REQUEST
    assert type(await client.refused(client.hug.start(20))) is NoAnswerError
    assert client.hug.link.client is None
    client.mend()
    await client.up()
    assert client.told() == []
    assert client.status.state is State.STANDBY
    await client.hug.start(20)
    assert client.told() == [1]


async def test_link_lost_before_the_answer(bench: Bench) -> None:
    """Whether the device acted is not known: the command fails, and is not repeated."""
    client = await bench.client()
    client.faults.answer_delay = 1
    disarm = client.back.observe(Saboteur(client.peripheral.drop_link))
    assert type(await client.refused(client.hug.start(20))) is LinkLostError
    disarm()
    await client.up()
    assert client.status.state is State.SCANNING
    assert client.told() == [1]


@pytest.mark.usefixtures("hurried")
async def test_link_lost_during_the_write(bench: Bench) -> None:
    """A write that fails with the link is not repeated on the next one."""
    client = await bench.client()
    client.faults.lose_writes = Lost.REQUEST
    starting = asyncio.create_task(client.hug.start(20))
    await asyncio.sleep(0.05)
    client.peripheral.drop_link()
    assert type(await client.refused(starting)) is LinkLostError
    client.mend()
    await client.up()
    assert client.told() == []


@pytest.mark.usefixtures("impatient")
async def test_device_gone_before_the_answer(bench: Bench) -> None:
    """A device that vanishes without a word: the command fails in time."""
    client = await bench.client()
    client.faults.supervision_timeout = 10
    client.faults.answer_delay = 5
    disarm = client.back.observe(Saboteur(client.peripheral.vanish))
    assert isinstance(
        await client.refused(client.hug.start(20)), LinkLostError | NoAnswerError
    )
    disarm()
    assert client.hug.link.client is None
    client.peripheral.appear()


@pytest.mark.usefixtures("hurried")
async def test_frozen_after_the_request(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither an answer nor Status is to be had: the connection is given up."""
    monkeypatch.setattr(control_module, "ANSWER_TIMEOUT", 0.1)
    monkeypatch.setattr(client_module, "READ_TIMEOUT", 0.2)
    client = await bench.client()
    client.faults.supervision_timeout = 0.6
    client.faults.answer_delay = 5
    command = asyncio.create_task(client.hug.start(20))
    await until(client.told)
    await asyncio.sleep(0.01)
    client.peripheral.vanish()
    assert type(await client.refused(command)) is LinkLostError
    assert client.counted("given up: START failed: TimeoutError") == 1
    client.peripheral.appear()


@pytest.mark.usefixtures("hurried")
async def test_link_lost_after_the_answer(bench: Bench) -> None:
    """What was answered is done, although the write itself never ended; the next command goes over a new connection."""
    client = await bench.client()
    client.faults.write_response_delay = 5
    await client.hug.set_strength(9)
    assert client.status.strength == 9
    command = asyncio.create_task(client.hug.set_area(Area.UPPER_BACK))
    await asyncio.sleep(0.05)
    assert client.told() == [5]
    client.faults.write_response_delay = 0
    client.peripheral.drop_link()
    await command
    assert client.told() == [5, 6]


async def test_link_lost_with_the_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered is done, although the link goes before whoever waits for the answer has looked at it."""
    client = await bench.client()
    control = client.hug._control
    right = control.answered

    def answered(value: bytes) -> bool:
        awaited = right(value)
        control.lost()
        return awaited

    monkeypatch.setattr(control, "answered", answered)
    await client.hug.set_strength(9)
    assert client.told() == [5]


@pytest.mark.usefixtures("hurried")
async def test_held_back_by_the_radio(bench: Bench) -> None:
    """What waits for the radio is taken back when it is given up, even if the connection cannot be ended."""
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
    assert client.told() == [6]
    # The proxy gets over it.
    client.mend()
    client.peripheral.drop_link()
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_stop_while_the_radio_holds_back(bench: Bench) -> None:
    """A stop goes at once; what waits for the radio was asked for before it, and is not sent."""
    client = await bench.client()
    await client.treat()
    client.faults.write_response_delay = 0.25
    await client.hug.set_area(Area.UPPER_BACK)
    setting = asyncio.create_task(client.hug.set_strength(9))
    await asyncio.sleep(0.05)
    await client.hug.stop()
    assert type(await client.refused(setting)) is StoppedFirstError
    assert client.told() == [1, 6, 2]


async def test_backend_takes_no_write(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that the radio itself refuses was perhaps sent: the connection is given up."""
    client = await bench.client()

    async def refuse(*_args: object) -> None:
        raise BleakError("operation in progress")

    with monkeypatch.context() as patched:
        patched.setattr(SimulatedClient, "write_gatt_char", refuse)
        assert type(await client.refused(client.hug.start(20))) is LinkLostError
    assert client.told() == []
    assert client.hug.link.client is None
    await client.hug.start(20)
    assert client.told() == [1]


async def test_stop_takes_the_way_of_a_write(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that fails because a stop goes first does not cost the stop its connection."""
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
    assert client.told() == [1, 2]


@pytest.mark.usefixtures("hurried")
async def test_given_up_by_its_caller(bench: Bench) -> None:
    """What is not wanted any more does not arrive later: what the radio holds back goes with the connection."""
    client = await bench.client()
    client.faults.lose_writes = Lost.RESPONSE
    client.faults.answer_times = 0
    setting = asyncio.create_task(client.hug.set_strength(9))
    await until(lambda: client.told(Opcode.SET_STRENGTH), "it is on its way")
    setting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await setting
    assert client.counted("given up: SET_STRENGTH was given up") == 1
    client.mend()
    await client.up()
    await client.hug.set_strength(4)
    assert client.back.strength == 4


@pytest.mark.usefixtures("hurried")
async def test_given_up_by_the_radio(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancellation that a backend lets out is an error like any other for who gave the command; a stop goes on."""
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


async def test_given_up_before_it_is_sent(bench: Bench) -> None:
    """Who no longer waits for the connection leaves it alone; the command is not sent when it comes."""
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
    assert client.told() == []


async def test_one_at_a_time(bench: Bench) -> None:
    """Commands wait for each other: the device is never busy with an earlier one of ours."""
    client = await bench.client()
    client.faults.answer_delay = 0.02
    await asyncio.gather(
        client.hug.set_strength(9),
        client.hug.set_area(Area.MID_BACK),
        client.hug.set_flow(Flow.FAST),
        client.hug.set_length(30),
    )
    assert client.told() == [5, 6, 7, 8]
    assert {told.result for told in client.back.told} == {0}


@pytest.mark.usefixtures("impatient")
async def test_waits_for_a_write_that_is_lost(bench: Bench) -> None:
    """Who waits for a command that does not get through is not told that the device is busy."""
    client = await bench.client()
    client.faults.lose_writes = Lost.REQUEST
    first = asyncio.create_task(client.hug.start(20))
    await asyncio.sleep(0)
    second = asyncio.create_task(client.hug.set_area(Area.MID_BACK))
    assert type(await client.refused(first)) is NoAnswerError
    assert type(await client.refused(second)) in (LinkLostError, NotReachableError)
    assert client.told() == []


@pytest.mark.usefixtures("impatient")
async def test_waits_for_a_connection_behind_another(bench: Bench) -> None:
    """Who waits for a command that waits for the connection learns that there is none."""
    client = await bench.client()
    client.faults.hang_connect = True
    client.peripheral.drop_link()
    await client.down()
    first = asyncio.create_task(client.hug.start(20))
    await asyncio.sleep(0)
    second = asyncio.create_task(client.hug.set_area(Area.MID_BACK))
    for command in (first, second):
        assert type(await client.refused(command)) is NotReachableError


async def test_busy_with_ourselves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits too long for an answer to an earlier command learns that another one is under way."""
    client = await bench.client()
    client.faults.answer_delay = 0.3
    first = asyncio.create_task(client.hug.start(20))
    await until(client.told)
    with monkeypatch.context() as patched:
        patched.setattr(client_module, "COMMAND_TIMEOUT", 0.1)
        assert type(await client.refused(client.hug.set_area(Area.MID_BACK))) is (
            BusyError
        )
    await first
    assert client.told() == [1]


def test_first_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tokens begin anywhere: the device may still know the last one of a Home Assistant that was killed."""
    monkeypatch.setattr("random.randrange", lambda end: end - 1)
    tokens = control_module.ControlPoint()._tokens
    assert [next(tokens) for _ in range(3)] == [255, 1, 2]


async def test_more_commands_than_tokens(bench: Bench) -> None:
    """Tokens are used again, never two times in a row, and never 0."""
    client = await bench.client(Build(measures_tension=False))
    await client.treat()
    for _ in range(150):
        await client.hug.pause()
        await client.hug.resume()
    tokens = [told.token for told in client.back.told]
    assert set(tokens) == set(range(1, 256))
    assert client.hug._control._awaited == {}
