"""A bleak backend that behaves as the one for BlueZ where backends differ."""

import asyncio
from contextlib import suppress
from typing import Any, override
import warnings

from bleak.backends.device import BLEDevice
from bleak.exc import BleakDBusError, BleakError
from bumble import att

from .bleak_client import SimulatedClient
from .central import Central

_IN_PROGRESS_INTERVAL = 0.01
"""Seconds after which bleak repeats a write that BlueZ answered with InProgress."""


class BlueZClient(SimulatedClient):
    """A client with one write at a time, pairing by an agent, and no MTU unless acquired."""

    def __init__(
        self, address_or_ble_device: BLEDevice | str, *, central: Central, **kwargs: Any
    ) -> None:
        """Take the arguments of `SimulatedClient`."""
        super().__init__(address_or_ble_device, central=central, **kwargs)
        self._written: set[int] = set()

    @property
    @override
    def mtu_size(self) -> int:
        warnings.warn(
            "Using default MTU value. Call _acquire_mtu() or set _mtu_size first to avoid this warning.",
            stacklevel=2,
        )
        return att.ATT_DEFAULT_MTU

    @override
    async def clear_cache(self) -> bool:
        """Remove the device, which also disconnects it and deletes its keys."""
        known = await super().clear_cache()
        await self.unpair()
        await self.disconnect()
        return known

    @override
    async def pair(self, *args: Any, **kwargs: Any) -> None:
        """Pair with the help of the agent; BleakDBusError if it fails or there is none."""
        if self._link().is_encrypted:
            return
        if self._central.agent:
            with suppress(BleakError):
                await super().pair(*args, **kwargs)
                return
        self._central.blocked.add(self.address)
        raise BleakDBusError(
            "org.bluez.Error.AuthenticationFailed", ["Authentication Failed"]
        )

    @override
    async def _write_characteristic(
        self, handle: int, value: bytes, response: bool
    ) -> None:
        """Write once no other write to this characteristic is under way."""
        while handle in self._written or self.address in self._central.blocked:
            # BlueZ answers InProgress, and bleak asks again.
            await asyncio.sleep(_IN_PROGRESS_INTERVAL)
            self._link()
        self._written.add(handle)
        work = self._write_paired(handle, value, response)
        write = asyncio.get_running_loop().create_task(work)

        def ended(_: object) -> None:
            self._written.discard(handle)
            if not write.cancelled():
                write.exception()

        write.add_done_callback(ended)
        # Cancelling the caller does not cancel the write.
        await asyncio.wait({write})
        write.result()

    async def _write_paired(self, handle: int, value: bytes, response: bool) -> None:
        """Write, and pair if the peripheral demands it and there is an agent."""
        try:
            await self._write(handle, value, response)
        except BleakDBusError:
            if not self._central.agent or self._link().is_encrypted:
                raise
            try:
                await self.pair()
            except BleakError:
                paired = False
            else:
                paired = True
            if not paired:
                raise
            await self._write(handle, value, response)
