"""A broken or hostile device: nothing is raised, nothing grows, little is logged.

A callback that raises fails a test here by itself: it raises through the simulated radio into Home Assistant's
event loop. So does every warning that is not expected, or that comes twice.
"""

from __future__ import annotations

import asyncio
import gc
from itertools import pairwise
import random
import tracemalloc

import pytest

from custom_components.backhug.device import client as client_module, timeouts
from custom_components.backhug.device.errors import BackHugError, NoAnswerError
from custom_components.backhug.device.model import Flow, State
from simulator import protocol
from simulator.build import Build
from simulator.model import Opcode
from tests.home import until

from .bench import EVERY_DIALECT, Bench, Client, Log

STATUS = "malformed status"
FRAGMENT = "malformed tension fragment"
RECORD = "malformed tension record"
ANSWER = "malformed answer"
NOBODY = "unexpected answer"
GOOD_STATUS = bytes.fromhex("00 00 03 00 00 01 b0 04 00 00 00 00 00 00 00 00")
CONTRADICTORY_STATUS = bytes(8) + b"\x01" + bytes(7)
"""Standby with a second left."""


async def heard(client: Client, kind: str, times: int) -> None:
    """Wait until the client has counted something so often."""
    await until(
        lambda: client.hug.reported.counters[kind] == times, f"{times} times {kind}"
    )


