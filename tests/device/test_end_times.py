"""Times at which a session and a pause end, as a client shows them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest

from custom_components.backhug.device import state
from custom_components.backhug.device.model import State
from simulator.build import Build
from tests.home import until

from .bench import Bench

NINE_IN_THE_MORNING = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)


async def test_end_of_session_is_published_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a session is published once, and again only when it changes."""
    client = await bench.client(Build(measures_tension=False))
    delays = cycle((0.0, 0.4, 1.1, 0.2))

    def late() -> float:
        """Return the time of day, which follows the device with occasional radio delays."""
        return NINE_IN_THE_MORNING.timestamp() + client.clock.time() + next(delays)

    monkeypatch.setattr(state, "time", late)

    def shows(minutes: float, seconds: float = 0) -> bool:
        ends_at = client.hug.snapshot.ends_at
        expected = NINE_IN_THE_MORNING + timedelta(minutes=minutes, seconds=seconds)
        return ends_at is not None and abs(ends_at - expected) <= timedelta(seconds=1.2)

    await client.hug.start(20)
    assert shows(20)
    client.clock.advance(21)
    await client.shows(State.TREATING)
    first = client.hug.snapshot.ends_at
    before = len(client.snapshots)
    for _ in range(100):
        await client.pass_time(0.93)
    assert client.hug.snapshot.ends_at == first
    assert len(client.snapshots) == before, "nothing that a person can see has changed"
    await client.hug.set_length(30)
    assert shows(30)
    await client.hug.pause()
    assert client.hug.snapshot.ends_at is None
    await client.pass_time(90)
    await client.hug.resume()
    assert shows(31, 30)
    await client.hug.stop()
    assert client.hug.snapshot.ends_at is None


async def test_end_of_pause(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device ends a pause after ten minutes, or a minute after the person left."""
    client = await bench.client(Build(measures_tension=False))
    monkeypatch.setattr(
        state, "time", lambda: NINE_IN_THE_MORNING.timestamp() + client.clock.time()
    )

    async def shows(seconds: float | None) -> None:
        expected = (
            None
            if seconds is None
            else NINE_IN_THE_MORNING + timedelta(seconds=seconds)
        )
        await until(
            lambda: client.hug.snapshot.pause_ends_at == expected,
            f"the pause ends at {expected}",
        )

    await client.hug.start(20)
    client.clock.advance(30)
    await client.shows(State.TREATING)
    await shows(None)
    await client.hug.pause()
    await shows(630)
    await client.pass_time(70)
    client.back.get_up()
    await shows(160)
    client.clock.advance(20)
    client.back.lie_down()
    await shows(630)
    await client.hug.resume()
    await shows(None)
    client.back.get_up()
    await shows(180)
    client.clock.advance(59)
    assert client.back.running
    client.clock.advance(1)
    await client.shows(State.FINISHING)
    await shows(None)


async def test_end_of_pause_is_unknown_if_its_beginning_was_not_seen(
    bench: Bench,
) -> None:
    """A pause that began before the connection has no known end."""
    client = await bench.client(Build(measures_tension=False))

    def known() -> bool:
        return client.hug.snapshot.pause_ends_at is not None

    await client.hug.start(20)
    client.clock.advance(30)
    await client.shows(State.TREATING)
    client.back.get_up()
    await client.shows(State.PAUSED)
    assert known()
    client.peripheral.drop_link()
    await until(lambda: not known(), "it is forgotten")
    client.back.lie_down()
    await until(lambda: client.status.occupied, "somebody lies on it again")
    assert not known()
    await client.hug.resume()
    await client.hug.pause()
    assert known()
