"""Receives what the device reports, by notification or by reading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
import math
from typing import Final

from bleak import BleakClient

from . import timeouts
from .connection import Connection
from .errors import MalformedError
from .gatt import find, read, subscribe
from .gatt_errors import AttError
from .model import State, Status
from .protocols.protocol import Channel, Protocol
from .service_cache import ServiceCache
from .state import ReportedState
from .unexpected import UnexpectedErrors

_RECORD_STATES: Final = frozenset({State.TREATING, State.STANDBY, State.FAULT})
"""On entering these the Tension record may have changed (profile, Tension record)."""


class Receiver:
    """Passes values from the current connection to the reported state and to the protocol."""

    def __init__(
        self,
        connection: Connection,
        reported: ReportedState,
        protocol: Protocol,
        services: ServiceCache,
        unexpected: UnexpectedErrors,
        publish: Callable[[], None],
    ) -> None:
        """Begin without a source; `publish` is called when something has been received."""
        self._connection = connection
        self.reported = reported
        self._protocol = protocol
        protocol.report = self._receive_status
        self._services = services
        self._unexpected = unexpected
        self._publish = publish
        self.source: BleakClient | None = None
        """The connection whose notifications count."""
        self.answering: BleakClient | None = None
        """The last connection on which answers were enabled."""
        self.heard_at = 0.0
        """When the last well-formed Status came, or an attempt to read it failed, by the event loop's clock."""
        self.known_at = 0.0
        """When the last well-formed Status came, by the event loop's clock."""
        self.changed = asyncio.Event()
        """Set when the device's state has changed, or must be read."""
        self.record_due = False
        """Whether the Tension record may have changed."""
        self.forgotten: set[int] = set()
        """Sessions that ran when they were last seen, too long ago to count as running."""

    def forget_status(self, sessions: set[int]) -> None:
        """Forget the status: the sessions in it were seen too long ago."""
        self.forgotten |= sessions
        self.reported.forget_status()
        self._publish()

    def expect_status(self) -> None:
        """Have the status read soon: a notification was lost."""
        self.heard_at = -math.inf
        self.changed.set()

    async def open(self, client: BleakClient) -> None:
        """Prepare the connection for requests and their answers. Raises RADIO_ERRORS and IncompatibleError."""

        async def subscribe_to(channel: Channel) -> None:
            receive = partial(self._receive_answer, channel)
            await self._subscribe(client, channel, receive)

        await self._protocol.open(client, subscribe_to)
        self.answering = client

    async def subscribe_status(self, client: BleakClient) -> None:
        """Subscribe to Status. Raises RADIO_ERRORS."""
        await self._subscribe(client, self._protocol.status, self._receive_status)

    async def subscribe_tension(self, client: BleakClient) -> None:
        """Subscribe to the Tension stream. Raises RADIO_ERRORS."""
        await self._subscribe(client, self._protocol.tension, self._receive_fragment)

    async def read_status(
        self, client: BleakClient, within: float | None = None
    ) -> Status | None:
        """Read Status; return the newest one, or None if it is malformed. Raises RADIO_ERRORS."""
        before = self.reported.status
        if within is None:
            within = timeouts.READ_TIMEOUT
        try:
            value = await self._protocol.read_status(client, within)
        except MalformedError as error:
            self.reported.malformed("status", error)
            return None
        if self.reported.status is not before:
            # A notification that came meanwhile is newer.
            return self.reported.status
        return self.reported.status if self._receive_status(value) else None

    async def read_record(self, client: BleakClient) -> None:
        """Read the Tension record where there is one. Raises RADIO_ERRORS."""
        self.record_due = False
        channel = self._protocol.record
        if channel is not None and find(client, *channel) is not None:
            with self.optional("tension record"):
                value = await read(client, *channel, timeouts.READ_TIMEOUT)
                self.reported.receive_record(value)
                self._publish()

    @contextmanager
    def optional(self, what: str) -> Iterator[None]:
        """Count a refusal by the device instead of raising it, unless stale services may be the cause."""
        try:
            yield
        except AttError as error:
            in_use = self._connection.client is not None
            if self._services.may_be_stale(error) or not (
                in_use or self._services.fresh
            ):
                raise
            self.reported.counters[f"refused {what}"] += 1

    async def _subscribe(
        self,
        client: BleakClient,
        channel: Channel | None,
        receive: Callable[[bytes], object],
    ) -> None:
        if channel is None or find(client, *channel) is None:
            return

        def notified(value: bytes) -> None:
            # Notifications of an earlier connection may still arrive.
            if client is not self.source:
                return
            try:
                receive(value)
            except Exception as error:  # noqa: BLE001 (a backend might end the subscription)
                self._unexpected.log(error, "receiving a notification")

        await subscribe(client, *channel, notified, timeouts.BLOCKED_TIMEOUT)

    def _receive_status(self, value: bytes | Status) -> bool:
        reported = self.reported
        before, ended_at = reported.status, reported.ends_at
        if not reported.receive_status(value):
            return False
        self.heard_at = self.known_at = asyncio.get_running_loop().time()
        self.forgotten.clear()
        now = reported.status
        assert now is not None
        if before is None or (now.state, now.session) != (before.state, before.session):
            # The idle time begins when a session ends.
            self._connection.used()
            self.record_due |= now.state in _RECORD_STATES
            self.changed.set()
            self._publish()
        # Most notifications only count down.
        elif reported.ends_at is not ended_at or not now.counts_down(before):
            self._publish()
        return True

    def _receive_fragment(self, value: bytes) -> None:
        if self.reported.receive_fragment(value):
            self._publish()

    def _receive_answer(self, channel: Channel, value: bytes) -> None:
        try:
            if not self._protocol.answered(value, channel):
                self.reported.counters["unexpected answer"] += 1
        except MalformedError as error:
            self.reported.malformed("answer", error)
