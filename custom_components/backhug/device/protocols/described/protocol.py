"""A protocol that is described as data, over a connection."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, override

from bleak import BleakClient

from ...errors import (
    MalformedError,
    RequestError,
    StoppedFirstError,
    UnknownProtocolError,
    UnknownValueError,
)
from ...gatt import read
from ...model import Area, AskedLength, Fault, Features, Flow, Status
from ..protocol import Answer, Channel, Request, Subscribe, Values
from .description import (
    DescribedCommand,
    Description,
)
from .framing import FrameReader
from .handshake import HandshakeProtocol
from .recognition import channel_of, is_model, recognises, takes_commands
from .results import Result, error_of
from .state import DescribedState
from .toggles import Toggles

STOP_INTERVAL: Final = 1.0
"""Seconds after which a stop that has not worked is repeated."""
FIRST_REPORT: Final = 2.0
"""Seconds to wait on a new connection for a state that cannot be asked for, and for the strength."""
CERTAIN_WITHIN: Final = 3.0
"""Seconds to wait until the state is certain in which a key that toggles may be pressed."""
ASKED_WITHIN: Final = 0.5
"""Seconds for an answer to a question for that state, and between two questions."""
_MOST_UNEXPLAINED: Final = 20
_LONGEST_UNEXPLAINED: Final = 64


class DescribedProtocol(HandshakeProtocol):
    """Writes what a description says, and nothing else."""

    def __init__(self, description: Description, *, supervised: bool = True) -> None:
        """Begin without a request; `supervised`: a stop was seen to end a session before."""
        super().__init__(description, self._track)
        self.supervised = supervised
        self._state = DescribedState(description, lambda: self._now)
        self._toggles = Toggles(lambda: self._now)
        self._reader = FrameReader(description.framing)
        self._stops = 0
        self._stop_answered = False
        self._received = 0
        self._heard = asyncio.Event()
        """Set when a message has come."""
        self._strength_heard = asyncio.Event()
        """Set when the strength was reported on this connection."""
        self.unexplained: deque[bytes] = deque(maxlen=_MOST_UNEXPLAINED)
        """The last payloads that the description does not explain."""

    # Recognise

    @override
    def recognises(self, client: BleakClient) -> bool:
        """Return whether a device has the characteristics of the description."""
        return recognises(self._description, client)

    @override
    def takes_stop(self, client: BleakClient) -> bool:
        """Return whether a device has the characteristic that commands are written to."""
        return takes_commands(self._description, client)

    # Open

    @override
    async def read_features(self, client: BleakClient) -> Features:
        """Return what the description offers, if the device is the one described."""
        if not self.recognises(client) or not await is_model(self._description, client):
            raise UnknownProtocolError
        return self._description.features

    @override
    async def open(self, client: BleakClient, subscribe: Subscribe) -> None:
        """Pair, subscribe and shake hands, as the description says. Raises LockedError or NotPairedError."""
        self._reader = FrameReader(self._description.framing)
        self._heard.clear()
        self._state.heard = False
        self._strength_heard.clear()
        self._toggles.forget()
        await self._shake_hands(client, subscribe)

    # Carry out

    @override
    async def request(
        self, client: BleakClient, request: Request, values: Values
    ) -> int:
        """Send a request and return its result."""
        if request is Request.START:
            values = self._state.starting(values)
        self.requester = asyncio.current_task()
        try:
            result = await self._request(client, request, values, self._stops)
        finally:
            self.requester = None
        if result == Result.DONE:
            self._note(request, values)
        return result

    async def _request(
        self, client: BleakClient, request: Request, values: Values, stops: int
    ) -> int:
        """Carry out a request that was made after so many stops. Raises StoppedFirstError after another one."""
        commands = self._description.commands
        if not self.supervised and self._description.is_above_half(values.strength):
            return Result.UNSUPERVISED
        if (command := commands.get(request)) is not None and command.toggle:
            async with asyncio.timeout(CERTAIN_WITHIN):
                if not await self._does(client, request):
                    return Result.WRONG_STATE
        if request is Request.SET_LENGTH and command is None:
            # The client keeps the time, unless the device was given it at the start.
            timed = "minutes" in self._description.parameters
            return Result.WRONG_STATE if timed and self._state.running else Result.DONE
        if command is None:
            return Result.NOT_SUPPORTED
        if request is Request.START:
            for setter, only in command.set_before(values):
                if result := await self._request(client, setter, only, stops):
                    return result
        if self._state.running:
            return await self._carry_out(client, request, command, values, stops)
        return await self._carry_out_at_rest(client, request, command, values, stops)

    async def _carry_out_at_rest(
        self,
        client: BleakClient,
        request: Request,
        command: DescribedCommand,
        values: Values,
        stops: int,
    ) -> int:
        """Carry out a request at rest; a setting that the start writes is kept for it in any case."""
        with_start = self._description.goes_with_start(request)
        if self._description.starts_too(request):
            return Result.DONE if with_start else Result.WRONG_STATE
        try:
            result = await self._carry_out(client, request, command, values, stops)
        except TimeoutError:
            # Some firmware ignores a setting at rest; other firmware refuses it.
            if not with_start:
                raise
            return Result.DONE
        return Result.DONE if with_start else result

    @override
    async def stop(self, client: BleakClient, until: float) -> None:
        """Write stop each second until it is answered or seen to work; once if neither can be."""
        self._stops += 1
        ran = self._state.running
        self._state.stop_sent()
        if self._description.commands[Request.STOP].toggle:
            await self._stop_by_toggle(client, until)
        else:
            await self._stop(client, until)
        self.supervised |= ran
        self._note(Request.STOP, Values())

    async def _stop_by_toggle(self, client: BleakClient, until: float) -> None:
        """Press a key that also starts, but only while the device reports a session."""
        command = self._description.commands[Request.STOP]
        async with asyncio.timeout_at(until):
            while await self._does(client, Request.STOP):
                # The state shows whether it has worked, not the answer.
                with suppress(TimeoutError):
                    await self._carry_out(client, Request.STOP, command, Values())

    async def _does(self, client: BleakClient, request: Request) -> bool:
        """Return whether a key that toggles does what is asked, as soon as that is certain."""
        while True:
            with suppress(TimeoutError, MalformedError, StoppedFirstError):
                await self._ask(client, ASKED_WITHIN)
            if (does := self._toggles.does(request)) is not None:
                return does
            self._heard.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(ASKED_WITHIN):
                    await self._heard.wait()

    async def _stop(self, client: BleakClient, until: float) -> None:
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
                            if result == Result.DONE and await self._rests():
                                break
                    if not self._stop_answered:
                        await asyncio.sleep(again_at - self._now)
        except TimeoutError:
            # An answer counts even before the response to the write.
            if not self._stop_answered:
                raise

    def _note_stop_answer(self, answer: Answer) -> None:
        if not answer.cancelled() and answer.exception() is None:
            self._stop_answered |= answer.result() == Result.DONE

    async def _rests(self) -> bool:
        """Wait until the device reports that no session runs, if only that shows that a stop has worked."""
        reply = self._description.commands[Request.STOP].reply
        if reply.pattern is None and "state" in self._description.reported:
            while self._state.running:
                self._heard.clear()
                await self._heard.wait()
        return True

    @override
    def refusal(self, result: int, fault: Fault | None) -> RequestError | None:
        """Return the error that a result stands for."""
        return error_of(result)

    # Report

    @override
    def answered(self, value: bytes, channel: Channel) -> bool:
        """Receive a notification; return whether the description explains all of it. Raises MalformedError."""
        explained, wrong = True, None
        for frame in self._reader.feed(value, channel):
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
                if "strength" in message.fields:
                    self._strength_heard.set()
                if "state" in message.fields:
                    self._toggles.heard(self._state.state)
                self._report()
            self._heard.set()
        elif not awaited:
            self.unexplained.append(payload[:_LONGEST_UNEXPLAINED])
        return awaited or message is not None

    @property
    @override
    def assumes_state(self) -> bool:
        """Whether the state was not reported on this connection, or is not certain enough for a stop."""
        stop = self._description.commands[Request.STOP]
        return not self._state.heard or (
            stop.toggle and self._toggles.does(Request.STOP) is None
        )

    @property
    @override
    def unconfirmed(self) -> bool:
        """Whether a setting is shown that the device has not reported yet."""
        return self._state.unconfirmed

    @property
    @override
    def asked_length(self) -> AskedLength:
        """What is stored of the length."""
        return self._state.asked_length

    @override
    def resume(self, length: AskedLength) -> None:
        """Continue with a stored length."""
        self._state.resume(length)
        self.overdue_at = self._state.overdue_at

    @property
    @override
    def strength_is_old(self) -> bool:
        """Whether the device reports its strength, but has not done so on this connection."""
        reports = "strength" in self._description.reported
        return reports and not self._strength_heard.is_set()

    @override
    async def hear_strength(self) -> None:
        """Wait a moment for the strength to be reported on this connection."""
        if self.strength_is_old:
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_REPORT):
                    await self._strength_heard.wait()

    @override
    async def read_status(self, client: BleakClient, within: float) -> Status:
        """Ask for the state if the device can be asked; otherwise return what is known.

        Raises RADIO_ERRORS, and MalformedError if what is read cannot be understood.
        """
        if not await self._ask(client, within) and self._description.reported:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(within, FIRST_REPORT)):
                    await self._heard.wait()
        return self._state.status()

    async def _ask(self, client: BleakClient, within: float) -> bool:
        """Ask for the state; return whether the device can be asked. Raises as `read_status` does."""
        link = self._description.link
        if link.read is not None:
            received = self._received
            channel = channel_of(self._description, client, link.read)
            value = await read(
                client, *(channel or Channel(link.service, link.read)), within
            )
            # A notification that came meanwhile is newer.
            if received == self._received:
                payload = self._description.framing.decode(value)
                if not self._receive(payload):
                    raise MalformedError("not described")
            return True
        command = self._description.commands.get("read_status")
        if command is None:
            return False
        self._heard.clear()
        async with asyncio.timeout(within):
            await self._carry_out(client, None, command, Values())
            await self._heard.wait()
        return True

    def _note(self, request: Request, values: Values) -> None:
        self._state.carried_out(request, values)
        self._report()

    def _report(self) -> None:
        self.overdue_at = self._state.overdue_at
        self.report(self._state.status())

    # Write

    async def _carry_out(
        self,
        client: BleakClient,
        request: Request | None,
        command: DescribedCommand,
        values: Values,
        stops: int | None = None,
    ) -> int:
        """Write a command and return its result; a parameter that is not given is the reported one.

        A start may have a strength that was reported earlier: it is the one that is shown.
        """
        status = self._state.status()
        unknown = self.strength_is_old and request is not Request.START
        known: dict[str, int | Area | Flow | None] = {
            "minutes": values.minutes or self._state.minutes,
            "strength": values.strength or (None if unknown else status.strength),
            "area": values.area or status.area,
            "flow": values.flow or status.flow,
        }
        try:
            payloads = [self._fill(template, known) for template in command.writes]
            release = self._fill(command.release, known) if command.release else None
        except KeyError as error:
            raise UnknownValueError from error
        stops = self._stops if stops is None else stops
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
                    self._toggles.pressed(request)
                    again = time > 0 and command.same_counter
                    await self._writer.write(
                        client, payload, request, open_answer, again=again
                    )
                if release is not None:
                    held = command, payloads[-1], release, request
                    await self._writer.hold(client, *held, lambda: stops != self._stops)
            return await self._result(command.reply, answer)
