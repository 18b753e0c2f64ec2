"""Time that passes only while nothing else is to be done: an hour of waiting takes no time at all.

The event loop, the monotonic clocks and the wall clock agree, unless the wall clock is told to jump.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
import selectors
import sys
from typing import Any, override
from unittest.mock import patch

import bluetooth_data_tools
import freezegun
from freezegun.api import fake_monotonic, real_monotonic

from simulator.clock import Clock

BEGINNING = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
BOOTED_FOR = 100_000.0
"""What the monotonic clocks show in the beginning."""
_READ_THE_CLOCK = (
    "bleak",
    "bluetooth",
    "custom_components",
    "habluetooth",
    "homeassistant",
    "simulator",
)
"""The packages that are to see this time."""


class NothingWillHappenError(Exception):
    """Something is waited for that nobody is going to do."""


class _Selector(selectors.DefaultSelector):
    """Skips the time that the loop would wait."""

    def __init__(self, skip: Callable[[float], None]) -> None:
        super().__init__()
        self._skip = skip

    @override
    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise NothingWillHappenError
            if timeout > 0:
                self._skip(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time. What would run in another thread runs at once, and in its order."""

    def __init__(self, passes: Callable[[float], None]) -> None:
        """Tell `passes` the seconds that have passed."""
        self._now = BOOTED_FOR
        self._passes = passes
        super().__init__(_Selector(self._skip))

    def _skip(self, seconds: float) -> None:
        self._now += seconds
        self._passes(seconds)

    @override
    def time(self) -> float:
        return self._now

    @override
    def run_in_executor[*Ts, T](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()
        try:
            result = func(*args)
        except Exception as error:  # noqa: BLE001 (whoever awaits it gets it)
            self.call_soon(_unless_done, future, future.set_exception, error)
        else:
            self.call_soon(_unless_done, future, future.set_result, result)
        return future


def _unless_done(
    future: asyncio.Future[Any], end: Callable[[Any], None], outcome: Any
) -> None:
    if not future.done():
        end(outcome)


class LoopClock(Clock):
    """Device time that is the time of the event loop."""

    @override
    def time(self) -> float:
        """Return the seconds of the running event loop."""
        return asyncio.get_running_loop().time()

    @override
    def pace(self, interval: float) -> float:
        """Let live scans come at most each five seconds: they would be most of what there is to compute."""
        return interval if interval >= 1 else 5.0


class VirtualTime:
    """The clocks of one process; only one at a time."""

    def __init__(self) -> None:
        """Take hold of no clock yet."""
        self._freezer = freezegun.freeze_time(BEGINNING, ignore=["hypothesis"])
        self._frozen: Any = None
        self._loop: VirtualLoop | None = None

    @contextmanager
    def __call__(self) -> Iterator[VirtualTime]:
        """Have all clocks show this time. Enter it once everything that reads a clock is imported."""
        with self._freezer as self._frozen, ExitStack() as stack:
            real = {real_monotonic, fake_monotonic}
            real.add(bluetooth_data_tools.monotonic_time_coarse)
            for name, module in list(sys.modules.items()):
                if name.startswith(_READ_THE_CLOCK):
                    for attribute, value in list(vars(module).items()):
                        if callable(value) and any(value is each for each in real):
                            stack.enter_context(
                                patch.object(module, attribute, self.monotonic)
                            )
            yield self

    def monotonic(self) -> float:
        """Return what the monotonic clocks show, in seconds."""
        return BOOTED_FOR if self._loop is None else self._loop.time()

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward or back; nothing else notices."""
        self._frozen.tick(timedelta(seconds=seconds))

    def new_loop(self) -> VirtualLoop:
        """Return a new event loop, whose time is the time from now on: it begins anew."""
        self._frozen.move_to(BEGINNING)
        self._loop = VirtualLoop(self.jump)
        return self._loop
