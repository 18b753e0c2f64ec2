"""Virtual time: it passes only while the event loop is idle, so that an hour of waiting takes no time.

The event loop, the monotonic clocks and the wall clock agree until the wall clock is set by `VirtualTime.jump`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
import sys
from typing import Any, override
from unittest.mock import patch

import bluetooth_data_tools
import freezegun
from freezegun.api import fake_monotonic, real_monotonic

from simulator.clock import Clock
from tests.idle_selector import IdleSelector

BEGINNING = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
BOOTED_FOR = 100_000.0
"""Initial value of the monotonic clocks, in seconds."""
_READ_THE_CLOCK = (
    "bleak",
    "bluetooth",
    "custom_components",
    "habluetooth",
    "homeassistant",
    "simulator",
)
"""Packages whose clocks are replaced."""


class NothingWillHappenError(Exception):
    """The loop waits, and no timer is pending."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time; executor jobs run at once, in their order."""

    def __init__(self, passes: Callable[[float], None]) -> None:
        """Initialize; `passes` is called with the seconds that are skipped."""
        self._now = BOOTED_FOR
        self._passes = passes
        super().__init__(IdleSelector(self._skip))

    def _skip(self, seconds: float | None) -> bool:
        if seconds is None:
            raise NothingWillHappenError
        self._now += seconds
        self._passes(seconds)
        return True

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
        except Exception as error:  # noqa: BLE001 (raised by the future)
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
    """Device clock that shows the time of the event loop."""

    @override
    def time(self) -> float:
        """Return the time of the running event loop, in seconds."""
        return asyncio.get_running_loop().time()

    @override
    def pace(self, interval: float) -> float:
        """Limit live scans to one each five seconds: they would take most of the CPU time."""
        return interval if interval >= 1 else 5.0


class VirtualTime:
    """The clocks of one process; only one at a time."""

    def __init__(self) -> None:
        """Initialize without replacing a clock."""
        self._freezer = freezegun.freeze_time(BEGINNING, ignore=["hypothesis"])
        self._frozen: Any = None
        self._loop: VirtualLoop | None = None

    @contextmanager
    def __call__(self) -> Iterator[VirtualTime]:
        """Replace all clocks; to be entered after all modules that read a clock are imported."""
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
        """Return the value of the monotonic clocks, in seconds."""
        return BOOTED_FOR if self._loop is None else self._loop.time()

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward or back by so many seconds; the other clocks stay."""
        self._frozen.tick(timedelta(seconds=seconds))

    def new_loop(self) -> VirtualLoop:
        """Return a new event loop whose time is used from now on; it starts at `BEGINNING`."""
        self._frozen.move_to(BEGINNING)
        self._loop = VirtualLoop(self.jump)
        return self._loop
