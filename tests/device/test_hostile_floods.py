"""Floods, noise and texts that no device should send."""

from __future__ import annotations

import asyncio
import gc
from itertools import pairwise
import random
import tracemalloc

import pytest

from custom_components.backhug.device import client as client_module
from custom_components.backhug.device.errors import NoAnswerError
from custom_components.backhug.device.model import Flow, State
from simulator.build import Build
from tests.home import until

from .bench import Bench, Log
from .hostile_values import ANSWER, FRAGMENT, GOOD_STATUS, STATUS

CONTRADICTORY_STATUS = bytes(8) + b"\x01" + bytes(7)
"""Standby with a second left."""


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
