"""Releasing the connection in every state; stale connections of BlueZ."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from bleak.exc import BleakError
import bleak_retry_connector
import pytest

from custom_components.backhug.device import (
    back_off,
    gatt,
    presence,
)
from custom_components.backhug.device.errors import (
    LinkLostError,
    ReleasedError,
)
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from tests.home import features_of, until

from .bench import Bench, Client, UnforeseenError, central, failures


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("fails", [None, OSError(9), UnforeseenError(), EOFError()])
async def test_stale_connection_is_closed_before_the_first_attempt(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, fails: Exception | None
) -> None:
    """If closing fails, the attempt is made all the same."""
    closed: list[str] = []
    client = await bench.client(connect=False)

    async def close(address: str) -> None:
        assert not client.peripheral.connected
        closed.append(address)
        if fails is not None:
            raise fails

    monkeypatch.setattr(
        bleak_retry_connector, "close_stale_connections_by_address", close
    )
    client.hug.connection._address = client.device.build.address
    await client.connect()
    assert closed == [client.device.build.address]
    # Not while a connection of our own is up.
    client.hug.connection.hold()
    client.peripheral.drop_link()
    await client.down()
    await client.up()
    assert len(closed) == 1


@pytest.mark.usefixtures("hurried")
async def test_hanging_d_bus_delays_the_connection_briefly(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it delay the release."""
    asked: list[str] = []

    async def hang(address: str) -> None:
        asked.append(address)
        await asyncio.Event().wait()

    monkeypatch.setattr(
        bleak_retry_connector, "close_stale_connections_by_address", hang
    )
    client = await bench.client(connect=False)
    client.hug.connection._address = client.device.build.address
    loop = asyncio.get_running_loop()
    client.hug.connection.hold()
    await until(lambda: asked)
    began = loop.time()
    await client.hug.connection.release()
    assert loop.time() - began < gatt.DISCONNECT_TIMEOUT / 2
    began = loop.time()
    await client.connect()
    assert len(asked) == 2
    assert loop.time() - began < 2 * gatt.DISCONNECT_TIMEOUT


@pytest.mark.usefixtures("hurried")
async def test_released_connection_stays_released(bench: Bench) -> None:
    """Whatever the device does, until `hold`."""
    client = await bench.client()
    await client.hug.connection.release()
    assert not client.hug.snapshot.connected
    assert not client.hug.connection.held
    await until(lambda: not client.peripheral.connected)
    client.peripheral.vanish()
    await asyncio.sleep(1.2 * presence.SILENCE)
    client.peripheral.appear()
    await asyncio.sleep(0.1)
    assert client.peripheral.connections == 1
    await client.hug.connection.release()
    client.hug.connection.hold()
    client.hug.connection.hold()
    await client.up()
    assert client.peripheral.connections == 2
    await client.hug.set_strength(9)


@pytest.mark.usefixtures("hurried")
async def test_release_fails_a_waiting_command_at_once(bench: Bench) -> None:
    """With ReleasedError."""
    client = await bench.client(connect=False, features=features_of(Build()))
    client.faults.hang_connect = True
    client.hug.connection.hold()
    command = asyncio.create_task(client.hug.set_strength(9))
    stop = asyncio.create_task(client.hug.stop())
    await asyncio.sleep(0.05)
    await client.hug.connection.release()
    assert type(await client.refused(stop)) is ReleasedError
    assert type(await client.refused(command)) is ReleasedError
    assert client.counted("no connection") == 0


@pytest.mark.usefixtures("hurried")
async def test_release_fails_an_unanswered_command(bench: Bench) -> None:
    """With LinkLostError."""
    client = await bench.client()
    client.faults.answer_delay = 5
    command = asyncio.create_task(client.hug.set_strength(9))
    await until(client.requests)
    await client.hug.connection.release()
    assert type(await client.refused(command)) is LinkLostError


@pytest.mark.usefixtures("hurried")
async def test_release_ends_the_back_off(bench: Bench) -> None:
    """No attempt follows."""
    client = await bench.client(connect=False)
    client.faults.refuse_connections = True
    client.hug.connection.hold()
    await until(lambda: failures(client))
    await client.hug.connection.release()
    attempts = len(failures(client))
    await asyncio.sleep(0.3)
    assert len(failures(client)) == attempts


