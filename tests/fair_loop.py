"""An event loop whose time stands still while the machine is busy with something else, and passes at once while idle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.thread import _threads_queues
import contextlib
from selectors import SelectorKey
import threading
from time import CLOCK_MONOTONIC, clock_gettime, process_time
from typing import Any, override

from asyncinotify import Inotify
from pytest_homeassistant_custom_component import patch_time

from . import clocks
from .idle_selector import IdleSelector

# Home Assistant's modules have this function under several names.
patch_time._utcnow.__code__ = clocks.utcnow.__code__

COMPUTING_COUNTS = 0.1
"""Share of CPU time by which the loop's time advances, so that a slow machine has the same time."""
RESOLUTION = 0.002
"""Seconds after which CPU time is read again: reading it takes longer than most callbacks do."""
_DESTROYS_RESOLVERS = "_run_safe_shutdown_loop"
"""Part of the name of pycares' thread, which runs for ever and calls nobody."""


class FairLoop(asyncio.SelectorEventLoop):
    """Event loop whose time is what it has waited or skipped, and a share of its CPU time.

    Timers keep their order and their distance however many processes share the machine. While only timers are
    pending, the loop skips to the next: nothing else can wake it without a job, another thread or a file descriptor.
    """

    def __init__(self) -> None:
        """Start with the time of the monotonic clock, as other loops do."""
        self._waits = IdleSelector(self._skip)
        self._jobs = 0
        self._skipped = 0.0
        clocks.restore_wall_clock()
        self._sampled_at = clock_gettime(CLOCK_MONOTONIC)
        self._computed = process_time()
        self._offset = clocks.monotonic() - self._computed * COMPUTING_COUNTS
        super().__init__(self._waits)
        self._own = set(self._waits.get_map())
        """File descriptors by which other threads wake the loop."""

    @override
    def time(self) -> float:
        now = clock_gettime(CLOCK_MONOTONIC)
        if now - self._sampled_at >= RESOLUTION:
            self._sampled_at = now
            self._computed = process_time()
        return (
            self._offset
            + self._waits.waited
            + self._skipped
            + self._computed * COMPUTING_COUNTS
        )

    @override
    def run_in_executor[*Ts, T](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        if executor is None:
            executor = self._default_executor  # type: ignore[attr-defined]
        if executor is None:
            return super().run_in_executor(executor, func, *args)
        self._check_closed()  # type: ignore[attr-defined]
        job = executor.submit(func, *args)
        self._jobs += 1
        future = asyncio.wrap_future(job, loop=self)
        # After the future has its result. A job whose future is cancelled may go on.
        job.add_done_callback(self._job_ends)
        return future

    def _job_ends(self, _job: Future[Any]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self.call_soon_threadsafe(self._job_ended)

    def _job_ended(self) -> None:
        self._jobs -= 1

    def _skip(self, seconds: float | None) -> bool:
        if (
            seconds is None
            or self._jobs
            or any(map(_may_wake_us, threading.enumerate()))
            or any(
                _is_of_others(key)
                for descriptor, key in self._waits.get_map().items()
                if descriptor not in self._own
            )
        ):
            return False
        self._skipped += seconds
        clocks.skip(seconds)
        return True


def _may_wake_us(thread: threading.Thread) -> bool:
    return not (
        thread is threading.main_thread()
        or thread in _threads_queues
        or _DESTROYS_RESOLVERS in thread.name
    )


def _is_of_others(key: SelectorKey) -> bool:
    reader, _ = key.data
    # Home Assistant watches for USB devices that somebody plugs in, which no test does.
    return reader is None or not isinstance(
        getattr(reader._callback, "__self__", None), Inotify
    )
