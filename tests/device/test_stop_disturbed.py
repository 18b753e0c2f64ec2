"""Stops on connections of which something else does not work."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from custom_components.backhug.device import timeouts
from simulator.bleak_client import SimulatedClient
from tests.home import features_of

from .bench import STOP, Bench


async def test_stop_that_lapses_while_status_is_read(bench: Bench) -> None:
    """A stop of any session lapses: the session goes on, and the connection is made at once."""
    client = await bench.client(connect=False)
    client.back.start_at_device(20)
    client.faults.read_delay = 0.2
    client.hug.stop_when_connected((), 0.3)
    await client.connect()
    assert client.counted("no connection") == 0
    assert client.requests(STOP) == []
    assert not client.hug.stop_kept


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("hanging", ["read_gatt_char", "start_notify"])
async def test_stop_is_sent_where_nothing_else_is_answered(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, hanging: str
) -> None:
    """Readings and subscriptions are never answered: the stop is written all the same."""
    # Long enough here, and leaves time for the answer that never comes.
    monkeypatch.setattr(timeouts, "BLOCKED_TIMEOUT", 0.1)
    client = await bench.client(connect=False)
    client.hug.reported.features = features_of(client.device.build)
    client.back.start_at_device(20)

    async def hang(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(SimulatedClient, hanging, hang)
        client.hug.connection.hold()
        await client.hug.stop()
        assert not client.back.running
        assert not client.hug.stop_kept
    await client.up()