async def let_go(client: Client) -> None:
    """See that nothing is left of a released link."""
    assert client.hug.connection.client is None
    assert central(client).allocated == []
    await until(lambda: not client.peripheral.connected, "the device is let go")


@pytest.mark.usefixtures("hurried")
async def test_release_right_after_hold_leaves_nothing_behind(bench: Bench) -> None:
    """No task and no connection."""
    client = await bench.client(connect=False)
    for ticks in range(12):
        client.hug.connection.hold()
        for _ in range(ticks):
            await asyncio.sleep(0)
        await client.hug.connection.release()
        await let_go(client)


@pytest.mark.usefixtures("hurried")
async def test_release_at_any_moment_of_the_preparation(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No connection is left."""
    monkeypatch.setattr(back_off, "BURST", 1000)
    client = await bench.client(connect=False)
    for ticks in range(0, 150, 6):
        client.hug.connection.hold()
        await until(lambda: client.peripheral.connected)
        for _ in range(ticks):
            await asyncio.sleep(0)
        await client.hug.connection.release()
        await let_go(client)


@pytest.mark.usefixtures("hurried")
async def test_release_as_the_connection_is_made(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No connection is left."""
    client = await bench.client(connect=False)
    connect = SimulatedClient.connect
    releases: list[asyncio.Task[None]] = []

    async def connect_and_release(
        self: SimulatedClient, *args: Any, **more: Any
    ) -> None:
        await connect(self, *args, **more)
        # It runs before the waiting caller resumes.
        releases.append(asyncio.create_task(client.hug.connection.release()))

    monkeypatch.setattr(SimulatedClient, "connect", connect_and_release)
    client.hug.connection.hold()
    await until(lambda: releases)
    await releases[0]
    await let_go(client)
    assert client.events == ["released"]


@pytest.mark.usefixtures("hurried")
async def test_release_does_not_wait_for_a_hanging_backend(bench: Bench) -> None:
    """Nor does the next connection."""
    client = await bench.client(connect=False)
    client.faults.hang_disconnect = True
    loop = asyncio.get_running_loop()
    for ticks in (0, 10, 20):
        client.hug.connection.hold()
        await until(lambda: client.peripheral.connected)
        for _ in range(ticks):
            await asyncio.sleep(0)
        began = loop.time()
        await client.hug.connection.release()
        assert loop.time() - began < 1.5 * gatt.DISCONNECT_TIMEOUT
        # Right at the beginning there may be nothing to disconnect yet.
        assert central(client).allocated or not ticks
        # The proxy gets over it.
        client.peripheral.drop_link()
        await until(lambda: not central(client).allocated)
        await let_go(client)
        assert "establish_connection" not in repr(asyncio.all_tasks())


@pytest.mark.usefixtures("hurried")
async def test_attempt_ends_in_time_if_its_cancellation_hangs(bench: Bench) -> None:
    """The next attempt follows."""
    client = await bench.client(connect=False)
    client.faults.hang_disconnect = True
    client.faults.supervision_timeout = 1000
    # The device must vanish before it has been read.
    client.faults.read_delay = 1000
    client.hug.connection.hold()
    await until(lambda: client.peripheral.connected)
    client.peripheral.vanish()
    await until(lambda: failures(client))
    assert client.counted("connected") == 0
    client.mend()
    client.peripheral.appear()
    client.peripheral.drop_link()
    await client.up()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("what", ["connect", "disconnect", "read_gatt_char"])
async def test_cancellation_by_a_lost_adapter_keeps_the_connection_wanted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """It is retried."""
    client = await bench.client()
    right = getattr(SimulatedClient, what)
    let_out: list[str] = []

    async def cancelled(self: SimulatedClient, *args: Any, **kwargs: Any) -> Any:
        if not let_out:
            let_out.append(what)
            raise asyncio.CancelledError
        return await right(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, what, cancelled)
    current = client.hug.connection.client
    assert current is not None
    client.hug.connection.drop(current, "test")
    await until(lambda: let_out)
    client.peripheral.drop_link()
    await client.up()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "what", ["connect", "disconnect", "read_gatt_char", "start_notify"]
)
@pytest.mark.parametrize("release", [False, True])
async def test_backend_that_ignores_cancellation_delays_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, what: str, release: bool
) -> None:
    """Neither the connection nor its release."""
    client = await bench.client()
    right = getattr(SimulatedClient, what)
    over = asyncio.Event()
    hanging: list[asyncio.Task[Any] | None] = []

    async def hang(self: SimulatedClient, *args: Any, **kwargs: Any) -> Any:
        if not hanging:
            hanging.append(asyncio.current_task())
            while not over.is_set():
                with suppress(asyncio.CancelledError):
                    await over.wait()
            raise BleakError("late")
        return await right(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, what, hang)
    current = client.hug.connection.client
    assert current is not None
    client.hug.connection.drop(current, "test")
    await until(lambda: hanging)
    if release:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await client.hug.connection.release()
        assert loop.time() - began < 1.5 * gatt.DISCONNECT_TIMEOUT
        client.hug.connection.hold()
    client.peripheral.drop_link()
    await client.up()
    assert not over.is_set()
    over.set()
    await until(lambda: all(task is None or task.done() for task in hanging))


