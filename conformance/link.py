"""The connection to a device: what it sends is recorded, and judged as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakDBusError, BleakError, BleakGATTProtocolError

from .profile import (
    CONTROL_POINT,
    NEEDS_ENCRYPTION,
    RESPONSE,
    STATUS,
    TENSION_STREAM,
    Features,
    Opcode,
    Status,
)
from .report import Clause, Report
from .surroundings import Surroundings

ANSWER_SECONDS = 5.0
"""Until a client gives an answer up."""
IN_TIME = 1.5
"""Seconds: the second that a device has, and what the way takes."""
PAUSE_BETWEEN = 0.2
"""Seconds after an answer in which a second one would come."""
GATT_SECONDS = 20.0
FAILURES = (BleakError, EOFError, KeyError, NotImplementedError, OSError, TimeoutError)
"""What bleak's backends raise when the radio, or their own view of it, fails."""


class LinkError(Exception):
    """The device does not answer on GATT, so no further check is possible."""


@dataclass(frozen=True)
class Event:
    """A value that the device sent without being asked."""

    at: float
    characteristic: str
    value: bytes


class Link:
    """One connection at a time to one device."""

    def __init__(self, surroundings: Surroundings, report: Report) -> None:
        """Begin unconnected."""
        self.surroundings = surroundings
        self.report = report
        self.features: Features | None = None
        """As soon as they are known."""
        self.events: list[Event] = []
        self.paired = False
        self.may_run = False
        """Whether a start was ever written, accepted or not."""
        self._client: BleakClient | None = None
        self._token = 0

    # -- Connection

    @property
    def client(self) -> BleakClient:
        """The connected client; LinkError without one."""
        client = self._client
        if client is None or not client.is_connected:
            raise LinkError("the connection was lost")
        return client

    async def connect(self) -> None:
        """Connect; LinkError if that fails."""
        client = self.surroundings.client()
        try:
            async with asyncio.timeout(GATT_SECONDS * 2):
                await client.connect()
        except FAILURES as error:
            raise LinkError(f"no connection: {error}") from error
        self._client = client

    async def disconnect(self) -> None:
        """Disconnect, if connected."""
        client, self._client = self._client, None
        if client is not None:
            try:
                async with asyncio.timeout(GATT_SECONDS):
                    await client.disconnect()
            except FAILURES as error:
                self.report.remarks.append(f"Disconnecting failed: {error}")

    def find(self, uuid: str) -> BleakGATTCharacteristic | None:
        """Return a characteristic, None if it is missing."""
        return self.client.services.get_characteristic(uuid)

    async def enable(self, uuid: str) -> int | None:
        """Enable notifications or indications; return the ATT error, if any."""
        if (characteristic := self.find(uuid)) is None:
            return None

        def received(_: BleakGATTCharacteristic, value: bytearray) -> None:
            self._received(Event(self.surroundings.now(), uuid, bytes(value)))

        return await self._refusal(self.client.start_notify(characteristic, received))

    async def enable_all(self) -> None:
        """Enable everything that the device sends."""
        refused = await self.enable(CONTROL_POINT)
        self.report.expect(
            Clause.ENCRYPTION,
            refused not in NEEDS_ENCRYPTION,
            "enabling indications requires encryption",
        )
        if refused in NEEDS_ENCRYPTION:
            await self.pair()
            await self.enable(CONTROL_POINT)
        for uuid in (STATUS, TENSION_STREAM):
            if await self.enable(uuid) in NEEDS_ENCRYPTION:
                await self.pair()
                await self.enable(uuid)

    async def pair(self) -> None:
        """Pair once for a connection (Just Works)."""
        self.paired = True
        refused = await self._refusal(self.client.pair())
        self.report.expect(Clause.ENCRYPTION, refused is None, "pairing failed")

    # -- Waiting

    async def until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Wait for a condition; return whether it holds in time. LinkError at once if the connection is lost."""

        def over() -> bool:
            client = self._client
            return bool(condition()) or client is None or not client.is_connected

        found = await self.surroundings.until(over, seconds)
        _ = self.client
        return found

    async def sleep(self, seconds: float) -> None:
        """Let time pass; LinkError at once if the connection is lost."""
        await self.until(lambda: False, seconds)

    # -- Reading

    async def read(self, uuid: str) -> bytes | None:
        """Read a characteristic, pairing if needed; None if it is missing or refused."""
        if (characteristic := self.find(uuid)) is None:
            return None
        values: list[bytes] = []

        async def read() -> None:
            values.append(bytes(await self.client.read_gatt_char(characteristic)))

        if await self._refusal(read()) in NEEDS_ENCRYPTION and not self.paired:
            await self.pair()
            await self._refusal(read())
        return values[-1] if values else None

    async def status(self) -> Status:
        """Read Status; LinkError if it cannot be read."""
        status = self._judge_status(await self.read(STATUS) or b"")
        if status is None:
            raise LinkError("Status cannot be read")
        return status

    # -- What the device sends

    def _received(self, event: Event) -> None:
        self.events.append(event)
        if event.characteristic == STATUS:
            self._judge_status(event.value)
        elif event.characteristic == CONTROL_POINT:
            self.report.expect(
                Clause.ANSWER_FORM,
                len(event.value) >= 4 and event.value[0] == RESPONSE,
                f"indicated: {event.value.hex(' ')}",
            )

    def _judge_status(self, value: bytes) -> Status | None:
        try:
            status = Status.read(value)
        except ValueError as error:
            self.report.expect(Clause.STATUS_LENGTH, False, str(error))
            return None
        self.report.expect(Clause.STATUS_LENGTH, True, "")
        if self.features is not None:
            contradictions = status.contradictions(self.features)
            for contradiction in contradictions:
                self.report.expect(Clause.RANGES, False, contradiction)
            if not contradictions:
                self.report.expect(Clause.RANGES, True, "")
        return status

    def statuses(self, since: int = 0) -> list[tuple[float, Status]]:
        """Return the notified Status since a number of events, and their times."""
        return [
            (event.at, Status.read(event.value))
            for event in self.events[since:]
            if event.characteristic == STATUS and len(event.value) >= 16
        ]

    def answers(self, since: int = 0) -> list[bytes]:
        """Return the well-formed answers since a number of events."""
        return [
            event.value
            for event in self.events[since:]
            if event.characteristic == CONTROL_POINT
            and len(event.value) >= 4
            and event.value[0] == RESPONSE
        ]

    def answered(self, opcode: int, since: int) -> bool:
        """Return whether a request was answered since a number of events."""
        return any(answer[1] == opcode for answer in self.answers(since))

    async def wait_for_answers(self, count: int, since: int) -> bool:
        """Wait as long as a device may take; return whether so many answers came."""
        return await self.until(lambda: len(self.answers(since)) >= count, IN_TIME)

    # -- Requests

    def next_token(self) -> int:
        """Return a token, another one than before."""
        self._token = self._token % 255 + 1
        return self._token

    async def write(self, value: bytes) -> int | None:
        """Write to the control point; return the ATT error, None if there is none."""
        if (characteristic := self.find(CONTROL_POINT)) is None:
            raise LinkError("the control point is missing")
        self.may_run |= value[0] in (Opcode.START, Opcode.RESUME)
        return await self._refusal(
            self.client.write_gatt_char(characteristic, value, response=True)
        )

    async def request(self, opcode: int, *parameters: int) -> int | None:
        """Make a request, pairing if needed; return its result, None without one."""
        token = self.next_token()
        value = bytes((opcode, token, *parameters))
        since = len(self.events)
        refused = await self.write(value)
        if refused in NEEDS_ENCRYPTION:
            if opcode == Opcode.STOP:
                self.report.expect(
                    Clause.STOP_ALWAYS, False, "stop was refused without encryption"
                )
            if not self.paired:
                await self.pair()
                refused = await self.write(value)
        self.report.expect(
            Clause.ENCRYPTION if refused in NEEDS_ENCRYPTION else Clause.ANSWER_TIME,
            refused is None,
            f"request {opcode} was refused by ATT error {refused or 0:#04x}",
        )
        return await self._result(opcode, token, since) if refused is None else None

    async def _result(self, opcode: int, token: int, since: int) -> int | None:
        """Wait for the answer to a request, and judge it."""
        written = self.surroundings.now()
        answered = await self.until(lambda: self.answers(since), ANSWER_SECONDS)
        took = self.surroundings.now() - written
        await self.sleep(PAUSE_BETWEEN)
        answers = self.answers(since)
        name = f"request {opcode}"
        if not answered:
            self.report.expect(
                Clause.ANSWER_TIME, False, f"{name} was not answered in 5 seconds"
            )
            return None
        self.report.expect(
            Clause.ANSWER_TIME,
            took <= IN_TIME and len(answers) == 1,
            f"{name} was answered {len(answers)} times, first after {took:.1f} seconds",
        )
        self.report.expect(
            Clause.OPCODE_ECHO,
            answers[0][1] == opcode,
            f"the answer to {name} names opcode {answers[0][1]}",
        )
        self.report.expect(
            Clause.TOKEN_ECHO,
            answers[0][2] == token,
            f"the answer to {name} carries token {answers[0][2]}, not {token}",
        )
        return answers[0][3]

    async def changed(
        self, since: int, condition: Callable[[Status], bool], what: str
    ) -> Status:
        """Judge that a change was notified, ahead of the answer; return Status as read."""
        await self.until(
            lambda: any(condition(status) for _, status in self.statuses(since)),
            IN_TIME,
        )
        status = await self.status()
        if not condition(status):
            return status
        events = self.events[since:]
        notified = next(
            (
                index
                for index, event in enumerate(events)
                if event.characteristic == STATUS
                and len(event.value) >= 16
                and condition(Status.read(event.value))
            ),
            None,
        )
        self.report.expect(
            Clause.CHANGE_NOTIFIED, notified is not None, f"{what} was not notified"
        )
        answered = next(
            (
                index
                for index, event in enumerate(events)
                if event.characteristic == CONTROL_POINT
            ),
            None,
        )
        if notified is not None and answered is not None:
            self.report.expect(
                Clause.NOTIFIED_FIRST,
                notified < answered,
                f"{what} was notified after the answer",
            )
        return status

    async def _refusal(self, work: object) -> int | None:
        """Await a GATT operation; return its ATT error. LinkError if it fails otherwise."""
        assert asyncio.iscoroutine(work)
        try:
            async with asyncio.timeout(GATT_SECONDS):
                await work
        except BleakGATTProtocolError as error:
            return int(error.code)
        except BleakDBusError as error:
            # BlueZ hides the ATT errors that ask for encryption.
            if error.dbus_error.rpartition(".")[2] in ("NotPermitted", "NotAuthorized"):
                return 0x05
            raise LinkError(str(error)) from error
        except FAILURES as error:
            raise LinkError(str(error) or type(error).__name__) from error
        return None
