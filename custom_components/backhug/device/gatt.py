"""GATT calls with timeouts. All of them raise the errors of `gatt_errors`, whatever the backend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError

from .gatt_errors import (
    RADIO_ERRORS,
    AttributeMissingError,
    GattError,
    UnexpectedError,
    translate,
)

DISCONNECT_TIMEOUT: Final = 5.0


def begin[T](doing: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start a call of a backend; the caller collects the result with `outcome`."""
    task = asyncio.create_task(doing)
    # Retrieve the exception of a call whose caller has left.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def outcome[T](done: asyncio.Task[T]) -> T:
    """Return the result of a call that has ended. Raises RADIO_ERRORS."""
    if done.cancelled():
        # A backend that loses its adapter lets its own cancellation out.
        raise GattError("given up by the radio")
    try:
        return done.result()
    except Exception as error:
        raise translate(error) from error


async def call[T](doing: Coroutine[Any, Any, T], within: float | None = None) -> T:
    """Run a call of a backend for `within` seconds at most. Raises RADIO_ERRORS.

    Neither a timeout nor a cancellation waits for a backend that ignores its cancellation.
    """
    task = begin(doing)
    try:
        await asyncio.wait({task}, timeout=within)
    finally:
        task.cancel()
    if not task.done():
        raise TimeoutError
    return outcome(task)


def find(
    client: BleakClient, service: str, uuid: str
) -> BleakGATTCharacteristic | None:
    """Return a characteristic of a service; None if the device does not have it.

    Of duplicate services the fullest counts, of duplicate characteristics the first. Raises GattError if the
    connection is lost.
    """
    try:
        services = [each for each in client.services if each.uuid == service]
    except (BleakError, AttributeError) as error:
        raise translate(error) from error
    services.sort(key=lambda each: (-len(each.characteristics), each.handle))
    found = [
        characteristic
        for each in services
        for characteristic in sorted(each.characteristics, key=lambda one: one.handle)
        if characteristic.uuid == uuid
    ]
    if not found and not client.is_connected:
        # Some backends forget the services when the connection is lost.
        raise GattError("lost")
    return found[0] if found else None


def _characteristic(
    client: BleakClient, service: str, uuid: str
) -> BleakGATTCharacteristic:
    if (found := find(client, service, uuid)) is None:
        raise AttributeMissingError(uuid)
    return found


async def read(
    client: BleakClient, service: str, uuid: str, within: float | None = None
) -> bytes:
    """Read a characteristic. Raises RADIO_ERRORS."""
    characteristic = _characteristic(client, service, uuid)
    value = await call(client.read_gatt_char(characteristic), within)
    if not isinstance(value, bytes | bytearray | memoryview):
        raise GattError(f"read {value!r}")
    return bytes(value)


def write(
    client: BleakClient, service: str, uuid: str, value: bytes, *, response: bool = True
) -> asyncio.Task[None]:
    """Start to write a characteristic; collect it with `outcome`. Raises GattError."""
    characteristic = _characteristic(client, service, uuid)
    return begin(client.write_gatt_char(characteristic, value, response=response))


async def subscribe(
    client: BleakClient,
    service: str,
    uuid: str,
    receive: Callable[[bytes], object],
    within: float | None = None,
) -> None:
    """Subscribe to notifications or indications of a characteristic. Raises RADIO_ERRORS."""
    characteristic = _characteristic(client, service, uuid)

    def notified(_: BleakGATTCharacteristic, value: object) -> None:
        # An empty value is malformed, as is one of another type.
        receive(bytes(value) if isinstance(value, bytes | bytearray) else b"")

    await call(client.start_notify(characteristic, notified), within)


async def unsubscribe(client: BleakClient, service: str, uuid: str) -> None:
    """End a subscription. Raises RADIO_ERRORS."""
    characteristic = _characteristic(client, service, uuid)
    await call(client.stop_notify(characteristic), DISCONNECT_TIMEOUT)


async def pair(client: BleakClient) -> None:
    """Pair without user confirmation. Raises RADIO_ERRORS."""
    await call(client.pair())


async def forget(client: BleakClient) -> None:
    """Clear the backend's cached services, so that the next connection discovers them.

    BlueZ removes the device for that, with its connection and its pairing.
    """
    with suppress(*RADIO_ERRORS):
        await call(
            # Home Assistant and bleak_retry_connector add this method.
            client.clear_cache(),  # type: ignore[attr-defined]
            DISCONNECT_TIMEOUT,
        )


def mtu(client: BleakClient) -> int:
    """Return the ATT MTU of a connection in octets."""
    # BlueZ reports it per characteristic; bleak's own property holds only an acquired one.
    return 3 + max(
        (
            each.max_write_without_response_size
            for each in client.services.characteristics.values()
        ),
        default=20,
    )


async def disconnect(client: BleakClient) -> UnexpectedError | None:
    """Disconnect within a timeout; return an unexpected error of the backend.

    A cancellation waits until that is done: an interrupted disconnection leaves the connection open.
    """
    disconnecting = asyncio.create_task(_disconnect(client))
    try:
        return await asyncio.shield(disconnecting)
    except asyncio.CancelledError:
        await asyncio.wait({disconnecting})
        raise


async def _disconnect(client: BleakClient) -> UnexpectedError | None:
    try:
        await call(client.disconnect(), DISCONNECT_TIMEOUT)
    except UnexpectedError as error:
        return error
    except RADIO_ERRORS:
        pass
    return None
