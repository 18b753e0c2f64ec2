"""BackHug: commands out, state in; stop comes first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
import math
from typing import Final, NamedTuple

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError, BleakGATTProtocolError

from . import profile
from .control import ControlPoint
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
    PairingError,
    RefusedError,
    ReleasedError,
    StoppedFirstError,
    StopPendingError,
    UnknownProtocolError,
    UnknownStateError,
)
from .link import DeviceProvider, Link
from .model import (
    RUNNING,
    Area,
    DeviceInformation,
    Features,
    Flow,
    Snapshot,
    State,
    Status,
    changes,
    is_backhug_name,
)
from .profile import Opcode
from .radio import RADIO_ERRORS, call, connect, disconnect
from .state import Known

COMMAND_TIMEOUT: Final = 9.0
"""Seconds after which whoever gave a command is told how it ended."""
READ_TIMEOUT: Final = 5.0
STOP_PATIENCE: Final = 3.0
"""Seconds for which a stop is repeated on one connection, before another one is made for it."""
GLANCE_TIMEOUT: Final = 1.0
"""Seconds to read whether a stop that was not answered has worked."""
RETRY_INTERVAL: Final = 0.2
"""Seconds before a stop is written again that the radio did not take."""
SETTER_INTERVAL: Final = 0.4
"""Seconds between two writes of one setting: a slider drag sends its newest value only."""
QUIET_RUNNING: Final = 5.0
QUIET_IDLE: Final = 30.0
"""Seconds without a well-formed Status after which it is read: one may be lost or torn, or the link be dead."""

type Effect = Callable[[Status | None, Status], bool]
"""Whether a command has taken effect, from the status before it and the one of now."""

_BUSY: Final = RUNNING | {State.FINISHING, State.UNKNOWN}
"""The states in which the connection is not let go of: a session runs, ends, or may run."""
_RECORD_STATES: Final = frozenset({State.TREATING, State.STANDBY, State.FAULT})
"""On entering these the Tension record may have changed (profile, Tension record)."""


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

    async def prepare(client: BleakClient) -> None:
        features = await _read_features(client)
        found.append(Identity(features, await _read_information(client)))

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
    ) -> None:
        """Begin released.

        `features` are those of the last connection, if there was one; `changed` gets every visible change,
        and the names of what has changed: see `model.changes`.
        With `idle_after` the connection is made on demand, and let go of when it was idle for so many
        seconds: never in a session.
        """
        self.known = Known(name, features)
        self.link = Link(
            name,
            provider,
            prepare=self._prepare,
            attend=self._attend,
            changed=self._link_changed,
            busy=self._busy,
            idle_after=idle_after,
        )
        self.snapshot = self.known.snapshot(connected=False)
        self._on_change = changed
        self._loop = asyncio.get_running_loop()
        self._control = ControlPoint()
        self._source: BleakClient | None = None
        self._turn = asyncio.Lock()
        self._stops = 0
        self._stops_under_way = 0
        self._no_stop = asyncio.Event()
        self._no_stop.set()
        self._stop_due: set[int] = set()
        self._unsettled_start: int | None = None
        self._newest: dict[Opcode, int] = {}
        self._written_at: dict[Opcode, float] = {}
        self._heard_at = 0.0
        self._attention = asyncio.Event()
        self._record_due = False

    # What a person asks for

    async def stop(self) -> None:
        """Stop the session, ahead of everything; stopping an idle device moves nothing.

        Raises StopPendingError if the device could not be told: it will be, on reconnection, if the same
        session still runs then. Raises NotReachableError if no session was known to run, and ReleasedError if
        the connection is released: then nothing is kept for later.
        """
        self._stops += 1
        self._stop_due |= self._sessions_to_stop()
        client: BleakClient | None = None
        try:
            with self.link.needed(), self._stopping():
                async with asyncio.timeout(COMMAND_TIMEOUT):
                    while True:
                        client = await self.link.connected()
                        try:
                            await self._send_stop(client)
                        except NoAnswerError:
                            # Perhaps an earlier request blocks the way: a new connection is free.
                            self.link.drop(client, "stop was not answered")
                        except (LinkLostError, *RADIO_ERRORS):
                            # A backend may take no second write while one is under way.
                            await asyncio.sleep(RETRY_INTERVAL)
                        else:
                            self._stop_due.clear()
                            self._unsettled_start = None
                            return
        except (TimeoutError, NotReachableError) as error:
            if client is not None:
                self.link.drop(client, "stop was not answered")
            if self._stop_due:
                raise StopPendingError from error
            raise NotReachableError("stop was not answered") from error
        except ReleasedError:
            self._stop_due.clear()
            raise

    @property
    def stops(self) -> int:
        """How many stops were asked for: what is made of several commands ends when there is another one."""
        return self._stops

    @property
    def stop_due(self) -> frozenset[int]:
        """The sessions that are to be stopped as soon as there is a connection."""
        return frozenset(self._stop_due)

    @property
    def ends_in(self) -> float | None:
        """Seconds until the running session ends, whatever the wall clock is set to; None while it is paused."""
        return self.known.ends_in

    def stop_when_connected(self, sessions: Iterable[int]) -> None:
        """Stop whichever of these sessions runs when the connection is made: it was due before a restart."""
        self._stop_due.update(sessions)

    async def start(
        self,
        minutes: int,
        *,
        strength: int | None = None,
        area: Area | None = None,
        flow: Flow | None = None,
    ) -> None:
        """Start a session of `minutes` (1–60); what is not given is as the device shows it."""
        features = self._features
        if strength is not None:
            _check(1 <= strength <= features.strength_levels)
        _check(area is None or area in features.areas)
        _check(flow is None or flow in features.flows)
        _check(features.min_minutes <= minutes <= features.max_minutes)

        def began(before: Status | None, now: Status) -> bool:
            return now.running and (before is None or before.session != now.session)

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

    async def identify(self) -> Identity:
        """Read again what the device says of itself, over the connection: waits for it as long as it is let.

        Raises LinkLostError, ReleasedError, NotReachableError or IncompatibleError.
        """
        with self.link.needed():
            client = await self.link.connected()
            try:
                features = await _read_features(client)
                return Identity(features, await _read_information(client))
            except RADIO_ERRORS as error:
                raise LinkLostError from error

    async def refresh(self) -> None:
        """Read Status over the connection, which is made for that if there is none.

        Raises LinkLostError, NotReachableError, ReleasedError or IncompatibleError.
        """
        try:
            with self.link.needed():
                async with asyncio.timeout(COMMAND_TIMEOUT):
                    client = await self.link.connected()
                    try:
                        await self._read_status(client)
                    except (TimeoutError, *RADIO_ERRORS) as error:
                        raise LinkLostError from error
        except TimeoutError as error:
            raise NotReachableError("no connection in time") from error

    # How it is carried out

    def _busy(self) -> bool:
        """Return whether a session runs, ends, or is still to be stopped, as far as we know."""
        status = self.known.status
        return status is None or status.state in _BUSY or bool(self._stop_due)

    @property
    def _features(self) -> Features:
        if self.known.features is None:
            raise NotReachableError("never connected")
        return self.known.features

    def _sessions_to_stop(self) -> set[int]:
        """Return the sessions that may run as far as we know: the one that we see or have started."""
        sessions = _sessions_that_may_run(self.known.status)
        if self._unsettled_start is not None:
            sessions.add(self._unsettled_start)
        return sessions

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

    async def _send_stop(self, client: BleakClient) -> None:
        """Send stop until it is answered, or is seen to have worked.

        Raises NoAnswerError, LinkLostError, and what bleak raises.
        """
        try:
            async with asyncio.timeout(STOP_PATIENCE):
                await self._control.stop(client)
        except TimeoutError:
            try:
                status = await self._read_status(client, GLANCE_TIMEOUT)
            except TimeoutError:
                raise NoAnswerError from None
            if status is None or status.running or status.state is State.UNKNOWN:
                raise NoAnswerError from None

    async def _set(self, opcode: Opcode, value: int | Area | Flow) -> None:
        """Send the newest value of a setting; one that a newer replaces is not sent at all."""
        stops = self._stops
        mine = self._newest[opcode] = self._newest.get(opcode, 0) + 1

        def superseded() -> bool:
            return self._newest[opcode] != mine

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
            )
        finally:
            if not superseded():
                del self.known.wanted[opcode]
                self._publish()

    async def _carry_out(
        self,
        opcode: Opcode,
        parameters: bytes,
        effect: Effect,
        stops: int,
        superseded: Callable[[], bool] = lambda: False,
    ) -> None:
        """Carry out one command after the other, unless a stop or a newer value comes first.

        `stops` is how many stops had been asked for when the command was given.
        """
        client: BleakClient | None = None
        late: BackHugError = BusyError()
        try:
            with self.link.needed():
                async with asyncio.timeout(COMMAND_TIMEOUT), self._turn:
                    await self._no_stop.wait()
                    if superseded():
                        return
                    # If a write blocks the way until the time is up, it is this connection that is given up.
                    client = self.link.client
                    await self._control.ready()
                    late = NotReachableError("no connection in time")
                    client = await self.link.connected()
                    self._check_not_stopped(stops)
                    # A drag may have gone on while the connection was made.
                    if superseded():
                        return
                    status = self.known.status
                    if status is not None and status.state is State.UNKNOWN:
                        raise UnknownStateError
                    late = NoAnswerError()
                    await self._exchange(client, opcode, parameters, effect, stops)
        except TimeoutError as error:
            if client is not None:
                self.link.drop(client, f"{opcode.name} was not answered")
            raise late from error
        except asyncio.CancelledError:
            if client is not None:
                # A radio may still hold it back: it must not arrive when nobody wants it any more.
                self.link.drop(client, f"{opcode.name} was given up")
            raise

    async def _exchange(
        self,
        client: BleakClient,
        opcode: Opcode,
        parameters: bytes,
        effect: Effect,
        stops: int,
    ) -> None:
        before = self.known.status
        try:
            try:
                result = await self._request(client, opcode, parameters, stops)
            except TimeoutError:
                # Not answered: the device's own state tells whether it happened.
                now = await self._read_status(client)
                if now is None or not effect(before, now):
                    raise NoAnswerError from None
                return
        except BleakGATTProtocolError as error:
            raise RefusedError(str(error)) from error
        except RADIO_ERRORS as error:
            # It may have failed because a stop went first: the stop needs this connection.
            self._check_not_stopped(stops)
            self.link.drop(client, f"{opcode.name} failed: {error!r}")
            raise LinkLostError from error
        now = self.known.status
        if refusal := profile.refusal(result, now.fault if now else None):
            self._check_not_stopped(stops)
            raise refusal
        if now is None or not effect(before, now):
            # Its notification comes before the answer: that one was lost.
            self._heard_at = -math.inf
            self._attention.set()

    async def _request(
        self, client: BleakClient, opcode: Opcode, parameters: bytes, stops: int
    ) -> int:
        try:
            return await self._ask(client, opcode, parameters)
        except BleakGATTProtocolError as error:
            if error.code not in profile.ATT_ENCRYPTION_NEEDED:
                raise
        try:
            await call(client.pair())
        except RADIO_ERRORS as error:
            raise PairingError from error
        self._check_not_stopped(stops)
        return await self._ask(client, opcode, parameters)

    async def _ask(self, client: BleakClient, opcode: Opcode, parameters: bytes) -> int:
        """Send a request; a start counts as one that may have begun a session until that is known."""
        if opcode is not Opcode.START:
            return await self._control.request(client, opcode, parameters)
        if self.known.status is not None:
            self._unsettled_start = self.known.status.session + 1
        try:
            result = await self._control.request(client, opcode, parameters)
        except BleakGATTProtocolError:
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
        features = await _read_features(client)
        self.known.connected(features)
        await self._subscribe(client, profile.CONTROL_POINT, self._receive_answer)
        if self._stop_due:
            await self._deliver_stop(client)
        self._unsettled_start = None
        await self._subscribe(client, profile.STATUS, self._receive_status)
        await self._subscribe(client, profile.TENSION_STREAM, self._receive_fragment)
        if await self._read_status(client) is None:
            self.known.status = self.known.ends_at = None
        self._record_due = False
        await self._read_record(client)

    async def _deliver_stop(self, client: BleakClient) -> None:
        # A start that had not arrived was lost with the link: only what runs now is to be stopped.
        status = await self._read_status(client)
        if status is None:
            # Whether it still runs cannot be known yet: it stays due until the device says so.
            return
        if _sessions_that_may_run(status) & self._stop_due:
            await self._send_stop(client)
        self._stop_due.clear()
        self.link.used()

    async def _attend(self, client: BleakClient) -> None:
        """Read what is due while the connection is held; a reading that fails shows that it is dead."""
        self.known.information = await _read_information(client)
        self._publish()
        while True:
            status = self.known.status
            idle = status is not None and status.state in (State.STANDBY, State.FAULT)
            quiet_until = self._heard_at + (QUIET_IDLE if idle else QUIET_RUNNING)
            try:
                async with asyncio.timeout_at(quiet_until):
                    await self._attention.wait()
            except TimeoutError:
                if (
                    self._heard_at + QUIET_RUNNING <= self._loop.time()
                    and await self._read_status(client) is None
                ):
                    # Whoever answers nonsense is asked again after a while, not at once.
                    self._heard_at = self._loop.time()
            self._attention.clear()
            if self._stop_due and not self._stops_under_way:
                await self._deliver_stop(client)
            if self._record_due:
                self._record_due = False
                await self._read_record(client)

    async def _subscribe(
        self, client: BleakClient, uuid: str, receive: Callable[[bytes], object]
    ) -> None:
        """Have what a characteristic tells received, where there is such a characteristic."""
        if client.services.get_characteristic(uuid) is None:
            return

        def notified(
            _characteristic: BleakGATTCharacteristic, value: bytearray
        ) -> None:
            # A connection that was given up may still have something to say.
            if client is self._source:
                receive(bytes(value))

        await call(client.start_notify(uuid, notified))

    async def _read_status(
        self, client: BleakClient, patience: float | None = None
    ) -> Status | None:
        """Read Status; return what is known then, or None if it is malformed."""
        before = self.known.status
        value = await _read(client, profile.STATUS, patience)
        if self.known.status is not before:
            # It tells how it was when it was asked for: what was notified meanwhile is newer.
            return self.known.status
        return self.known.status if self._receive_status(value) else None

    async def _read_record(self, client: BleakClient) -> None:
        if client.services.get_characteristic(profile.TENSION_RECORD) is not None:
            self.known.receive_record(await _read(client, profile.TENSION_RECORD))
            self._publish()

    # What comes from the air

    def _receive_status(self, value: bytes) -> bool:
        known = self.known
        before, ended_at = known.status, known.ends_at
        if not known.receive_status(value):
            return False
        self._heard_at = self._loop.time()
        now = known.status
        assert now is not None
        if before is None or now.state is not before.state:
            # While it is busy the link is kept anyway: the time until it is idle begins when that ends.
            self.link.used()
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
        if self.link.client is None:
            self._source = None
            self._control.lost()
        self._publish()

    def _publish(self) -> None:
        error = self.link.last_error
        snapshot = self.known.snapshot(
            connected=self.link.client is not None,
            resting=self.link.resting,
            incompatible=error.reason if isinstance(error, IncompatibleError) else None,
        )
        if changed := changes(self.snapshot, snapshot):
            self.snapshot = snapshot
            self._on_change(snapshot, changed)


def _sessions_that_may_run(status: Status | None) -> set[int]:
    if status is not None and (status.running or status.state is State.UNKNOWN):
        return {status.session}
    return set()


def _check(offered: bool) -> None:
    if not offered:
        raise InvalidParameterError


async def _read(client: BleakClient, uuid: str, patience: float | None = None) -> bytes:
    """Read a characteristic. Raises TimeoutError, and what bleak raises."""
    return bytes(await call(client.read_gatt_char(uuid), patience or READ_TIMEOUT))


async def _read_features(client: BleakClient) -> Features:
    """Read what the device offers.

    Raises IncompatibleError, UnknownProtocolError if the service is not there.
    """
    services = client.services
    for uuid in (profile.FEATURES, profile.STATUS, profile.CONTROL_POINT):
        if services.get_characteristic(uuid) is None:
            if not client.is_connected:
                # Some backends forget the services as the link is lost.
                raise BleakError("lost")
            raise UnknownProtocolError
    return profile.decode_features(await _read(client, profile.FEATURES))


async def _read_information(client: BleakClient) -> DeviceInformation:
    """Read the texts of the Device Information service that there are."""
    values = []
    for name, uuid in profile.INFORMATION.items():
        if client.services.get_characteristic(uuid) is not None:
            try:
                values.append((name, await _read(client, uuid)))
            except BleakGATTProtocolError:
                continue
    if not client.is_connected:
        # The services go with the link: what seems to be missing was only not read any more.
        raise BleakError("lost")
    return profile.information(values)
