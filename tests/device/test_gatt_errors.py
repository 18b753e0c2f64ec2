"""The errors of the installed backends, in the vocabulary of the device package."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any, cast

from aioesphomeapi import BluetoothGATTError
from aioesphomeapi.core import (
    APIConnectionError,
    BluetoothConnectionDroppedError,
    BluetoothGATTAPIError,
    TimeoutAPIError,
)
from bleak import BleakClient
from bleak.backends.bluezdbus.utils import assert_gatt_reply, assert_reply
from bleak.backends.device import BLEDevice
from bleak.exc import (
    BleakCharacteristicNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)
from bleak_esphome.backend.client import api_error_as_bleak_error
from dbus_fast.constants import MessageType
from dbus_fast.message import Message
import pytest

from custom_components.backhug.device import connector
from custom_components.backhug.device.connector import ConnectAgainError
from custom_components.backhug.device.errors import NotReachableError
from custom_components.backhug.device.gatt import call
from custom_components.backhug.device.gatt_errors import (
    RADIO_ERRORS,
    AttError,
    GattError,
    InProgressError,
    UnexpectedError,
)
from custom_components.backhug.device.protocols import open_profile as profile
from simulator.dialect import Dialect, refusal

from .gatt_backends import Client

ADDRESS = "C0:FF:EE:00:7F:2A"
EVERY_CODE = [*range(1, 0x14), 0x80, 0x85, 0x9F, 0xFC, 0xFD, 0xFE, 0xFF]


async def raised(doing: Coroutine[Any, Any, object]) -> GattError | TimeoutError:
    """Return the error of a backend's call."""
    with pytest.raises(RADIO_ERRORS) as caught:
        await call(doing)
    error = caught.value
    assert isinstance(error, GattError | TimeoutError)
    return error


async def raises(error: BaseException) -> None:
    """Make a call that fails in a backend."""
    raise error


# bleak_esphome


@api_error_as_bleak_error  # type: ignore[type-var]
async def over_a_proxy(_client: object, error: Exception) -> None:
    """Fail as the API of a proxy does."""
    raise error


def proxy() -> Any:
    """Return a stand-in for the client of a proxy."""
    return SimpleNamespace(
        _description="proxy", _async_ble_device_disconnected=lambda: None
    )


def gatt_error(number: int) -> BluetoothGATTAPIError:
    """Return the error of a proxy's API for a characteristic."""
    message: Any = BluetoothGATTError
    return BluetoothGATTAPIError(
        message(address=0xC0FFEE007F2A, handle=18, error=number)
    )


@pytest.mark.parametrize("code", EVERY_CODE)
async def test_att_error_over_a_proxy(code: int) -> None:
    """An ATT error keeps its code, although it is a plain BleakError."""
    error = await raised(over_a_proxy(proxy(), gatt_error(code)))
    assert isinstance(error, AttError)
    assert error.code == code
    assert "Bluetooth GATT Error" in str(error)


async def test_att_error_over_a_proxy_without_cause() -> None:
    """The text is enough."""
    error = await raised(raises(BleakError(str(gatt_error(5)))))
    assert isinstance(error, AttError)
    assert error.code == 5


@pytest.mark.parametrize(
    "error",
    [
        gatt_error(-1),
        gatt_error(0),
        BluetoothConnectionDroppedError("dropped"),
        APIConnectionError("the proxy is gone"),
    ],
    ids=repr,
)
async def test_failure_of_a_proxy(error: Exception) -> None:
    """A proxy that lost the device, or is lost itself, reports no answer of the device."""
    assert type(await raised(over_a_proxy(proxy(), error))) is GattError


async def test_timeout_of_a_proxy() -> None:
    """A response that is lost is a TimeoutError."""
    error = await raised(over_a_proxy(proxy(), TimeoutAPIError("late")))
    assert type(error) is TimeoutError


@pytest.mark.parametrize("code", EVERY_CODE)
async def test_simulated_proxy(code: int) -> None:
    """The simulator raises what a proxy raises."""
    with pytest.raises(BleakError) as caught:
        await over_a_proxy(proxy(), gatt_error(code))
    simulated = refusal(Dialect.ESPHOME, code, ADDRESS, 18)
    assert type(simulated) is type(caught.value)
    parts = [
        str(error).partition(" description")[0] for error in (simulated, caught.value)
    ]
    assert parts[0] == parts[1]
    assert cast("Any", simulated.__cause__).error.error == code


# bleak's own for BlueZ


def reply(name: str, *body: str) -> Message:
    """Return BlueZ's reply to a call that fails."""
    return Message(
        message_type=MessageType.ERROR,
        reply_serial=1,
        error_name=name,
        signature="s" * len(body),
        body=list(body),
    )


async def bluez(message: Message, check: Callable[[Message], None]) -> None:
    """Take an answer as bleak does."""
    check(message)


