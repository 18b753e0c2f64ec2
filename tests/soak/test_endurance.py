"""One household with several BackHugs: violations are reported until the end, and runs can be repeated."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Any

import pytest

from .builds import BUILDS
from .endurance import Report, check_flat, endure
from .household import Household, ViolationError
from .log import OURS, Log
from .radio_faults import move_proxy
from .virtual_time import VirtualTime


def live(time: VirtualTime, steps: int, reported: list[str]) -> Report:
    """Run a household with three BackHugs for some steps."""
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
    """The same seed and number of steps give the same run."""

    def run() -> list[Any]:
        # Numbers drawn earlier do not matter.
        random.seed()
        reported: list[str] = []
        report = live(virtual_time, 60, reported)
        assert not reported
        assert not report.violations
        last = report.samples[-1]
        return [last.steps, last.hours, last.calls, last.refused, last.lines]

    # The first household of a process imports modules, which its virtual time may notice.
    live(virtual_time, 3, [])
    first = run()
    assert first[0] == 60
    assert run() == first


@pytest.mark.parametrize("end", ["recover", "close"])
def test_violation_at_the_end_is_reported(
    virtual_time: VirtualTime, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Violations during recovery and shutdown are reported, with the steps before them."""
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


def test_growth_after_the_first_quarter_is_a_leak() -> None:
    """Memory may grow during the first quarter of a run."""
    check_flat([240.0, 290.0])
    check_flat([200.0, 245.0, 246.0, 249.0, 250.0, 246.0, 247.0, 248.0])
    with pytest.raises(ViolationError, match="from 245"):
        check_flat([200.0, 220.0, 245.0, 250.0, 252.0, 255.0, 258.0, 262.0])


def test_outage_logged_twice_is_a_violation() -> None:
    """A second line for the same outage is a violation; a warning that quotes one is not."""
    log = Log()

    def log_line(level: int, text: str) -> list[str]:
        log.emit(logging.LogRecord(OURS, level, "", 0, text, None, None))
        return log.violations

    outage = "BackHug-0007 is out of reach"
    for _ in range(2):
        warning = f"BackHug-0007 did not start on occupancy: {outage}."
        assert log_line(logging.WARNING, warning) == []
    assert log_line(logging.INFO, outage) == []
    assert log_line(logging.INFO, "BackHug-0007 is connected again") == []
    assert log_line(logging.INFO, outage) == []
    assert log_line(logging.INFO, outage) == [f"logged twice: {outage}"]


def test_device_without_a_proxy_need_not_be_connected(
    virtual_time: VirtualTime,
) -> None:
    """A device that no proxy hears need not be connected before the recovery."""

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
