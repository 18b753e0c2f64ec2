"""How often a device is connected while it keeps failing: hours of it, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import cycle, pairwise
import logging
from typing import Any, override

from bleak import BleakClient
import pytest

from custom_components.backhug.device import connection as link_module
from custom_components.backhug.device.back_off import (
    BURST,
)
from custom_components.backhug.device.connection import LONGEST_BACK_OFF, Connection
from custom_components.backhug.device.errors import (
    UnknownProtocolError,
)

from .air import DEVICE, FAILS, HOUR, Air, Outcome, check_pace, heard
from .virtual_time import VirtualTime

# Attempts fail


@pytest.mark.parametrize("gap", [0.5, 2, 4.9, 5.1, 8, 20, 59, 61, 75, 130])
@pytest.mark.parametrize("takes", [0, 3, 20])
def test_advertisements_do_not_shorten_the_back_off(
    live: Callable[..., Air], gap: float, takes: float
) -> None:
    """Advertisements between the attempts do not shorten the back-off."""
    air = live(Air(cycle([FAILS]), takes), heard(gap))
    check_pace(air.attempts)
    assert len(air.attempts) > HOUR / (LONGEST_BACK_OFF + takes + 5)


@pytest.mark.parametrize("takes", [1, 4, 6, 10, 20, 70])
def test_silence_while_connecting_is_no_absence(
    live: Callable[..., Air], takes: float
) -> None:
    """A device that is not heard while the adapter connects was not away."""
    air = live(Air(cycle([FAILS]), takes), heard(0.5))
    check_pace(air.attempts)
    waited = [
        later - earlier - takes for earlier, later in pairwise(air.attempts[BURST:])
    ]
    assert all(wait >= LONGEST_BACK_OFF / 2 for wait in waited)
    assert air.spent < HOUR * max(0.5, takes / (takes + LONGEST_BACK_OFF / 2))


# Connections are lost


@pytest.mark.parametrize("lasts", [0, 3, 9, 10, 11, 12, 15, 25, 29])
def test_short_connections_are_limited(live: Callable[..., Air], lasts: float) -> None:
    """A device that ends each connection after a while is connected within the bound."""
    air = live(Air(cycle([lasts])), heard(0.5, 4 * HOUR))
    check_pace(air.attempts)
    assert len(air.attempts) > 4 * HOUR / (LONGEST_BACK_OFF + lasts + 5)


@pytest.mark.parametrize("lasts", [31, 61, 600])
def test_long_connections_are_made_again_soon(
    live: Callable[..., Air], lasts: float
) -> None:
    """A connection that lasted is made again soon, however often it is lost."""
    air = live(Air(cycle([lasts])), heard(0.5, 4 * HOUR))
    check_pace(air.attempts)
    assert len(air.attempts) > 0.8 * 4 * HOUR / (lasts + 1)


@pytest.mark.parametrize(
    "outcomes",
    [
        [FAILS, 3],
        [FAILS, 12],
        [FAILS, FAILS, FAILS, 11],
        [12, 3, 3, 61],
        [61, 1],
        [61, FAILS, FAILS],
        [600, *[1] * 20],
        [600, *[FAILS] * 5, *[12] * 10],
        [UnknownProtocolError(), 2],
        [AssertionError(), 11],
    ],
    ids=repr,
)
def test_mixed_outcomes_stay_within_the_bound(
    live: Callable[..., Air], outcomes: list[Outcome], caplog: pytest.LogCaptureFixture
) -> None:
    """No mixture of successes and failures exceeds the bound."""
    air = live(Air(cycle(outcomes)), heard(0.5, 4 * HOUR))
    check_pace(air.attempts)
    logged = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert len(logged) == any(isinstance(each, AssertionError) for each in outcomes)


def test_second_connection_of_an_attempt_counts(live: Callable[..., Air]) -> None:
    """A second connection in one attempt, as after stale services, takes a token too."""
    made: list[float] = []

    async def prepare(_client: BleakClient) -> None:
        made.append(asyncio.get_running_loop().time())

    class Twice(Air):
        @override
        async def connect(self, *arguments: Any) -> BleakClient:
            for _ in range(2):
                await arguments[2](object())
            return await super().connect(*arguments)

    live(Twice(cycle([FAILS])), heard(0.5, 4 * HOUR), prepare=prepare)
    check_pace(made)


def test_devices_have_their_own_back_off(
    virtual_time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each device has its own back-off; jitter keeps their attempts apart."""
    airs = {name: Air(cycle([FAILS]), 0.1) for name in ("one", "two", "three")}

    async def connect(name: str, *arguments: Any) -> BleakClient:
        return await airs[name].connect(name, *arguments)

    monkeypatch.setattr(link_module, "connect", connect)

    async def run() -> None:
        async def nothing(_client: BleakClient) -> None:
            pass

        links = [
            Connection(
                name,
                lambda: DEVICE,
                prepare=nothing,
                attend=nothing,
                changed=lambda: None,
            )
            for name in airs
        ]
        for link in links:
            link.hold()
        await asyncio.sleep(HOUR)
        for link in links:
            await link.release()

    with asyncio.Runner(loop_factory=virtual_time.new_loop) as runner:
        runner.run(run())
    seconds = [round(when) for air in airs.values() for when in air.attempts[6:]]
    for air in airs.values():
        check_pace(air.attempts)
    assert len(set(seconds)) > 0.9 * len(seconds)
