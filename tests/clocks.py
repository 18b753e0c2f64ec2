"""The clocks of this process, which count the seconds that its event loops have skipped.

To be imported before anything that takes a clock from `time`: see `tests.compatibility`.
"""

from __future__ import annotations

import datetime  # noqa: ICN001 (the name where `utcnow` runs)
import time
from time import CLOCK_MONOTONIC, clock_gettime

import bluetooth_data_tools

_wall_clock = time.time


class _Skipped:
    in_all = 0.0
    """By all loops: the monotonic clock must not go back."""
    by_loop = 0.0
    """By the newest loop: the next test has the machine's wall clock again."""


def monotonic() -> float:
    """Return the value of the monotonic clock, in seconds."""
    return clock_gettime(CLOCK_MONOTONIC) + _Skipped.in_all


def wall_clock() -> float:
    """Return the value of the wall clock, in seconds since 1970."""
    return _wall_clock() + _Skipped.by_loop


def utcnow() -> datetime.datetime:
    """Return the time of the wall clock."""
    return datetime.datetime.fromtimestamp(time.time(), datetime.UTC)


def skip(seconds: float) -> None:
    """Set the clocks forward."""
    _Skipped.in_all += seconds
    _Skipped.by_loop += seconds


def restore_wall_clock() -> None:
    """Set the wall clock to the machine's."""
    _Skipped.by_loop = 0.0


def install() -> None:
    """Replace the functions of the standard library, for all that import them from now on."""
    time.time = wall_clock
    time.monotonic = monotonic
    bluetooth_data_tools.monotonic_time_coarse = monotonic
