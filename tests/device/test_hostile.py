"""A broken or hostile device: nothing is raised, nothing grows, little is logged.

A callback that raises fails a test here by itself: it raises through the simulated radio into Home Assistant's
event loop. So does every warning that is not expected, or that comes twice.
"""

from __future__ import annotations

import asyncio

import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.device.errors import BackHugError
from custom_components.backhug.device.model import State
from simulator import protocol
from simulator.build import Build
from simulator.model import Opcode
from tests.home import until

from .bench import EVERY_DIALECT, Bench, Client, Log
from .hostile_values import ANSWER, FRAGMENT, GOOD_STATUS, STATUS

RECORD = "malformed tension record"
NOBODY = "unexpected answer"


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
