"""Makes connections: connects within a timeout, prepares the connection, and leaves none behind on failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import math
from typing import Final

from bleak import BleakClient
from bleak.backends.device import BLEDevice
import bleak_retry_connector

from . import gatt
from .errors import IncompatibleError, NotReachableError
from .gatt import begin, call, disconnect, forget
from .gatt_errors import EXPECTED, RADIO_ERRORS, AttError

CONNECT_TIMEOUT: Final = 20.0
"""Seconds for one attempt to connect, as in bleak."""
PREPARE_TIMEOUT: Final = 10.0
HEARD_WITHIN: Final = 4.0
"""Seconds in which BlueZ hears a removed device again; it cannot connect before."""
HEARD_INTERVAL: Final = 0.5

type Preparation = Callable[[BleakClient], Awaitable[None]]
"""Makes a new connection ready for use."""


class ConnectAgainError(Exception):
    """Raised by a preparation that distrusts the services that the backend reports."""

    def __init__(self, *, forget: bool) -> None:
        """Take whether the backend's cached services must be cleared first."""
        super().__init__()
        self.forget = forget


async def connect(
    name: str,
    device: BLEDevice,
    prepare: Preparation,
    disconnected: Callable[[BleakClient], None] = lambda _: None,
) -> BleakClient:
    """Connect and prepare the connection, again whenever `prepare` raises ConnectAgainError.

    Raises NotReachableError or IncompatibleError, and then leaves no connection behind.
    """
    loop = asyncio.get_running_loop()
    use_cache = True
    until = -math.inf
    while True:
        try:
            client = await _establish(name, device, disconnected, use_cache=use_cache)
        except NotReachableError:
            if loop.time() > until:
                raise
            await asyncio.sleep(HEARD_INTERVAL)
            continue
        try:
            await _prepare(client, prepare)
        except ConnectAgainError as error:
            use_cache = False
            if error.forget:
                until = loop.time() + HEARD_WITHIN
        else:
            return client


async def _prepare(client: BleakClient, prepare: Preparation) -> None:
    """Prepare a connection; disconnect it if that fails.

    Raises NotReachableError, IncompatibleError or ConnectAgainError.
    """
    prepared = False
    try:
        async with asyncio.timeout(PREPARE_TIMEOUT):
            await prepare(client)
        prepared = client.is_connected
    except ConnectAgainError as error:
        if error.forget:
            await forget(client)
        raise
    except IncompatibleError, NotReachableError:
        await forget(client)
        raise
    except RADIO_ERRORS as error:
        if isinstance(error, AttError):
            await forget(client)
        raise NotReachableError(str(error) or type(error).__name__) from error
    finally:
        if not prepared:
            await disconnect(client)
    if not prepared:
        raise NotReachableError("lost during preparation")


async def _establish(
    name: str,
    device: BLEDevice,
    disconnected: Callable[[BleakClient], None],
    *,
    use_cache: bool,
) -> bleak_retry_connector.BleakClientWithServiceCache:
    """Connect once, without waiting for a backend that hangs when it is cancelled.

    Raises NotReachableError and unexpected errors of the backend.
    """
    connecting = begin(
        bleak_retry_connector.establish_connection(
            # Home Assistant replaces this class when it sets up Bluetooth.
            bleak_retry_connector.BleakClientWithServiceCache,
            device,
            name,
            disconnected_callback=disconnected,
            max_attempts=1,
            use_services_cache=use_cache,
        )
    )
    try:
        await asyncio.wait({connecting}, timeout=CONNECT_TIMEOUT)
    except asyncio.CancelledError:
        await _abandon(connecting)
        raise
    if not connecting.done():
        await _abandon(connecting)
        raise NotReachableError("no connection in time")
    if connecting.cancelled():
        raise NotReachableError("given up by the radio")
    try:
        return connecting.result()
    except EXPECTED as error:
        raise NotReachableError(str(error) or type(error).__name__) from error


async def _abandon[T: BleakClient](connecting: asyncio.Task[T]) -> None:
    """Cancel an attempt to connect; disconnect if it succeeds all the same, even later."""
    leaving = asyncio.create_task(_disconnect_if_connected(connecting))
    connecting.cancel()
    await asyncio.wait({leaving}, timeout=gatt.DISCONNECT_TIMEOUT)
    # It may hang in its handling of the first cancellation.
    connecting.cancel()


async def _disconnect_if_connected[T: BleakClient](connecting: asyncio.Task[T]) -> None:
    await asyncio.wait({connecting})
    if not connecting.cancelled() and connecting.exception() is None:
        await disconnect(connecting.result())


async def close_stale_connections(address: str) -> None:
    """Close connections that BlueZ kept from a killed process, on any adapter.

    Does nothing without BlueZ. A failure is ignored: connecting may still work.
    """
    with suppress(Exception):
        await call(
            bleak_retry_connector.close_stale_connections_by_address(address),
            gatt.DISCONNECT_TIMEOUT,
        )
