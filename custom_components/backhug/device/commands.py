"""Commands, one at a time: each ends with the device's answer, or with an error that says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from bleak import BleakClient

from . import timeouts
from .connection import Connection
from .errors import (
    BackHugError,
    BusyError,
    LinkLostError,
    NoAnswerError,
    NotReachableError,
    PairingError,
    RefusedError,
    StoppedFirstError,
    UnknownStateError,
    UnknownValueError,
)
from .gatt import begin, pair
from .gatt_errors import RADIO_ERRORS, AttError
from .model import Features, State, Status
from .pairing_agent import PAIRING_AGENT
from .protocols.protocol import Protocol, Request, Values
from .receiver import Receiver
from .service_cache import ServiceCache
from .stop import StopDelivery
from .unexpected import UnexpectedErrors

type Effect = Callable[[Status | None, Status], bool]
"""Whether a command has taken effect, from the status before it and the present one."""
type Parameters = Values | Callable[[Status], Values | None]
"""Parameters of a request, or a function that makes them of a fresh Status; None sends nothing."""


@dataclass(slots=True)
class Command:
    """A request to the device."""

    request: Request
    parameters: Parameters
    effect: Effect
    stops: int
    """`StopDelivery.requested` at the time of the call."""
    superseded: Callable[[], bool] = lambda: False
    """Whether a newer value has replaced the one of this command."""
    late: BackHugError | None = None
    """The error if it times out now; None while it waits for its turn."""


class CommandQueue:
    """Carries out commands in the order in which they are given; a stop overtakes them."""

    def __init__(
        self,
        connection: Connection,
        receiver: Receiver,
        protocol: Protocol,
        services: ServiceCache,
        stop: StopDelivery,
        unexpected: UnexpectedErrors,
    ) -> None:
        """Begin with an empty queue."""
        self._connection = connection
        self._receiver = receiver
        self._protocol = protocol
        self._services = services
        self._stop = stop
        self._unexpected = unexpected
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self._given_up: set[asyncio.Task[None]] = set()
        self._answered_on: BleakClient | None = None
        """The last connection on which a request was answered: BlueZ does not pair during the next one."""

    @property
    def stops(self) -> int:
        """How many stops were requested, for a new command."""
        return self._stop.requested

    def check_not_stopped(self, stops: int) -> None:
        """Raise StoppedFirstError if a stop was requested since there were so many."""
        self._stop.check_none_since(stops)

    @property
    def features(self) -> Features:
        """The features of the device. Raises NotReachableError if it was never connected."""
        if (features := self._receiver.reported.features) is None:
            raise NotReachableError("never connected")
        return features

    def deadline(self, within: float | None = None) -> float:
        """Return when a command must end, by the event loop's clock: `within` seconds, or the usual timeout."""
        limit = timeouts.COMMAND_TIMEOUT
        return self._loop.time() + (limit if within is None else min(within, limit))

    def check_strength(self) -> None:
        """Raise UnknownValueError if a person may have changed the strength since the device reported it."""
        if self._protocol.strength_is_old:
            raise UnknownValueError

    async def look(self, deadline: float) -> Status:
        """Return a fresh Status. See `BackHug.look`."""
        stops = self.stops
        with self._connection.needed():
            try:
                async with asyncio.timeout_at(deadline):
                    client = await self._connection.connected()
                    return await self._fresh_status(client, stops)
            except TimeoutError as error:
                raise NotReachableError("no connection in time") from error

    async def run(self, command: Command, deadline: float | None = None) -> None:
        """Carry out a command, unless it is superseded or a stop comes first.

        If the caller is cancelled, a command that is not sent yet is dropped. One that the device has already is
        finished in the background: a stop that follows needs the connection.
        """
        if deadline is None:
            deadline = self.deadline()
        task = begin(self._take_turn(command, deadline))
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            await self._give_up(command.request, task)
            raise
        task.result()

    async def _give_up(self, request: Request, command: asyncio.Task[None]) -> None:
        """Make sure that a command whose caller was cancelled does not arrive later."""
        if command is not self._protocol.requester:
            command.cancel()
            return
        self._given_up.add(command)
        command.add_done_callback(self._given_up.discard)
        client = self._connection.client
        blocked = True
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeouts.GIVE_UP_GRACE):
                    await self._protocol.ready()
                    blocked = False
        finally:
            # A stop that is under way drops the connection itself if need be.
            if blocked and client is not None and not self._stop.under_way:
                self._connection.drop(client, f"{request.name} was given up")

    async def _take_turn(self, command: Command, deadline: float) -> None:
        client: BleakClient | None = None
        try:
            with self._connection.needed():
                async with asyncio.timeout_at(deadline), self._turn:
                    await self._stop.wait_until_through()
                    if command.superseded():
                        return
                    # Dropped below if an earlier write blocks it until the deadline.
                    client = self._connection.client
                    command.late = LinkLostError()
                    if client is not None:
                        await self._unblock(client)
                    carried_out = False
                    while not carried_out:
                        command.late = NotReachableError("no connection in time")
                        client = await self._connection.connected()
                        parameters = await self._parameters(client, command)
                        if parameters is None:
                            return
                        carried_out = await self._exchange(client, command, parameters)
        except TimeoutError as error:
            if client is not None:
                self._connection.drop(
                    client, f"{command.request.name} was not answered"
                )
            raise command.late or self._why_it_waited() from error

    async def _unblock(self, client: BleakClient) -> None:
        """Wait for the response to earlier writes; drop the connection if it does not come."""
        try:
            async with asyncio.timeout(timeouts.BLOCKED_TIMEOUT):
                await self._protocol.ready()
        except TimeoutError:
            self._connection.drop(client, "a write has no response")

    def _why_it_waited(self) -> BackHugError:
        """Return the error of a command that timed out before its turn."""
        if self._connection.client is None:
            return NotReachableError("no connection in time")
        return LinkLostError() if self._protocol.blocked else BusyError()

    async def _parameters(self, client: BleakClient, command: Command) -> Values | None:
        """Return the parameters to send on this connection; None if nothing is to be sent."""
        self._stop.check_none_since(command.stops)
        parameters = command.parameters
        if not isinstance(parameters, Values):
            await self._fresh_status(client, command.stops)
        # A newer value may have come while the connection was made.
        if command.superseded():
            return None
        status = self._receiver.reported.status
        if status is not None and status.state is State.UNKNOWN:
            raise UnknownStateError
        if isinstance(parameters, Values):
            return parameters
        assert status is not None
        return parameters(status)

    async def _fresh_status(self, client: BleakClient, stops: int) -> Status:
        """Read Status, because the last notification may be old or lost.

        Raises NotReachableError, UnknownValueError, and StoppedFirstError if a stop has come.
        """
        await self._protocol.hear_strength()
        try:
            status = await self._receiver.read_status(client)
        except RADIO_ERRORS as error:
            self._stop.check_none_since(stops)
            if self._services.may_be_stale(error):
                await self._services.rediscover(client, error)
            self._connection.drop(client, f"Status was not read: {error!r}")
            raise NotReachableError("Status was not read") from error
        self._stop.check_none_since(stops)
        if status is None:
            raise UnknownValueError
        return status

    async def _exchange(
        self, client: BleakClient, command: Command, parameters: Values
    ) -> bool:
        """Send a request and evaluate its result; return False to send it again on another connection."""
        before = self._receiver.reported.status
        command.late = NoAnswerError()
        try:
            try:
                result = await self._request(client, command, parameters)
            except TimeoutError:
                now = await self._receiver.read_status(client)
                if now is None or not command.effect(before, now):
                    raise NoAnswerError from None
                return True
        except RADIO_ERRORS as error:
            self._unexpected.log_backend(error, "sending a request")
            if isinstance(error, AttError) and client.is_connected:
                if not self._services.may_be_stale(error):
                    if client is not self._receiver.answering:
                        # The device refuses everything but stop on it.
                        self._connection.drop(client, "answers are not enabled")
                    raise RefusedError(str(error)) from error
                # The device took no request: it may be repeated.
                await self._services.rediscover(client, error)
                return False
            # A stop may be the cause, and then needs this connection.
            self._stop.check_none_since(command.stops)
            self._connection.drop(client, f"{command.request.name} failed: {error!r}")
            raise LinkLostError from error
        now = self._receiver.reported.status
        if refusal := self._protocol.refusal(result, now.fault if now else None):
            self._stop.check_none_since(command.stops)
            raise refusal
        if now is None or self._protocol.unconfirmed or not command.effect(before, now):
            # The notification precedes the answer in the open profile: it was lost.
            self._receiver.expect_status()
        return True

    async def _request(
        self, client: BleakClient, command: Command, parameters: Values
    ) -> int:
        """Send a request, with a pairing agent until one is answered on this connection."""
        if client is self._answered_on:
            return await self._send_encrypted(client, command, parameters)
        async with PAIRING_AGENT.registered(client):
            self._stop.check_none_since(command.stops)
            result = await self._send_encrypted(client, command, parameters)
        self._answered_on = client
        return result

    async def _send_encrypted(
        self, client: BleakClient, command: Command, parameters: Values
    ) -> int:
        """Send a request, and pair if the device demands encryption."""
        try:
            return await self._send(client, command.request, parameters)
        except AttError as error:
            if not self._protocol.needs_pairing(error.code):
                raise
        if asyncio.current_task() in self._given_up:
            raise StoppedFirstError
        # Pairing may never end: the device, or another agent of BlueZ, may ask a person.
        command.late = PairingError()
        try:
            await pair(client)
        except RADIO_ERRORS as error:
            self._unexpected.log_backend(error, "pairing")
            self._stop.pairing_failed()
            raise PairingError from error
        command.late = NoAnswerError()
        self._stop.check_none_since(command.stops)
        return await self._send(client, command.request, parameters)

    async def _send(
        self, client: BleakClient, request: Request, parameters: Values
    ) -> int:
        if request is not Request.START:
            return await self._protocol.request(client, request, parameters)
        self._stop.start_sent()
        try:
            result = await self._protocol.request(client, request, parameters)
        except AttError:
            # The device took no request.
            self._stop.start_settled()
            raise
        self._stop.start_settled()
        return result
