"""The control point: a request goes out, its answer comes back as an indication."""

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
"""Seconds to wait for an answer, from the completed write (profile, Control point)."""
STOP_INTERVAL: Final = 1.0
"""Seconds after which a stop that is not answered is repeated (profile, Control point)."""
WRITE_GRACE: Final = 0.5
"""Seconds that a write is given to end when the answer to it is already there."""

type Answer = asyncio.Future[int]
"""The result that the device answers with."""


class ControlPoint:
    """Sends requests and finds the request that an answer belongs to."""

    def __init__(self) -> None:
        """Begin with nothing awaited."""
        # Zero is the token of an answer to a stop without one. The device compares a token with that of the request
        # before, which may be one of an earlier run: a connection can outlive Home Assistant.
        first = random.randrange(255)  # noqa: S311
        self._tokens = itertools.cycle(1 + (first + n) % 255 for n in range(255))
        self._awaited: dict[int, tuple[Opcode, Answer]] = {}
        # In order: who is given up first must not depend on where it is in memory.
        self._writes: dict[asyncio.Task[None], Opcode] = {}
        self.requester: asyncio.Task[Any] | None = None
        """The task whose request, other than a stop, is written or waits for its answer."""

    def answered(self, value: bytes) -> bool:
        """Take an indication; return whether it was awaited. Raises MalformedError."""
        response = profile.decode_response(value)
        opcode, answer = self._awaited.get(response.token, (None, None))
        if answer is None or opcode != response.opcode or answer.done():
            return False
        answer.set_result(response.result)
        return True

    def lost(self) -> None:
        """Tell everybody who waits that the link is gone."""
        writes, self._writes = self._writes, {}
        for writing in writes:
            writing.cancel()
        for _, answer in self._awaited.values():
            if not answer.done():
                answer.set_exception(LinkLostError())

    async def ready(self) -> None:
        """Wait until every write has its response: the device may have answered it before.

        Another write would wait in the radio, where it cannot be taken back. Only a stop does not wait.
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
        """Send stop, each second, until it is answered, or the loop's clock shows a time.

        Raises TimeoutError if it is not answered, LinkLostError, and RADIO_ERRORS.
        """
        with self._await_answer() as (answer, tokens):
            try:
                async with asyncio.timeout_at(until):
                    while not answer.done():
                        await self._write(client, Opcode.STOP, b"", answer, tokens)
                        await asyncio.wait({answer}, timeout=STOP_INTERVAL)
            except TimeoutError:
                # An answer counts, although the response to the write is still to come.
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
        """Write a request. The answer may come first, and even without the write's own response."""
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
                # It may be a stray one: what has not got through is not told to be done.
                await asyncio.wait({writing}, timeout=WRITE_GRACE)
            else:
                outcome(writing)
        finally:
            if not answer.done():
                writing.cancel()

    @property
    def blocked(self) -> bool:
        """Whether a request is still with the radio, which may write it yet; a stop does no harm."""
        return any(opcode is not Opcode.STOP for opcode in self._writes.values())

    @contextmanager
    def _await_answer(self) -> Iterator[tuple[Answer, list[int]]]:
        answer: Answer = asyncio.get_running_loop().create_future()
        # Whoever waits for it may have been told otherwise by then.
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        tokens: list[int] = []
        try:
            yield answer, tokens
        finally:
            for token in tokens:
                del self._awaited[token]
            answer.cancel()
