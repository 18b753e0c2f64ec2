"""Opens a connection as a description says, and awaits the answers that it names."""

from __future__ import annotations

from abc import ABC
import asyncio
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
import itertools
from typing import Final, override

from bleak import BleakClient

from ...errors import LockedError, NotPairedError
from ...gatt import pair, unsubscribe
from ...gatt_errors import RADIO_ERRORS, AttError, GattError
from ...pairing_agent import PAIRING_AGENT
from ..open_profile import ATT_ENCRYPTION_NEEDED
from ..protocol import Answer, Channel, Protocol, Subscribe
from .description import TOKEN, Description, Reply, Step, Template, fits
from .recognition import channel_of
from .results import Result
from .writer import FrameWriter, Track

PAIRED_WITHIN: Final = 5.0
"""Seconds for pairing: without a code, nobody has to do anything."""
type _Answers = list[tuple[Reply, Answer]]


class HandshakeProtocol(Protocol, ABC):
    """A protocol with a handshake, whose answers are patterns."""

    def __init__(self, description: Description, track: Track) -> None:
        """Begin without a request."""
        super().__init__()
        self._description = description
        self._writer = FrameWriter(description, track)
        self._tokens = itertools.count(1)
        self._token: bytes | None = None
        """What the device gave in the handshake of this connection."""

    async def _shake_hands(self, client: BleakClient, subscribe: Subscribe) -> None:
        """Pair, also if only the device demands it; subscribe; do the handshake."""
        link = self._description.link
        try:
            if link.pairing:
                await _pair(client)
            try:
                await self._open(client, subscribe)
            except AttError as error:
                if not self.needs_pairing(error.code):
                    raise
                await _pair(client)
                for channel in self._notifying(client):
                    # A backend may count a subscription that was refused.
                    with suppress(*RADIO_ERRORS):
                        await unsubscribe(client, *channel)
                await self._open(client, subscribe)
        except AttError as error:
            if self.needs_pairing(error.code):
                raise NotPairedError from error
            # Without the handshake nothing else works.
            raise GattError(f"opening: {error}") from error
        if self._description.keep_alive is not None:
            self.keep_alive_at = self._now + self._description.keep_alive_every

    async def _open(self, client: BleakClient, subscribe: Subscribe) -> None:
        self._token = None
        steps = deque(self._description.handshake)
        with self._await_unasked(steps) as answers:
            for channel in self._notifying(client):
                await subscribe(channel)
            await self._check_answers(answers)
        while steps:
            await self._shake(client, steps)

    def _notifying(self, client: BleakClient) -> list[Channel]:
        """Return where the device notifies. Raises GattError if the connection is lost."""
        return [
            channel
            for uuid in self._description.link.notifying
            if (channel := channel_of(self._description, client, uuid)) is not None
        ]

    @override
    async def keep_alive(self, client: BleakClient) -> None:
        """Write what keeps the device connected, if it is due."""
        template = self._description.keep_alive
        if template is not None and self.keep_alive_at <= self._now:
            self.keep_alive_at = self._now + self._description.keep_alive_every
            await self._writer.write(client, self._fill(template, {}), None)

    @override
    def needs_pairing(self, att_error: int | None) -> bool:
        """Return whether an ATT error means that the device demands encryption."""
        return att_error in ATT_ENCRYPTION_NEEDED

    async def _shake(self, client: BleakClient, steps: deque[Step]) -> None:
        """Write the next step of the handshake, and await all answers to it. Raises LockedError."""
        step = steps.popleft()
        assert step.write is not None
        with self._await_answer() as (answer, tokens):
            self._expect(step.reply, answer, tokens)
            with self._await_unasked(steps) as answers:
                await self._writer.write(client, self._fill(step.write, {}), None)
                await self._check_answers([(step.reply, answer), *answers])

    def _answer(self, payload: bytes) -> bool:
        """Answer the first request that waits for this payload."""
        for reply, answer in self._awaited.values():
            if answer.done():
                continue
            for pattern, result in (
                (reply.pattern, Result.DONE),
                (reply.refused, Result.REFUSED),
            ):
                if pattern is not None and fits(pattern, payload):
                    answer.set_result(result)
                    if reply.token is not None and result == Result.DONE:
                        self._token = reply.token.of(payload)
                    return True
        return False

    @contextmanager
    def _await_unasked(self, steps: deque[Step]) -> Iterator[_Answers]:
        """Await what the device says by itself next: it may come before the response to a write."""
        with ExitStack() as stack:
            answers: _Answers = []
            while steps and steps[0].write is None:
                answer, tokens = stack.enter_context(self._await_answer())
                answers.append((steps.popleft().reply, answer))
                self._expect(*answers[-1], tokens)
            yield answers

    async def _check_answers(self, answers: _Answers) -> None:
        for reply, answer in answers:
            if await self._result(reply, answer) != Result.DONE:
                raise LockedError

    def _fill(self, template: Template, values: Mapping[str, object]) -> bytes:
        """Return a payload. Raises KeyError for a value that is not offered, GattError without the token."""
        if TOKEN in template.parts and self._token is None:
            raise GattError("the device has given no token")
        return self._description.fill(template, values, self._token)

    def _expect(self, reply: Reply, answer: Answer, tokens: list[int]) -> None:
        if reply.pattern is not None:
            tokens.append(token := next(self._tokens))
            self._awaited[token] = (reply, answer)

    async def _result(self, reply: Reply, answer: Answer) -> int:
        """Wait for the answer, if there is one. Raises TimeoutError."""
        if reply.pattern is None:
            return Result.DONE
        async with asyncio.timeout(reply.within):
            return await answer

    @property
    def _now(self) -> float:
        return asyncio.get_running_loop().time()


async def _pair(client: BleakClient) -> None:
    """Pair without a code. Raises NotPairedError."""
    try:
        async with PAIRING_AGENT.registered(client), asyncio.timeout(PAIRED_WITHIN):
            await pair(client)
    except RADIO_ERRORS as error:
        raise NotPairedError from error
