"""Endurance: one household with many BackHugs, and random operations for any length of time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
import gc
import random
import traceback
from typing import Any

import freezegun.api
import psutil

from simulator.build import Build

from .builds import BUILDS
from .household import Household, ViolationError
from .operation import Operation
from .operations import OPERATIONS
from .virtual_time import BOOTED_FOR, VirtualTime

KEPT = 200
"""Steps that are reported with a violation."""
CALM = 500
"""Steps between recoveries: otherwise one of many devices would always be impaired."""
ENOUGH = 20
"""Violations after which a run ends."""
GROWTH = 16.0
"""Growth in megabytes after the first quarter of a run that counts as a leak."""
ENOUGH_SAMPLES = 8
_RARE = frozenset({"wait_long"})
"""Operations left out: with many devices enough time passes."""


@dataclass(slots=True)
class Sample:
    """Counts at one moment."""

    minutes: float
    """Real time."""
    hours: float
    """Virtual time."""
    steps: int
    calls: int
    refused: int
    sessions: int
    memory: float
    """Resident set in megabytes."""
    objects: int
    """Objects tracked by the garbage collector after it has run."""
    tasks: int
    timers: int
    lines: int
    """Lines logged by the integration at info or above since the start."""
    violations: int


@dataclass(slots=True)
class Report:
    """The result of a run."""

    seed: int
    devices: int
    samples: list[Sample] = field(default_factory=list)
    violations: list[tuple[str, list[str]]] = field(default_factory=list)
    """Each with the steps before it."""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def builds(count: int) -> list[Build]:
    """Return that many different BackHugs."""
    return [
        Build(
            **{
                **asdict(BUILDS[number % len(BUILDS)]),
                "name": f"BackHug-{number:04X}",
                "address": f"C0:FF:EE:00:01:{number:02X}",
            }
        )
        for number in range(count)
    ]


class _Endurance:
    """One run."""

    def __init__(
        self,
        time: VirtualTime,
        report: Report,
        violated: Callable[[str, list[str]], None],
    ) -> None:
        """Initialize with a household that is not started."""
        self.household = Household(time)
        self.report = report
        self.steps = 0
        self.taken: deque[str] = deque(maxlen=KEPT)
        self.began = freezegun.api.real_monotonic()
        self._random = random.Random(report.seed)
        self._violated = violated
        self._names = [each for each in OPERATIONS if each.name not in _RARE]
        self._weights = [each.weight for each in self._names]

    @property
    def minutes(self) -> float:
        """Real time since the start, in minutes."""
        minutes: float = (freezegun.api.real_monotonic() - self.began) / 60
        return minutes

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Report a violation with the steps before it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 (each is a finding)
            violation = str(error)
            if not isinstance(error, ViolationError):
                violation = "".join(traceback.format_exception(error))
            taken = list(self.taken)
            self.report.violations.append((violation, taken))
            self._violated(violation, taken)

    async def step(self) -> None:
        """Carry out a random operation, and check the household."""
        operation = self._random.choices(self._names, self._weights)[0]
        with self.noting():
            await self._carry_out(operation)
            self.household.check()

    async def _carry_out(self, operation: Operation) -> None:
        chosen = {
            name: self._random.choice(of) for name, of in operation.choices.items()
        }
        if "which" in chosen:
            chosen["which"] = self._random.randrange(len(self.household.residents))
        self.steps += 1
        said = {name: getattr(of, "__name__", of) for name, of in chosen.items()}
        self.taken.append(f"{self.steps} {operation.name} {said}")
        await operation.carry_out(self.household, **chosen)

    async def recover(self) -> None:
        """Clear every fault, and check that everything works again."""
        with self.noting():
            self.taken.append("recovery")
            await self.household.recover()

    async def end(self) -> None:
        """Recover, and stop Home Assistant."""
        await self.recover()
        self.sample()
        with self.noting():
            self.taken.append("Home Assistant is stopped")
            await self.household.close()
        with self.noting():
            check_flat([sample.memory for sample in self.report.samples])

    def sample(self) -> Sample:
        """Take a sample."""
        sample = _sample(
            self.household, self.minutes, self.steps, len(self.report.violations)
        )
        self.report.samples.append(sample)
        return sample


def check_flat(memory: list[float]) -> None:
    """Raise ViolationError if memory, in megabytes, grew after the first quarter of the samples.

    A run with fewer than ENOUGH_SAMPLES is a warm-up: what it imports and caches counts as no growth.
    """
    if len(memory) < ENOUGH_SAMPLES:
        return
    before, after = memory[len(memory) // 4], memory[-1]
    if after - before > GROWTH:
        raise ViolationError(f"memory grew from {before} to {after} MB")


async def endure(
    time: VirtualTime,
    *,
    seed: int,
    devices: int,
    enough: Callable[[int, float], bool],
    sampled: Callable[[Sample], None],
    violated: Callable[[str, list[str]], None],
) -> Report:
    """Run until `enough(steps, minutes)` is true, with the minutes of real time.

    A sample is taken every half minute. `violated` is called for each violation with the steps before it.
    """
    report = Report(seed, devices)
    # The jitter of the back-off uses the global generator.
    random.seed(seed)
    run = _Endurance(time, report, violated)
    next_sample = 0.0
    await run.household.start(builds(devices))
    while not enough(run.steps, run.minutes) and len(report.violations) < ENOUGH:
        await run.step()
        if run.steps % CALM == 0:
            await run.recover()
        if run.minutes >= next_sample:
            next_sample = run.minutes + 0.5
            sampled(run.sample())
    await run.end()
    return report


def _sample(
    household: Household, minutes: float, steps: int, violations: int
) -> Sample:
    gc.collect()
    loop: Any = asyncio.get_running_loop()
    residents = household.residents
    return Sample(
        minutes=round(minutes, 2),
        hours=round((loop.time() - BOOTED_FOR) / 3600, 2),
        steps=steps,
        calls=sum(resident.called for resident in residents),
        refused=sum(resident.refused for resident in residents),
        sessions=sum(resident.back.session_number for resident in residents),
        memory=round(psutil.Process().memory_info().rss / 2**20, 1),
        objects=len(gc.get_objects()),
        tasks=len(asyncio.all_tasks()),
        timers=sum(not handle.cancelled() for handle in loop._scheduled),
        lines=household.log.lines,
        violations=violations,
    )