BLUEZ = "org.bluez.Error."


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (reply(f"{BLUEZ}NotPermitted", "Not paired"), 0x05),
        (reply(f"{BLUEZ}NotPermitted", "Read not permitted"), 0x02),
        (reply(f"{BLUEZ}NotPermitted", "Write not permitted"), 0x03),
        (reply(f"{BLUEZ}NotAuthorized", "Operation Not Authorized"), 0x08),
        (reply(f"{BLUEZ}NotSupported", "Operation is not supported"), 0x06),
        (reply(f"{BLUEZ}InvalidArguments", "Invalid Length"), 0x0D),
        (reply(f"{BLUEZ}ImproperlyConfigured", "Improperly Configured"), 0xFD),
        (reply(f"{BLUEZ}Failed", "Operation failed with ATT error: 0x0e"), 0x0E),
        (reply(f"{BLUEZ}Failed", "Operation failed with ATT error: 0x80"), 0x80),
        (reply(f"{BLUEZ}Failed", "Connection failed: ATT error: 0x01"), 0x01),
        (reply("org.freedesktop.DBus.Error.UnknownObject", "no such object"), 0x0A),
        (reply("org.freedesktop.DBus.Error.UnknownMethod", "no such method"), 0x0A),
        (reply(f"{BLUEZ}DoesNotExist", "Does Not Exist"), 0x0A),
    ],
    ids=lambda value: None if isinstance(value, int) else str(value.body),
)
async def test_att_error_over_bluez(message: Message, code: int) -> None:
    """An ATT error keeps its code under any D-Bus name; "Not paired" needs encryption."""
    error = await raised(bluez(message, assert_gatt_reply))
    assert isinstance(error, AttError)
    assert error.code == code


async def test_not_paired_needs_encryption() -> None:
    """So the client pairs, and writes again."""
    message = reply(f"{BLUEZ}NotPermitted", "Not paired")
    error = await raised(bluez(message, assert_gatt_reply))
    assert isinstance(error, AttError)
    assert error.code in profile.ATT_ENCRYPTION_NEEDED


async def test_in_progress_over_bluez() -> None:
    """BlueZ does one thing at a time."""
    message = reply(f"{BLUEZ}InProgress", "In Progress")
    assert type(await raised(bluez(message, assert_reply))) is InProgressError


@pytest.mark.parametrize(
    "message",
    [
        reply(f"{BLUEZ}AuthenticationFailed", "Authentication Failed"),
        reply(f"{BLUEZ}NotConnected", "Not Connected"),
        reply(f"{BLUEZ}NotPermitted", "Notify acquired"),
        reply(f"{BLUEZ}Failed"),
    ],
    ids=lambda message: message.error_name,
)
async def test_failure_of_bluez(message: Message) -> None:
    """Errors that are no answer of the device are failures of the radio."""
    assert type(await raised(bluez(message, assert_reply))) is GattError


@pytest.mark.parametrize("code", EVERY_CODE)
async def test_simulated_bluez(code: int) -> None:
    """The simulator's errors are read as those of BlueZ; all that need encryption are one."""
    error = await raised(raises(refusal(Dialect.BLUEZ, code, ADDRESS, 18)))
    assert isinstance(error, AttError)
    assert error.code == (5 if code in (0x05, 0x0C, 0x0F) else code)


# Each backend


async def test_att_error_of_bleak() -> None:
    """As bleak documents it."""
    error = await raised(raises(BleakGATTProtocolError(0x0F)))
    assert isinstance(error, AttError)
    assert error.code == 0x0F


@pytest.mark.parametrize(
    ("code", "stale"), [(0x01, True), (0x0A, True), (0x0E, True), (0x02, False)]
)
def test_stale(code: int, stale: bool) -> None:
    """Some errors are those of a handle that was another one's in older firmware."""
    assert AttError(code, "").stale is stale


async def test_characteristic_that_is_not_there() -> None:
    """Nothing has the place that it had."""
    error = await raised(raises(BleakCharacteristicNotFoundError(profile.STATUS)))
    assert isinstance(error, AttError)
    assert error.stale


@pytest.mark.parametrize(
    "error",
    [
        BleakError("Not connected"),
        AttributeError(),
        EOFError(),
        KeyError("org.bluez.GattService1"),
        NotImplementedError(),
        BrokenPipeError(),
        OSError(9, "Bad file descriptor"),
    ],
    ids=repr,
)
async def test_failures(error: Exception) -> None:
    """Any other error of a backend is a failure of the radio."""
    assert type(await raised(raises(error))) is GattError


@pytest.mark.parametrize("error", [AssertionError(), RuntimeError("bug")], ids=repr)
async def test_unexpected_failure(error: Exception) -> None:
    """An unexpected exception is one as well, and is distinguished."""
    failure = await raised(raises(error))
    assert isinstance(failure, UnexpectedError)
    assert failure.error is error


# Services and characteristics


class Forgetful(Client):
    """A connection of a backend that can be made to forget the device."""

    async def clear_cache(self) -> bool:
        """Forget the device."""
        return True

    async def disconnect(self) -> None:
        """Disconnect."""


async def test_not_heard_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """BlueZ cannot connect to a device that it was made to forget before it hears it again."""
    monkeypatch.setattr(connector, "HEARD_INTERVAL", 0.01)
    made: list[bool] = []
    outcomes = [
        None,
        NotReachableError("not found"),
        NotReachableError("not found"),
        None,
    ]

    async def establish(*_: object, use_cache: bool) -> BleakClient:
        made.append(use_cache)
        if (error := outcomes.pop(0)) is not None:
            raise error
        return cast("BleakClient", Forgetful())

    async def prepare(_client: BleakClient) -> None:
        if len(made) == 1:
            raise ConnectAgainError(forget=True)

    monkeypatch.setattr(connector, "_establish", establish)
    await connector.connect("BackHug", cast("BLEDevice", object()), prepare)
    assert made == [True, False, False, False]
    outcomes[:] = [NotReachableError("not found")]
    with pytest.raises(NotReachableError):
        await connector.connect("BackHug", cast("BLEDevice", object()), prepare)
