"""A selector whose event loop may skip the time for which it would wait."""

from __future__ import annotations

from collections.abc import Callable
import selectors
from time import CLOCK_MONOTONIC, clock_gettime
from typing import override


class IdleSelector(selectors.DefaultSelector):
    """Selector that offers each wait to `skip` first, and adds up the seconds for which it waits."""

    def __init__(self, skip: Callable[[float | None], bool]) -> None:
        """Initialize; `skip` gets the seconds, None without a timer, and returns whether it skips them."""
        super().__init__()
        self.waited = 0.0
        self._skip = skip

    @override
    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0) or self._skip(timeout):
            return ready
        # Not `time.monotonic`, which tests freeze.
        began = clock_gettime(CLOCK_MONOTONIC)
        ready = super().select(timeout)
        waited = clock_gettime(CLOCK_MONOTONIC) - began
        # A process that wakes up late has not waited longer: timers that are due later would elapse too.
        self.waited += waited if timeout is None else min(waited, timeout)
        return ready
