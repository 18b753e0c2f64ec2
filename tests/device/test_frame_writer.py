"""Frames that are written."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import pytest

from custom_components.backhug.device.protocols.described import writer

from .described import described
from .open_profile import FILE


async def test_each_connection_is_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame that is written before the connection is open, such as a stop, counts: the next has another number."""
    written: list[str] = []

    async def take(piece: bytes) -> None:
        written.append(piece.hex(" "))

    def write(
        _client: Any, _service: str, _uuid: str, piece: bytes, **_: Any
    ) -> asyncio.Task[None]:
        return asyncio.create_task(take(piece))

    monkeypatch.setattr(writer, "write", write)
    frames = writer.FrameWriter(
        described(FILE.read_text()), lambda _task, _request: None
    )
    first, second = AsyncMock(), AsyncMock()
    for client in (first, first, second, first):
        await frames.write(client, b"\x02", None)
    assert written == ["02 01", "02 02", "02 01", "02 01"]
