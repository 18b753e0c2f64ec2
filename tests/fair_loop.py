"""An event loop whose time stands still while the machine is busy with something else."""

from __future__ import annotations

import asyncio
import selectors
from time import CLOCK_MONOTONIC, clock_gettime, process_time
from typing import override

COMPUTING_COUNTS = 0.25
"""Share of CPU time by which the loop's time advances, so that a slow machine has the same time."""


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
        self._offset = (
            clock_gettime(CLOCK_MONOTONIC) - process_time() * COMPUTING_COUNTS
        )
        super().__init__(self._waits)

    @override
    def time(self) -> float:
        return self._offset + self._waits.waited + process_time() * COMPUTING_COUNTS
