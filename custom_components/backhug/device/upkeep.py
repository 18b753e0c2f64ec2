"""Upkeep of a connection: prepares it, then reads what is due while it is held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from bleak import BleakClient

from . import timeouts
from .errors import BackHugError, IncompatibleError, UnsupportedVersionError
from .gatt_errors import RADIO_ERRORS, AttError
from .identification import read_information
from .model import State
from .protocols.protocol import Protocol
from .receiver import Receiver
from .service_cache import ServiceCache
from .stop import StopDelivery


class Upkeep:
    """Keeps the reported state up to date with the device."""

    def __init__(
        self,
        protocol: Protocol,
        receiver: Receiver,
        services: ServiceCache,
        stop: StopDelivery,
        publish: Callable[[], None],
    ) -> None:
        """Begin without a connection; `publish` is called when something was read."""
        self._protocol = protocol
        self._receiver = receiver
        self._reported = receiver.reported
        self._services = services
        self._stop = stop
        self._publish = publish

    async def prepare(self, client: BleakClient) -> None:
        """Prepare a new connection: features, subscriptions, then a reading of the state.

        Raises RADIO_ERRORS, IncompatibleError, NotReachableError or ConnectAgainError.
        """
        self._receiver.source = client
        worked_before = self._reported.features is not None
        with self._services.distrusted(worked_before=worked_before):
            try:
                await self._prepare(client)
            except (AttError, IncompatibleError, TimeoutError) as error:
                await self._stop_unprepared(client, error)
                raise

    async def _prepare(self, client: BleakClient) -> None:
        receiver = self._receiver
        self._reported.connected(await self._protocol.read_features(client))
        with receiver.optional("answers"):
            await receiver.open(client)
        if self._stop.kept:
            await self._stop.deliver_kept(client)
        self._stop.start_settled()
        with receiver.optional("status notifications"):
            await receiver.subscribe_status(client)
        with receiver.optional("tension stream"):
            await receiver.subscribe_tension(client)
        if await receiver.read_status(client) is None:
            self._reported.forget_status()
        await receiver.read_record(client)

    async def _stop_unprepared(
        self, client: BleakClient, error: AttError | IncompatibleError | TimeoutError
    ) -> None:
        """Send a stop that a caller waits for on a connection that cannot be prepared."""
        if (
            not self._stop.under_way
            or isinstance(error, UnsupportedVersionError)
            # It might reach another characteristic: connect again first.
            or (isinstance(error, AttError) and not self._services.fresh)
            or not self._protocol.takes_stop(client)
        ):
            return
        with suppress(BackHugError, *RADIO_ERRORS):
            async with asyncio.timeout(timeouts.GLANCE_TIMEOUT):
                await self._receiver.open(client)
        with suppress(BackHugError, *RADIO_ERRORS):
            await self._stop.send(client)

    async def attend(self, client: BleakClient) -> None:
        """Read what is due for as long as the connection is held.

        Raises RADIO_ERRORS: a failed reading shows that the connection is dead.
        """
        try:
            self._reported.information = await read_information(client, self._services)
            self._publish()
            while True:
                await self._read_if_quiet(client)
                await self._protocol.keep_alive(client)
                if self._protocol.overdue_at <= asyncio.get_running_loop().time():
                    await self._stop.send(client)
                if self._stop.kept and not self._stop.under_way:
                    await self._stop.deliver_kept(client)
                if self._receiver.record_due:
                    await self._receiver.read_record(client)
        except AttError:
            await self._services.forget(client)
            raise

    async def _read_if_quiet(self, client: BleakClient) -> None:
        """Wait until the state changes; read Status if none has come for too long."""
        receiver, loop = self._receiver, asyncio.get_running_loop()
        status = self._reported.status
        idle = status is not None and status.state in (State.STANDBY, State.FAULT)
        quiet = timeouts.QUIET_IDLE if idle else timeouts.QUIET_RUNNING
        due = min(
            self._protocol.keep_alive_at,
            self._protocol.overdue_at,
            self._stop.check_at,
        )
        try:
            async with asyncio.timeout_at(min(receiver.heard_at + quiet, due)):
                await receiver.changed.wait()
        except TimeoutError:
            if receiver.heard_at + timeouts.QUIET_RUNNING <= loop.time():
                # A device that refuses, or sends nonsense, is not read again at once.
                receiver.heard_at = loop.time()
                with receiver.optional("status"):
                    await receiver.read_status(client)
                if (
                    self._reported.status is not None
                    and receiver.known_at + timeouts.LONGEST_SESSION <= loop.time()
                ):
                    # Connected, but nothing readable: what ran is over by now.
                    receiver.forget_status(self._stop.sessions_that_may_run())
        receiver.changed.clear()
