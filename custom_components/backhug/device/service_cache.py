"""Trust in the GATT services that a backend reports for a device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from bleak import BleakClient

from .connector import ConnectAgainError
from .errors import IncompatibleError, NotReachableError, UnknownProtocolError
from .gatt import forget
from .gatt_errors import AttError

INCOMPLETE_CONNECTIONS: Final = 3
"""Connections with incomplete services that a device which has worked before may make."""


class ServiceCache:
    """Decides whether the services that the backend reports are those of the device.

    BlueZ may report them before they are complete, and every backend may have cached those of older firmware. So
    one connection proves nothing, and a device that has worked before gets more of them.
    """

    def __init__(
        self, drop: Callable[[BleakClient, str], None] = lambda _client, _why: None
    ) -> None:
        """Begin with no connection; `drop` gives one up, with a reason."""
        self._drop = drop
        self._failures = 0
        self._forgotten = False
        self.fresh = False
        """Whether they were discovered for this connection: an error is the device's own."""

    @contextmanager
    def distrusted(self, *, worked_before: bool) -> Iterator[None]:
        """Raise ConnectAgainError for the first errors in the context that wrong services may cause."""
        self.fresh, self._forgotten = self._forgotten, False
        try:
            yield
        except UnknownProtocolError as error:
            self._failures += 1
            # BlueZ removes the device to clear the cache: not for services that are only incomplete.
            self._forgotten = self._failures > 1
            if not self.fresh:
                raise ConnectAgainError(forget=self._forgotten) from error
            if worked_before and self._failures <= INCOMPLETE_CONNECTIONS:
                raise NotReachableError("the services are incomplete") from error
            raise
        except AttError, IncompatibleError:
            self._failures += 1
            self._forgotten = True
            if self._failures == 1:
                raise ConnectAgainError(forget=True) from None
            raise
        self._failures = 0

    def may_be_stale(self, error: Exception) -> bool:
        """Return whether services of older firmware may have caused an error."""
        return isinstance(error, AttError) and error.stale and not self.fresh

    async def forget(self, client: BleakClient) -> None:
        """Clear the backend's cache, so that the next connection discovers the services."""
        self._forgotten = True
        await forget(client)

    async def rediscover(self, client: BleakClient, error: Exception) -> None:
        """Clear the backend's cache and give the connection up, because of an error."""
        await self.forget(client)
        self._drop(client, f"the services may be stale: {error!r}")
