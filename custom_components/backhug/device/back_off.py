"""When the next attempt to connect may begin."""

from __future__ import annotations

import math
import random
from typing import Final

BURST: Final = 16
"""Attempts that may follow each other quickly, after a time with few of them."""
PACE: Final = 0.6
"""Time between two attempts in the long run, as a share of the longest wait."""
REQUEST_INTERVAL: Final = 10.0
"""Seconds between two attempts made for commands, once the burst is used up."""
URGENT_INTERVAL: Final = 3.0
"""Seconds between the end of an attempt and the next one while a stop is due."""
URGENT_ATTEMPTS: Final = 20
"""Attempts in a row that may fail while a stop is due, before the next ones are `URGENT_PAUSE` apart."""
URGENT_PAUSE: Final = 30.0
"""Seconds, likewise: the device is heard and refuses, and others need the radio, too."""


class BackOff:
    """Limits the attempts to connect to one device.

    After failures in a row the wait grows, up to a longest one. Besides, every attempt takes from an allowance
    that only time restores, as in a token bucket: whatever the pattern of failures and of connections that do
    not last, no more than `BURST` attempts exceed the pace. Requests, an urgent need and the return of the
    device are served at once; they take from the allowance, too.

    Times are those of the event loop, in seconds.
    """

    def __init__(self) -> None:
        """Allow an attempt at once."""
        self._failures = 0
        self._losses = 0
        self._not_before = -math.inf
        self._allowance_at = -math.inf
        """When the whole allowance is restored."""
        self._pace = 0.0
        self._requested = False
        self._requested_at = -math.inf
        self._returned = False
        self._ended_at = -math.inf
        self._urgent = False
        self._urgent_failures = 0

    def request(self) -> None:
        """Serve a person's request: do not wait longer because of earlier failures."""
        self._requested = True

    def returned(self) -> None:
        """Connect at once: the device was away, and is back."""
        self._returned = True

    def due(self, *, urgent: bool) -> float:
        """Return when the next attempt may begin."""
        self._urgent = urgent
        if self._returned:
            return -math.inf
        allowed_at = self._allowance_at - (BURST - 1) * self._pace
        due = max(self._not_before, allowed_at)
        if self._requested:
            due = min(due, allowed_at, self._requested_at + REQUEST_INTERVAL)
        if urgent:
            patient = self._urgent_failures >= URGENT_ATTEMPTS
            pause = URGENT_PAUSE if patient else URGENT_INTERVAL
            due = min(due, self._ended_at + pause)
        return due

    def begin(self, now: float, longest: float) -> None:
        """Take an attempt that begins now from the allowance."""
        if self._requested:
            self._requested_at = now
        if self._requested or self._returned:
            self.reset()
        self._requested = self._returned = False
        self.take(now, longest)

    def take(self, now: float, longest: float) -> None:
        """Take one connection from the allowance."""
        self._pace = PACE * longest
        self._allowance_at = min(
            max(self._allowance_at, now) + self._pace,
            # No more than one attempt in debt: requests are served without an allowance.
            now + (BURST + 1) * self._pace,
        )

    def failed(self, now: float, first: float, longest: float) -> None:
        """Wait after an attempt that failed, longer after each in a row."""
        self._ended_at = now
        self._failures += 1
        self._urgent_failures += self._urgent
        self._wait(now, self._failures, first, longest)

    def refused(self, now: float, longest: float) -> None:
        """Wait after an attempt that cannot succeed before the device changes."""
        self._requested = False
        self._failures += 1
        self._urgent_failures += self._urgent
        self._ended_at = now
        self._wait(now, 1, longest, longest)

    def connected(self, now: float) -> None:
        """Forget the failed attempts: one has succeeded."""
        self._ended_at = now
        self._failures = self._urgent_failures = 0
        self._not_before = -math.inf

    def lost(self, now: float, first: float, longest: float) -> None:
        """Wait a little after a connection that did not last: attempts succeed, the allowance limits them."""
        self._losses += 1
        self._wait(now, min(self._losses, 3), first, longest)

    def lasted(self) -> None:
        """Forget the connections that did not last: one has."""
        self._losses = 0

    def rested(self) -> None:
        """Give an attempt back whose connection was ended because nothing needed it."""
        self._losses = 0
        self._allowance_at -= self._pace

    def reset(self) -> None:
        """Forget all failures; the allowance stays as it is."""
        self._failures = self._losses = self._urgent_failures = 0
        self._not_before = -math.inf

    def _wait(self, now: float, times: int, first: float, longest: float) -> None:
        delay = min(longest, first * 2 ** min(times - 1, 10))
        # Jitter keeps several devices that were lost together from coming back together.
        self._not_before = now + delay * random.uniform(0.5, 1)  # noqa: S311
