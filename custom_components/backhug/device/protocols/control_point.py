"""The open profile over a connection: requests go to the control point, answers come as indications."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import Any, Final, override

from bleak import BleakClient

from .. import timeouts
from ..errors import RequestError, UnknownProtocolError
from ..gatt import find, outcome, read, write
from ..model import Fault, Features
from . import open_profile as profile
from .open_profile import Opcode
from .protocol import Answer, Channel, Protocol, Request, Subscribe, Values

ANSWER_TIMEOUT: Final = 5.0
"""Seconds to wait for an answer after the write (profile, Control point)."""
STOP_INTERVAL: Final = 1.0
"""Seconds after which an unanswered stop is repeated (profile, Control point)."""


class ControlPoint(Protocol):
    """Sends requests, and matches answers to them."""

    status = Channel(profile.SERVICE, profile.STATUS)
    tension = Channel(profile.SERVICE, profile.TENSION_STREAM)
    record = Channel(profile.SERVICE, profile.TENSION_RECORD)

    def __init__(self) -> None:
        """Begin without a request."""
        super().__init__()
        # Random, because a connection can outlive Home Assistant, and the device compares a token with the one
        # before. Zero answers a stop without a token.
        first = random.randrange(255)  # noqa: S311
        self._tokens = itertools.cycle(1 + (first + n) % 255 for n in range(255))

    @override
    def recognises(self, client: BleakClient) -> bool:
        """Return whether a device has the mandatory characteristics."""
        return all(
            find(client, profile.SERVICE, uuid) is not None
            for uuid in (profile.FEATURES, profile.STATUS, profile.CONTROL_POINT)
        )

    @override
    def takes_stop(self, client: BleakClient) -> bool:
        """Return whether a device has a control point."""
        return find(client, profile.SERVICE, profile.CONTROL_POINT) is not None

    @override
    async def read_features(self, client: BleakClient) -> Features:
        """Read Features. Raises UnknownProtocolError if a mandatory characteristic is missing."""
        if not self.recognises(client):
            raise UnknownProtocolError
        return profile.decode_features(
            await read(client, profile.SERVICE, profile.FEATURES, timeouts.READ_TIMEOUT)
        )

    @override
    async def open(self, client: BleakClient, subscribe: Subscribe) -> None:
        """Subscribe to the answers."""
        await subscribe(Channel(profile.SERVICE, profile.CONTROL_POINT))

    @override
    async def read_status(self, client: BleakClient, within: float) -> bytes:
        """Read Status."""
        return await read(client, profile.SERVICE, profile.STATUS, within)

    @override
    def needs_pairing(self, att_error: int | None) -> bool:
        """Return whether an ATT error means that the device demands encryption."""
        return att_error in profile.ATT_ENCRYPTION_NEEDED

    @override
    def refusal(self, result: int, fault: Fault | None) -> RequestError | None:
        """Return the error that a result stands for."""
        return profile.refusal(result, fault)

    @override
    async def keep_alive(self, client: BleakClient) -> None:
        """Send nothing: the device needs nothing to stay connected."""

    @override
    def answered(self, value: bytes, channel: Channel) -> bool:
        """Receive an indication; return whether it was awaited. Raises MalformedError."""
        response = profile.decode_response(value)
        opcode, answer = self._awaited.get(response.token, (None, None))
        if answer is None or opcode != response.opcode or answer.done():
            return False
        answer.set_result(response.result)
        return True

    @override
    async def request(
        self, client: BleakClient, request: Request, values: Values
    ) -> int:
        """Send a request and return the result."""
        parameters = profile.encode_parameters(request, values)
        self.requester = asyncio.current_task()
        try:
            with self._await_answer() as (answer, tokens):
                await self._write(client, request, parameters, answer, tokens)
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    return await answer
        finally:
            self.requester = None

    @override
    async def stop(self, client: BleakClient, until: float) -> None:
        """Send stop each second until it is answered."""
        with self._await_answer() as (answer, tokens):
            try:
                async with asyncio.timeout_at(until):
                    while not answer.done():
                        await self._write(client, Request.STOP, b"", answer, tokens)
                        await asyncio.wait({answer}, timeout=STOP_INTERVAL)
            except TimeoutError:
                # An answer counts even before the response to the write.
                if not answer.done():
                    raise
            answer.result()

    async def _write(
        self,
        client: BleakClient,
        request: Request,
        parameters: bytes,
        answer: Answer,
        tokens: list[int],
    ) -> None:
        """Write a request. The answer may come before the response to the write, or without it."""
        opcode, token = Opcode[request.name], next(self._tokens)
        tokens.append(token)
        self._awaited[token] = (opcode, answer)
        writing = write(
            client,
            profile.SERVICE,
            profile.CONTROL_POINT,
            profile.encode_request(opcode, token, parameters),
        )
        self._track(writing, request)
        try:
            either: set[asyncio.Future[Any]] = {writing, answer}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                # The answer may be a stray one: let the write complete.
                await asyncio.wait({writing}, timeout=timeouts.WRITE_GRACE)
            else:
                outcome(writing)
        finally:
            if not answer.done():
                writing.cancel()
