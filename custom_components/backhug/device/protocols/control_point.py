"""The control point: requests are written, answers come as indications."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import itertools
import random
from typing import Any, Final

from bleak import BleakClient

from ..errors import LinkLostError
from ..gatt import outcome, write
from . import open_profile as profile
from .open_profile import Opcode

ANSWER_TIMEOUT: Final = 5.0
"""Seconds to wait for an answer after the write (profile, Control point)."""
STOP_INTERVAL: Final = 1.0
"""Seconds after which an unanswered stop is repeated (profile, Control point)."""
WRITE_GRACE: Final = 0.5
"""Seconds for a write to complete that is answered already."""

type Answer = asyncio.Future[int]
"""The result code of a request."""


class ControlPoint:
    """Sends requests, and matches answers to them."""

    def __init__(self) -> None:
        """Begin without a request."""
        # Random, because a connection can outlive Home Assistant, and the device compares a token with the one
        # before. Zero answers a stop without a token.
        first = random.randrange(255)  # noqa: S311
        self._tokens = itertools.cycle(1 + (first + n) % 255 for n in range(255))
        self._awaited: dict[int, tuple[Opcode, Answer]] = {}
        # A dict keeps their order, so that they are cancelled in it.
        self._writes: dict[asyncio.Task[None], Opcode] = {}
        self.requester: asyncio.Task[Any] | None = None
        """The task whose request is under way, other than a stop."""

    def answered(self, value: bytes) -> bool:
        """Receive an indication; return whether it was awaited. Raises MalformedError."""
        response = profile.decode_response(value)
        opcode, answer = self._awaited.get(response.token, (None, None))
        if answer is None or opcode != response.opcode or answer.done():
            return False
        answer.set_result(response.result)
        return True

    def lost(self) -> None:
        """Fail all requests because the connection is lost."""
        writes, self._writes = self._writes, {}
        for writing in writes:
            writing.cancel()
        for _, answer in self._awaited.values():
            if not answer.done():
                answer.set_exception(LinkLostError())

    async def ready(self) -> None:
        """Wait until every write has its response, which may come after the answer.

        Another write would queue in the radio, where it cannot be cancelled. Only a stop does not wait.
        """
        while self._writes:
            await asyncio.wait(self._writes)

    async def request(
        self, client: BleakClient, opcode: Opcode, parameters: bytes
    ) -> int:
        """Send a request and return the result.

        Raises TimeoutError if it is not answered in time, LinkLostError, and RADIO_ERRORS.
        """
        self.requester = asyncio.current_task()
        try:
            with self._await_answer() as (answer, tokens):
                await self._write(client, opcode, parameters, answer, tokens)
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    return await answer
        finally:
            self.requester = None

    async def stop(self, client: BleakClient, until: float) -> None:
        """Send stop each second until it is answered, or until a time of the event loop's clock.

        Raises TimeoutError if it is not answered, LinkLostError, and RADIO_ERRORS.
        """
        with self._await_answer() as (answer, tokens):
            try:
                async with asyncio.timeout_at(until):
                    while not answer.done():
                        await self._write(client, Opcode.STOP, b"", answer, tokens)
                        await asyncio.wait({answer}, timeout=STOP_INTERVAL)
            except TimeoutError:
                # An answer counts even before the response to the write.
                if not answer.done():
                    raise
            answer.result()

    async def _write(
        self,
        client: BleakClient,
        opcode: Opcode,
        parameters: bytes,
        answer: Answer,
        tokens: list[int],
    ) -> None:
        """Write a request. The answer may come before the response to the write, or without it."""
        token = next(self._tokens)
        tokens.append(token)
        self._awaited[token] = (opcode, answer)
        writing = write(
            client,
            profile.SERVICE,
            profile.CONTROL_POINT,
            profile.encode_request(opcode, token, parameters),
        )
        self._writes[writing] = opcode
        writing.add_done_callback(lambda done: self._writes.pop(done, None))
        try:
            either: set[asyncio.Future[Any]] = {writing, answer}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                # The answer may be a stray one: let the write complete.
                await asyncio.wait({writing}, timeout=WRITE_GRACE)
            else:
                outcome(writing)
        finally:
            if not answer.done():
                writing.cancel()

    @property
    def blocked(self) -> bool:
        """Whether a request other than a stop waits in the radio, which may still write it."""
        return any(opcode is not Opcode.STOP for opcode in self._writes.values())

    @contextmanager
    def _await_answer(self) -> Iterator[tuple[Answer, list[int]]]:
        answer: Answer = asyncio.get_running_loop().create_future()
        # Retrieve the exception if nobody waits any more.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        tokens: list[int] = []
        try:
            yield answer, tokens
        finally:
            for token in tokens:
                del self._awaited[token]
            answer.cancel()
