"""Kept stops while the session counter of a device dips or jumps for a moment."""

from __future__ import annotations

import asyncio

import pytest

from custom_components.backhug.device import timeouts
from custom_components.backhug.device.errors import StopPendingError
from tests.home import until

from .bench import STOP, Bench, Client
from .kept_stops import no_path_back

DUE = 7


@pytest.fixture
async def kept(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return a client whose stop is kept for a session that runs, with the device out of reach."""
    monkeypatch.setattr(timeouts, "SECOND_READING", 0.3)
    client = await bench.client()
    client.back.session_number = DUE - 1
    await client.treat()
    await no_path_back(client)
    assert type(await client.refused(client.hug.stop())) is StopPendingError
    assert client.hug.stop_due == {DUE}
    return client


@pytest.mark.parametrize("read", [3, 900])
async def test_stop_is_delivered_once_the_number_is_right(
    kept: Client, read: int
) -> None:
    """A notification each second tells nothing else: the number alone is news."""
    kept.back.session_number = read
    kept.mend()
    await kept.up()
    assert kept.requests(STOP) == []
    kept.back.session_number = DUE
    kept.clock.advance(1)
    await until(lambda: not kept.back.running, "it is stopped")
    await until(lambda: not kept.hug.stop_kept, "that is known")


@pytest.mark.parametrize("number", [3, 900])
async def test_other_session_is_spared_when_a_second_reading_agrees(
    kept: Client, number: int
) -> None:
    """The stop is then no longer kept."""
    kept.back.session_number = number
    kept.mend()
    await kept.up()
    assert kept.hug.stop_due == {DUE}
    for _ in range(4):
        await asyncio.sleep(0.1)
        kept.clock.advance(1)
    await until(lambda: not kept.hug.stop_kept, "it is not kept any more")
    assert kept.requests(STOP) == []