@pytest.mark.usefixtures("hurried")
async def test_late_success_of_an_abandoned_attempt_is_disconnected(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as it is connected."""
    client = await bench.client(connect=False)
    connect = SimulatedClient.connect
    over = asyncio.Event()
    late: list[str] = []

    async def connect_late(self: SimulatedClient, *args: Any, **kwargs: Any) -> None:
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()
        await connect(self, *args, **kwargs)
        late.append("connected")

    monkeypatch.setattr(SimulatedClient, "connect", connect_late)
    client.hug.connection.hold()
    await asyncio.sleep(0.05)
    await client.hug.connection.release()
    over.set()
    await until(lambda: late)
    await until(lambda: not central(client).allocated, "the slot is free")
    await let_go(client)


@pytest.mark.usefixtures("hurried")
async def test_release_at_any_moment_of_the_disconnection(bench: Bench) -> None:
    """No connection is left."""
    client = await bench.client(connect=False)
    for ticks in range(14):
        client.hug.connection.hold()
        await until(lambda: client.hug.connection.client)
        connection = client.hug.connection.client
        assert connection is not None
        client.hug.connection.drop(connection, "test")
        for _ in range(ticks):
            await asyncio.sleep(0)
        await client.hug.connection.release()
        await let_go(client)


@pytest.mark.usefixtures("hurried")
async def test_second_release_waits_for_the_first(bench: Bench) -> None:
    """The connection is down for both."""
    client = await bench.client()
    client.faults.hang_disconnect = True
    first = asyncio.create_task(client.hug.connection.release())
    await asyncio.sleep(0)
    await client.hug.connection.release()
    assert first.done(), "the second one did not wait for the link to be down"


@pytest.mark.usefixtures("hurried")
async def test_hold_during_the_release_makes_one_connection(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never two at a time."""
    client = await bench.client()
    connect, disconnect = SimulatedClient.connect, SimulatedClient.disconnect
    occupied = []

    async def look(self: SimulatedClient, *args: Any, **more: Any) -> None:
        occupied.extend(bench.home.scanner.central.allocated)
        await connect(self, *args, **more)

    async def take_time(self: SimulatedClient) -> None:
        await asyncio.sleep(0.1)
        await disconnect(self)

    monkeypatch.setattr(SimulatedClient, "connect", look)
    monkeypatch.setattr(SimulatedClient, "disconnect", take_time)
    releases = []
    for _ in range(4):
        releases.append(asyncio.create_task(client.hug.connection.release()))
        await asyncio.sleep(0)
        client.hug.connection.hold()
        await asyncio.sleep(0)
    await asyncio.gather(*releases)
    await client.up()
    assert client.counted("connected") == 2
    assert occupied == [], "another connection was made before the last one had ended"
    assert client.peripheral.connections == 2
