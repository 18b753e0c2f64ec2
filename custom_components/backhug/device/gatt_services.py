"""The GATT services of a BackHug: what is read of them, and whether what a backend says of them is believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from bleak import BleakClient

from .errors import IncompatibleError, NotReachableError, UnknownProtocolError
from .gatt import AttError, ConnectAgainError, GattError, find, forget, read
from .model import DeviceInformation, Features
from .protocols import open_profile as profile

CONNECTIONS: Final = 3
"""Connections whose services are incomplete after which a device that was operated before is still not another one."""


class Services:
    """Whether what a backend says of a device's services is believed.

    BlueZ may announce them before it knows them all, and every backend may remember those of older firmware. So nothing
    is concluded from one connection, nor at once of a device that was operated before.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._failed = 0
        self._forgotten = False
        self.fresh = False
        """Whether they were discovered for this connection: what is wrong with them is the device's own."""

    @contextmanager
    def doubted(self, *, known: bool) -> Iterator[None]:
        """Make a connection ready; `known` is whether the device was operated before.

        Raises ConnectAgainError in place of the first errors that may come from services that are not the device's.
        """
        self.fresh, self._forgotten = self._forgotten, False
        try:
            yield
        except UnknownProtocolError as error:
            self._failed += 1
            # Where it is BlueZ that has not announced them all, to forget them is to forget the device.
            self._forgotten = self._failed > 1
            if not self.fresh:
                raise ConnectAgainError(forget=self._forgotten) from error
            if known and self._failed <= CONNECTIONS:
                raise NotReachableError("its services are incomplete") from error
            raise
        except AttError, IncompatibleError:
            self._failed += 1
            self._forgotten = True
            if self._failed == 1:
                raise ConnectAgainError(forget=True) from None
            raise
        self._failed = 0

    def old(self, error: GattError) -> bool:
        """Return whether an error may come from services of older firmware."""
        return isinstance(error, AttError) and error.stale and not self.fresh

    async def forget(self, client: BleakClient) -> None:
        """Have them discovered by the next connection."""
        self._forgotten = True
        await forget(client)


async def read_value(client: BleakClient, uuid: str, within: float) -> bytes:
    """Read a characteristic of the BackHug service. Raises RADIO_ERRORS."""
    return await read(client, profile.SERVICE, uuid, within)


async def read_features(client: BleakClient, within: float) -> Features:
    """Read what the device offers.

    Raises RADIO_ERRORS and IncompatibleError; UnknownProtocolError if what it needs is not all there.
    """
    for uuid in (profile.FEATURES, profile.STATUS, profile.CONTROL_POINT):
        if find(client, profile.SERVICE, uuid) is None:
            raise UnknownProtocolError
    return profile.decode_features(await read_value(client, profile.FEATURES, within))


async def read_information(
    client: BleakClient, services: Services, within: float
) -> DeviceInformation:
    """Read the texts of the Device Information service that there are, and may be read; each `within` so many seconds.

    Raises RADIO_ERRORS.
    """
    values = []
    for name, uuid in profile.INFORMATION.items():
        # The services go with the link: what seems to be missing is then only not read any more.
        if find(client, profile.INFORMATION_SERVICE, uuid) is not None:
            try:
                value = await read(client, profile.INFORMATION_SERVICE, uuid, within)
            except AttError as error:
                if services.old(error):
                    raise
            else:
                values.append((name, value))
    return profile.information(values)
