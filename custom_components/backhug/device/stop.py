"""Stop: goes ahead of every command, and is kept until it is delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
import math

from bleak import BleakClient

from . import timeouts
from .connection import Connection
from .errors import (
    IncompatibleError,
    LinkLostError,
    NoAnswerError,
    NotReachableError,
    ReleasedError,
    StoppedFirstError,
    StopPendingError,
)
from .gatt_errors import RADIO_ERRORS, GattError
from .model import State, Status
from .protocols.protocol import Protocol
from .receiver import Receiver
from .service_cache import ServiceCache
from .unexpected import UnexpectedErrors


class StopDelivery:
    """Stops sessions. A stop that is not delivered yet is kept for the next connection.

    Sessions are numbers, as in Status.
    """

    def __init__(
        self,
        connection: Connection,
        receiver: Receiver,
        protocol: Protocol,
        services: ServiceCache,
        unexpected: UnexpectedErrors,
    ) -> None:
        """Begin without a stop."""
        self._connection = connection
        self._receiver = receiver
        self._protocol = protocol
        self._services = services
        self._unexpected = unexpected
        self._loop = asyncio.get_running_loop()
        self.requested = 0
        """How many stops were requested: a command is overtaken when this changes."""
        self.sessions_stopped = 0
        """How many sessions our stops have ended."""
        self._delivered = 0
        self._unanswered = 0
        self._under_way = 0
        self._none_under_way = asyncio.Event()
        self._none_under_way.set()
        self._due: set[int] = set()
        self._any_until = -math.inf
        self._urgent_until = -math.inf
        self._unsettled_start: int | None = None
        """The session that a start may have begun whose result is unknown."""
        self._other: int | None = None
        """The number of a session that runs instead of those to stop."""
        self._other_at = -math.inf
        """When that number was read first."""
        self.check_at = math.inf
        """When to read Status again for a stop that is kept, by the event loop's clock."""

    @property
    def due(self) -> frozenset[int]:
        """The sessions to stop on the next connection."""
        return frozenset(self._due)

    @property
    def any_for(self) -> float | None:
        """Seconds for which any running session is stopped on the next connection; None if only those due are."""
        left = self._any_until - self._loop.time()
        return left if left > 0 else None

    @property
    def kept(self) -> bool:
        """Whether a stop is kept for the next connection."""
        return bool(self._due) or self.any_for is not None

    @property
    def under_way(self) -> bool:
        """Whether a caller waits for a stop."""
        return self._under_way > 0

    @property
    def urgent(self) -> bool:
        """Whether the connection must not wait for its back-off."""
        kept = self.kept and self._loop.time() < self._urgent_until
        return kept or self.under_way

    async def stop(self) -> bool:
        """Stop the session; return whether one has ended. See `BackHug.stop`."""
        self.requested += 1
        before, delivered = self.sessions_stopped, self._delivered
        if not self._connection.held:
            await self._stop_while_closing()
            return self.sessions_stopped != before
        self.keep()
        client: BleakClient | None = None
        try:
            with self._connection.needed(), self._waited_for():
                async with asyncio.timeout(timeouts.COMMAND_TIMEOUT):
                    # The preparation of a connection may deliver it.
                    while self._delivered == delivered:
                        client = await self._connection.connected(retry=True)
                        if self._delivered == delivered:
                            await self._try_to_send(client)
        except (TimeoutError, NotReachableError, IncompatibleError) as error:
            if self._delivered == delivered:
                if isinstance(error, IncompatibleError):
                    raise
                if client is not None:
                    self._connection.drop(client, "stop was not answered")
                # Else a connection was lost during preparation, after it had shown that no session runs.
                if self.kept:
                    raise StopPendingError from error
        return self.sessions_stopped != before

    def keep_until_connected(
        self, sessions: Iterable[int], any_for: float | None = None
    ) -> None:
        """Keep a stop of these sessions, and for `any_for` seconds (at most an hour) of any session."""
        self._due.update(sessions)
        self._urgent_until = self._loop.time() + timeouts.LONGEST_SESSION
        if any_for is not None:
            left = min(any_for, timeouts.LONGEST_SESSION)
            self._any_until = self._loop.time() + left

    def keep(self) -> None:
        """Keep a stop of the session that may run now; of any session for an hour if that one is unknown."""
        sessions = self.sessions_that_may_run()
        features = self._receiver.reported.features
        # Without numbers the session that is due cannot be told from another one.
        numbered = features is None or features.numbers_sessions
        # Also at rest: a session may have begun at the device since it was lost.
        precise = sessions and numbered and not self._may_run_unseen()
        self.keep_until_connected(
            sessions, None if precise else timeouts.LONGEST_SESSION
        )

    def forget(self) -> None:
        """Forget a kept stop, because it is delivered or obsolete."""
        self._due.clear()
        self._any_until = -math.inf
        self._other = None

    def check_none_since(self, requested: int) -> None:
        """Raise StoppedFirstError if a stop was requested since there were so many."""
        if self.requested != requested:
            raise StoppedFirstError

    async def wait_until_through(self) -> None:
        """Wait until no caller waits for a stop."""
        await self._none_under_way.wait()

    def start_sent(self) -> None:
        """Note a start: until its result is known it may have begun a session."""
        if (status := self._receiver.reported.status) is not None:
            self._unsettled_start = status.session + 1

    def start_settled(self) -> None:
        """Note that the result of a start is known, or that Status shows it."""
        self._unsettled_start = None

    def pairing_failed(self) -> None:
        """Note a failed pairing: see `send`."""
        self._unanswered = 1

    def sessions_that_may_run(self) -> set[int]:
        """Return the sessions that may run as far as known: seen, started, or seen too long ago."""
        receiver = self._receiver
        sessions = _running(receiver.reported.status) | receiver.forgotten
        if self._unsettled_start is not None:
            sessions.add(self._unsettled_start)
        return sessions

    def _may_run_unseen(self) -> bool:
        """Return whether another session than those may run."""
        status = self._receiver.reported.status
        unseen_for = self._loop.time() - self._receiver.heard_at
        certain = timeouts.LONGEST_SESSION if _running(status) else timeouts.STALE
        return status is None or self._protocol.assumes_state or unseen_for > certain

    @contextmanager
    def _waited_for(self) -> Iterator[None]:
        """Hold commands back that are given after a stop."""
        self._under_way += 1
        self._none_under_way.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._none_under_way.set()

    async def _try_to_send(self, client: BleakClient) -> None:
        """Send stop; on failure drop the connection, or wait before the next try."""
        try:
            await self.send(client)
        except NoAnswerError:
            # An earlier request may block this connection.
            self._connection.drop(client, "stop was not answered")
        except LinkLostError, GattError:
            await asyncio.sleep(timeouts.RETRY_INTERVAL)

    async def deliver_kept(self, client: BleakClient) -> None:
        """Send a kept stop if the session that it is meant for runs. Raises what `send` raises."""
        self.check_at = math.inf
        if self._protocol.assumes_state:
            await self.send(client)
            self._connection.used()
            return
        # A start that had not arrived was lost with its connection: only what runs now counts.
        status = await self._receiver.read_status(client)
        whatever = self.any_for is not None
        if status is None and not whatever:
            # It stays due until Status can be read.
            return
        runs = _running(status)
        if status is None or (runs and whatever) or runs & self._due:
            await self.send(client)
        elif runs and self._due and self._doubts(max(runs)):
            return
        self.forget()
        self._connection.used()

    def _doubts(self, session: int) -> bool:
        """Return whether the session that runs may be one that is to be stopped.

        The counter may dip or jump for a moment: another number than the next is believed when a second reading
        agrees.
        """
        if session == max(self._due) + 1:
            return False
        now = self._loop.time()
        if session != self._other:
            self._other, self._other_at = session, now
        confirmed_at = self._other_at + timeouts.SECOND_READING
        if now >= confirmed_at:
            return False
        self.check_at = confirmed_at
        return True

    async def send(self, client: BleakClient) -> None:
        """Send stop until it is answered, or Status shows that it has worked.

        Raises NoAnswerError, LinkLostError and GattError.
        """
        before = self._receiver.reported.status
        try:
            await self._send_until_answered(client)
        except TimeoutError:
            if not await self._seen_at_rest(client):
                self._unanswered += 1
                if self._unanswered > 1:
                    # After a failed pairing BlueZ may take no write before it has removed the device.
                    await self._services.forget(client)
                raise NoAnswerError from None
        if _running(before) or _has_begun_to_finish(
            before, self._receiver.reported.status
        ):
            self.sessions_stopped += 1
        self._unanswered = 0
        self._delivered += 1
        self.forget()
        self.start_settled()

    async def _send_until_answered(self, client: BleakClient) -> None:
        """Send stop, again if the radio refuses it. Raises TimeoutError, LinkLostError and GattError."""
        until = self._loop.time() + timeouts.STOP_PATIENCE
        while True:
            try:
                return await self._protocol.stop(client, until)
            except GattError as error:
                self._unexpected.log_backend(error, "sending a stop")
                if not client.is_connected:
                    raise
                if self._services.may_be_stale(error):
                    await self._services.rediscover(client, error)
                    raise
                if self._loop.time() >= until:
                    raise TimeoutError from error
                # A backend may take only one write at a time.
                await asyncio.sleep(timeouts.RETRY_INTERVAL)

    async def _seen_at_rest(self, client: BleakClient) -> bool:
        """Return whether Status shows no session, and no request is on its way that may start one."""
        if (
            self._receiver.reported.features is None
            or self._protocol.assumes_state
            or self._protocol.blocked
        ):
            return False
        try:
            status = await self._receiver.read_status(client, timeouts.GLANCE_TIMEOUT)
        except RADIO_ERRORS:
            return False
        return status is not None and not _running(status)

    async def _stop_while_closing(self) -> None:
        """Send stop over a connection that is being closed: the device accepts no other one before.

        Raises ReleasedError.
        """
        if (client := self._connection.closing) is None:
            raise ReleasedError
        self._receiver.source = client
        try:
            await self.send(client)
        except (NoAnswerError, LinkLostError, *RADIO_ERRORS) as error:
            raise ReleasedError from error


def _running(status: Status | None) -> set[int]:
    """Return the session that runs, or may run in an unknown state."""
    if status is not None and (status.running or status.state is State.UNKNOWN):
        return {status.session}
    return set()


def _has_begun_to_finish(before: Status | None, now: Status | None) -> bool:
    """Return whether a session has ended that no Status has shown running."""
    return (
        now is not None
        and now.state is State.FINISHING
        and (before is None or before.state is not State.FINISHING)
    )
