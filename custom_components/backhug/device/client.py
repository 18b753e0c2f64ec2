"""BackHug: commands out, state in; stop comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
import math
from typing import Any, Final, NamedTuple

from bleak import BleakClient
from bleak.backends.device import BLEDevice

from .connection import Connection, DeviceProvider
from .errors import (
    BackHugError,
    BusyError,
    IncompatibleError,
    InvalidParameterError,
    LinkLostError,
    MalformedError,
    NoAnswerError,
    NotReachableError,
    NotSupportedError,
    OtherSessionError,
    PairingError,
    RefusedError,
    ReleasedError,
    StoppedFirstError,
    StopPendingError,
    UnknownStateError,
    UnknownValueError,
    UnsupportedVersionError,
)
from .gatt import (
    RADIO_ERRORS,
    AttError,
    GattError,
    UnexpectedError,
    begin,
    connect,
    disconnect,
    find,
    mtu,
    pair,
    subscribe,
)
from .gatt_services import Services, read_features, read_information, read_value
from .model import (
    MAX_MINUTES,
    RUNNING,
    Adjustment,
    Area,
    DeviceInformation,
    Features,
    Flow,
    Snapshot,
    State,
    Status,
    changes,
    is_backhug_name,
    is_weaker,
)
from .pairing_agent import PAIRING_AGENT
from .protocols import open_profile as profile
from .protocols.control_point import ControlPoint
from .protocols.open_profile import Opcode
from .state import FIELDS, Known
from .unexpected import UnexpectedErrors

COMMAND_TIMEOUT: Final = 9.0
"""Seconds after which whoever gave a command is told how it ended."""
READ_TIMEOUT: Final = 5.0
STOP_PATIENCE: Final = 3.0
"""Seconds for which a stop is repeated on one connection, before another one is made for it."""
GLANCE_TIMEOUT: Final = 1.0
"""Seconds to read whether a stop that was not answered has worked."""
RETRY_INTERVAL: Final = 0.2
"""Seconds before a stop is written again that the radio did not take."""
GIVE_UP_GRACE: Final = 0.5
"""Seconds for a write to complete whose caller has given the command up."""
LONGEST_SESSION: Final = 3600.0
"""Seconds after which a session that was seen to run is over."""
STALE: Final = 60.0
"""Seconds without a connection after which a session may have begun that nobody here has seen."""
BLOCKED_TIMEOUT: Final = 4.0
"""Seconds to wait for the response to an earlier write, before another connection is made."""
SETTER_INTERVAL: Final = 0.4
"""Seconds between two writes of one setting: a slider drag sends its newest value only."""
QUIET_RUNNING: Final = 5.0
QUIET_IDLE: Final = 30.0
"""Seconds without a well-formed Status after which it is read: one may be lost or torn, or the link be dead."""

type Effect = Callable[[Status | None, Status], bool]
"""Whether a command has taken effect, from the status before it and the one of now."""
type Reckoning = Callable[[Status], bytes | None]
"""Makes the parameters of a request from a fresh Status, as it is sent; None if nothing is to be sent."""
type Choice = Callable[[Status], int | Area | Flow | None]
"""Chooses the value of a setting from a fresh Status, as it is sent; None leaves the setting as it is."""

_OPCODES: Final = {field: opcode for opcode, field in FIELDS.items()}

_BUSY: Final = RUNNING | {State.FINISHING, State.UNKNOWN}
"""The states in which the connection is not let go of: a session runs, ends, or may run."""
_RECORD_STATES: Final = frozenset({State.TREATING, State.STANDBY, State.FAULT})
"""On entering these the Tension record may have changed (profile, Tension record)."""


@dataclass(slots=True)
class _Command:
    """A request that somebody waits for."""

    opcode: Opcode
    effect: Effect
    stops: int
    """How many stops had been asked for when it was given."""
    parameters: bytes = b""
    """Reckoned when it is its turn."""
    late: BackHugError | None = None
    """What is raised if its time is up now; None while it waits for its turn."""


class Identity(NamedTuple):
    """What a device says of itself when it is first met."""

    features: Features
    information: DeviceInformation


def is_backhug(name: str, service_uuids: Collection[str]) -> bool:
    """Return whether an advertisement is that of a BackHug: by name, or by a known service."""
    return is_backhug_name(name) or profile.is_advertised(service_uuids)


async def identify(name: str, device: BLEDevice) -> Identity:
    """Connect to a device once, read what it is, and disconnect.

    Raises NotReachableError or IncompatibleError.
    """
    found: list[Identity] = []
    services = Services()

    async def prepare(client: BleakClient) -> None:
        with services.doubted(known=False):
            features = await read_features(client, READ_TIMEOUT)
            information = await read_information(client, services, READ_TIMEOUT)
        found.append(Identity(features, information))

    await disconnect(await connect(name, device, prepare))
    return found[-1]


class BackHug:
    """One BackHug: holds its connection, knows its state, carries out commands.

    A command returns when the device has carried it out; otherwise it raises a `BackHugError` that says
    why, within ten seconds.
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
    ) -> None:
        """Begin released.

        `features` are those of the last connection, if there was one; `changed` gets every visible change,
        and the names of what has changed: see `model.changes`.
        With `idle_after` the connection is made on demand, and let go of when it was idle for so many
        seconds: never in a session. With an `address`, a connection to it that BlueZ kept from a process that
        was killed is closed first.
        """
        self.known = Known(name, features)
        self.connection = Connection(
            name,
            provider,
            prepare=self._prepare,
            attend=self._attend,
            changed=self._link_changed,
            busy=self._busy,
            urgent=self._urgent,
            idle_after=idle_after,
            address=address,
        )
        self._unexpected = UnexpectedErrors(name)
        self.snapshot = self.known.snapshot(connected=False)
        self._on_change = changed
        self._loop = asyncio.get_running_loop()
        self._control = ControlPoint()
        self._services = Services()
        self._source: BleakClient | None = None
        self._may_pair = True
        """Whether no request was answered on this connection yet: BlueZ may pair during the next one."""
        self._turn = asyncio.Lock()
        self._stops = 0
        self._stops_under_way = 0
        self._no_stop = asyncio.Event()
        self._no_stop.set()
        self._stop_due: set[int] = set()
        self._stop_any_until = -math.inf
        self._stop_urgent_until = -math.inf
        """When the session to be stopped is over, if it was lost from sight."""
        self._sessions_stopped = 0
        self._stops_delivered = 0
        self._stops_unanswered = 0
        self._unsettled_start: int | None = None
        self._newest: dict[Opcode, int] = {}
        self._written_at: dict[Opcode, float] = {}
        self._settled: dict[Opcode, asyncio.Event] = {}
        """Set once the newest value of a setting was sent or given up."""
        self._forgotten: set[int] = set()
        """The sessions that ran when they were last seen, too long ago to count as running."""
        self._given_up: set[asyncio.Task[None]] = set()
        self._heard_at = 0.0
        self._attention = asyncio.Event()
        self._record_due = False

    # What a person asks for

    async def stop(self) -> bool:
        """Stop the session, ahead of everything; stopping an idle device moves nothing.

        Returns whether that ended a session. Raises StopPendingError if the device could not be told: it will be,
        on reconnection, see `keep_stop`. Raises NotReachableError if no session was known to run. Raises
        ReleasedError if the connection is released: a stop that was already under way is then kept, one that is
        asked for later is not.
        """
        self._stops += 1
        before, delivered = self._sessions_stopped, self._stops_delivered
        if not self.connection.held:
            await self._stop_while_leaving()
            return self._sessions_stopped != before
        self.keep_stop()
        kept = self.stop_kept
        client: BleakClient | None = None
        try:
            with self.connection.needed(), self._stopping():
                async with asyncio.timeout(COMMAND_TIMEOUT):
                    # It may also be delivered as a connection is made ready.
                    while self._stops_delivered == delivered:
                        # Whatever was concluded from an earlier connection.
                        client = await self.connection.connected(anew=True)
                        if self._stops_delivered == delivered:
                            await self._try_stop(client)
        except (TimeoutError, NotReachableError, IncompatibleError) as error:
            if self._stops_delivered == delivered:
                if isinstance(error, IncompatibleError):
                    raise
                if client is not None:
                    self.connection.drop(client, "stop was not answered")
                if self.stop_kept:
                    raise StopPendingError from error
                if not kept:
                    raise NotReachableError("stop was not answered") from error
                # No session ran as a connection was prepared, which was lost before it was ready.
        return self._sessions_stopped != before

    @property
    def stops(self) -> int:
        """How many stops were asked for: what is made of several commands ends when there is another one."""
        return self._stops

    @property
    def sessions_stopped(self) -> int:
        """How many sessions were ended by a stop of ours."""
        return self._sessions_stopped

    @property
    def stop_due(self) -> frozenset[int]:
        """The sessions that are to be stopped as soon as there is a connection."""
        return frozenset(self._stop_due)

    @property
    def stop_any_for(self) -> float | None:
        """Seconds for which whatever session runs is to be stopped as soon as there is a connection."""
        left = self._stop_any_until - self._loop.time()
        return left if left > 0 else None

    @property
    def stop_kept(self) -> bool:
        """Whether a stop is to be delivered as soon as there is a connection."""
        return bool(self._stop_due) or self.stop_any_for is not None

    @property
    def mtu(self) -> int | None:
        """The MTU of the connection; None while there is none."""
        return None if self.connection.client is None else mtu(self.connection.client)

    @property
    def ends_in(self) -> float | None:
        """Seconds until the running session ends, whatever the wall clock is set to; None while it is paused."""
        return self.known.ends_in

    def stop_when_connected(
        self, sessions: Iterable[int], any_for: float | None = None
    ) -> None:
        """Keep a stop that was due before a restart; `any_for` as `stop_any_for`."""
        self._stop_due.update(sessions)
        self._stop_urgent_until = self._loop.time() + LONGEST_SESSION
        if any_for is not None:
            left = min(any_for, LONGEST_SESSION)
            self._stop_any_until = self._loop.time() + left

    def keep_stop(self) -> None:
        """Have the session that may run now stopped on the next connection.

        If it is not known which one that is, whatever session runs then is stopped, within an hour.
        """
        self.stop_when_connected(
            self._sessions_to_stop(),
            LONGEST_SESSION if self._may_run_unseen() else None,
        )

    def forget_stop(self) -> None:
        """Take note that a stop that was kept has been delivered."""
        self._stop_due.clear()
        self._stop_any_until = -math.inf

    def forget_session(self) -> None:
        """Count a session as over that was seen so long ago: what the device does now is not known.

        A stop still reaches it if it turns out to run.
        """
        status = self.known.status
        if (
            self.connection.client is None
            and status is not None
            and status.state in _BUSY
        ):
            self._forgotten |= self._sessions_to_stop()
            self.known.status = self.known.ends_at = None
            self._publish()

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
        """Start a session of `minutes` (1–60); what is not given is as the device shows it.

        A strength that is not given is `at_most` that level. With `after`, the number of a session, raises
        OtherSessionError if another one has begun since that one.
        """
        features = self._features
        if strength is not None:
            _check(1 <= strength <= features.strength_levels)
        _check(area is None or area in features.areas)
        _check(flow is None or flow in features.flows)
        _check(features.min_minutes <= minutes <= features.max_minutes)

        def began(before: Status | None, now: Status) -> bool:
            return now.running and (before is None or before.session != now.session)

        def reckon(status: Status) -> bytes:
            if after is not None and after != status.session:
                raise OtherSessionError
            level = strength
            if level is None and at_most is not None:
                level = status.strength
                if is_weaker(at_most, level):
                    level = at_most
            return profile.encode_start(minutes, level, area, flow)

        parameters: bytes | Reckoning = reckon
        if at_most is after is None:
            parameters = profile.encode_start(minutes, strength, area, flow)
        await self._carry_out(Opcode.START, parameters, began, self._stops)

    async def pause(self) -> None:
        """Pause the session."""
        if not self._features.can_pause:
            raise NotSupportedError
        await self._carry_out(
            Opcode.PAUSE,
            b"",
            lambda _, now: now.state is State.PAUSED,
            self._stops,
        )

    async def resume(self) -> None:
        """Carry on with the paused session."""
        if not self._features.can_resume:
            raise NotSupportedError
        await self._carry_out(
            Opcode.RESUME,
            b"",
            lambda _, now: now.running and now.state is not State.PAUSED,
            self._stops,
        )

    async def set_strength(self, level: int) -> None:
        """Set the strength, 1…N, of the running session or of the next one."""
        _check(1 <= level <= self._features.strength_levels)
        await self._set(Opcode.SET_STRENGTH, level)

    async def set_area(self, area: Area) -> None:
        """Set the treatment area, likewise."""
        _check(area in self._features.areas)
        await self._set(Opcode.SET_AREA, area)

    async def set_flow(self, flow: Flow) -> None:
        """Set the flow, likewise."""
        _check(flow in self._features.flows)
        await self._set(Opcode.SET_FLOW, flow)

    async def set_length(self, minutes: int) -> None:
        """Set the length of the whole running session, or of the next one, in minutes (1–60)."""
        features = self._features
        _check(features.min_minutes <= minutes <= features.max_minutes)
        await self._set(Opcode.SET_LENGTH, minutes)

    async def adjust(
        self, adjustment: Adjustment, within: float = COMMAND_TIMEOUT
    ) -> None:
        """Change several settings within so many seconds; a stop ends all that is left of it.

        The strength is set first if that makes it weaker, and last if it makes it stronger.
        """
        features, stops = self._features, self._stops
        deadline = self._loop.time() + min(within, COMMAND_TIMEOUT)
        strength, strength_step, area, flow, minutes, minutes_step = adjustment
        _check(strength is None or 1 <= strength <= features.strength_levels)
        _check(area is None or area in features.areas)
        _check(flow is None or flow in features.flows)
        _check(
            minutes is None or features.min_minutes <= minutes <= features.max_minutes
        )
        changes: list[Callable[[], Coroutine[Any, Any, None]]] = [
            partial(self._set, opcode, value, deadline)
            for opcode, value in (
                (Opcode.SET_AREA, area),
                (Opcode.SET_FLOW, flow),
                (Opcode.SET_LENGTH, minutes),
            )
            if value is not None
        ]
        if minutes_step is not None:
            longer = partial(self._minutes_after, minutes_step)
            changes.append(partial(self._choose, Opcode.SET_LENGTH, longer, deadline))
        if strength is not None:
            weaker = False
            if changes:
                status = await self._look(deadline)
                weaker = is_weaker(strength, status.strength)
            changes.insert(
                0 if weaker else len(changes),
                partial(self._set, Opcode.SET_STRENGTH, strength, deadline),
            )
        if strength_step is not None:
            stronger = partial(self._strength_after, strength_step)
            changes.insert(
                0 if strength_step < 0 else len(changes),
                partial(self._choose, Opcode.SET_STRENGTH, stronger, deadline),
            )
        for change in changes:
            self._check_not_stopped(stops)
            await change()

    async def choose(self, setting: str, choice: Choice) -> None:
        """Set the strength, area, flow or minutes to what is chosen from a fresh Status.

        Unlike a value that is set, it waits for the values that were set before it, and gives way to one that
        is set after it.
        """
        await self._choose(
            _OPCODES[setting], choice, self._loop.time() + COMMAND_TIMEOUT
        )

    async def strength(self) -> int:
        """Return the strength that the device reports now; raises what `look` raises."""
        return _number(self.known.setting(await self.look(), Opcode.SET_STRENGTH))

    async def look(self, within: float = COMMAND_TIMEOUT) -> Status:
        """Return what the device reports now; connects within so many seconds.

        Raises NotReachableError, ReleasedError, IncompatibleError or UnknownValueError; StoppedFirstError if a stop
        has come meanwhile.
        """
        return await self._look(self._loop.time() + min(within, COMMAND_TIMEOUT))

    async def identify(self) -> Identity:
        """Read again what the device says of itself, over the connection: waits for it as long as it is let.

        Raises LinkLostError, ReleasedError, NotReachableError or IncompatibleError.
        """
        with self.connection.needed():
            client = await self.connection.connected()
            try:
                features = await read_features(client, READ_TIMEOUT)
                information = await read_information(
                    client, self._services, READ_TIMEOUT
                )
            except RADIO_ERRORS as error:
                if isinstance(error, AttError) and self._services.old(error):
                    await self._discover_anew(client, error)
                raise LinkLostError from error
        return Identity(features, information)

    async def read_again(self) -> bool:
        """Read Status once more over the connection that there is; return whether it was read."""
        if (client := self.connection.client) is None:
            return False
        # A connection that is dead is found out elsewhere.
        with suppress(*RADIO_ERRORS):
            return await self._read_status(client) is not None
        return False

    # How it is carried out

    def _busy(self) -> bool:
        """Return whether a session runs, ends, or is still to be stopped, as far as we know."""
        status = self.known.status
        return status is None or status.state in _BUSY or self.stop_kept

    def _urgent(self) -> bool:
        """Return whether a stop is to be delivered: it does not wait for the back-off."""
        kept = self.stop_kept and self._loop.time() < self._stop_urgent_until
        return kept or self._stops_under_way > 0

    @property
    def _features(self) -> Features:
        if self.known.features is None:
            raise NotReachableError("never connected")
        return self.known.features

    def _sessions_to_stop(self) -> set[int]:
        """Return the sessions that may run as far as we know: the one that we see or have started."""
        sessions = _sessions_that_may_run(self.known.status) | self._forgotten
        if self._unsettled_start is not None:
            sessions.add(self._unsettled_start)
        return sessions

    def _may_run_unseen(self) -> bool:
        """Return whether a session may run that is none of `_sessions_to_stop`."""
        status = self.known.status
        if status is None:
            return True
        certain = LONGEST_SESSION if _sessions_that_may_run(status) else STALE
        return self._loop.time() - self._heard_at > certain

    @contextmanager
    def _stopping(self) -> Iterator[None]:
        """Keep commands that are given after a stop waiting until it is through."""
        self._stops_under_way += 1
        self._no_stop.clear()
        try:
            yield
        finally:
            self._stops_under_way -= 1
            if not self._stops_under_way:
                self._no_stop.set()

    async def _try_stop(self, client: BleakClient) -> None:
        """Send stop; if it does not get through, let another connection be made, or this one be tried again."""
        try:
            await self._send_stop(client)
        except NoAnswerError:
            # Perhaps an earlier request blocks the way: a new connection is free.
            self.connection.drop(client, "stop was not answered")
        except LinkLostError, GattError:
            await asyncio.sleep(RETRY_INTERVAL)

    async def _send_stop(self, client: BleakClient) -> None:
        """Send stop until it is answered, or is seen to have worked.

        Raises NoAnswerError, LinkLostError and GattError.
        """
        before = self.known.status
        until = self._loop.time() + STOP_PATIENCE
        try:
            while True:
                try:
                    await self._control.stop(client, until)
                    break
                except GattError as error:
                    self._log_unexpected(error, "sending a stop")
                    if not client.is_connected:
                        raise
                    if self._services.old(error):
                        await self._discover_anew(client, error)
                        raise
                    if self._loop.time() >= until:
                        raise TimeoutError from error
                    # A backend may take no second write while one is under way.
                    await asyncio.sleep(RETRY_INTERVAL)
        except TimeoutError:
            if not await self._seen_to_rest(client):
                self._stops_unanswered += 1
                if self._stops_unanswered > 1:
                    # BlueZ may take no write any more after a pairing that failed, before it has forgotten the device.
                    await self._services.forget(client)
                raise NoAnswerError from None
        if _sessions_that_may_run(before) or _has_begun_to_finish(
            before, self.known.status
        ):
            self._sessions_stopped += 1
        self._stops_unanswered = 0
        self._stops_delivered += 1
        self.forget_stop()
        self._unsettled_start = None

    def _log_unexpected(self, error: Exception, doing: str) -> None:
        if isinstance(error, UnexpectedError):
            self._unexpected.log(error.error, doing)

    async def _seen_to_rest(self, client: BleakClient) -> bool:
        """Return whether the device can be seen to be stopped, and nothing that may start it is on its way."""
        if self.known.features is None or self._control.blocked:
            return False
        try:
            status = await self._read_status(client, GLANCE_TIMEOUT)
        except RADIO_ERRORS:
            return False
        return not (status is None or status.running or status.state is State.UNKNOWN)

    async def _discover_anew(self, client: BleakClient, error: GattError) -> None:
        """Give a connection up whose services seem to be those of older firmware."""
        await self._services.forget(client)
        self.connection.drop(client, f"the services may be old: {error!r}")

    async def _stop_while_leaving(self) -> None:
        """Stop over a connection that is being closed: as long as that hangs the device takes no other one.

        Raises ReleasedError.
        """
        if (client := self.connection.leaving) is None:
            raise ReleasedError
        self._source = client
        try:
            await self._send_stop(client)
        except (NoAnswerError, LinkLostError, *RADIO_ERRORS) as error:
            raise ReleasedError from error

    async def _set(
        self, opcode: Opcode, value: int | Area | Flow, deadline: float | None = None
    ) -> None:
        """Send the newest value of a setting; one that a newer replaces is not sent at all."""
        stops = self._stops
        mine = self._newest[opcode] = self._newest.get(opcode, 0) + 1

        def superseded() -> bool:
            return self._newest[opcode] != mine

        settled = self._settled[opcode] = asyncio.Event()
        self.known.wanted[opcode] = value
        self._publish()
        try:
            due = self._written_at.get(opcode, -SETTER_INTERVAL) + SETTER_INTERVAL
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if superseded():
                return
            self._written_at[opcode] = self._loop.time()
            await self._carry_out(
                opcode,
                profile.encode_setting(value),
                lambda _, now: self.known.setting(now, opcode) == value,
                stops,
                superseded,
                deadline,
            )
        finally:
            settled.set()
            if not superseded():
                del self.known.wanted[opcode]
                self._publish()

    async def _choose(self, opcode: Opcode, choice: Choice, deadline: float) -> None:
        """Send the value that is chosen once it is the turn of this command."""
        stops, newest = self._stops, self._newest.get(opcode, 0)
        chosen: int | Area | Flow | None = None

        def reckon(status: Status) -> bytes | None:
            nonlocal chosen
            chosen = choice(status)
            return None if chosen is None else profile.encode_setting(chosen)

        if (settled := self._settled.get(opcode)) is not None:
            try:
                async with asyncio.timeout_at(deadline):
                    await settled.wait()
            except TimeoutError as error:
                raise BusyError from error
        await self._carry_out(
            opcode,
            reckon,
            lambda _, now: self.known.setting(now, opcode) == chosen,
            stops,
            lambda: self._newest.get(opcode, 0) != newest,
            deadline,
        )

    def _strength_after(self, step: int, status: Status) -> int:
        """Return the level after a step: within what is offered, and never in the other direction."""
        level = _number(self.known.setting(status, Opcode.SET_STRENGTH))
        return _after(step, level, 1, self._features.strength_levels)

    def _minutes_after(self, step: int, status: Status) -> int:
        """Return the length after a step, likewise; a running session is longer than what has passed of it."""
        features = self._features
        shortest = features.min_minutes
        if status.running:
            shortest = max(shortest, (status.length - status.seconds_left) // 60 + 1)
        minutes = _number(self.known.setting(status, Opcode.SET_LENGTH))
        return _after(step, minutes, shortest, min(features.max_minutes, MAX_MINUTES))

    async def _look(self, deadline: float) -> Status:
        # Whatever the look is for, a stop ends it.
        stops = self._stops
        with self.connection.needed():
            try:
                async with asyncio.timeout_at(deadline):
                    client = await self.connection.connected()
                    return await self._fresh_status(client, stops)
            except TimeoutError as error:
                raise NotReachableError("no connection in time") from error

    async def _fresh_status(self, client: BleakClient, stops: int) -> Status:
        """Read Status: what was notified last may be old, or have been lost.

        Raises NotReachableError, UnknownValueError, and StoppedFirstError if a stop has come since `stops`.
        """
        try:
            status = await self._read_status(client)
        except RADIO_ERRORS as error:
            self._check_not_stopped(stops)
            if isinstance(error, AttError) and self._services.old(error):
                await self._discover_anew(client, error)
            self.connection.drop(client, f"Status was not read: {error!r}")
            raise NotReachableError("Status was not read") from error
        self._check_not_stopped(stops)
        if status is None:
            raise UnknownValueError
        return status

    async def _carry_out(
        self,
        opcode: Opcode,
        parameters: bytes | Reckoning,
        effect: Effect,
        stops: int,
        superseded: Callable[[], bool] = lambda: False,
        deadline: float | None = None,
    ) -> None:
        """Carry out one command after the other, unless a stop or a newer value comes first.

        `stops` is how many stops had been asked for when the command was given. A command that its caller gives up
        is not sent any more; one that the device has already is finished in the background, for a stop that
        follows needs the connection.
        """
        if deadline is None:
            deadline = self._loop.time() + COMMAND_TIMEOUT
        command = _Command(opcode, effect, stops)
        task = begin(self._take_turn(command, parameters, superseded, deadline))
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            await self._give_up(opcode, task)
            raise
        task.result()

    async def _give_up(self, opcode: Opcode, command: asyncio.Task[None]) -> None:
        """Make sure that a command whose caller has given it up does not arrive later."""
        if command is not self._control.requester:
            # It is not sent, or not sent any more.
            command.cancel()
            return
        self._given_up.add(command)
        command.add_done_callback(self._given_up.discard)
        client = self.connection.client
        held_back = True
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(GIVE_UP_GRACE):
                    await self._control.ready()
                    held_back = False
        finally:
            # While a stop is under way the connection is its own: it gives it up if it has to.
            if held_back and client is not None and not self._stops_under_way:
                self.connection.drop(client, f"{opcode.name} was given up")

    async def _take_turn(
        self,
        command: _Command,
        parameters: bytes | Reckoning,
        superseded: Callable[[], bool],
        deadline: float,
    ) -> None:
        client: BleakClient | None = None
        try:
            with self.connection.needed():
                async with asyncio.timeout_at(deadline), self._turn:
                    await self._no_stop.wait()
                    if superseded():
                        return
                    # If a write blocks the way until the time is up, it is this connection that is given up.
                    client = self.connection.client
                    command.late = LinkLostError()
                    if client is not None:
                        await self._unblocked(client)
                    carried_out = False
                    while not carried_out:
                        command.late = NotReachableError("no connection in time")
                        client = await self.connection.connected()
                        request = await self._reckoned(
                            client, parameters, command.stops, superseded
                        )
                        if request is None:
                            return
                        command.parameters = request
                        carried_out = await self._exchange(client, command)
        except TimeoutError as error:
            if client is not None:
                self.connection.drop(client, f"{command.opcode.name} was not answered")
            raise command.late or self._why_it_waited() from error

    async def _reckoned(
        self,
        client: BleakClient,
        parameters: bytes | Reckoning,
        stops: int,
        superseded: Callable[[], bool],
    ) -> bytes | None:
        """Return the parameters to send over a connection; None if nothing is to be sent."""
        self._check_not_stopped(stops)
        if not isinstance(parameters, bytes):
            await self._fresh_status(client, stops)
        # A drag may have gone on while the connection was made.
        if superseded():
            return None
        status = self.known.status
        if status is not None and status.state is State.UNKNOWN:
            raise UnknownStateError
        if isinstance(parameters, bytes):
            return parameters
        assert status is not None
        return parameters(status)

    async def _unblocked(self, client: BleakClient) -> None:
        """Wait until no earlier write keeps another one waiting: if need be, by giving its connection up."""
        try:
            async with asyncio.timeout(BLOCKED_TIMEOUT):
                await self._control.ready()
        except TimeoutError:
            self.connection.drop(client, "a write has no response")

    def _why_it_waited(self) -> BackHugError:
        """Return why a command waited for another one until its time was up."""
        if self.connection.client is None:
            return NotReachableError("no connection in time")
        return LinkLostError() if self._control.blocked else BusyError()

    async def _exchange(self, client: BleakClient, command: _Command) -> bool:
        """Send a request, and see what becomes of it; return False if it is to be sent over another connection."""
        before = self.known.status
        command.late = NoAnswerError()
        try:
            try:
                result = await self._request(client, command)
            except TimeoutError:
                # Not answered: the device's own state tells whether it happened.
                now = await self._read_status(client)
                if now is None or not command.effect(before, now):
                    raise NoAnswerError from None
                return True
        except RADIO_ERRORS as error:
            self._log_unexpected(error, "sending a request")
            if isinstance(error, AttError) and client.is_connected:
                if not self._services.old(error):
                    raise RefusedError(str(error)) from error
                # What is refused is no request: it may be repeated.
                await self._discover_anew(client, error)
                return False
            # It may have failed because a stop went first: the stop needs this connection.
            self._check_not_stopped(command.stops)
            self.connection.drop(client, f"{command.opcode.name} failed: {error!r}")
            raise LinkLostError from error
        now = self.known.status
        if refusal := profile.refusal(result, now.fault if now else None):
            self._check_not_stopped(command.stops)
            raise refusal
        if now is None or not command.effect(before, now):
            # Its notification comes before the answer: that one was lost.
            self._heard_at = -math.inf
            self._attention.set()
        return True

    async def _request(self, client: BleakClient, command: _Command) -> int:
        if not self._may_pair:
            return await self._ask_encrypted(client, command)
        async with PAIRING_AGENT.registered(client):
            self._check_not_stopped(command.stops)
            result = await self._ask_encrypted(client, command)
        self._may_pair = False
        return result

    async def _ask_encrypted(self, client: BleakClient, command: _Command) -> int:
        """Send a request, and pair if the device demands an encrypted link."""
        try:
            return await self._ask(client, command)
        except AttError as error:
            if error.code not in profile.ATT_ENCRYPTION_NEEDED:
                raise
        if asyncio.current_task() in self._given_up:
            raise StoppedFirstError
        # Pairing may never end: the device, or another agent of BlueZ, may ask a person.
        command.late = PairingError()
        try:
            await pair(client)
        except RADIO_ERRORS as error:
            self._log_unexpected(error, "pairing")
            # BlueZ may take no write any more, see `_send_stop`.
            self._stops_unanswered = 1
            raise PairingError from error
        command.late = NoAnswerError()
        self._check_not_stopped(command.stops)
        return await self._ask(client, command)

    async def _ask(self, client: BleakClient, command: _Command) -> int:
        """Send a request; a start counts as one that may have begun a session until that is known."""
        opcode, parameters = command.opcode, command.parameters
        if opcode is not Opcode.START:
            return await self._control.request(client, opcode, parameters)
        if self.known.status is not None:
            self._unsettled_start = self.known.status.session + 1
        try:
            result = await self._control.request(client, opcode, parameters)
        except AttError:
            # A write that ATT refuses is no request.
            self._unsettled_start = None
            raise
        self._unsettled_start = None
        return result

    def _check_not_stopped(self, stops: int) -> None:
        if self._stops != stops:
            raise StoppedFirstError

    # The connection

    async def _prepare(self, client: BleakClient) -> None:
        """Make a connection ready: features, indications, notifications, then what was missed."""
        self._source = client
        self._may_pair = True
        with self._services.doubted(known=self.known.features is not None):
            try:
                await self._make_ready(client)
            except (AttError, IncompatibleError) as error:
                await self._stop_unseen(client, error)
                raise

    async def _make_ready(self, client: BleakClient) -> None:
        self.known.connected(await read_features(client, READ_TIMEOUT))
        with self._done_without("answers"):
            await self._subscribe(client, profile.CONTROL_POINT, self._receive_answer)
        if self.stop_kept:
            await self._deliver_stop(client)
        self._unsettled_start = None
        with self._done_without("status notifications"):
            await self._subscribe(client, profile.STATUS, self._receive_status)
        with self._done_without("tension stream"):
            await self._subscribe(
                client, profile.TENSION_STREAM, self._receive_fragment
            )
        if await self._read_status(client) is None:
            self.known.status = self.known.ends_at = None
        self._record_due = False
        await self._read_record(client)

    @contextmanager
    def _done_without(self, what: str) -> Iterator[None]:
        """Do without something that the device refuses; unless it is only that services of older firmware are known."""
        try:
            yield
        except AttError as error:
            in_use = self.connection.client is not None
            if self._services.old(error) or not (in_use or self._services.fresh):
                raise
            self.known.counters[f"refused {what}"] += 1

    async def _stop_unseen(
        self, client: BleakClient, error: AttError | IncompatibleError
    ) -> None:
        """Send a stop that somebody waits for over a connection that cannot be made ready."""
        if (
            not self._stops_under_way
            # It does not speak our protocol.
            or isinstance(error, UnsupportedVersionError)
            # Perhaps it would go to another characteristic: there is another connection first.
            or (isinstance(error, AttError) and not self._services.fresh)
            or find(client, profile.SERVICE, profile.CONTROL_POINT) is None
        ):
            return
        with suppress(*RADIO_ERRORS):
            await self._subscribe(client, profile.CONTROL_POINT, self._receive_answer)
        with suppress(BackHugError, *RADIO_ERRORS):
            await self._send_stop(client)

    async def _deliver_stop(self, client: BleakClient) -> None:
        # A start that had not arrived was lost with the link: only what runs now is to be stopped.
        status = await self._read_status(client)
        whatever = self.stop_any_for is not None
        if status is None and not whatever:
            # Whether it still runs cannot be known yet: it stays due until the device says so.
            return
        runs = _sessions_that_may_run(status)
        if status is None or (runs and whatever) or runs & self._stop_due:
            await self._send_stop(client)
        elif runs and max(runs) < max(self._stop_due):
            # A counter may dip for a moment: the session to be stopped may be the one that runs.
            return
        self.forget_stop()
        self.connection.used()

    async def _attend(self, client: BleakClient) -> None:
        """Read what is due while the connection is held; a reading that fails shows that it is dead."""
        try:
            await self._read_what_is_due(client)
        except AttError:
            await self._services.forget(client)
            raise

    async def _read_what_is_due(self, client: BleakClient) -> None:
        self.known.information = await read_information(
            client, self._services, READ_TIMEOUT
        )
        self._publish()
        while True:
            status = self.known.status
            idle = status is not None and status.state in (State.STANDBY, State.FAULT)
            quiet_until = self._heard_at + (QUIET_IDLE if idle else QUIET_RUNNING)
            try:
                async with asyncio.timeout_at(quiet_until):
                    await self._attention.wait()
            except TimeoutError:
                if self._heard_at + QUIET_RUNNING <= self._loop.time():
                    # Whoever refuses, or answers nonsense, is asked again after a while, not at once.
                    self._heard_at = self._loop.time()
                    with self._done_without("status"):
                        await self._read_status(client)
            self._attention.clear()
            if self.stop_kept and not self._stops_under_way:
                await self._deliver_stop(client)
            if self._record_due:
                self._record_due = False
                await self._read_record(client)

    async def _subscribe(
        self, client: BleakClient, uuid: str, receive: Callable[[bytes], object]
    ) -> None:
        """Have what a characteristic tells received, where there is such a characteristic."""
        if find(client, profile.SERVICE, uuid) is None:
            return

        def notified(value: bytes) -> None:
            # A connection that was given up may still have something to say.
            if client is not self._source:
                return
            try:
                receive(value)
            except Exception as error:  # noqa: BLE001 (a backend might end the subscription)
                self._unexpected.log(error, "receiving a notification")

        await subscribe(client, profile.SERVICE, uuid, notified)

    async def _read_status(
        self, client: BleakClient, patience: float | None = None
    ) -> Status | None:
        """Read Status; return what is known then, or None if it is malformed."""
        before = self.known.status
        value = await read_value(
            client, profile.STATUS, READ_TIMEOUT if patience is None else patience
        )
        if self.known.status is not before:
            # It tells how it was when it was asked for: what was notified meanwhile is newer.
            return self.known.status
        return self.known.status if self._receive_status(value) else None

    async def _read_record(self, client: BleakClient) -> None:
        if find(client, profile.SERVICE, profile.TENSION_RECORD) is not None:
            with self._done_without("tension record"):
                self.known.receive_record(
                    await read_value(client, profile.TENSION_RECORD, READ_TIMEOUT)
                )
                self._publish()

    # What comes from the air

    def _receive_status(self, value: bytes) -> bool:
        known = self.known
        before, ended_at = known.status, known.ends_at
        if not known.receive_status(value):
            return False
        self._heard_at = self._loop.time()
        self._forgotten.clear()
        now = known.status
        assert now is not None
        if before is None or now.state is not before.state:
            # While it is busy the link is kept anyway: the time until it is idle begins when that ends.
            self.connection.used()
            self._record_due |= now.state in _RECORD_STATES
            self._attention.set()
            self._publish()
        # Most of them only count down.
        elif known.ends_at is not ended_at or not now.counts_down(before):
            self._publish()
        return True

    def _receive_fragment(self, value: bytes) -> None:
        self.known.receive_fragment(value)
        self._publish()

    def _receive_answer(self, value: bytes) -> None:
        try:
            if not self._control.answered(value):
                self.known.counters["answer that nobody awaits"] += 1
        except MalformedError as error:
            self.known.malformed("answer", error)

    def _link_changed(self) -> None:
        if self.connection.client is None:
            self._source = None
            self._control.lost()
        self._publish()

    def _publish(self) -> None:
        error = self.connection.last_error
        snapshot = self.known.snapshot(
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


def _sessions_that_may_run(status: Status | None) -> set[int]:
    if status is not None and (status.running or status.state is State.UNKNOWN):
        return {status.session}
    return set()


def _has_begun_to_finish(before: Status | None, now: Status | None) -> bool:
    """Return whether a session has ended of which no status has told that it runs."""
    return (
        now is not None
        and now.state is State.FINISHING
        and (before is None or before.state is not State.FINISHING)
    )


def _check(offered: bool) -> None:
    if not offered:
        raise InvalidParameterError


def _number(value: object) -> int:
    """Return a number that the device reports; raises UnknownValueError if it does not."""
    if not isinstance(value, int):
        raise UnknownValueError
    return value


def _after(step: int, value: int, lowest: int, highest: int) -> int:
    """Return a value after a step within bounds; outside of them it does not go the other way."""
    if step < 0:
        return min(max(value + step, lowest), value)
    return max(min(value + step, highest), value)
