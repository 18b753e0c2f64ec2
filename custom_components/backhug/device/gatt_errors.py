"""Errors of the GATT calls, the same for every bleak backend.

A proxy with ESPHome reports an ATT error as a plain BleakError, BlueZ reports errors of D-Bus, and some backends let
their own mistakes out. `translate` maps them; no other module looks at bleak's exceptions.
"""

from __future__ import annotations

import re
from typing import Final

from bleak.exc import (
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)
from bleak_retry_connector import BLEAK_RETRY_EXCEPTIONS

EXPECTED: Final = (
    *BLEAK_RETRY_EXCEPTIONS,
    KeyError,
    NotImplementedError,
    OSError,
)
"""Exceptions that bleak's backends raise when the radio, or their own view of it, fails."""

_CODE: Final = BleakGATTProtocolErrorCode
_STALE: Final = frozenset(
    {
        _CODE.INVALID_HANDLE,
        _CODE.ATTRIBUTE_NOT_FOUND,
        _CODE.UNLIKELY_ERROR,
        _CODE.WRITE_NOT_PERMITTED,
    }
)
"""ATT errors that a handle of older firmware causes."""
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
"""D-Bus errors for a characteristic whose object no longer exists."""


class GattError(Exception):
    """A GATT call failed: the connection is lost or unusable."""


class AttError(GattError):
    """The device refused a request with an ATT error; the connection remains usable."""

    def __init__(self, code: int, text: str) -> None:
        """Take the ATT error code and the backend's text."""
        super().__init__(f"ATT error 0x{code:02X}: {text}")
        self.code = code

    @property
    def stale(self) -> bool:
        """Whether a handle of older firmware may be the cause."""
        return self.code in _STALE


class AttributeMissingError(AttError):
    """The device has no such characteristic."""

    def __init__(self, text: str) -> None:
        """Take the characteristic's UUID, or the backend's text."""
        super().__init__(_CODE.ATTRIBUTE_NOT_FOUND, text)


class InProgressError(GattError):
    """The backend is busy with another request; this one was not started."""


class UnexpectedError(GattError):
    """A backend raised an exception of a kind that backends are not known to raise."""

    def __init__(self, error: Exception) -> None:
        """Wrap the exception."""
        super().__init__(f"{type(error).__name__}: {error}")
        self.error = error


RADIO_ERRORS: Final = (GattError, TimeoutError)
"""Everything that a GATT call raises; a TimeoutError is the backend's or the caller's."""


def translate(error: Exception) -> GattError | TimeoutError:
    """Return the error of this module for an exception of a backend."""
    text = str(error) or type(error).__name__
    match error:
        case GattError() | TimeoutError():
            return error
        case BleakGATTProtocolError():
            return AttError(int(error.code), text)
        case BleakCharacteristicNotFoundError():
            return AttributeMissingError(text)
        case BleakDBusError() if error.dbus_error == _IN_PROGRESS:
            return InProgressError(text)
        case BleakDBusError() if error.args[:2] == _NOT_PAIRED:
            return AttError(_CODE.INSUFFICIENT_AUTHENTICATION, text)
        case BleakDBusError() if error.dbus_error in _GONE:
            return AttributeMissingError(text)
        case BleakDBusError() if found := _BLUEZ.search(" ".join(map(str, error.args))):
            return AttError(int(found[1], 16), text)
        case BleakError() if (code := _esphome_code(error)) is not None and code > 0:
            return AttError(code, text)
    if isinstance(error, EXPECTED):
        return GattError(f"{type(error).__name__}: {error}")
    return UnexpectedError(error)


def _esphome_code(error: BleakError) -> int | None:
    """Return the error number of an ESPHome proxy; negative if the proxy has no connection."""
    # bleak_esphome keeps the message of the API as the cause.
    number = getattr(getattr(error.__cause__, "error", None), "error", None)
    if isinstance(number, int):
        return number
    found = _ESPHOME.search(str(error))
    return int(found[1]) if found else None
