"""How often a link tries to connect, whatever happens: hours of it, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from itertools import cycle, pairwise
import logging
from typing import Any, cast, override

from bleak import BleakClient
from bleak.backends.device import BLEDevice
import pytest

from custom_components.backhug.device import connection as link_module
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
    NotReachableError,
    UnknownProtocolError,
)
from custom_components.backhug.device.presence import AWAY

from .virtual_time import VirtualTime

HOUR = 3600.0
DEVICE = cast("BLEDevice", object())
FAILS = "fails"

type Outcome = float | str | Exception
"""What becomes of an attempt: a connection of so many seconds, a failure, or an error."""


class Air:
    """The radio, as a link finds it: attempts take time, and come to what is foreseen for them."""

    def __init__(self, outcomes: Iterator[Outcome], takes: float = 1.0) -> None:
        """Let each attempt take so many seconds, and come to the next outcome."""
        self.outcomes = outcomes
        self.takes = takes
        self.attempts: list[float] = []
        self.connecting = False
        self.spent = 0.0

    async def connect(
        self,
        _name: str,
        _device: BLEDevice,
        prepare: Callable[[BleakClient], Coroutine[Any, Any, None]],
        disconnected: Callable[[BleakClient], None],
    ) -> BleakClient:
        """Stand for `radio.connect`."""
        loop = asyncio.get_running_loop()
        self.attempts.append(loop.time())
        self.connecting = True
        try:
            await asyncio.sleep(self.takes)
        finally:
            self.spent += loop.time() - self.attempts[-1]
            self.connecting = False
        outcome = next(self.outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, str):
            raise NotReachableError(outcome)
        client = cast("BleakClient", object())
        await prepare(client)
        loop.call_later(outcome, disconnected, client)
        return client

    async def disconnect(self, _client: BleakClient) -> None:
        """Stand for `radio.disconnect`."""


type Scene = Callable[[Connection, Air], Coroutine[Any, Any, None]]


@pytest.fixture
def live(
    virtual_time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Air]:
    """Return how to have a link live through a scene over the air; a second link can be made in it."""

    def live(air: Air, scene: Scene, **options: Any) -> Air:
        monkeypatch.setattr(link_module, "connect", air.connect)
        monkeypatch.setattr(link_module, "disconnect", air.disconnect)

        async def run() -> None:
            link = link_of(**options)
            link.hold()
            await scene(link, air)
            began = asyncio.get_running_loop().time()
            await link.release()
            assert asyncio.get_running_loop().time() - began < 1
            attempts = len(air.attempts)
            await asyncio.sleep(2 * LONGEST_BACK_OFF)
            assert len(air.attempts) == attempts, "it was released"

        with asyncio.Runner(loop_factory=virtual_time.new_loop) as runner:
            runner.run(run())
        return air

    return live


def link_of(**options: Any) -> Connection:
    """Return a link that does nothing with its connection."""

    async def attend(_client: BleakClient) -> None:
        await asyncio.Event().wait()

    async def prepare(_client: BleakClient) -> None:
        pass

    arguments: dict[str, Any] = {
        "prepare": prepare,
        "attend": attend,
        "changed": lambda: None,
    }
    return Connection("BackHug", lambda: DEVICE, **(arguments | options))


def heard(
    every: float, during: float = HOUR, then: Callable[[Connection], None] | None = None
) -> Scene:
    """Have the device heard so often, unless the adapter is connecting; then do something more."""

    async def scene(link: Connection, air: Air) -> None:
        for _ in range(int(during / every)):
            await asyncio.sleep(every)
            if not air.connecting:
                link.advertised()
                if then is not None:
                    then(link)

    return scene


def check_pace(attempts: list[float], interval: float = 30.0) -> None:
    """See that there is at most one attempt each `interval` seconds, beyond a short ramp."""
    for first, began in enumerate(attempts):
        for last in range(first, len(attempts)):
            allowed = BURST + (attempts[last] - began) / interval
            assert last - first <= allowed, f"{last - first + 1} from {began}"


# It fails


@pytest.mark.parametrize("gap", [0.5, 2, 4.9, 5.1, 8, 20, 59, 61, 75, 130])
@pytest.mark.parametrize("takes", [0, 3, 20])
def test_hears_and_fails(live: Callable[..., Air], gap: float, takes: float) -> None:
    """Whatever is heard between the attempts, and however seldom: the back-off holds."""
    air = live(Air(cycle([FAILS]), takes), heard(gap))
    check_pace(air.attempts)
    assert len(air.attempts) > HOUR / (LONGEST_BACK_OFF + takes + 5)


@pytest.mark.parametrize("takes", [1, 4, 6, 10, 20, 70])
def test_silence_of_our_own(live: Callable[..., Air], takes: float) -> None:
    """What is not heard while the adapter connects is not a device that was away."""
    air = live(Air(cycle([FAILS]), takes), heard(0.5))
    check_pace(air.attempts)
    waited = [
        later - earlier - takes for earlier, later in pairwise(air.attempts[BURST:])
    ]
    assert all(wait >= LONGEST_BACK_OFF / 2 for wait in waited)
    assert air.spent < HOUR * max(0.5, takes / (takes + LONGEST_BACK_OFF / 2))


# It does not last


@pytest.mark.parametrize("lasts", [0, 3, 9, 10, 11, 12, 15, 25, 29])
def test_connections_that_do_not_last(live: Callable[..., Air], lasts: float) -> None:
    """A device that ends each connection after a while is not connected to for ever more at once."""
    air = live(Air(cycle([lasts])), heard(0.5, 4 * HOUR))
    check_pace(air.attempts)
    assert len(air.attempts) > 4 * HOUR / (LONGEST_BACK_OFF + lasts + 5)


@pytest.mark.parametrize("lasts", [31, 61, 600])
def test_connections_that_last(live: Callable[..., Air], lasts: float) -> None:
    """A connection that lasted is made again soon, however often."""
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
def test_mixtures(
    live: Callable[..., Air], outcomes: list[Outcome], caplog: pytest.LogCaptureFixture
) -> None:
    """No mixture of successes and failures beats the bound."""
    air = live(Air(cycle(outcomes)), heard(0.5, 4 * HOUR))
    check_pace(air.attempts)
    logged = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert len(logged) == any(isinstance(each, AssertionError) for each in outcomes)


def test_two_connections_in_one_attempt(live: Callable[..., Air]) -> None:
    """A second connection in one attempt, as after stale services, counts as one more."""
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


def test_several_devices(
    virtual_time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of several devices has its own back-off; jitter keeps them apart."""
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


