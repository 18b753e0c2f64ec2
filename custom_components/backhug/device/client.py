"""BackHug: commands out, state in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

from bleak import BleakClient

from .commands import Command, CommandQueue, Parameters
from .connection import Connection, DeviceProvider
from .errors import (
    IncompatibleError,
    LinkLostError,
    NotSupportedError,
    OtherSessionError,
)
from .gatt import mtu
from .gatt_errors import RADIO_ERRORS
from .identification import Identity, read_identity
from .model import (
    RUNNING,
    Adjustment,
    Area,
    AskedLength,
    Features,
    Flow,
    Snapshot,
    State,
    Status,
    changes,
    is_weaker,
)
from .protocols.control_point import ControlPoint
from .protocols.protocol import Protocol, Request, Values
from .receiver import Receiver
from .service_cache import ServiceCache
from .setters import Choice, Setters, check, number
from .state import ReportedState
from .stop import StopDelivery
from .unexpected import UnexpectedErrors
from .upkeep import Upkeep

_BUSY: Final = RUNNING | {State.FINISHING, State.UNKNOWN}
"""States in which an idle connection is kept: a session runs, ends, or may run."""


class BackHug:
    """One BackHug: holds its connection, knows its state, carries out commands.

    A command returns when the device has carried it out. Otherwise it raises a `BackHugError` that says why,
    within ten seconds.
    """

    def __init__(
        self,
        name: str,
        provider: DeviceProvider,
        *,
        features: Features | None,
        changed: Callable[[Snapshot, frozenset[str]], None],
        idle_after: float | None = None,
        address: str | None = None,
        protocol: Protocol | None = None,
    ) -> None:
        """Begin released.

        `features` are those of the last connection, if there was one. `changed` gets every visible change, with
        the names of what has changed: see `model.changes`. For `idle_after`, in seconds, and `address` see
        `Connection`; a connection is never idle in a session. `protocol` is the open profile unless given.
        """
        self.reported = ReportedState(name, features)
        self.connection = Connection(
            name,
            provider,
            prepare=self._prepare,
            attend=self._attend,
            changed=self._connection_changed,
            busy=self._busy,
            urgent=lambda: self._stop.urgent,
            idle_after=idle_after,
            address=address,
        )
        self._on_change = changed
        self.snapshot = self.reported.snapshot(connected=False)
        unexpected = self._unexpected = UnexpectedErrors(name)
        control = self._control = protocol or ControlPoint()
        services = self._services = ServiceCache(self.connection.drop)
        receiver = self._receiver = Receiver(
            self.connection,
            self.reported,
            control,
            services,
            unexpected,
            self._publish,
        )
        stop = self._stop = StopDelivery(
            self.connection, receiver, control, services, unexpected
        )
        self._upkeep = Upkeep(control, receiver, services, stop, self._publish)
        self._queue = CommandQueue(
            self.connection, receiver, control, services, stop, unexpected
        )
        self._setters = Setters(self._queue, self.reported, self._publish)

    async def stop(self) -> bool:
        """Stop the session, ahead of everything; an idle device does not move.

        Returns whether a session has ended. Raises StopPendingError if the stop is not delivered yet: it is on
        reconnection, see `keep_stop`. Raises ReleasedError if the connection is released: a stop that was under
        way by then is kept, a later one is not.
        """
        return await self._stop.stop()

    @property
    def stops(self) -> int:
        """How many stops were requested: a sequence of commands ends when this changes."""
        return self._stop.requested

    @property
    def sessions_stopped(self) -> int:
        """How many sessions our stops have ended."""
        return self._stop.sessions_stopped

    @property
    def stop_due(self) -> frozenset[int]:
        """The sessions to stop on the next connection."""
        return self._stop.due

    @property
    def stop_any_for(self) -> float | None:
        """Seconds for which any running session is stopped on the next connection; None if only those due are."""
        return self._stop.any_for

    @property
    def stop_kept(self) -> bool:
        """Whether a stop is kept for the next connection."""
        return self._stop.kept

    def stop_when_connected(
        self, sessions: Iterable[int], any_for: float | None = None
    ) -> None:
        """Keep a stop that was due before a restart; `any_for` as `stop_any_for`."""
        self._stop.keep_until_connected(sessions, any_for)

    def keep_stop(self) -> None:
        """Stop the session that may run now on the next connection.

        If that session is unknown, any session that runs then is stopped, within an hour.
        """
        self._stop.keep()

    def forget_stop(self) -> None:
        """Forget a kept stop that was delivered otherwise."""
        self._stop.forget()

    def forget_session(self) -> None:
        """Count a session as over that was last seen too long ago; a stop still reaches it if it runs."""
        status = self.reported.status
        if (
            self.connection.client is None
            and status is not None
            and status.state in _BUSY
        ):
            self._receiver.forget_status(self._stop.sessions_that_may_run())

    async def start(
        self,
        minutes: int,
        *,
        strength: int | None = None,
        area: Area | None = None,
        flow: Flow | None = None,
        at_most: int | None = None,
        after: int | None = None,
    ) -> None:
        """Start a session of `minutes` (1–60), with the settings that the device reports if they are not given.

        `at_most` limits a strength that is not given. With `after`, the number of a session, raises
        OtherSessionError if another one has begun since that one.
        """
        check(
            self._queue.features,
            strength=strength,
            area=area,
            flow=flow,
            minutes=minutes,
        )

        def began(before: Status | None, now: Status) -> bool:
            return now.running and (before is None or before.session != now.session)

        def limited(status: Status) -> Values:
            if after is not None and after != status.session:
                raise OtherSessionError
            level = strength
            if level is None and at_most is not None:
                level = status.strength
                if is_weaker(at_most, level):
                    level = at_most
            return Values(minutes, level, area, flow)

        parameters: Parameters = limited
        if at_most is after is None:
            parameters = Values(minutes, strength, area, flow)
        await self._queue.run(Command(Request.START, parameters, began, self.stops))

    async def pause(self) -> None:
        """Pause the session."""
        if not self._queue.features.can_pause:
            raise NotSupportedError

        def paused(_: Status | None, now: Status) -> bool:
            return now.state is State.PAUSED

        await self._queue.run(Command(Request.PAUSE, Values(), paused, self.stops))

    async def resume(self) -> None:
        """Resume the paused session."""
        if not self._queue.features.can_resume:
            raise NotSupportedError

        def resumed(_: Status | None, now: Status) -> bool:
            return now.running and now.state is not State.PAUSED

        await self._queue.run(Command(Request.RESUME, Values(), resumed, self.stops))

    async def set_strength(self, level: int) -> None:
        """Set the strength, 1…N, of the running session or of the next one."""
        check(self._queue.features, strength=level)
        await self._setters.set(Request.SET_STRENGTH, level)

    async def step_strength(self, request: Request) -> None:
        """Raise or lower the strength of a device on which no level can be set."""
        await self._setters.press(request)

    async def set_area(self, area: Area) -> None:
        """Set the treatment area, likewise."""
        check(self._queue.features, area=area)
        await self._setters.set(Request.SET_AREA, area)

    async def set_flow(self, flow: Flow) -> None:
        """Set the flow, likewise."""
        check(self._queue.features, flow=flow)
        await self._setters.set(Request.SET_FLOW, flow)

    async def set_length(self, minutes: int) -> None:
        """Set the length of the whole running session, or of the next one, in minutes (1–60)."""
        check(self._queue.features, minutes=minutes)
        await self._setters.set(Request.SET_LENGTH, minutes)

    async def adjust(self, adjustment: Adjustment, within: float | None = None) -> None:
        """Change several settings within so many seconds; a stop ends the rest of it.

        The strength is set first if it becomes weaker, and last if it becomes stronger.
        """
        await self._setters.adjust(adjustment, within)

    async def choose(self, setting: str, choice: Choice) -> None:
        """Set the strength, area, flow or minutes to a value chosen from a fresh Status.

        It waits for the values that were set before it; a value that is set after it supersedes it.
        """
        await self._setters.choose(setting, choice)

    async def strength(self) -> int:
        """Return the strength that the device reports now; raises what `look` raises."""
        status = await self.look()
        self._queue.check_strength()
        return number(status.strength)

    async def look(self, within: float | None = None) -> Status:
        """Return what the device reports now; connects within so many seconds.

        Raises NotReachableError, ReleasedError, IncompatibleError or UnknownValueError; StoppedFirstError if a stop
        has come meanwhile.
        """
        return await self._queue.look(self._queue.deadline(within))

    async def identify(self) -> Identity:
        """Read the identity again; waits for the connection without a timeout.

        Raises LinkLostError, ReleasedError, NotReachableError or IncompatibleError.
        """
        with self.connection.needed():
            client = await self.connection.connected()
            try:
                return await read_identity(client, self._services, self._control)
            except RADIO_ERRORS as error:
                if self._services.may_be_stale(error):
                    await self._services.rediscover(client, error)
                raise LinkLostError from error

    async def read_again(self) -> bool:
        """Read Status over the present connection; return whether that succeeded."""
        if (client := self.connection.client) is None:
            return False
        # The upkeep detects a dead connection.
        with suppress(*RADIO_ERRORS):
            return await self._receiver.read_status(client) is not None
        return False

    @property
    def supervised(self) -> bool:
        """Whether a stop is known to work on this device: always with the open profile."""
        return self._control.supervised

    @property
    def asked_length(self) -> AskedLength:
        """The length that was asked for, as far as the device does not keep it: must be stored for `resume`."""
        return self._control.asked_length

    def resume_length(self, length: AskedLength) -> None:
        """Continue with a stored length, before the first connection."""
        self._control.resume(length)

    @property
    def unexplained(self) -> list[bytes]:
        """The last values that a described protocol does not explain."""
        return list(self._control.unexplained)

    @property
    def mtu(self) -> int | None:
        """The MTU of the connection in octets; None while there is none."""
        return None if self.connection.client is None else mtu(self.connection.client)

    @property
    def ends_in(self) -> float | None:
        """Seconds until the running session ends, by a monotonic clock; None while it is paused."""
        return self.reported.ends_in

    async def _prepare(self, client: BleakClient) -> None:
        await self._upkeep.prepare(client)

    async def _attend(self, client: BleakClient) -> None:
        await self._upkeep.attend(client)

    def _busy(self) -> bool:
        """Return whether a session runs, ends, may run, or is to be stopped."""
        status = self.reported.status
        return status is None or status.state in _BUSY or self._stop.kept

    def _connection_changed(self) -> None:
        if self.connection.client is None:
            self._receiver.source = None
            self._control.lost()
        self._publish()

    def _publish(self) -> None:
        error = self.connection.last_error
        snapshot = self.reported.snapshot(
            connected=self.connection.client is not None,
            resting=self.connection.resting,
            incompatible=error.reason if isinstance(error, IncompatibleError) else None,
        )
        if changed := changes(self.snapshot, snapshot):
            self.snapshot = snapshot
            try:
                self._on_change(snapshot, changed)
            except Exception as error:  # noqa: BLE001 (a listener's mistake stops no command)
                self._unexpected.log(error, "publishing a change")
