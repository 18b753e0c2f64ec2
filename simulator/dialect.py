"""The dialects that bleak's backends speak: each says in words of its own that a peripheral refuses something."""

from enum import StrEnum

from bleak.exc import (
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)


class Dialect(StrEnum):
    """How a backend behaves where backends differ."""

    BLEAK = "bleak"
    """As bleak's documentation says: ATT errors are BleakGATTProtocolError."""
    ESPHOME = "esphome"
    """As `bleak_esphome`: every ATT error is a plain BleakError, with the API's own as its cause."""
    BLUEZ = "bluez"
    """As `bleak.backends.bluezdbus`: one write at a time, pairing by an agent, no MTU that was not acquired."""


_CODE = BleakGATTProtocolErrorCode
_NEEDS_ENCRYPTION = frozenset(
    {
        _CODE.INSUFFICIENT_AUTHENTICATION,
        _CODE.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
        _CODE.INSUFFICIENT_ENCRYPTION,
    }
)


class ProxyGattError:
    """A GATT error as a proxy's API reports it."""

    def __init__(self, address: str, handle: int, error: int) -> None:
        """Take what is in the message."""
        self.address = address
        self.handle = handle
        self.error = error


class ProxyApiError(Exception):
    """The error of a proxy's API that `bleak_esphome` turns into a BleakError."""

    def __init__(self, error: ProxyGattError) -> None:
        """Take the message."""
        super().__init__(
            f"Bluetooth GATT Error address={error.address} handle={error.handle} "
            f"error={error.error} description=simulated"
        )
        self.error = error


def refusal(dialect: Dialect, code: int, address: str, handle: int) -> BleakError:
    """Return the exception by which a backend says that a peripheral answered with an ATT error."""
    if dialect is Dialect.ESPHOME:
        cause = ProxyApiError(ProxyGattError(address, handle, code))
        error = BleakError(str(cause))
        error.__cause__ = cause
        return error
    if dialect is Dialect.BLUEZ and code in _NEEDS_ENCRYPTION:
        return BleakDBusError("org.bluez.Error.NotPermitted", ["Not paired"])
    return BleakGATTProtocolError(code)
