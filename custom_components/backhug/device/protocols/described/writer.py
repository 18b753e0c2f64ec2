"""Writes the frames of a description."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import itertools
from typing import Any

from bleak import BleakClient

from ... import timeouts
from ...gatt import outcome, write
from ..protocol import Answer, Request
from .description import DescribedCommand, Description

type Track = Callable[[asyncio.Task[None], Request | None], None]
"""Keeps a write until it has its response."""


class FrameWriter:
    """Writes frames, in pieces if they are long."""

    def __init__(self, description: Description, track: Track) -> None:
        """Begin to count with the first frame."""
        self._link = description.link
        self._framing = description.framing
        self._track = track
        self._long_frame = asyncio.Lock()
        self._client: BleakClient | None = None
        self._counter = 0

    async def write(
        self,
        client: BleakClient,
        payload: bytes,
        request: Request | None,
        answer: Answer | None = None,
        *,
        again: bool = False,
    ) -> None:
        """Write one frame; the answer may come before the response to the write. Raises RADIO_ERRORS.

        With `again` it has the number of the frame before.
        """
        number = self._counter if again else self._count(client)
        frame = self._framing.encode(payload, number)
        pieces = [
            bytes(piece)
            for piece in itertools.batched(frame, self._link.chunk, strict=False)
        ]
        # Pieces of two frames must not mix: the one exception to a stop that waits for nothing.
        async with self._long_frame:
            if len(pieces) > 1:
                for piece in pieces:
                    await self._write_piece(client, piece, request, None)
                return
        await self._write_piece(client, pieces[0], request, answer)

    async def hold(
        self,
        client: BleakClient,
        command: DescribedCommand,
        press: bytes,
        release: bytes,
        request: Request | None,
        is_stopped: Callable[[], bool],
    ) -> None:
        """Hold a key that was pressed; a press is repeated only until somebody stops. Raises RADIO_ERRORS."""
        loop = asyncio.get_running_loop()
        until = loop.time() + command.hold
        try:
            while command.repeat and loop.time() + command.repeat < until:
                await asyncio.sleep(command.repeat)
                if is_stopped():
                    return
                await self.write(client, press, request)
            await asyncio.sleep(until - loop.time())
        finally:
            # A key that is pressed is released, whatever happens.
            await self.write(client, release, request)

    def _count(self, client: BleakClient) -> int:
        """Return the number of the next frame: each connection starts over, with a stop before it is open if need be."""
        counter = self._framing.counter
        if counter is None:
            return 0
        first = client is not self._client
        self._client = client
        self._counter = counter.first if first else counter.after(self._counter)
        return self._counter

    async def _write_piece(
        self,
        client: BleakClient,
        piece: bytes,
        request: Request | None,
        answer: Answer | None,
    ) -> None:
        link = self._link
        writing = write(client, link.service, link.write, piece, response=link.response)
        self._track(writing, request)
        either: set[asyncio.Future[Any]] = {writing}
        if answer is not None:
            either.add(answer)
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if answer is None or not answer.done():
                outcome(writing)
            else:
                # The answer may be a stray one: let the write complete.
                await asyncio.wait({writing}, timeout=timeouts.WRITE_GRACE)
        finally:
            if answer is None or not answer.done():
                writing.cancel()
        if link.gap and request is not Request.STOP:
            await asyncio.sleep(link.gap)
