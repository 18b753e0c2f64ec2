"""Unexpected errors of a backend or a listener fail one attempt at most."""

from __future__ import annotations

import asyncio
from typing import Any

from bleak.backends.device import BLEDevice
import pytest

from custom_components.backhug.device import (
    connection as connection_module,
)
from custom_components.backhug.device.errors import (
    NotReachableError,
)
from simulator.bleak_client import SimulatedClient
from simulator.build import Build
from tests.home import features_of, until

from .bench import Bench, Log, UnforeseenError, central, failures

CONNECTING = "unexpected error while connecting"


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("error", [UnforeseenError, AssertionError, RuntimeError])
@pytest.mark.parametrize(
    ("what", "doing"),
    [
        ("connect", CONNECTING),
        ("start_notify", CONNECTING),
        ("disconnect", "unexpected error while disconnecting"),
    ],
)
async def test_unexpected_error_of_a_backend_is_logged_once(
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
    caplog: pytest.LogCaptureFixture,
    what: str,
    doing: str,
    error: type[Exception],
) -> None:
    """It fails one attempt each time."""
    client = await bench.client()
    right = getattr(SimulatedClient, what)
    raised: list[str] = []

    async def fail(self: SimulatedClient, *args: Any, **kwargs: Any) -> Any:
        if len(raised) < 3:
            raised.append(what)
            if what == "disconnect":
                await right(self)
            raise error(what)
        return await right(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, what, fail)
    log.expect(doing)
    for _ in range(3):
        current = client.hug.connection.client
        assert current is not None
        client.hug.connection.drop(current, "test")
        await client.up()
    assert len(raised) == 3
    await until(lambda: central(client).allocated == [client.device.build.address])
    assert [
        isinstance(record.exc_info[1], error)
        for record in caplog.records
        if record.exc_info and doing in record.getMessage()
    ] == [True]
    await client.hug.set_strength(9)


@pytest.mark.usefixtures("hurried")
async def test_unexpected_error_of_a_reading_is_logged_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """It costs the connection each time."""
    log.expect("unexpected error while attending to the connection")
    client = await bench.client()
    read = SimulatedClient.read_gatt_char
    raised: list[str] = []

    async def fail(self: SimulatedClient, *args: Any, **kwargs: Any) -> Any:
        # Not as the connection is made.
        if len(raised) < 2 and client.hug.connection.client is not None:
            raised.append("read")
            raise UnforeseenError
        return await read(self, *args, **kwargs)

    monkeypatch.setattr(SimulatedClient, "read_gatt_char", fail)
    client.faults.drop_notifications = True
    await until(lambda: len(raised) == 2)
    client.mend()
    await until(lambda: client.counted("connected") >= 3)
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_mistake_in_the_upkeep_costs_the_connection(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """The mistake is logged, and another connection is made."""
    log.expect("unexpected error while attending to the connection")
    client = await bench.client(connect=False)

    async def mistake(_client: object) -> None:
        raise UnforeseenError

    with monkeypatch.context() as patched:
        patched.setattr(client.hug._upkeep, "attend", mistake)
        client.hug.connection.hold()
        await until(lambda: client.counted("broken: UnforeseenError"))
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_failing_provider_means_no_path(bench: Bench, log: Log) -> None:
    """A command fails, and the connection retries by itself."""
    client = await bench.client(connect=False, features=features_of(Build()))
    asked: list[str] = []

    def provider() -> BLEDevice | None:
        asked.append("provider")
        if len(asked) < 4:
            raise UnforeseenError
        return client._path()

    client.hug.connection._provider = provider
    log.expect("unexpected error while looking for a path", CONNECTING)
    client.hug.connection.hold()
    assert isinstance(
        await client.refused(client.hug.set_strength(9)), NotReachableError
    )
    await client.up()


@pytest.mark.usefixtures("hurried")
async def test_failing_listener_stops_no_command(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """Nor does it end the connection."""
    log.expect("unexpected error while publishing a change")
    client = await bench.client()

    def mistake(*_: object) -> None:
        raise UnforeseenError

    with monkeypatch.context() as patched:
        patched.setattr(client.hug, "_on_change", mistake)
        client.peripheral.drop_link()
        await until(lambda: client.counted("connected") == 2)
        await client.hug.set_strength(9)
        await client.hug.stop()
        assert client.back.strength == 9
        await client.hug.connection.release()
        client.hug.connection.hold()
        await until(lambda: client.counted("connected") == 3)
        assert client.hug.snapshot.connected
    await client.hug.set_strength(8)
    assert client.snapshots[-1].settings is not None
    assert client.snapshots[-1].settings.strength == 8


@pytest.mark.usefixtures("hurried")
async def test_failing_connection_listener_stops_no_command(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """Nor does it end the connection."""
    log.expect("unexpected error while reporting a change")
    client = await bench.client(connect=False)

    def mistake() -> None:
        raise UnforeseenError

    with monkeypatch.context() as patched:
        patched.setattr(client.hug.connection, "_changed", mistake)
        client.hug.connection.hold()
        await until(lambda: client.counted("connected") == 1)
        client.peripheral.drop_link()
        await until(lambda: client.counted("connected") == 2)
        await client.hug.connection.release()
    await client.connect()


@pytest.mark.usefixtures("hurried")
async def test_failing_notification_handler_keeps_the_subscription(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """The error is logged once."""
    client = await bench.client()
    receive = client.hug.reported.receive_status

    def mistake(_value: bytes) -> bool:
        raise UnforeseenError

    with monkeypatch.context() as patched:
        patched.setattr(client.hug.reported, "receive_status", mistake)
        log.expect("unexpected error while receiving a notification")
        for occupied in (False, True, False):
            (client.back.lie_down if occupied else client.back.get_up)()
            await asyncio.sleep(0.02)
    assert client.hug.reported.receive_status == receive
    client.back.lie_down()
    await until(client.knows)
    assert client.counted("connected") == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "error", [UnforeseenError, NotReachableError, asyncio.CancelledError]
)
async def test_release_ends_a_backend_that_swallows_the_cancellation(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Nothing connects after the release."""
    client = await bench.client(connect=False)
    attempts: list[str] = []

    async def connect(*_args: Any, **_more: Any) -> None:
        attempts.append("connect")
        try:
            await asyncio.Event().wait()
        finally:
            raise error

    monkeypatch.setattr(connection_module, "connect", connect)
    client.hug.connection.hold()
    await until(lambda: attempts)
    await client.hug.connection.release()
    await asyncio.sleep(0.3)
    assert len(attempts) == 1
    assert not client.hug.connection.held


@pytest.mark.usefixtures("hurried")
async def test_cancellation_by_a_backend_fails_one_attempt(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    """The connection is retried."""
    client = await bench.client(connect=False)
    log.expect(CONNECTING)

    async def connect(*_args: Any, **_more: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(connection_module, "connect", connect)
        client.hug.connection.hold()
        await until(lambda: len(failures(client)) == 2)
    await client.up()
