"""Back-off between attempts to connect."""

from __future__ import annotations

import math
import random
from typing import Final

BURST: Final = 16
"""Attempts that may follow each other quickly after a quiet time."""
PACE: Final = 0.6
"""Average time between two attempts, as a share of the longest wait."""
REQUEST_INTERVAL: Final = 10.0
"""Seconds between two attempts made for commands, once the burst is used up."""
URGENT_INTERVAL: Final = 3.0
"""Seconds between the end of an attempt and the next one while a stop is due."""
URGENT_ATTEMPTS: Final = 20
"""Attempts in a row that may fail while a stop is due, before `URGENT_PAUSE` applies."""
URGENT_PAUSE: Final = 30.0
"""Seconds between the end of an attempt and the next one after that: others need the radio, too."""


class BackOff:
    """Limits the attempts to connect to one device.

    The wait grows with each failure in a row, up to a longest one. Every attempt also takes from a token bucket
    that only time refills: whatever the pattern of failures and short connections, at most `BURST` attempts
    exceed the pace. Requests, an urgent need and the return of the device are served at once; they take from
    the bucket, too.

    Times are those of the event loop, in seconds.
    """

    def __init__(self) -> None:
        """Allow an attempt at once."""
        self._failures = 0
        self._losses = 0
        self._not_before = -math.inf
        self._allowance_at = -math.inf
        """When the bucket is full again."""
        self._pace = 0.0
        self._requested = False
        self._requested_at = -math.inf
        self._returned = False
        self._ended_at = -math.inf
        self._urgent = False
        self._urgent_failures = 0

    def request(self) -> None:
        """Serve a person's request, without the wait for earlier failures."""
        self._requested = True

    def returned(self) -> None:
        """Connect at once: the device is back."""
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
        """Begin an attempt: take it from the bucket."""
        if self._requested:
            self._requested_at = now
        if self._requested or self._returned:
            self.reset()
        self._requested = self._returned = False
        self.take(now, longest)

    def take(self, now: float, longest: float) -> None:
        """Take one connection from the bucket."""
        self._pace = PACE * longest
        self._allowance_at = min(
            max(self._allowance_at, now) + self._pace,
            # At most one attempt in debt: requests are served from an empty bucket, too.
            now + (BURST + 1) * self._pace,
        )

    def failed(self, now: float, first: float, longest: float) -> None:
        """Wait after a failed attempt, longer after each in a row."""
        self._ended_at = now
        self._failures += 1
        self._urgent_failures += self._urgent
        self._wait(now, self._failures, first, longest)

    def refused(self, now: float, longest: float) -> None:
        """Wait for the longest time: no attempt succeeds before the device changes."""
        self._requested = False
        self._failures += 1
        self._urgent_failures += self._urgent
        self._ended_at = now
        self._wait(now, 1, longest, longest)

    def connected(self, now: float) -> None:
        """Forget the failed attempts after a success."""
        self._ended_at = now
        self._failures = self._urgent_failures = 0
        self._not_before = -math.inf

    def lost(self, now: float, first: float, longest: float) -> None:
        """Wait briefly after a short connection; the bucket limits their number."""
        self._losses += 1
        self._wait(now, min(self._losses, 3), first, longest)

    def lasted(self) -> None:
        """Forget the short connections after a long one."""
        self._losses = 0

    def rested(self) -> None:
        """Give back the token of an attempt whose connection was closed when idle."""
        self._losses = 0
        self._allowance_at -= self._pace

    def reset(self) -> None:
        """Forget all failures; the bucket stays as it is."""
        self._failures = self._losses = self._urgent_failures = 0
        self._not_before = -math.inf

    def _wait(self, now: float, times: int, first: float, longest: float) -> None:
        delay = min(longest, first * 2 ** min(times - 1, 10))
        # Jitter keeps devices that were lost together from reconnecting together.
        self._not_before = now + delay * random.uniform(0.5, 1)  # noqa: S311
