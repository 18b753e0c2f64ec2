"""What bleak's backends are asked to do: each ends in time, as a success or as one of a few errors.

Each backend fails in words of its own: over an ESPHome proxy an ATT error is a plain BleakError, BlueZ has errors of
D-Bus, and some let out what is their own mistake. They are translated here; nothing above looks at bleak's exceptions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
import math
import re
from typing import Any, Final

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import (
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)
import bleak_retry_connector
from bleak_retry_connector import BLEAK_RETRY_EXCEPTIONS

from .errors import IncompatibleError, NotReachableError

CONNECT_TIMEOUT: Final = 20.0
"""Seconds for one attempt to connect: what bleak itself allows for it."""
PREPARE_TIMEOUT: Final = 10.0
DISCONNECT_TIMEOUT: Final = 5.0
HEARD_WITHIN: Final = 4.0
"""Seconds within which BlueZ has heard a device again that it was made to forget; it cannot connect to it before."""
HEARD_INTERVAL: Final = 0.5

_EXPECTED: Final = (
    *BLEAK_RETRY_EXCEPTIONS,
    KeyError,
    NotImplementedError,
    OSError,
)
"""What bleak's backends raise when the radio, or their own view of it, fails."""

_CODE: Final = BleakGATTProtocolErrorCode
_STALE: Final = frozenset(
    {
        _CODE.INVALID_HANDLE,
        _CODE.ATTRIBUTE_NOT_FOUND,
        _CODE.UNLIKELY_ERROR,
        _CODE.WRITE_NOT_PERMITTED,
    }
)
"""ATT errors invalid handle, attribute not found, unlikely error and write not permitted: what a handle of older
firmware gives. Only what may be written by what is known of the services is written."""
_ESPHOME: Final = re.compile(r"Bluetooth GATT Error\b.*?\berror=(-?\d+)")
_BLUEZ: Final = re.compile(r"ATT error: 0x([0-9a-fA-F]+)")
_IN_PROGRESS: Final = "org.bluez.Error.InProgress"
_NOT_PAIRED: Final = ("org.bluez.Error.NotPermitted", "Not paired")
_GONE: Final = frozenset(
    {
        "org.bluez.Error.DoesNotExist",
        "org.freedesktop.DBus.Error.UnknownMethod",
        "org.freedesktop.DBus.Error.UnknownObject",
    }
)
"""What D-Bus says of a characteristic whose object is no more there."""


class GattError(Exception):
    """A backend did not do what it was asked to: the connection is lost, or of no use."""


class AttError(GattError):
    """The device refused a request, with an error of the attribute protocol; the connection is as good as before."""

    def __init__(self, code: int, text: str) -> None:
        """Name the error's code, and what the backend says of it."""
        super().__init__(f"ATT error 0x{code:02X}: {text}")
        self.code = code

    @property
    def stale(self) -> bool:
        """Whether the backend may have taken the place of something for that in older firmware."""
        return self.code in _STALE


class InProgressError(GattError):
    """The backend is still busy with something else, and did not begin."""


class UnexpectedError(GattError):
    """A backend raised what no backend is known to raise: a mistake of its own, to be logged."""

    def __init__(self, error: Exception) -> None:
        """Keep what it raised."""
        super().__init__(f"{type(error).__name__}: {error}")
        self.error = error


RADIO_ERRORS: Final = (GattError, TimeoutError)
"""What asking a backend for something raises; TimeoutError is the backend's own, or that of whoever asks."""

type Preparation = Callable[[BleakClient], Awaitable[None]]
"""Makes a fresh connection ready for use."""


class ConnectAgainError(Exception):
    """Raised by a preparation that does not believe in the services that the backend knows."""

    def __init__(self, *, forget: bool) -> None:
        """Say whether they are also to be forgotten, or only looked at anew."""
        super().__init__()
        self.forget = forget


def translated(error: Exception) -> GattError | TimeoutError:
    """Return what an exception of a backend means."""
    text = str(error) or type(error).__name__
    match error:
        case GattError() | TimeoutError():
            return error
        case BleakGATTProtocolError():
            return AttError(int(error.code), text)
        case BleakCharacteristicNotFoundError():
            return AttError(_CODE.ATTRIBUTE_NOT_FOUND, text)
        case BleakDBusError() if error.dbus_error == _IN_PROGRESS:
            return InProgressError(text)
        case BleakDBusError() if error.args[:2] == _NOT_PAIRED:
            return AttError(_CODE.INSUFFICIENT_AUTHENTICATION, text)
        case BleakDBusError() if error.dbus_error in _GONE:
            return AttError(_CODE.ATTRIBUTE_NOT_FOUND, text)
        case BleakDBusError() if found := _BLUEZ.search(" ".join(map(str, error.args))):
            return AttError(int(found[1], 16), text)
        case BleakError() if (code := _esphome_code(error)) is not None and code > 0:
            return AttError(code, text)
    if isinstance(error, _EXPECTED):
        return GattError(f"{type(error).__name__}: {error}")
    return UnexpectedError(error)


def _esphome_code(error: BleakError) -> int | None:
    """Return the number of an ESPHome proxy's GATT error; negative if the proxy has no connection."""
    # bleak_esphome keeps the message of the API as the cause.
    number = getattr(getattr(error.__cause__, "error", None), "error", None)
    if isinstance(number, int):
        return number
    found = _ESPHOME.search(str(error))
    return int(found[1]) if found else None


