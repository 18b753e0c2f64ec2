"""Status is read when no notification comes."""

from __future__ import annotations

import asyncio

import pytest

from custom_components.backhug.device import (
    timeouts,
)
from custom_components.backhug.device.model import State
from simulator import protocol
from simulator.build import Build
from tests.home import until

from .bench import Bench


@pytest.mark.usefixtures("hurried")
async def test_status_is_read_in_a_session_without_notifications(bench: Bench) -> None:
    """After a few seconds."""
    client = await bench.client(Build(measures_tension=False))
    await client.treat()
    client.faults.drop_notifications = True
    client.back.pause_at_device()
    await client.shows(State.PAUSED)


@pytest.mark.usefixtures("hurried")
async def test_status_is_read_less_often_in_standby(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without notifications."""
    monkeypatch.setattr(timeouts, "QUIET_RUNNING", 0.05)
    monkeypatch.setattr(timeouts, "QUIET_IDLE", 0.6)
    client = await bench.client()
    client.faults.drop_notifications = True
    before = client.peripheral.reads[protocol.STATUS]
    await asyncio.sleep(0.2)
    assert client.peripheral.reads[protocol.STATUS] == before
    client.back.start_at_device(20)
    await client.shows(State.SCANNING)
    assert client.peripheral.reads[protocol.STATUS] == before + 1
    await until(lambda: client.peripheral.reads[protocol.STATUS] > before + 3)


@pytest.mark.usefixtures("hurried")
async def test_notification_during_a_reading_is_newer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reading is ignored."""
    monkeypatch.setattr(timeouts, "QUIET_IDLE", 0.2)
    client = await bench.client()
    client.back.get_up()
    await until(lambda: not client.status.occupied)
    client.faults.read_delay = 0.1
    before = client.peripheral.reads[protocol.STATUS]
    await until(lambda: client.peripheral.reads[protocol.STATUS] > before)
    client.back.lie_down()
    await until(lambda: client.status.occupied)
    for _ in range(15):
        await asyncio.sleep(0.01)
        assert client.status.occupied


@pytest.mark.usefixtures("hurried")
async def test_status_is_not_read_with_notifications(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In time, they suffice."""
    monkeypatch.setattr(timeouts, "QUIET_RUNNING", 0.2)
    client = await bench.client(Build(measures_tension=False))
    await client.treat()
    before = client.peripheral.reads[protocol.STATUS]
    for _ in range(12):
        await client.pass_time(1)
        await asyncio.sleep(0.05)
    assert client.peripheral.reads[protocol.STATUS] == before


@pytest.mark.usefixtures("hurried")
async def test_frozen_connection_is_replaced(bench: Bench) -> None:
    """A connection that carries nothing is given up."""
    client = await bench.client()
    await client.hug.start(20)
    client.faults.supervision_timeout = 1.2
    client.peripheral.vanish()
    await until(lambda: client.counted("broken: TimeoutError"), "it is given up")
    assert client.hug.connection.client is None
    client.peripheral.appear()
    await client.up()
