"""One Bluetooth connection to one BackHug: connect, hold, lose, back off, release."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
import logging
from time import time
from typing import Any, Final

from bleak import BleakClient
from bleak.backends.device import BLEDevice

from .back_off import BackOff
from .connector import Preparation, close_stale_connections, connect
from .demand import Demand
from .errors import BackHugError, IncompatibleError, NotReachableError, ReleasedError
from .gatt import disconnect
from .gatt_errors import RADIO_ERRORS
from .presence import Presence
from .unexpected import UnexpectedErrors

_LOGGER = logging.getLogger(__name__)

FIRST_BACK_OFF: Final = 1.0
LONGEST_BACK_OFF: Final = 60.0
STEADY: Final = 10.0
"""Seconds that a connection must last for its loss to be followed by an immediate retry."""
_HISTORY: Final = 40

type DeviceProvider = Callable[[], BLEDevice | None]
"""Returns the device over the best path at the moment; None if there is none."""


class Connection:
    """Holds the connection while it is wanted, and reconnects when it is lost.

    With `idle_after` it is wanted on demand only, see `Demand`; `hold`, an absence, a loss and a failed attempt
    leave the device's state unknown. Once it is idle it rests, which frees the device and the adapter's slot.

    `prepare` makes a new connection ready for use. `attend` runs while it is held; a radio error that it raises
    ends the connection. `changed` is called when the connection is made, is lost, or could not be made. While
    the client is `urgent`, an advertisement suffices to connect.

    With an `address`, a connection to it that BlueZ kept from a killed process is closed first: the device does
    not advertise while it lasts.

    Any other exception of these callables or of a backend is logged, and fails one attempt at most.
    """

    def __init__(
        self,
        name: str,
        provider: DeviceProvider,
        *,
        prepare: Preparation,
        attend: Callable[[BleakClient], Coroutine[Any, Any, None]],
        changed: Callable[[], None],
        busy: Callable[[], bool] = lambda: False,
        urgent: Callable[[], bool] = lambda: False,
        idle_after: float | None = None,
        address: str | None = None,
    ) -> None:
        """Begin released: nothing connects before `hold`."""
        self._name = name
        self._provider = provider
        self._prepare = prepare
        self._attend = attend
        self._changed = changed
        self._urgent = urgent
        self._address = address
        self._unexpected = UnexpectedErrors(name)
        self._back_off = BackOff()
        self._presence = Presence()
        self._demand = Demand(busy, idle_after)
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._client: BleakClient | None = None
        self._lost: asyncio.Event | None = None
        self.closing: BleakClient | None = None
        """The connection that is being closed."""
        self._up = asyncio.Event()
        self._wake = asyncio.Event()
        self._no_path = False
        self._waiting = 0
        self.resting = False
        """Whether the connection was closed because nothing needs it: the device is not in doubt."""
        self.last_error: BackHugError | None = None
        """Why the last attempt to connect failed; None if it succeeded."""
        self.history: deque[tuple[float, str]] = deque(maxlen=_HISTORY)
        """Recent events of the connection: POSIX time in seconds, and a text."""

    @property
    def client(self) -> BleakClient | None:
        """The connection, if it is up and ready for use."""
        return self._client

    @property
    def held(self) -> bool:
        """Whether the connection is wanted, always or on demand."""
        return self._task is not None

    def hold(self) -> None:
        """Want the connection from now on: always, or on demand."""
        if self._task is None:
            self._demand.state_unknown = True
            self._back_off.request()
            self._task = asyncio.create_task(self._run(), name=f"{self._name} link")

    async def release(self) -> None:
        """Disconnect, within five seconds; nothing connects before `hold`."""
        if (task := self._task) is not None:
            self._task = None
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            self._note("released")
            task.cancel()
            if self.resting:
                self.resting = False
                self._notify()
            self._notify_waiters()
        await self.closed()

    async def closed(self) -> None:
        """Wait until what was released is closed: the device accepts no other connection before."""
        if self._ending:
            await asyncio.wait(self._ending)

    def need(self) -> Callable[[], None]:
        """Need the connection until the returned function is called, which may happen more than once.

        Does not connect while the connection is released.
        """
        if not self._demand.wanted:
            # A connection that is wanted already keeps its back-off.
            self._request()
        return self._demand.need()

    @contextmanager
    def needed(self) -> Iterator[None]:
        """Need the connection for as long as the context lasts."""
        release = self.need()
        try:
            yield
        finally:
            release()

    def used(self) -> None:
        """Reset the idle timer."""
        self._demand.used()

    def advertised(self) -> None:
        """Note an advertisement of the device."""
        now = self._now()
        if self._client is None and self._presence.away(now):
            self._demand.state_unknown = True
            self._back_off.returned()
            self._wake.set()
        self._presence.advertised(now)
        if self._no_path or self._urgent():
            self._wake.set()

    def gone(self) -> None:
        """Note that the device is no longer seen; its next advertisement is its return."""
        self._presence.gone()

    def drop(self, client: BleakClient, why: str) -> None:
        """Give up a connection that does not work; another one is made."""
        if client is self._client and self._lost is not None:
            self._note(f"given up: {why}")
            self._lost.set()
            self._down()

    async def connected(self, *, retry: bool = False) -> BleakClient:
        """Wait for the connection, without a timeout, and return it.

        Raises ReleasedError if it is not wanted, NotReachableError if there is no path to the device, and
        IncompatibleError if the last attempt, or with `retry` the next one, found a device that cannot be
        operated.
        """
        earlier = self.last_error if retry else None
        while (client := self._client) is None:
            if not self.held:
                raise ReleasedError
            if (
                isinstance(self.last_error, IncompatibleError)
                and self.last_error is not earlier
            ):
                # The same error is raised many times: its traceback must not grow.
                raise self.last_error.with_traceback(None)
            try:
                path = self._provider()
            except Exception as error:
                self._unexpected.log(error, "looking for a path")
                raise NotReachableError(repr(error)) from error
            if path is None:
                raise NotReachableError("no path")
            self._request()
            self._waiting += 1
            try:
                await self._up.wait()
            finally:
                self._waiting -= 1
        return client

    def _request(self) -> None:
        """Make the next attempt at once, for a person."""
        if self._client is None:
            self._back_off.request()
            self._wake.set()

    async def _run(self) -> None:
        await self.closed()
        if self._address is not None:
            await close_stale_connections(self._address)
        task = asyncio.current_task()
        assert task is not None
        # Not `while True`: a backend may swallow the cancellation by `release`.
        while not task.cancelling():
            try:
                await self._step()
            except BackHugError as error:
                self._failed(error)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
                if not task.cancelling():
                    self._unexpected.log(error, "connecting")
                    self._failed(NotReachableError(repr(error)))
                    # The error may precede the attempt: do not loop tightly.
                    await asyncio.sleep(FIRST_BACK_OFF)

    async def _step(self) -> None:
        """Wait until a connection is wanted and possible; then connect, and hold it until it ends."""
        await self._pause()
        self._wake.clear()
        if not self._demand.wanted:
            await self._wake.wait()
            return
        device = self._provider()
        self._no_path = device is None
        if device is None:
            self._back_off.reset()
            self._missed()
            # An advertisement sets it.
            await self._wake.wait()
            return
        lasted = await self._connect_and_hold(device)
        if self.resting:
            self._back_off.rested()
        elif lasted >= STEADY:
            self._back_off.lasted()
        else:
            self._back_off.lost(self._now(), FIRST_BACK_OFF, LONGEST_BACK_OFF)

    async def _pause(self) -> None:
        """Wait until the next attempt may begin."""
        while (due := self._due()) > self._now():
            self._wake.clear()
            try:
                async with asyncio.timeout_at(due):
                    await self._wake.wait()
            except TimeoutError:
                return

    def _due(self) -> float:
        urgent = self._urgent() and (self._presence.heard or self._waiting > 0)
        return self._back_off.due(urgent=urgent)

    def _failed(self, error: BackHugError) -> None:
        """Note a failed attempt."""
        self._unexpected.log_backend(error.__cause__, "connecting")
        self.last_error = error
        self._presence.attempt_failed(self._now())
        self._note(f"no connection: {error!r}")
        if isinstance(error, IncompatibleError):
            self._back_off.refused(self._now(), LONGEST_BACK_OFF)
            self._notify_waiters()
        else:
            self._back_off.failed(self._now(), FIRST_BACK_OFF, LONGEST_BACK_OFF)
        self._missed()

    def _missed(self) -> None:
        """Note that there is no connection although it is wanted."""
        self._demand.state_unknown = True
        self.resting = False
        self._notify()

    async def _connect_and_hold(self, device: BLEDevice) -> float:
        """Connect, and hold the connection until it ends; return its duration in seconds."""
        lost = asyncio.Event()

        def disconnected(of: BleakClient) -> None:
            if of is self._client:
                lost.set()
                self._down()

        connections = 0

        async def prepare(client: BleakClient) -> None:
            nonlocal connections
            connections += 1
            if connections > 1:
                self._back_off.take(self._now(), LONGEST_BACK_OFF)
            await self._prepare(client)

        self._back_off.begin(self._now(), LONGEST_BACK_OFF)
        self._presence.attempt_began(self._now())
        client = await connect(self._name, device, prepare, disconnected)
        since = self._now()
        attending = asyncio.create_task(self._attend(client))
        attending.add_done_callback(lambda _: lost.set())
        try:
            self._came_up(client, lost)
            await self._idle(lost)
            lasted = self._now() - since
            if lost.is_set():
                self._demand.state_unknown = True
            else:
                self.resting = True
                self._down("idle")
        finally:
            self._down()
            await self._close(client, attending)
        self._presence.disconnected(self._now())
        return lasted

    def _came_up(self, client: BleakClient, lost: asyncio.Event) -> None:
        """Publish a new connection."""
        self.last_error = None
        self._demand.state_unknown = self.resting = False
        self._demand.used()
        self._note("connected")
        self._client, self._lost = client, lost
        self._back_off.connected(self._now())
        self._presence.connected(self._now())
        self._up.set()
        self._notify()

    async def _close(self, client: BleakClient, attending: asyncio.Task[None]) -> None:
        """End the attendance, then disconnect."""
        attending.cancel()
        try:
            await asyncio.wait({attending})
            if not attending.cancelled():
                self._broken(attending.exception())
        finally:
            # Also if it is released meanwhile.
            self.closing = client
            try:
                unexpected = await disconnect(client)
                self._unexpected.log_backend(unexpected, "disconnecting")
            finally:
                self.closing = None

    def _broken(self, error: BaseException | None) -> None:
        """Note why the attendance of a connection ended."""
        self._note(f"broken: {error!r}")
        doing = "attending to the connection"
        self._unexpected.log_backend(error, doing)
        if error is not None and not isinstance(error, (BackHugError, *RADIO_ERRORS)):
            self._unexpected.log(error, doing)

    async def _idle(self, lost: asyncio.Event) -> None:
        """Wait until the connection is lost, or idle for as long as it may be."""
        while not lost.is_set():
            idle_at = self._demand.idle_at()
            if idle_at is not None and idle_at <= self._now():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout_at(idle_at):
                    await lost.wait()

    def _down(self, why: str = "lost") -> None:
        """Note the end of the connection at once; who needs it waits for the next one."""
        if self._client is not None:
            self._client = self._lost = None
            self._up.clear()
            self._note(why)
            self._notify()

    def _notify_waiters(self) -> None:
        """Wake those who wait for the connection, to check whether it is still to come."""
        self._up.set()
        self._up.clear()

    def _notify(self) -> None:
        try:
            self._changed()
        except Exception as error:  # noqa: BLE001 (the connection continues)
            self._unexpected.log(error, "reporting a change")

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _note(self, what: str) -> None:
        _LOGGER.debug("%s: %s", self._name, what)
        self.history.append((time(), what))