def begin[T](doing: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Let a backend begin something; what becomes of it counts for whoever asks, see `outcome`."""
    task = asyncio.create_task(doing)
    # It may end when nobody asks any more.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def outcome[T](done: asyncio.Task[T]) -> T:
    """Return what a backend returned.

    Raises RADIO_ERRORS for what it raised; GattError if that was a cancellation: one that lost its adapter lets its own
    out, and nobody has cancelled who asks here.
    """
    if done.cancelled():
        raise GattError("given up by the radio")
    try:
        return done.result()
    except Exception as error:
        raise translated(error) from error


async def call[T](doing: Coroutine[Any, Any, T], within: float | None = None) -> T:
    """Let a backend do something, for `within` seconds at most.

    Raises RADIO_ERRORS. Whoever cancels this, or has no patience any more, does not wait for a backend that takes no
    notice.
    """
    task = begin(doing)
    try:
        await asyncio.wait({task}, timeout=within)
    finally:
        task.cancel()
    if not task.done():
        raise TimeoutError
    return outcome(task)


# What is done with a connection


def find(
    client: BleakClient, service: str, uuid: str
) -> BleakGATTCharacteristic | None:
    """Return a characteristic of a service; None if the device does not offer it. GattError if the link is lost.

    Either may be there twice: of the services the fullest counts, of the characteristics the first.
    """
    try:
        services = [each for each in client.services if each.uuid == service]
    except (BleakError, AttributeError) as error:
        raise translated(error) from error
    services.sort(key=lambda each: (-len(each.characteristics), each.handle))
    found = [
        characteristic
        for each in services
        for characteristic in sorted(each.characteristics, key=lambda one: one.handle)
        if characteristic.uuid == uuid
    ]
    if not found and not client.is_connected:
        # Some backends forget the services as the link is lost.
        raise GattError("lost")
    return found[0] if found else None


def _characteristic(
    client: BleakClient, service: str, uuid: str
) -> BleakGATTCharacteristic:
    if (found := find(client, service, uuid)) is None:
        raise AttError(_CODE.ATTRIBUTE_NOT_FOUND, uuid)
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
    client: BleakClient, service: str, uuid: str, value: bytes
) -> asyncio.Task[None]:
    """Begin to write a characteristic, with response. Raises GattError; for the rest see `outcome`."""
    characteristic = _characteristic(client, service, uuid)
    return begin(client.write_gatt_char(characteristic, value, response=True))


async def subscribe(
    client: BleakClient, service: str, uuid: str, receive: Callable[[bytes], object]
) -> None:
    """Have notifications or indications of a characteristic received. Raises RADIO_ERRORS."""
    characteristic = _characteristic(client, service, uuid)

    def notified(_: BleakGATTCharacteristic, value: object) -> None:
        # One of another kind is malformed, whatever it says.
        receive(bytes(value) if isinstance(value, bytes | bytearray) else b"")

    await call(client.start_notify(characteristic, notified))


async def pair(client: BleakClient) -> None:
    """Pair without anything to compare. Raises RADIO_ERRORS."""
    await call(client.pair())


async def forget(client: BleakClient) -> None:
    """Have the backend forget the services that it knows: the next connection discovers them.

    BlueZ does so by removing the device, and with it the connection and the pairing.
    """
    with suppress(*RADIO_ERRORS):
        await call(
            # It is Home Assistant's, or that of bleak_retry_connector.
            client.clear_cache(),  # type: ignore[attr-defined]
            DISCONNECT_TIMEOUT,
        )


def mtu(client: BleakClient) -> int:
    """Return the size of the largest packet of the attribute protocol on this connection.

    BlueZ tells it with each characteristic, and bleak only when it is acquired.
    """
    return 3 + max(
        (
            each.max_write_without_response_size
            for each in client.services.characteristics.values()
        ),
        default=20,
    )


# From no connection to one that is ready, and back


async def connect(
    name: str,
    device: BLEDevice,
    prepare: Preparation,
    disconnected: Callable[[BleakClient], None] = lambda _: None,
) -> BleakClient:
    """Connect, and make the connection ready for use; as often as `prepare` asks to connect again.

    Raises NotReachableError or IncompatibleError, and then leaves no connection behind.
    """
    loop = asyncio.get_running_loop()
    anew = False
    until = -math.inf
    while True:
        try:
            client = await _establish(name, device, disconnected, anew=anew)
        except NotReachableError:
            if loop.time() > until:
                raise
            await asyncio.sleep(HEARD_INTERVAL)
            continue
        try:
            await _make_ready(client, prepare)
        except ConnectAgainError as error:
            anew = True
            if error.forget:
                until = loop.time() + HEARD_WITHIN
        else:
            return client


async def _make_ready(client: BleakClient, prepare: Preparation) -> None:
    """Prepare a connection. If that fails it is disconnected.

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
        raise NotReachableError("lost while it was made ready")


async def _establish(
    name: str,
    device: BLEDevice,
    disconnected: Callable[[BleakClient], None],
    *,
    anew: bool,
) -> bleak_retry_connector.BleakClientWithServiceCache:
    """Connect once; do not wait for a backend that hangs as it gives the attempt up.

    Raises NotReachableError, and what nobody expects of a backend.
    """
    connecting = begin(
        bleak_retry_connector.establish_connection(
            # Home Assistant puts a class of its own there when its Bluetooth is set up.
            bleak_retry_connector.BleakClientWithServiceCache,
            device,
            name,
            disconnected_callback=disconnected,
            max_attempts=1,
            use_services_cache=not anew,
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
    if connecting.cancelled():
        raise NotReachableError("given up by the radio")
    try:
        return connecting.result()
    except _EXPECTED as error:
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


async def disconnect(client: BleakClient) -> UnexpectedError | None:
    """Disconnect, and do not wait for a backend that hangs; return what nobody expects of one.

    Whoever cancels this waits for it all the same: a disconnection that is broken off leaves a connection.
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