async def impatient(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a client in a session, which soon polls Status without notifications."""
    monkeypatch.setattr(timeouts, "QUIET_RUNNING", 0.2)
    client = await bench.client(Build(measures_tension=False))
    await client.treat()
    return client


async def test_wrong_lengths(bench: Bench, log: Log) -> None:
    """Values of every wrong length are dropped, counted, and logged once a kind."""
    log.expect(STATUS, FRAGMENT, ANSWER)
    client = await bench.client()
    before = client.hug.snapshot
    for length in range(1, 16):
        client.peripheral.inject_status(GOOD_STATUS[:length])
    for length in range(1, 5):
        client.peripheral.inject_stream(bytes((1, 1, 0, 28))[:length])
    for length in range(1, 4):
        client.peripheral.inject_indication(bytes((0x80, 1, 1))[:length])
    await heard(client, STATUS, 15)
    await heard(client, FRAGMENT, 4)
    await heard(client, ANSWER, 3)
    assert client.hug.snapshot == before
    # As good as ever.
    await client.treat()
    await until(lambda: client.hug.snapshot.tension)


@pytest.mark.usefixtures("hurried")
async def test_unreadable_notifications_lead_to_polling(
    bench: Bench, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device whose notifications are unreadable is polled in time."""
    log.expect(STATUS)
    client = await impatient(bench, monkeypatch)
    client.faults.tear_notifications = True
    client.back.pause_at_device()

    async def talk() -> None:
        while True:
            client.peripheral.inject_status(b"torn")
            await asyncio.sleep(0.02)

    talking = asyncio.create_task(talk())
    try:
        await client.shows(State.PAUSED)
    finally:
        talking.cancel()


@pytest.mark.usefixtures("hurried")
async def test_malformed_status_is_polled_again_after_a_while(
    bench: Bench, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A malformed reading is repeated after a while, not at once, until it is valid."""
    log.expect(STATUS)
    client = await impatient(bench, monkeypatch)
    client.faults.drop_notifications = True
    client.faults.status = b"torn"
    before = client.peripheral.reads[protocol.STATUS]
    await until(lambda: client.peripheral.reads[protocol.STATUS] == before + 1)
    await asyncio.sleep(0.1)
    assert client.peripheral.reads[protocol.STATUS] == before + 1
    await until(lambda: client.peripheral.reads[protocol.STATUS] > before + 2)
    client.back.pause_at_device()
    client.faults.status = None
    await client.shows(State.PAUSED)


async def test_status_that_stays_malformed_is_forgotten(
    bench: Bench, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session of a connected device counts as over once none could be that long; a stop still reaches it."""
    log.expect(STATUS)
    client = await impatient(bench, monkeypatch)
    monkeypatch.setattr(timeouts, "LONGEST_SESSION", 1.0)
    client.faults.drop_notifications = True
    client.faults.status = b"torn"
    await asyncio.sleep(0.5)
    assert client.hug.snapshot.status is not None
    await until(lambda: client.hug.snapshot.status is None)
    assert client.hug.snapshot.connected
    await client.hug.stop()
    assert client.requests(Opcode.STOP)
    client.faults.status = None
    client.faults.drop_notifications = False
    await until(lambda: client.hug.snapshot.status is not None)


async def test_read_again(bench: Bench, log: Log) -> None:
    """Status is read once more over the connection that there is, if it can be."""
    log.expect(STATUS)
    client = await bench.client()
    reads = client.peripheral.reads[protocol.STATUS]
    assert await client.hug.read_again()
    assert client.peripheral.reads[protocol.STATUS] == reads + 1
    client.faults.status = b"torn"
    assert not await client.hug.read_again()
    client.faults.status = None
    client.faults.read_delay = 5
    reading = asyncio.create_task(client.hug.read_again())
    await asyncio.sleep(0)
    client.peripheral.drop_link()
    assert not await reading
    client.peripheral.vanish()
    await until(lambda: not client.hug.snapshot.connected)
    assert not await client.hug.read_again()


async def test_empty_values(bench: Bench, log: Log) -> None:
    """Nor is a notification without any octet an error."""
    log.expect(STATUS, FRAGMENT, ANSWER)
    client = await bench.client()
    client.peripheral.inject_status(b"")
    client.peripheral.inject_stream(b"")
    client.peripheral.inject_indication(b"")
    for kind in (STATUS, FRAGMENT, ANSWER):
        await heard(client, kind, 1)


async def test_longer_values(bench: Bench) -> None:
    """Longer values than known are as good as any."""
    client = await bench.client()
    client.peripheral.inject_status(
        GOOD_STATUS[:2] + b"\x07" + GOOD_STATUS[3:] + b"?" * 50
    )
    await until(lambda: client.status.strength == 7)
    assert client.hug.reported.counters == {}


@EVERY_DIALECT
async def test_level_that_is_not_offered(bench: Bench) -> None:
    """A level above those that the device offers is unknown; it can be set, and the rest of the status counts."""
    client = await bench.client(Build(strengths=3))
    client.peripheral.inject_status(
        GOOD_STATUS[:2] + b"\x05" + GOOD_STATUS[3:5] + b"\x00" + GOOD_STATUS[6:]
    )
    await until(lambda: not client.status.occupied)
    assert client.status.strength is None
    assert client.hug.snapshot.settings is not None
    assert client.hug.snapshot.settings.strength is None
    assert client.hug.reported.counters == {}
    await client.hug.set_strength(2)
    await until(lambda: client.status.strength == 2)


async def test_unknown_values_are_no_errors(bench: Bench) -> None:
    """Values that this version of the profile does not define are unknown."""
    client = await bench.client()
    client.peripheral.inject_status(
        bytes.fromhex("fe 00 03 fe fe f8 b0 04 00 00 00 00 00 00 fe fe")
    )
    await until(lambda: client.shown() is State.UNKNOWN)
    assert client.hug.snapshot.settings is not None
    assert client.hug.snapshot.settings.area is None
    assert client.hug.snapshot.settings.flow is None
    assert client.status.last_end == "unknown"
    client.peripheral.inject_stream(bytes((9, 0, 0, 28, *range(16))))
    client.peripheral.inject_status(GOOD_STATUS)
    await until(lambda: client.shown() is State.STANDBY)
    assert client.hug.reported.counters == {}


@pytest.mark.usefixtures("hurried")
async def test_malformed_record(bench: Bench, log: Log) -> None:
    """A record that makes no sense leaves the one that is known."""
    log.expect(RECORD)
    client = await bench.client()
    await client.treat()
    await until(
        lambda: client.hug.snapshot.record and client.hug.snapshot.record.before
    )
    known = client.hug.snapshot.record
    for record in (b"\x01", bytes(62), bytes((1, 0, 0, 0, 3, 26)) + bytes(52)):
        client.faults.record = record
        counted = client.hug.reported.counters[RECORD]
        client.peripheral.drop_link()
        await client.down()
        await client.up()
        await heard(client, RECORD, counted + 1)
        assert client.hug.snapshot.record == known


async def test_answers_to_nothing(bench: Bench, log: Log) -> None:
    """Indications that answer nothing of ours are counted; requests are none of the device's business."""
    log.expect(ANSWER)
    client = await bench.client()
    for opcode in range(256):
        client.peripheral.inject_indication(bytes((0x80, opcode, opcode, 0)))
        client.peripheral.inject_indication(bytes((opcode % 0x80, 1, 1, 0)))
    await heard(client, NOBODY, 256)
    await heard(client, ANSWER, 256)
    await client.hug.set_strength(9)


async def test_no_answer_is_made_up(bench: Bench) -> None:
    """An answer that was sent before its request is not taken for it."""
    client = await bench.client()
    for token in range(256):
        client.peripheral.inject_indication(bytes((0x80, 5, token, 0)))
    await heard(client, NOBODY, 256)
    client.faults.write_errors = [0x80]
    assert isinstance(await client.refused(client.hug.set_strength(9)), BackHugError)


async def test_endless_fragments(bench: Bench) -> None:
    """Fragments that never make a whole are not kept."""
    client = await bench.client()
    for number in range(1000):
        client.peripheral.inject_stream(
            bytes((number % 3, number % 256, number % 28, 28, 1))
        )
    await client.hug.set_strength(9)
    assembler = client.hug.reported._assembler
    assert assembler is not None
    assert len(assembler._efforts) <= 28
    assert client.hug.snapshot.tension is None
    assert sum(client.hug.reported.counters.values()) == 0


async def test_doubled_and_reordered_values_change_nothing(bench: Bench) -> None:
    """A radio that doubles and reorders values does not change the final state."""
    client = await bench.client()
    client.faults.notification_times = 3
    client.faults.reorder_notifications = True
    await client.hug.start(20)
    client.clock.advance(22)
    client.mend()
    await client.pass_time(1)
    await until(lambda: client.shown() is State.TREATING)
    await until(lambda: client.hug.snapshot.tension)
    assert client.hug.snapshot.tension is not None
    assert len(client.hug.snapshot.tension.efforts) == 28
    assert client.hug.reported.counters == {}


async def test_flood_of_what_changes_nothing(bench: Bench) -> None:
    """However often a device says the same, it is published once."""
    client = await bench.client()
    await client.treat()
    client.clock.advance(1)
    await client.pass_time(0)
    published = len(client.snapshots) - 1
    client.faults.notification_times = 2000
    client.back.set_at_device(strength=9)
    await until(lambda: client.status.strength == 9)
    await client.hug.set_flow(Flow.SLOW)
    # An earlier scan or record may come late: it differs, and is published once too.
    changes = list(pairwise(client.snapshots[published:]))
    assert all(before != after for before, after in changes)
    assert sum(before.status != after.status for before, after in changes) == 1


@pytest.mark.usefixtures("hurried")
async def test_flood_of_changes(bench: Bench) -> None:
    """A device that changes its mind all the time does not keep a stop from it, nor pile anything up."""
    client = await bench.client()
    flooding = True

    async def flood() -> None:
        number = 0
        while flooding:
            number += 1
            for state in (0, 2, 3, 5, 9):
                client.peripheral.inject_status(
                    bytes((state, 0, 3, 0, 0, 1, 176, 4, 0, 0, number % 256, 1, 0, 0))
                    + bytes(2)
                )
            await asyncio.sleep(0)

    task = asyncio.create_task(flood())
    try:
        await until(lambda: len(client.snapshots) > 2000)
        await client.hug.stop()
    finally:
        flooding = False
        await task
    assert client.requests() == [2]
    assert client.peripheral.connections == 1


async def test_noise(bench: Bench, log: Log) -> None:
    """Thousands of values of any length and content: nothing is raised, and the link holds."""
    log.expect(STATUS, FRAGMENT, ANSWER)
    client = await bench.client()
    noise = random.Random(1)
    for _ in range(1000):
        client.peripheral.inject_status(noise.randbytes(noise.randrange(40)))
        client.peripheral.inject_stream(
            bytes((noise.randrange(4), noise.randrange(3), noise.randrange(30), 28))
            + noise.randbytes(noise.randrange(16))
        )
        client.peripheral.inject_indication(noise.randbytes(noise.randrange(6)))
    client.peripheral.inject_status(GOOD_STATUS)
    await client.hug.set_strength(9)
    assert client.peripheral.connections == 1
    assert client.hug.reported.counters[STATUS] > 500


async def test_memory_is_bounded(bench: Bench, log: Log) -> None:
    """The memory of the client does not grow with received values."""
    log.expect(STATUS, FRAGMENT, ANSWER)
    client = await bench.client(Build(measures_tension=True))

    async def flood(length: int) -> None:
        """Send what is malformed, then one Status, which is known by its length."""
        for number in range(100):
            client.peripheral.inject_status(bytes((number % 7,)) * (number % 20))
            client.peripheral.inject_stream(bytes((1, number % 256, 0, 28, 1, 2)))
            client.peripheral.inject_stream(b"\xff" * 20)
            client.peripheral.inject_indication(bytes((0x80, 1, number % 256, 0)))
            client.peripheral.inject_indication(b"\x00")
        last = GOOD_STATUS[:6] + length.to_bytes(2, "little") + GOOD_STATUS[8:]
        client.peripheral.inject_status(last)
        await until(lambda: client.status.length == length, "all is received")
        await client.hug.set_strength(1 + len(client.requests()) % 10)
        client.snapshots.clear()

    await flood(600)
    device = f"*{client_module.__name__.rpartition('.')[0].replace('.', '/')}*"
    tracemalloc.start()
    try:
        gc.collect()
        before = tracemalloc.take_snapshot()
        await flood(660)
        gc.collect()
        after = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    ours = [tracemalloc.Filter(inclusive=True, filename_pattern=device)]
    grown = sum(
        difference.size_diff
        for difference in after.filter_traces(ours).compare_to(
            before.filter_traces(ours), "filename"
        )
    )
    assert grown < 4096


async def test_markup_in_texts_is_removed(bench: Bench) -> None:
    """Texts of the device are shown without markup."""
    client = await bench.client(
        Build(
            manufacturer="<script>alert(1)</script>",
            model="[x](http://example.org)\n{{ states }}",
            serial="\x00\x1b[31m",
            firmware="1.0\x002.0",
            hardware="x" * 200,
        )
    )
    information = client.hug.snapshot.information
    assert information is not None
    assert information.manufacturer == "script alert 1 /script"
    assert information.model == "x http://example.org states"
    assert information.serial is None
    assert information.firmware == "1.0"
    assert information.hardware == "x" * 40


@pytest.mark.usefixtures("hurried")
async def test_status_that_is_never_right(bench: Bench, log: Log) -> None:
    """A device whose Status makes no sense is shown without one, and can be asked all the same."""
    log.expect(STATUS)
    client = await bench.client(connect=False, status_on_subscribe=False)
    client.faults.status = CONTRADICTORY_STATUS
    await client.connect()
    assert client.hug.snapshot.connected
    assert client.hug.snapshot.status is None
    assert client.hug.snapshot.settings is None
    client.faults.drop_notifications = True
    client.faults.answer_times = 0
    assert type(await client.refused(client.hug.start(20))) is NoAnswerError
    await client.hug.connection.release()


async def test_refusal_without_status(bench: Bench, log: Log) -> None:
    """A device whose Status makes no sense may refuse a request: a fault is then not known by its name."""
    log.expect(STATUS)
    client = await bench.client(connect=False, status_on_subscribe=False)
    client.faults.status = CONTRADICTORY_STATUS
    client.faults.drop_notifications = True
    await client.connect()
    client.back.overheat()
    error = await client.refused(client.hug.start(20))
    assert error.reason == "in_fault"
    client.back.clear_fault()
    client.clock.advance(16)
    await client.hug.start(20)
    assert client.back.running
    await client.hug.stop()
    assert not client.back.running
