"""The time of a simulated device, which may run faster than ours."""

import asyncio
from collections.abc import Callable
import heapq
from itertools import count
import time
from typing import override

FASTEST_REPETITION = 0.1
"""Seconds of real time: what repeats by itself is not sent more often than this."""


class Timer:
    """A scheduled call, which can be cancelled until it is made."""

    def __init__(self, callback: Callable[[], None]) -> None:
        """Remember what to call."""
        self.cancelled = False
        self._callback = callback
        self._handle: asyncio.TimerHandle | None = None

    def arm(self, delay: float) -> None:
        """Have the running event loop fire this timer after `delay` real seconds."""
        self._handle = asyncio.get_running_loop().call_later(delay, self.fire)

    def cancel(self) -> None:
        """Make sure that the call is not made any more."""
        self.cancelled = True
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def fire(self) -> None:
        """Make the call, unless it was cancelled."""
        if not self.cancelled:
            self.cancelled = True
            self._handle = None
            self._callback()


class Clock:
    """Device time that runs `speed` times as fast as real time (more than 0)."""

    def __init__(self, speed: float = 1.0) -> None:
        """Start at device time 0; ValueError for a speed that is not above 0."""
        if speed <= 0:
            raise ValueError("the speed of a clock must be more than 0")
        self.speed = speed
        self._started = time.monotonic()

    def time(self) -> float:
        """Return the device seconds since this clock was made."""
        return (time.monotonic() - self._started) * self.speed

    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call back after `delay` device seconds, from the running event loop."""
        timer = Timer(callback)
        timer.arm(delay / self.speed)
        return timer

    def pace(self, interval: float) -> float:
        """Return the interval unchanged: no real time passes."""
        return max(interval, FASTEST_REPETITION * self.speed)


class ManualClock(Clock):
    """Device time that stands still until it is advanced: for deterministic tests."""

    def __init__(self) -> None:
        """Start at device time 0."""
        super().__init__()
        self.shortest = 0.0
        """Seconds: what repeats by itself does so no more often than this."""
        self._now = 0.0
        self._order = count()
        self._timers: list[tuple[float, int, Timer]] = []

    @override
    def time(self) -> float:
        """Return the device seconds that this clock was advanced."""
        return self._now

    @override
    def call_later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call back when the clock was advanced by another `delay` seconds."""
        timer = Timer(callback)
        heapq.heappush(self._timers, (self._now + delay, next(self._order), timer))
        return timer

    @override
    def pace(self, interval: float) -> float:
        """Return the interval, or `shortest` if that is longer: no real time passes."""
        return max(interval, self.shortest)

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, firing what falls due in its order and at its time."""
        until = self._now + seconds
        while self._timers and self._timers[0][0] <= until:
            due, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, due)
            timer.fire()
        self._now = until
