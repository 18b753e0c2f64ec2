"""One Home Assistant with many BackHugs, in which things go wrong at random for as long as one wants."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
import gc
from random import Random
from typing import Any

import freezegun.api
import psutil

from simulator.build import Build

from .household import Household, Violation
from .operations import BUILDS, OPERATIONS, Operation
from .virtual_time import BOOTED_FOR, VirtualTime

KEPT = 200
"""Steps that are kept for whoever looks at a violation."""
ENOUGH = 20
"""Violations after which a run ends."""
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


async def endure(
    time: VirtualTime,
    *,
    seed: int,
    devices: int,
    minutes: float,
    sampled: Callable[[Sample], None],
    progress: Callable[[float], None],
) -> Report:
    """Let anything happen for some minutes of real time, taking a sample each half minute."""
    real = freezegun.api.real_monotonic
    random = Random(seed)  # noqa: S311
    report = Report(seed, devices)
    household = Household(time)
    began = next_sample = real()
    steps = 0
    taken: deque[str] = deque(maxlen=KEPT)
    names = [each for each in OPERATIONS if each.name not in _RARE]
    weights = [each.weight for each in names]
    try:
        await household.start(builds(devices))
        while (now := real()) - began < 60 * minutes:
            progress((now - began) / 60)
            operation = random.choices(names, weights)[0]
            await _carry_out(household, operation, random, taken)
            steps += 1
            try:
                household.check()
            except Violation as violation:
                report.violations.append((str(violation), list(taken)))
                if len(report.violations) >= ENOUGH:
                    break
            if now >= next_sample:
                next_sample = now + 30
                sample = _sample(
                    household, (now - began) / 60, steps, len(report.violations)
                )
                report.samples.append(sample)
                sampled(sample)
        await household.recover()
        report.samples.append(
            _sample(household, (real() - began) / 60, steps, len(report.violations))
        )
    except Violation as violation:
        report.violations.append((str(violation), list(taken)))
    finally:
        try:
            await household.close()
        except Violation as violation:
            report.violations.append((str(violation), []))
    return report


async def _carry_out(
    household: Household, operation: Operation, random: Random, taken: deque[str]
) -> None:
    chosen = {name: random.choice(of) for name, of in operation.choices.items()}
    if "which" in chosen:
        chosen["which"] = random.randrange(len(household.residents))
    taken.append(f"{operation.name} {chosen}")
    await operation.carry_out(household, **chosen)


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
