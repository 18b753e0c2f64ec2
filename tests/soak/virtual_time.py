"""Virtual time: it passes only while the event loop is idle, so that an hour of waiting takes no time.

The event loop, the monotonic clocks and the wall clock agree until the wall clock is set by `VirtualTime.jump`.
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
from freezegun.api import fake_monotonic, freeze_factories, real_monotonic

from simulator.clock import Clock

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


class _Selector(selectors.DefaultSelector):
    """Selector that skips each wait, and polls only if there is more than the loop's own pipe."""

    def __init__(self, skip: Callable[[float], None]) -> None:
        """Initialize; `skip` is called with the seconds of each wait."""
        super().__init__()
        self._skip = skip

    @override
    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingWillHappenError
        ready = super().select(0) if len(self.get_map()) > 1 else []
        if timeout > 0 and not ready:
            self._skip(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time; executor jobs run at once, in their order."""

    def __init__(self) -> None:
        """Initialize with the time of a machine that is up for a day."""
        self._now = BOOTED_FOR
        super().__init__(_Selector(self._skip))

    def _skip(self, seconds: float) -> None:
        self._now += seconds

    def skip_idle(self, seconds: float) -> bool:
        """Skip these seconds if nothing is scheduled until then; return whether it did.

        The same as a timer, without a turn of the loop.
        """
        loop: Any = self
        until = self._now + seconds
        if loop._ready or (loop._scheduled and loop._scheduled[0].when() <= until):
            return False
        self._now = until
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

    seldom = False
    """Whether the device repeats its Status seldom, but before the integration misses it."""

    @override
    def time(self) -> float:
        """Return the time of the running event loop, in seconds."""
        return asyncio.get_running_loop().time()

    @override
    def pace(self, interval: float) -> float:
        """Limit live scans to one each five seconds: they would take most of the CPU time."""
        if interval >= 1:
            return 4.0 if self.seldom else interval
        return 5.0

    async def rest(self, seconds: float) -> None:
        """Wait while the device repeats its Status seldom."""
        self.seldom = True
        await asyncio.sleep(seconds)
        self.seldom = False


class VirtualTime:
    """The clocks of one process; only one at a time."""

    def __init__(self) -> None:
        """Initialize without replacing a clock."""
        self._freezer = freezegun.freeze_time(BEGINNING, ignore=["hypothesis"])
        self._replaced: ExitStack | None = None
        self._modules: set[str] = set()
        """Names of the modules whose clocks are replaced."""
        self._set_by = 0.0
        """Seconds by which the wall clock was set."""
        self._loop: VirtualLoop | None = None

    @contextmanager
    def __call__(self) -> Iterator[VirtualTime]:
        """Replace all clocks; to be entered after all modules that read a clock are imported."""
        with self._freezer, ExitStack() as self._replaced:
            # The factory's own time would have to be set with each skip.
            factories: list[Any] = freeze_factories
            factories[-1] = self._wall_clock
            self._replace_clocks()
            yield self
        self._replaced = None
        self._modules.clear()

    def _replace_clocks(self) -> None:
        """Replace the clocks of modules that were imported since the last time."""
        assert self._replaced is not None
        real = (
            real_monotonic,
            fake_monotonic,
            bluetooth_data_tools.monotonic_time_coarse,
        )
        for name in sorted(sys.modules.keys() - self._modules):
            if name.startswith(_READ_THE_CLOCK):
                for attribute, value in list(vars(sys.modules[name]).items()):
                    if any(value is each for each in real):
                        self._replaced.enter_context(
                            patch.object(sys.modules[name], attribute, self.monotonic)
                        )
        self._modules.update(sys.modules)

    def _wall_clock(self) -> datetime:
        passed = self.monotonic() - BOOTED_FOR + self._set_by
        return BEGINNING.replace(tzinfo=None) + timedelta(seconds=passed)

    def monotonic(self) -> float:
        """Return the value of the monotonic clocks, in seconds."""
        return BOOTED_FOR if self._loop is None else self._loop.time()

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward or back by so many seconds; the other clocks stay."""
        self._set_by += seconds

    def new_loop(self) -> VirtualLoop:
        """Return a new event loop whose time is used from now on; it starts at `BEGINNING`."""
        self._replace_clocks()
        self._set_by = 0.0
        self._loop = VirtualLoop()
        return self._loop
