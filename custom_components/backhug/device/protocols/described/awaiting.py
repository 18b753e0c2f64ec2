"""Awaits the answers that a description names."""

from __future__ import annotations

from abc import ABC
import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
import itertools

from ...errors import LockedError
from ..protocol import Answer, Protocol
from .description import Reply, Step, fits
from .results import Result

type _Answers = list[tuple[Reply, Answer]]


class AwaitingProtocol(Protocol, ABC):
    """A protocol whose answers are patterns."""

    def __init__(self) -> None:
        """Begin without a request."""
        super().__init__()
        self._tokens = itertools.count(1)
        self._token: bytes | None = None
        """What the device gave in the handshake of this connection."""

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
