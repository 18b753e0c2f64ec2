"""Measurements and their bars."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
import operator
from statistics import median
import time
from typing import Final, Literal

type Duration = Callable[[], Awaitable[float]]
"""Does something once; returns how long that took, in seconds."""
type Limit = Literal["≤", "<", "="]

_HOLDS: Final = {"≤": operator.le, "<": operator.lt, "=": operator.eq}


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a measured value."""

    limit: Limit
    value: float
    timed: bool = True
    """Whether it takes many measurements to tell: a quick run does not judge it."""

    def holds(self, value: float) -> bool:
        """Return whether a measured value keeps to it."""
        holds: bool = _HOLDS[self.limit](value, self.value)
        return holds


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    value: float
    unit: str = "×"
    bar: Bar | None = None
    """None for what is only told."""
    detail: Mapping[str, float | str] = field(default_factory=dict)
    """What the value was made of."""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None where there is none."""
        return None if self.bar is None else self.bar.holds(self.value)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    quick: bool = False
    """Once only: to see that everything runs, and to count."""

    def times(self, many: int) -> int:
        """Return the number of repetitions for a benchmark that needs many."""
        return 1 if self.quick else many


def at_most(value: float) -> Bar:
    """Return the bar of a ratio."""
    return Bar("≤", value)


def exactly(value: float) -> Bar:
    """Return the bar of a count that has one right value."""
    return Bar("=", value, timed=False)


async def in_turn(times: int, *durations: Duration) -> list[float]:
    """Do each of several things so many times, in turn; return the median duration of each, in seconds.

    What the machine does beside it then slows each of them alike.
    """
    taken: list[list[float]] = [[] for _ in durations]
    for _ in range(times):
        for duration, each in zip(durations, taken, strict=True):
            each.append(await duration())
    return [median(each) for each in taken]


async def cpu_of(call: Callable[[int], None], calls: int) -> float:
    """Return the CPU time of one call in seconds, with what it leaves to the event loop.

    The call gets its number: 0, 1, …
    """
    began = time.thread_time()
    for number in range(calls):
        call(number)
    # Callbacks left for the next iteration of the loop are part of it.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return (time.thread_time() - began) / calls


def milliseconds(seconds: float) -> float:
    """Format a duration in milliseconds."""
    return round(1000 * seconds, 2)


def microseconds(seconds: float) -> float:
    """Format a duration in microseconds."""
    return round(1e6 * seconds, 1)
