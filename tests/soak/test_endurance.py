"""One household with several BackHugs: what it finds is told, to the end; and it is the same each time."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Any

import pytest

from .endurance import Report, endure, see_flat
from .household import Household, ViolationError
from .log import OURS, Log
from .operations import BUILDS, move_proxy
from .virtual_time import VirtualTime


def live(time: VirtualTime, steps: int, reported: list[str]) -> Report:
    """Let three BackHugs live for some steps."""
    with asyncio.Runner(loop_factory=time.new_loop) as runner:
        return runner.run(
            endure(
                time,
                seed=1,
                devices=3,
                enough=lambda taken, _: taken >= steps,
                sampled=lambda _: None,
                violated=lambda violation, taken: reported.append(
                    "\n".join((*taken, violation))
                ),
            )
        )


def test_same_seed_is_the_same_run(virtual_time: VirtualTime) -> None:
    """A seed and a number of steps are all that is needed to see a run again."""

    def run() -> list[Any]:
        # As if something else had been drawn before.
        random.seed()
        reported: list[str] = []
        report = live(virtual_time, 120, reported)
        assert not reported
        assert not report.violations
        last = report.samples[-1]
        return [last.steps, last.hours, last.calls, last.refused, last.lines]

    first = run()
    assert first[0] == 120
    assert run() == first


@pytest.mark.parametrize("end", ["recover", "close"])
def test_violation_of_the_end_is_told(
    virtual_time: VirtualTime, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """What is found as all is made well or as Home Assistant ends is told too, with the steps before it."""
    right = getattr(Household, end)

    async def wrong(self: Household) -> None:
        await right(self)
        raise ViolationError("something is left")

    monkeypatch.setattr(Household, end, wrong)
    reported: list[str] = []
    report = live(virtual_time, 3, reported)
    assert len(reported) == len(report.violations) == 1
    assert reported[0].startswith("1 ")
    assert "\n3 " in reported[0]
    assert reported[0].endswith("something is left")


def test_growth_is_told() -> None:
    """Memory may grow while all is loaded; after the first quarter it is a leak."""
    see_flat([240.0])
    see_flat([200.0, 245.0, 246.0, 249.0, 250.0, 246.0, 247.0, 248.0])
    with pytest.raises(ViolationError, match="from 245"):
        see_flat([200.0, 245.0, 250.0, 255.0, 262.0])


def test_told_once() -> None:
    """An outage that is told twice is seen; one that a warning speaks of is none of its own."""
    log = Log()

    def say(level: int, text: str) -> list[str]:
        log.emit(logging.LogRecord(OURS, level, "", 0, text, None, None))
        return log.violations

    outage = "BackHug-0007 is out of reach"
    for _ in range(2):
        warning = f"BackHug-0007 did not start on occupancy: {outage}."
        assert say(logging.WARNING, warning) == []
    assert say(logging.INFO, outage) == []
    assert say(logging.INFO, "BackHug-0007 is connected again") == []
    assert say(logging.INFO, outage) == []
    assert say(logging.INFO, outage) == [f"told again: {outage}"]


def test_heard_by_nobody(virtual_time: VirtualTime) -> None:
    """Whom no proxy hears need not be connected, until all is made well."""

    async def run() -> None:
        household = Household(virtual_time)
        await household.start([BUILDS[0]])
        resident = household.residents[0]
        await asyncio.sleep(5)
        for _ in range(2):
            move_proxy(resident, None)
            household.scanners.reverse()
        resident.peripheral.drop_link()
        await asyncio.sleep(300)
        household.check()
        assert resident.shown("sensor", "state") == "unavailable"
        await household.recover()
        assert resident.shown("sensor", "state") != "unavailable"
        await household.close()

    with asyncio.Runner(loop_factory=virtual_time.new_loop) as runner:
        runner.run(run())
