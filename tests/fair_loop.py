"""An event loop whose time stands still while the machine is busy with something else."""

from __future__ import annotations

import asyncio
import selectors
from time import CLOCK_MONOTONIC, clock_gettime, process_time
from typing import override

COMPUTING_COUNTS = 0.25
"""Share of CPU time by which the loop's time advances, so that a slow machine has the same time."""
RESOLUTION = 0.002
"""Seconds after which CPU time is read again: reading it takes longer than most callbacks do."""


class _Selector(selectors.DefaultSelector):
    """Selector that adds up the seconds for which it waits."""

    waited = 0.0

    @override
    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        # Not `time.monotonic`, which tests freeze.
        began = clock_gettime(CLOCK_MONOTONIC)
        ready = super().select(timeout)
        waited = clock_gettime(CLOCK_MONOTONIC) - began
        # A process that wakes up late has not waited longer: timers that are due later would elapse too.
        self.waited += waited if timeout is None else min(waited, max(timeout, 0.0))
        return ready


class FairLoop(asyncio.SelectorEventLoop):
    """Event loop whose time is what it has waited, and a share of its CPU time.

    Timers keep their order and their distance however many processes share the machine.
    """

    def __init__(self) -> None:
        """Start with the time of the monotonic clock, as other loops do."""
        self._waits = _Selector()
        self._sampled_at = clock_gettime(CLOCK_MONOTONIC)
        self._computed = process_time()
        self._offset = self._sampled_at - self._computed * COMPUTING_COUNTS
        super().__init__(self._waits)

    @override
    def time(self) -> float:
        now = clock_gettime(CLOCK_MONOTONIC)
        if now - self._sampled_at >= RESOLUTION:
            self._sampled_at = now
            self._computed = process_time()
        return self._offset + self._waits.waited + self._computed * COMPUTING_COUNTS