# What connects at once


def test_was_away(live: Callable[..., Air]) -> None:
    """A device that was switched off for a while is connected to as soon as it is heard."""
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


def test_was_gone(live: Callable[..., Air]) -> None:
    """So is one that Home Assistant has called unavailable."""

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


def test_lost_twice(live: Callable[..., Air]) -> None:
    """A device that is lost twice within a minute is back soon, as long as attempts succeed."""

    async def scene(_link: Connection, air: Air) -> None:
        await asyncio.sleep(1000)
        attempts = air.attempts
        # Out of reach as it is lost for the first time: the ramp has grown.
        assert attempts[-1] - attempts[-2] < 10

    air = Air(iter([600, *[FAILS] * 6, 5, 1000]))
    live(air, scene)


def test_lost_once_is_retried_at_once(live: Callable[..., Air]) -> None:
    """The first retry after a connection that lasted does not wait."""

    async def scene(_link: Connection, air: Air) -> None:
        await asyncio.sleep(HOUR)
        assert air.attempts[1] - air.attempts[0] == pytest.approx(601)

    live(Air(cycle([600])), scene)


def test_command_of_a_person(live: Callable[..., Air]) -> None:
    """A command connects at once, at whatever moment of the back-off."""

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


def test_command_while_an_attempt_fails(live: Callable[..., Air]) -> None:
    """A command that comes while an attempt is about to fail has one of its own."""

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
def test_commands_each_second(
    live: Callable[..., Air], takes: float, idle_after: float | None
) -> None:
    """An automation that repeats a command each second makes no storm of attempts."""

    async def scene(link: Connection, _air: Air) -> None:
        for _ in range(int(HOUR)):
            with suppress(TimeoutError), link.needed():
                async with asyncio.timeout(1):
                    await link.connected()
            link.advertised()

    air = live(Air(cycle([FAILS]), takes), scene, idle_after=idle_after)
    check_pace(air.attempts, REQUEST_INTERVAL)
    assert len(air.attempts) > 0.7 * HOUR / (REQUEST_INTERVAL + takes)


def test_switch_that_is_moved_to_and_fro(live: Callable[..., Air]) -> None:
    """Nor does an automation that releases the connection and holds it again."""

    async def scene(link: Connection, _air: Air) -> None:
        for _ in range(600):
            await asyncio.sleep(5)
            await link.release()
            link.hold()

    air = live(Air(cycle([FAILS])), scene)
    check_pace(air.attempts, REQUEST_INTERVAL)


# On demand


def test_on_demand_each_command_connects(live: Callable[..., Air]) -> None:
    """What was connected and rests is connected again at once, however often: nothing fails."""

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
def test_on_demand_and_failing(
    live: Callable[..., Air], outcomes: list[Outcome]
) -> None:
    """A device that is looked for on demand and fails is not stormed either."""
    air = live(Air(cycle(outcomes)), heard(0.5, 4 * HOUR), idle_after=10.0)
    check_pace(air.attempts)


# A stop that is due


def test_stop_that_is_due(live: Callable[..., Air]) -> None:
    """A stop that is due connects as soon as the device is heard."""
    due = False

    async def scene(link: Connection, air: Air) -> None:
        nonlocal due
        await heard(0.5, HOUR)(link, air)
        # Soon after an attempt, in a silence that is too short for an absence.
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
def test_stop_that_cannot_be_delivered(
    live: Callable[..., Air], takes: float, outcome: Outcome
) -> None:
    """Even for a stop the air is left free between two attempts, and more so the longer the device refuses."""
    air = live(Air(cycle([outcome]), takes), heard(0.5, 600), urgent=lambda: True)
    pauses = [later - earlier - takes for earlier, later in pairwise(air.attempts)]
    # After the ramp.
    quick, patient = pauses[BURST : URGENT_ATTEMPTS - 1], pauses[URGENT_ATTEMPTS:]
    assert all(URGENT_INTERVAL <= each < URGENT_INTERVAL + 1 for each in quick)
    assert patient
    assert all(URGENT_PAUSE <= each < URGENT_PAUSE + 1 for each in patient)


def test_stop_under_way(live: Callable[..., Air]) -> None:
    """While somebody waits for a stop it is tried again, also if nothing is heard."""
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


def test_pace() -> None:
    """The pace is slower than the bound, so that the ramp is within it over an hour, too."""
    assert BURST + HOUR / (PACE * LONGEST_BACK_OFF) <= HOUR / 30
    assert issubclass(UnknownProtocolError, IncompatibleError)
