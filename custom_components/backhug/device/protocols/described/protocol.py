"""A protocol that is described as data, over a connection."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
import itertools
from typing import Final, override

from bleak import BleakClient

from ... import timeouts
from ...errors import (
    LockedError,
    MalformedError,
    NotSupportedError,
    RefusedError,
    RequestError,
    StoppedFirstError,
    UnknownProtocolError,
    UnknownValueError,
    UnsupervisedError,
    WrongStateError,
)
from ...gatt import find, pair, read
from ...gatt_errors import AttError, GattError
from ...model import Area, Fault, Features, Flow, Status
from ..open_profile import (
    ATT_ENCRYPTION_NEEDED,
    INFORMATION,
    INFORMATION_SERVICE,
    decode_information,
)
from ..protocol import Answer, Channel, Protocol, Request, Subscribe, Values
from .description import DescribedCommand, Description, Reply, Step, fits
from .framing import FrameReader
from .state import DescribedState
from .writer import FrameWriter

STOP_INTERVAL: Final = 1.0
"""Seconds after which a stop that has not worked is repeated."""
FIRST_REPORT: Final = 2.0
"""Seconds to wait on a new connection for a state that cannot be asked for."""
_MOST_UNEXPLAINED: Final = 20
_LONGEST_UNEXPLAINED: Final = 64

_DONE: Final = 0
_REFUSED: Final = 1
_NOT_SUPPORTED: Final = 2
_WRONG_STATE: Final = 3
_UNSUPERVISED: Final = 4

_SETTERS: Final = (
    (Request.SET_LENGTH, "minutes"),
    (Request.SET_STRENGTH, "strength"),
    (Request.SET_AREA, "area"),
    (Request.SET_FLOW, "flow"),
)


class DescribedProtocol(Protocol):
    """Writes what a description says, and nothing else."""

    def __init__(self, description: Description, *, supervised: bool = True) -> None:
        """Begin without a request; `supervised`: a stop was seen to end a session before."""
        super().__init__()
        self.supervised = supervised
        self._description = description
        self._state = DescribedState(
            description, lambda: asyncio.get_running_loop().time()
        )
        self._reader = FrameReader(description.framing)
        self._writer = FrameWriter(description, self._track)
        self._tokens = itertools.count(1)
        self._stops = 0
        self._stop_answered = False
        self._received = 0
        self._heard = asyncio.Event()
        """Set when a message has come."""
        self.unexplained: deque[bytes] = deque(maxlen=_MOST_UNEXPLAINED)
        """The last payloads that the description does not explain."""

    # Recognise

    @override
    def recognises(self, client: BleakClient) -> bool:
        """Return whether a device has the characteristics of the description."""
        link, match = self._description.link, self._description.match
        needed = {link.write, *link.notifying, link.read or link.write}
        if not all(find(client, link.service, uuid) is not None for uuid in needed):
            return False
        found = {each.uuid for each in client.services.characteristics.values()}
        return match.characteristics <= found

    @override
    def takes_stop(self, client: BleakClient) -> bool:
        """Return whether a device has the characteristic that commands are written to."""
        link = self._description.link
        return find(client, link.service, link.write) is not None

    # Open

    @override
    async def read_features(self, client: BleakClient) -> Features:
        """Return what the description offers, if the device is the one described."""
        if not self.recognises(client):
            raise UnknownProtocolError
        if model := self._description.match.model:
            characteristic = (INFORMATION_SERVICE, INFORMATION["model"])
            if find(client, *characteristic) is None:
                raise UnknownProtocolError
            value = await read(client, *characteristic, timeouts.READ_TIMEOUT)
            shown = decode_information("model", value).get("model", "")
            if not shown.startswith(model):
                raise UnknownProtocolError
        return self._description.features

    @override
    async def open(self, client: BleakClient, subscribe: Subscribe) -> None:
        """Pair, subscribe and shake hands, as the description says. Raises LockedError if that is refused."""
        description, link = self._description, self._description.link
        self._reader = FrameReader(description.framing)
        self._writer.reset()
        self._heard.clear()
        self._state.heard = False
        try:
            if link.pairing:
                await pair(client)
            for uuid in link.notifying:
                await subscribe(Channel(link.service, uuid))
            for step in description.handshake:
                if await self._shake(client, step) != _DONE:
                    raise LockedError
        except AttError as error:
            # Without the handshake nothing else works.
            raise GattError(f"opening: {error}") from error
        if description.keep_alive is not None:
            self.keep_alive_at = self._now + description.keep_alive_every

    @override
    async def keep_alive(self, client: BleakClient) -> None:
        """Write what keeps the device connected, if it is due."""
        description = self._description
        if description.keep_alive is not None and self.keep_alive_at <= self._now:
            self.keep_alive_at = self._now + description.keep_alive_every
            await self._writer.write(client, description.keep_alive, None)

    # Carry out

    @override
    async def request(
        self, client: BleakClient, request: Request, values: Values
    ) -> int:
        """Send a request and return its result."""
        self.requester = asyncio.current_task()
        try:
            result = await self._request(client, request, values)
        finally:
            self.requester = None
        if result == _DONE:
            self._note(request, values)
        return result

    async def _request(
        self, client: BleakClient, request: Request, values: Values
    ) -> int:
        commands = self._description.commands
        highest = self._description.features.strength_levels
        if not self.supervised and 2 * (values.strength or 0) > highest:
            return _UNSUPERVISED
        if request is Request.START and request in commands:
            # What start does not take is set before it.
            for setter, name in _SETTERS:
                value = getattr(values, name)
                if value is None or name in commands[request].parameters:
                    continue
                if result := await self._request(
                    client, setter, Values(**{name: value})
                ):
                    return result
        if request is Request.SET_LENGTH and request not in commands:
            # The client keeps the time, unless the device was given it at the start.
            timed = "minutes" in self._description.parameters
            return _WRONG_STATE if timed and self._state.running else _DONE
        if (command := commands.get(request)) is None:
            return _NOT_SUPPORTED
        return await self._carry_out(client, request, command, values)

    @override
    async def stop(self, client: BleakClient, until: float) -> None:
        """Write stop each second until it is answered or seen to work; once if neither can be."""
        self._stops += 1
        ran = self._state.running
        self._state.stop_sent()
        command = self._description.commands[Request.STOP]
        self._stop_answered = False
        try:
            async with asyncio.timeout_at(until):
                while not self._stop_answered:
                    again_at = self._now + STOP_INTERVAL + command.duration
                    with suppress(TimeoutError):
                        async with asyncio.timeout_at(again_at):
                            result = await self._carry_out(
                                client, Request.STOP, command, Values()
                            )
                            if result == _DONE and await self._rests():
                                break
                    if not self._stop_answered:
                        await asyncio.sleep(again_at - self._now)
        except TimeoutError:
            # An answer counts even before the response to the write.
            if not self._stop_answered:
                raise
        self.supervised |= ran
        self._note(Request.STOP, Values())

    def _note_stop_answer(self, answer: Answer) -> None:
        if not answer.cancelled() and answer.exception() is None:
            self._stop_answered |= answer.result() == _DONE

    async def _rests(self) -> bool:
        """Wait until the device reports that no session runs, if only that shows that a stop has worked."""
        reply = self._description.commands[Request.STOP].reply
        if reply.pattern is None and "state" in self._description.reported:
            while self._state.running:
                self._heard.clear()
                await self._heard.wait()
        return True

    @override
    def needs_pairing(self, att_error: int | None) -> bool:
        """Return whether an ATT error means that the device demands encryption."""
        return att_error in ATT_ENCRYPTION_NEEDED

    @override
    def refusal(self, result: int, fault: Fault | None) -> RequestError | None:
        """Return the error that a result stands for."""
        errors = {
            _REFUSED: RefusedError,
            _NOT_SUPPORTED: NotSupportedError,
            _WRONG_STATE: WrongStateError,
            _UNSUPERVISED: UnsupervisedError,
        }
        return errors[result]() if result in errors else None

    # Report

    @override
    def answered(self, value: bytes) -> bool:
        """Receive a notification; return whether the description explains all of it. Raises MalformedError."""
        explained, wrong = True, None
        for frame in self._reader.feed(value):
            try:
                payload = self._description.framing.decode(frame)
                explained &= self._receive(payload)
            except MalformedError as error:
                wrong = error
        if wrong is not None:
            raise wrong
        return explained

    def _receive(self, payload: bytes) -> bool:
        self._received += 1
        awaited = self._answer(payload)
        if (message := self._description.message(payload)) is not None:
            if message.fields:
                self._state.take(message.read(payload))
                self._report()
            self._heard.set()
        elif not awaited:
            self.unexplained.append(payload[:_LONGEST_UNEXPLAINED])
        return awaited or message is not None

    def _answer(self, payload: bytes) -> bool:
        """Answer the first request that waits for this payload."""
        for reply, answer in self._awaited.values():
            if answer.done():
                continue
            for pattern, result in ((reply.pattern, _DONE), (reply.refused, _REFUSED)):
                if pattern is not None and fits(pattern, payload):
                    answer.set_result(result)
                    return True
        return False

    @property
    @override
    def assumes_state(self) -> bool:
        """Whether the state was not reported on this connection."""
        return not self._state.heard

    @override
    async def read_status(self, client: BleakClient, within: float) -> Status:
        """Ask for the state if the device can be asked; otherwise return what is known.

        Raises RADIO_ERRORS, and MalformedError if what is read cannot be understood.
        """
        link = self._description.link
        command = self._description.commands.get("read_status")
        if link.read is not None:
            received = self._received
            value = await read(client, link.service, link.read, within)
            # A notification that came meanwhile is newer.
            if received == self._received:
                payload = self._description.framing.decode(value)
                if not self._receive(payload):
                    raise MalformedError("not described")
        elif command is not None:
            self._heard.clear()
            async with asyncio.timeout(within):
                await self._carry_out(client, None, command, Values())
                await self._heard.wait()
        elif self._description.reported:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(within, FIRST_REPORT)):
                    await self._heard.wait()
        return self._state.status()

    def _note(self, request: Request, values: Values) -> None:
        self._state.carried_out(request, values)
        self._report()

    def _report(self) -> None:
        self.overdue_at = self._state.overdue_at
        self.report(self._state.status())

    # Write

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _carry_out(
        self,
        client: BleakClient,
        request: Request | None,
        command: DescribedCommand,
        values: Values,
    ) -> int:
        """Write a command and return its result; a parameter that is not given is the reported one."""
        status = self._state.status()
        known: dict[str, int | Area | Flow | None] = {
            "minutes": values.minutes or self._state.minutes,
            "strength": values.strength or status.strength,
            "area": values.area or status.area,
            "flow": values.flow or status.flow,
        }
        try:
            payloads = [
                template.fill(self._description.parameters, known)
                for template in command.writes
            ]
        except KeyError as error:
            raise UnknownValueError from error
        stops = self._stops
        with self._await_answer() as (answer, tokens):
            self._expect(command.reply, answer, tokens)
            if request is Request.STOP:
                answer.add_done_callback(self._note_stop_answer)
            for time in range(command.times):
                if time:
                    await asyncio.sleep(command.every)
                for payload in payloads:
                    if stops != self._stops:
                        raise StoppedFirstError
                    open_answer = None if answer.done() else answer
                    await self._writer.write(client, payload, request, open_answer)
                if command.release is not None:
                    try:
                        await asyncio.sleep(command.hold)
                    finally:
                        # A key that is pressed is released, whatever happens.
                        await self._writer.write(client, command.release, request)
            return await self._result(command.reply, answer)

    async def _shake(self, client: BleakClient, step: Step) -> int:
        """Carry out a step of the handshake and return its result."""
        with self._await_answer() as (answer, tokens):
            self._expect(step.reply, answer, tokens)
            await self._writer.write(client, step.payload, None)
            return await self._result(step.reply, answer)

    def _expect(self, reply: Reply, answer: Answer, tokens: list[int]) -> None:
        if reply.pattern is not None:
            tokens.append(token := next(self._tokens))
            self._awaited[token] = (reply, answer)

    async def _result(self, reply: Reply, answer: Answer) -> int:
        """Wait for the answer, if there is one. Raises TimeoutError."""
        if reply.pattern is None:
            return _DONE
        async with asyncio.timeout(reply.within):
            return await answer
