"""One Bluetooth connection to one BackHug: connect, hold, lose, back off, release."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
import logging
import math
from time import time
from typing import Any, Final

from bleak import BleakClient
from bleak.backends.device import BLEDevice

from .back_off import BackOff
from .errors import (
    BackHugError,
    IncompatibleError,
    NotReachableError,
    ReleasedError,
)
from .gatt import (
    RADIO_ERRORS,
    Preparation,
    UnexpectedError,
    close_stale_connections,
    connect,
    disconnect,
)
from .unexpected import UnexpectedErrors

_LOGGER = logging.getLogger(__name__)

FIRST_BACK_OFF: Final = 1.0
LONGEST_BACK_OFF: Final = 60.0
STEADY: Final = 10.0
"""Seconds that a connection must have lasted for its loss to be followed by a retry at once."""
SILENCE: Final = 5.0
"""Seconds after an attempt in which nothing need be heard: a scanner hears nothing while its adapter connects."""
AWAY: Final = 60.0
"""Seconds of silence, apart from attempts to connect, after which the device was away, perhaps off."""
_HISTORY: Final = 40

type DeviceProvider = Callable[[], BLEDevice | None]
"""Returns the device over the best path of this moment; None if there is none."""


class Connection:
    """Holds the connection while it is wanted, and gets it back when it is lost.

    With `idle_after` it is wanted only on demand: while something needs it, while the client is `busy`, until
    the device's state was learned (at first, when it was away, when the connection was lost or could not be
    had), and for so many seconds after all of that. Then the link rests, and leaves the device and the slot
    of the adapter to others.

    `prepare` makes a fresh connection ready for use. `attend` runs while it is held: a radio error that it
    raises ends the connection. `changed` is called when the link has come up, has gone down, or could not be
    had. While it is `urgent`, an advertisement is reason enough to connect.

    With an `address`, a connection to it that BlueZ kept from a process that was killed is closed first: while
    it lasts the device does not advertise.

    Whatever else these callables or a backend raise is logged, and costs one attempt at most.
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
        """Begin released: nothing is connected before `hold`."""
        self._name = name
        self._provider = provider
        self._prepare = prepare
        self._attend = attend
        self._changed = changed
        self._busy = busy
        self._urgent = urgent
        self._idle_after = idle_after
        self._address = address
        self._unexpected = UnexpectedErrors(name)
        self._back_off = BackOff()
        self._needs = 0
        self._to_learn = True
        self._used_at = -math.inf
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._client: BleakClient | None = None
        self._lost: asyncio.Event | None = None
        self.leaving: BleakClient | None = None
        """A connection that is being closed, as long as that takes."""
        self._up = asyncio.Event()
        self._wake = asyncio.Event()
        self._no_path = False
        self._last_advertisement = -math.inf
        self._heard = False
        self._silent_for = 0.0
        self._silent_since = -math.inf
        self._waiting = 0
        self.resting = False
        """Whether the connection was let go of because nothing needs it: no reason to doubt the device."""
        self.last_error: BackHugError | None = None
        """Why the last attempt to connect failed; None since one succeeded."""
        self.history: deque[tuple[float, str]] = deque(maxlen=_HISTORY)
        """What happened to the link lately: POSIX time in seconds, and what."""

    @property
    def client(self) -> BleakClient | None:
        """The connection, if it is up and ready for use."""
        return self._client

    @property
    def held(self) -> bool:
        """Whether the connection is wanted."""
        return self._task is not None

    def hold(self) -> None:
        """Want the connection from now on: always, or on demand."""
        if self._task is None:
            self._to_learn = True
            self._back_off.request()
            self._task = asyncio.create_task(self._run(), name=f"{self._name} link")

    async def release(self) -> None:
        """Let go of the connection; nothing gets it back before `hold`.

        Takes no longer than it takes to disconnect, at most five seconds.
        """
        if (task := self._task) is not None:
            self._task = None
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            self._note("released")
            task.cancel()
            if self.resting:
                self.resting = False
                self._tell()
            # Whoever waits for the link learns that it is not coming.
            self._wake_who_waits()
        if self._ending:
            await asyncio.wait(self._ending)

    def need(self) -> Callable[[], None]:
        """Need the connection until what is returned is called; calling that again does nothing.

        Nothing connects while the link is released.
        """
        if not self._wanted():
            # Only then: who needs it does not cut short the wait after a failure.
            self._request()
        self._needs += 1
        needed = True

        def release() -> None:
            nonlocal needed
            if needed:
                needed = False
                self._needs -= 1
                self.used()

        return release

    @contextmanager
    def needed(self) -> Iterator[None]:
        """Need the connection for as long as the context lasts."""
        release = self.need()
        try:
            yield
        finally:
            release()

    def used(self) -> None:
        """Tell that the connection is of use just now: the time until it is idle begins anew."""
        self._used_at = asyncio.get_running_loop().time()

    def advertised(self) -> None:
        """Tell that the device has just advertised: if it was away before, it is back."""
        now = asyncio.get_running_loop().time()
        self._heard = True
        if self._client is None and self._silence(now) >= AWAY:
            self._to_learn = True
            self._back_off.returned()
            self._wake.set()
        elif self._no_path or self._urgent():
            self._wake.set()
        self._heard_until(now)

    def gone(self) -> None:
        """Tell that the device is seen no more: its next advertisement means that it is back."""
        self._last_advertisement = -math.inf

    def _silence(self, now: float) -> float:
        """Return for how many seconds the device has been silent, without those in which we tried to connect."""
        if self._last_advertisement == -math.inf:
            return math.inf
        return self._silent_for + max(0.0, now - self._silent_since)

    def _heard_until(self, now: float) -> None:
        self._last_advertisement = now
        self._silent_for = 0.0
        if self._silent_since < math.inf:
            self._silent_since = now

    def drop(self, client: BleakClient, why: str) -> None:
        """Give a connection up that does not do its work; another one is made."""
        if client is self._client and self._lost is not None:
            self._note(f"given up: {why}")
            self._lost.set()
            self._down()

    async def connected(self, *, anew: bool = False) -> BleakClient:
        """Return the connection, as soon as it is up: waits for as long as the caller lets it.

        Raises ReleasedError if it is not wanted, NotReachableError if there is no path to the device, and
        IncompatibleError if the device is one that cannot be operated; with `anew`, only if another attempt finds that
        again.
        """
        earlier = self.last_error if anew else None
        while (client := self._client) is None:
            if not self.held:
                raise ReleasedError
            if (
                isinstance(self.last_error, IncompatibleError)
                and self.last_error is not earlier
            ):
                # One error, told many times, must not collect where it was.
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
        """Have the next attempt made for a person."""
        if self._client is None:
            self._back_off.request()
            self._wake.set()

    async def _run(self) -> None:
        if self._ending:
            await asyncio.wait(self._ending)
        if self._address is not None:
            await close_stale_connections(self._address)
        task = asyncio.current_task()
        assert task is not None
        # Not `while True`: a backend may turn the cancellation by `release` into something else.
        while not task.cancelling():
            try:
                await self._step()
            except BackHugError as error:
                self._failed(error)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
                if not task.cancelling():
                    # It costs one attempt, not the link.
                    self._unexpected.log(error, "connecting")
                    self._failed(NotReachableError(repr(error)))
                    # Whatever fails before an attempt begins must not fail in a tight loop.
                    await asyncio.sleep(FIRST_BACK_OFF)

    async def _step(self) -> None:
        """Wait until something is to be done; then connect, and hold the connection until it is over."""
        await self._pause()
        self._wake.clear()
        if not self._wanted():
            await self._wake.wait()
            return
        device = self._provider()
        self._no_path = device is None
        if device is None:
            # Nothing to do, and no timer to do it with, until the device advertises.
            self._back_off.reset()
            self._missed()
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
        urgent = self._urgent() and (self._heard or self._waiting > 0)
        return self._back_off.due(urgent=urgent)

    def _failed(self, error: BackHugError) -> None:
        """Take note of an attempt that failed."""
        if isinstance(error.__cause__, UnexpectedError):
            self._unexpected.log(error.__cause__.error, "connecting")
        self.last_error = error
        self._silent_since = self._now() + SILENCE
        self._note(f"no connection: {error!r}")
        if isinstance(error, IncompatibleError):
            self._back_off.refused(self._now(), LONGEST_BACK_OFF)
            self._wake_who_waits()
        else:
            self._back_off.failed(self._now(), FIRST_BACK_OFF, LONGEST_BACK_OFF)
        self._missed()

    def _wanted(self) -> bool:
        return (
            self._idle_after is None
            or self._to_learn
            or self._needs > 0
            or self._busy()
        )

    def _missed(self) -> None:
        """Show that there is no connection although it is wanted."""
        self._to_learn = True
        self.resting = False
        self._tell()

    async def _connect_and_hold(self, device: BLEDevice) -> float:
        """Connect, and hold the connection until it is lost; return for how many seconds."""
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

        self._begin()
        client = await connect(self._name, device, prepare, disconnected)
        since = self._now()
        attending = asyncio.create_task(self._attend(client))
        attending.add_done_callback(lambda _: lost.set())
        try:
            self.last_error = None
            self._to_learn = self.resting = False
            self.used()
            self._note("connected")
            self._client, self._lost = client, lost
            self._back_off.connected(since)
            self._heard_until(since)
            self._up.set()
            self._tell()
            await self._idle(lost)
            lasted = self._now() - since
            if lost.is_set():
                # What the device is doing now has to be learned anew.
                self._to_learn = True
            else:
                self.resting = True
                self._down("let go of when idle")
        finally:
            self._down()
            attending.cancel()
            try:
                await asyncio.wait({attending})
                if not attending.cancelled():
                    self._broken(attending.exception())
            finally:
                # Also if the link is released while it goes down.
                self.leaving = client
                try:
                    await self._disconnect(client)
                finally:
                    self.leaving = None
        self._silent_since = self._now()
        if self._last_advertisement > -math.inf:
            # Heard of until now, if not by advertisements: it was not away. Unless it is `gone` since.
            self._heard_until(self._silent_since)
        return lasted

    def _begin(self) -> None:
        """Take note that an attempt begins: from now on nothing need be heard."""
        now = self._now()
        self._back_off.begin(now, LONGEST_BACK_OFF)
        self._heard = False
        self._silent_for += max(0.0, now - self._silent_since)
        self._silent_since = math.inf

    def _broken(self, error: BaseException | None) -> None:
        """Take note of why a connection is not attended any more."""
        self._note(f"broken: {error!r}")
        if isinstance(error, UnexpectedError):
            error = error.error
        if error is not None and not isinstance(error, (BackHugError, *RADIO_ERRORS)):
            self._unexpected.log(error, "attending to the connection")

    async def _disconnect(self, client: BleakClient) -> None:
        if (unexpected := await disconnect(client)) is not None:
            self._unexpected.log(unexpected.error, "disconnecting")

    def _wake_who_waits(self) -> None:
        """Let whoever waits for the link look at how it is now."""
        self._up.set()
        self._up.clear()

    async def _idle(self, lost: asyncio.Event) -> None:
        """Wait until the connection is lost, or of no use for as long as it may be."""
        loop = asyncio.get_running_loop()
        while not lost.is_set():
            idle_at = None
            if self._idle_after is not None:
                if self._wanted():
                    self.used()
                idle_at = self._used_at + self._idle_after
                if idle_at <= loop.time():
                    return
            with suppress(TimeoutError):
                async with asyncio.timeout_at(idle_at):
                    await lost.wait()

    def _down(self, why: str = "lost") -> None:
        """Show that the link is down at once: who asks for it from now on waits for the next."""
        if self._client is not None:
            self._client = self._lost = None
            self._up.clear()
            self._note(why)
            self._tell()

    def _tell(self) -> None:
        try:
            self._changed()
        except Exception as error:  # noqa: BLE001 (the link goes on)
            self._unexpected.log(error, "telling of a change")

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _note(self, what: str) -> None:
        _LOGGER.debug("%s: %s", self._name, what)
        self.history.append((time(), what))
