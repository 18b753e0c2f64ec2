"""One Home Assistant with many BackHugs, in which things go wrong at random for as long as one wants."""

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

from .household import Household, ViolationError
from .operations import BUILDS, OPERATIONS, Operation
from .virtual_time import BOOTED_FOR, VirtualTime

KEPT = 200
"""Steps that are kept for whoever looks at a violation."""
CALM = 500
"""Steps after which all is made well, to see that all comes back: one of many devices is always ill else."""
ENOUGH = 20
"""Violations after which a run ends."""
GROWTH = 16.0
"""Megabytes of growth after the first quarter of a run that are a leak."""
_RARE = frozenset({"wait_long"})
"""With many devices time passes often enough."""


@dataclass(slots=True)
class Sample:
    """What there was at one moment."""

    minutes: float
    """Of real time."""
    hours: float
    """Of the household's time."""
    steps: int
    calls: int
    refused: int
    sessions: int
    memory: float
    """Resident set in megabytes."""
    objects: int
    """Tracked by the garbage collector after it has run."""
    tasks: int
    timers: int
    lines: int
    """Logged by us at info or above since the start."""
    violations: int


@dataclass(slots=True)
class Report:
    """How a run went."""

    seed: int
    devices: int
    samples: list[Sample] = field(default_factory=list)
    violations: list[tuple[str, list[str]]] = field(default_factory=list)
    """Each with the steps that led there."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
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
        """Begin with a household that is not started."""
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
        """How long it has taken, in real time."""
        minutes: float = (freezegun.api.real_monotonic() - self.began) / 60
        return minutes

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what must not be, with the steps that led there."""
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
        """Let something happen, and look at everything."""
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
        """Make everything well, and see that all comes back."""
        with self.noting():
            self.taken.append("all is made well")
            await self.household.recover()

    async def end(self) -> None:
        """Make everything well, and end Home Assistant."""
        await self.recover()
        self.sample()
        with self.noting():
            self.taken.append("Home Assistant is stopped")
            await self.household.close()
        with self.noting():
            see_flat([sample.memory for sample in self.report.samples])

    def sample(self) -> Sample:
        """Take a sample."""
        sample = _sample(
            self.household, self.minutes, self.steps, len(self.report.violations)
        )
        self.report.samples.append(sample)
        return sample


def see_flat(memory: list[float]) -> None:
    """Raise ViolationError if memory grew, in megabytes, after the first quarter of what was measured."""
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
    """Let anything happen until `enough`, told the steps and the minutes of real time, says so.

    A sample is taken each half minute. What must not be is told at once, also that of the end.
    """
    report = Report(seed, devices)
    # Whoever draws without a generator of its own, as for a jitter, is to draw the same each time.
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
