"""What bleak's backends are asked to do: each ends in time, as a success or as an error that is known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from bleak import BleakClient
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError, BleakGATTProtocolError
import bleak_retry_connector
from bleak_retry_connector import BLEAK_RETRY_EXCEPTIONS

from .errors import IncompatibleError, NotReachableError

RADIO_ERRORS: Final = (
    *BLEAK_RETRY_EXCEPTIONS,
    KeyError,
    NotImplementedError,
    OSError,
)
"""What bleak's backends raise when the radio, or their own view of it, fails."""

CONNECT_TIMEOUT: Final = 20.0
"""Seconds for one attempt to connect: what bleak itself allows for it."""
PREPARE_TIMEOUT: Final = 10.0
DISCONNECT_TIMEOUT: Final = 5.0

type Preparation = Callable[[BleakClient], Awaitable[None]]
"""Makes a fresh connection ready for use."""


def begin[T](doing: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Let a backend begin something; what becomes of it counts for whoever asks, see `outcome`."""
    task = asyncio.create_task(doing)
    # It may end when nobody asks any more.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def outcome[T](done: asyncio.Task[T]) -> T:
    """Return what a backend returned.

    Raises what it raised; BleakError if that was a cancellation: one that lost its adapter lets its own out, and
    nobody has cancelled who asks here.
    """
    if done.cancelled():
        raise BleakError("given up by the radio")
    return done.result()


async def call[T](doing: Coroutine[Any, Any, T], within: float | None = None) -> T:
    """Let a backend do something, for `within` seconds at most.

    Raises TimeoutError, and what `outcome` raises. Whoever cancels this, or has no patience any more, does not wait for a
    backend that takes no notice.
    """
    task = begin(doing)
    try:
        await asyncio.wait({task}, timeout=within)
    finally:
        task.cancel()
    if not task.done():
        raise TimeoutError
    return outcome(task)


async def connect(
    name: str,
    device: BLEDevice,
    prepare: Preparation,
    disconnected: Callable[[BleakClient], None] = lambda _: None,
) -> BleakClient:
    """Connect once, and make the connection ready for use.

    Raises NotReachableError or IncompatibleError, and then leaves no connection behind.
    """
    # The services may come from a cache that is older than the device's firmware: what is then read or
    # written is another characteristic than meant. The second attempt discovers them anew.
    with suppress(IncompatibleError, BleakGATTProtocolError):
        return await _connect(name, device, prepare, disconnected)
    try:
        return await _connect(name, device, prepare, disconnected)
    except BleakGATTProtocolError as error:
        raise NotReachableError(str(error)) from error


async def _connect(
    name: str,
    device: BLEDevice,
    prepare: Preparation,
    disconnected: Callable[[BleakClient], None],
) -> BleakClient:
    client = await _establish(name, device, disconnected)
    prepared = False
    try:
        async with asyncio.timeout(PREPARE_TIMEOUT):
            await prepare(client)
        prepared = client.is_connected
    except IncompatibleError, BleakGATTProtocolError:
        with suppress(*RADIO_ERRORS):
            await call(client.clear_cache(), DISCONNECT_TIMEOUT)
        raise
    except RADIO_ERRORS as error:
        raise NotReachableError(str(error) or type(error).__name__) from error
    finally:
        if not prepared:
            await disconnect(client)
    if not prepared:
        raise NotReachableError("lost while it was made ready")
    return client


async def _establish(
    name: str, device: BLEDevice, disconnected: Callable[[BleakClient], None]
) -> bleak_retry_connector.BleakClientWithServiceCache:
    """Connect once; do not wait for a backend that hangs as it gives the attempt up.

    Raises NotReachableError.
    """
    connecting = begin(
        bleak_retry_connector.establish_connection(
            # Home Assistant puts a class of its own there when its Bluetooth is set up.
            bleak_retry_connector.BleakClientWithServiceCache,
            device,
            name,
            disconnected_callback=disconnected,
            max_attempts=1,
        )
    )
    try:
        await asyncio.wait({connecting}, timeout=CONNECT_TIMEOUT)
    except asyncio.CancelledError:
        await _give_up(connecting)
        raise
    if not connecting.done():
        await _give_up(connecting)
        raise NotReachableError("no connection in time")
    try:
        return outcome(connecting)
    except RADIO_ERRORS as error:
        raise NotReachableError(str(error) or type(error).__name__) from error


async def _give_up[T: BleakClient](connecting: asyncio.Task[T]) -> None:
    """End an attempt to connect, and leave no connection behind: in time, or as soon as the backend is through."""
    leaving = asyncio.create_task(_leave(connecting))
    connecting.cancel()
    await asyncio.wait({leaving}, timeout=DISCONNECT_TIMEOUT)
    # It may hang in what it does to give up.
    connecting.cancel()


async def _leave[T: BleakClient](connecting: asyncio.Task[T]) -> None:
    """Disconnect if an attempt that was given up succeeds all the same: it was done just then, or took no notice."""
    await asyncio.wait({connecting})
    if not connecting.cancelled() and connecting.exception() is None:
        await disconnect(connecting.result())


async def close_stale_connections(address: str) -> None:
    """Close connections that BlueZ kept from a process that was killed, over whichever adapter.

    Does nothing where there is no BlueZ, and fails silently: then the device may be connected all the same.
    """
    with suppress(Exception):
        await call(
            bleak_retry_connector.close_stale_connections_by_address(address),
            DISCONNECT_TIMEOUT,
        )


async def disconnect(client: BleakClient) -> None:
    """Disconnect, and do not wait for a backend that hangs.

    Whoever cancels this waits for it all the same: a disconnection that is broken off leaves a connection.
    """
    disconnecting = asyncio.create_task(_disconnect(client))
    try:
        await asyncio.shield(disconnecting)
    except asyncio.CancelledError:
        await asyncio.wait({disconnecting})
        raise


async def _disconnect(client: BleakClient) -> None:
    with suppress(*RADIO_ERRORS):
        await call(client.disconnect(), DISCONNECT_TIMEOUT)
