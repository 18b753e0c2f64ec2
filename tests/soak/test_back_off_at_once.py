"""When a device is connected at once in spite of the back-off, and how often: hours of it, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle, pairwise

import pytest

from custom_components.backhug.device.back_off import (
    BURST,
    PACE,
    REQUEST_INTERVAL,
    URGENT_ATTEMPTS,
    URGENT_INTERVAL,
    URGENT_PAUSE,
)
from custom_components.backhug.device.connection import LONGEST_BACK_OFF, Connection
from custom_components.backhug.device.errors import (
    IncompatibleError,
    UnknownProtocolError,
)
from custom_components.backhug.device.presence import AWAY

from .air import FAILS, HOUR, Air, Outcome, check_pace, heard

# What connects at once


def test_device_that_was_away_is_connected_at_once(live: Callable[..., Air]) -> None:
    """A device that was switched off for a while is connected when it is heard."""
    back = 0.0

    async def scene(link: Connection, air: Air) -> None:
        nonlocal back
        await heard(0.5, HOUR)(link, air)
        await asyncio.sleep(4 * AWAY)
        while air.connecting:
            await asyncio.sleep(1)
        await asyncio.sleep(2)
        air.outcomes = cycle([600])
        back = asyncio.get_running_loop().time()
        link.advertised()
        await asyncio.sleep(0.1)
        assert air.attempts[-1] == back

    air = live(Air(cycle([FAILS])), scene)
    assert back
    check_pace(air.attempts)


def test_device_that_was_unavailable_is_connected_at_once(
    live: Callable[..., Air],
) -> None:
    """A device that Home Assistant has reported unavailable is connected when it is heard."""

    async def scene(link: Connection, air: Air) -> None:
        await heard(0.5, HOUR)(link, air)
        while air.connecting:
            await asyncio.sleep(0.5)
        before = len(air.attempts)
        link.gone()
        link.advertised()
        await asyncio.sleep(0.1)
        assert len(air.attempts) == before + 1

    live(Air(cycle([FAILS])), scene)


def test_device_lost_twice_is_back_soon(live: Callable[..., Air]) -> None:
    """A device that is lost twice within a minute is back soon if attempts succeed."""

    async def scene(_link: Connection, air: Air) -> None:
        await asyncio.sleep(1000)
        attempts = air.attempts
        # Out of reach after the first loss: the back-off has grown.
        assert attempts[-1] - attempts[-2] < 10

    air = Air(iter([600, *[FAILS] * 6, 5, 1000]))
    live(air, scene)


def test_lost_once_is_retried_at_once(live: Callable[..., Air]) -> None:
    """The first retry after a connection that lasted does not wait."""

    async def scene(_link: Connection, air: Air) -> None:
        await asyncio.sleep(HOUR)
        assert air.attempts[1] - air.attempts[0] == pytest.approx(601)

    live(Air(cycle([600])), scene)


def test_command_connects_at_once(live: Callable[..., Air]) -> None:
    """A command connects at once at any moment of the back-off."""

    async def scene(link: Connection, air: Air) -> None:
        for pause in (1, 7, 29, 31, 55, 61, 300):
            await asyncio.sleep(pause + LONGEST_BACK_OFF)
            while air.connecting:
                await asyncio.sleep(0.1)
            began = asyncio.get_running_loop().time()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await link.connected()
            assert air.attempts[-1] == began

    live(Air(cycle([FAILS])), scene)


def test_command_during_a_failing_attempt_gets_its_own(
    live: Callable[..., Air],
) -> None:
    """A command during an attempt that fails gets an attempt of its own."""

    async def scene(link: Connection, air: Air) -> None:
        await asyncio.sleep(HOUR)
        while not air.connecting:
            await asyncio.sleep(0.1)
        under_way = len(air.attempts) - 1
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                await link.connected()
        began, again = air.attempts[under_way : under_way + 2]
        assert again - began == pytest.approx(air.takes)

    live(Air(cycle([FAILS])), scene)


@pytest.mark.parametrize("takes", [0, 1, 3])
@pytest.mark.parametrize("idle_after", [None, 30.0])
def test_commands_each_second_are_limited(
    live: Callable[..., Air], takes: float, idle_after: float | None
) -> None:
    """An automation that repeats a command each second does not exceed the request interval."""

    async def scene(link: Connection, _air: Air) -> None:
        for _ in range(int(HOUR)):
            with suppress(TimeoutError), link.needed():
                async with asyncio.timeout(1):
                    await link.connected()
            link.advertised()

    air = live(Air(cycle([FAILS]), takes), scene, idle_after=idle_after)
    check_pace(air.attempts, REQUEST_INTERVAL)
    assert len(air.attempts) > 0.7 * HOUR / (REQUEST_INTERVAL + takes)


def test_releasing_and_holding_is_limited(live: Callable[..., Air]) -> None:
    """An automation that releases and holds the connection does not exceed it either."""

    async def scene(link: Connection, _air: Air) -> None:
        for _ in range(600):
            await asyncio.sleep(5)
            await link.release()
            link.hold()

    air = live(Air(cycle([FAILS])), scene)
    check_pace(air.attempts, REQUEST_INTERVAL)


# On demand


def test_on_demand_each_command_connects(live: Callable[..., Air]) -> None:
    """A resting connection is made again at once, however often."""

    async def scene(link: Connection, air: Air) -> None:
        for _ in range(200):
            await asyncio.sleep(8)
            assert link.resting
            began = asyncio.get_running_loop().time()
            with link.needed():
                await link.connected()
            assert air.attempts[-1] == began

    live(Air(cycle([HOUR])), scene, idle_after=3.0)


@pytest.mark.parametrize("outcomes", [[FAILS], [2], [FAILS, 2], [HOUR, FAILS, 2]])
def test_on_demand_failures_are_limited(
    live: Callable[..., Air], outcomes: list[Outcome]
) -> None:
    """A device that fails on demand is connected within the bound."""
    air = live(Air(cycle(outcomes)), heard(0.5, 4 * HOUR), idle_after=10.0)
    check_pace(air.attempts)


# A due stop


def test_due_stop_connects_when_heard(live: Callable[..., Air]) -> None:
    """A due stop connects as soon as the device is heard."""
    due = False

    async def scene(link: Connection, air: Air) -> None:
        nonlocal due
        await heard(0.5, HOUR)(link, air)
        # Soon after an attempt, in a silence too short for an absence.
        loop = asyncio.get_running_loop()
        while air.connecting or not 5 <= loop.time() - air.attempts[-1] < 6:
            await asyncio.sleep(0.5)
        due = True
        before = len(air.attempts)
        await asyncio.sleep(10)
        assert len(air.attempts) == before, "it is not heard"
        air.outcomes = cycle([600])
        link.advertised()
        await asyncio.sleep(0.1)
        assert len(air.attempts) == before + 1

    live(Air(cycle([FAILS])), scene, urgent=lambda: due)


@pytest.mark.parametrize("takes", [0, 2])
@pytest.mark.parametrize("outcome", [FAILS, UnknownProtocolError()], ids=repr)
def test_undeliverable_stop_leaves_pauses(
    live: Callable[..., Air], takes: float, outcome: Outcome
) -> None:
    """Attempts for a stop leave pauses, longer ones after many failures."""
    air = live(Air(cycle([outcome]), takes), heard(0.5, 600), urgent=lambda: True)
    pauses = [later - earlier - takes for earlier, later in pairwise(air.attempts)]
    # After the ramp.
    quick, patient = pauses[BURST : URGENT_ATTEMPTS - 1], pauses[URGENT_ATTEMPTS:]
    assert all(URGENT_INTERVAL <= each < URGENT_INTERVAL + 1 for each in quick)
    assert patient
    assert all(URGENT_PAUSE <= each < URGENT_PAUSE + 1 for each in patient)


def test_awaited_stop_is_retried_unheard(live: Callable[..., Air]) -> None:
    """A stop that a caller waits for is tried again even if nothing is heard."""
    urgent: set[str] = set()

    async def scene(link: Connection, air: Air) -> None:
        await heard(0.5, HOUR)(link, air)
        while air.connecting:
            await asyncio.sleep(0.5)
        before = len(air.attempts)
        urgent.add("stop")
        with suppress(TimeoutError):
            async with asyncio.timeout(9):
                await link.connected()
        urgent.clear()
        assert len(air.attempts) - before >= 3

    live(Air(cycle([FAILS])), scene, urgent=lambda: bool(urgent))


def test_pace_is_within_the_bound() -> None:
    """The pace and the burst together are within the bound over an hour."""
    assert BURST + HOUR / (PACE * LONGEST_BACK_OFF) <= HOUR / 30
    assert issubclass(UnknownProtocolError, IncompatibleError)
