"""Soaks the integration: many short households, or a long one with many devices. Run by scripts/soak."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
from pathlib import Path
import random
import sys
from typing import Final

import freezegun.api
import homeassistant.components.bluetooth  # noqa: F401 (its clocks are replaced too)
from hypothesis import HealthCheck, Phase, seed as seeded, settings
from hypothesis.stateful import run_state_machine_as_test
import psutil
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from simulator.dialect import Dialect

from .endurance import Sample, check_flat, endure
from .household import Household, ViolationError
from .machine import TIME, Machine

STEPS_EACH: Final = 50
"""Maximum number of steps of one household."""
SHOWN: Final = 60
"""Steps that are shown before a violation."""
_CONSOLE: Final = Console()


def _now() -> float:
    now: float = freezegun.api.real_monotonic()
    return now


def _memory() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_CONSOLE,
        get_time=_now,
        # A thread of its own would wait for virtual time.
        auto_refresh=False,
    )


def _households(steps: int, minutes: float | None, seed: int, shrink: bool) -> int:
    """Run one household after another until a violation; return the number of violations."""
    began = _now()
    households = violations = 0
    memory: list[float] = []
    with _progress() as progress:
        total = steps if minutes is None else round(60 * minutes)
        bar = progress.add_task(f"seed {seed}", total=total)
        while not violations:
            done = Machine.steps if minutes is None else round(_now() - began)
            progress.update(bar, completed=min(done, total), refresh=True)
            if done >= total:
                break
            try:
                _one(seed + households, shrink=shrink)
            except BaseException as error:
                violations += 1
                if isinstance(error, KeyboardInterrupt):
                    raise
                _CONSOLE.print_exception(max_frames=4)
            households += 1
            gc.collect()
            memory.append(_memory())
    took = _now() - began
    table = Table(title="Soak")
    for name, value in {
        "seeds": f"{seed}…{seed + households - 1}",
        "runs": households,
        "steps": Machine.steps,
        "steps a second": f"{Machine.steps / took:.0f}",
        "seconds": f"{took:.0f}",
        "violations": violations,
        "memory after a quarter, in the end (MB)": f"{memory[len(memory) // 4]:.1f}, {memory[-1]:.1f}",
    }.items():
        table.add_row(name, str(value))
    _CONSOLE.print(table)
    if violations:
        failed = seed + households - 1
        _CONSOLE.print(
            f"Again: scripts/soak --dialect {Household.dialect} --steps 1 --seed {failed} --shrink"
        )
    try:
        check_flat(memory)
    except ViolationError as error:
        violations += 1
        _CONSOLE.print(error)
    return violations


def _one(seed: int, *, shrink: bool) -> None:
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    run_state_machine_as_test(
        seeded(seed)(Machine),
        settings=settings(
            max_examples=2,
            stateful_step_count=STEPS_EACH,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


def _endure(
    devices: int,
    steps: int | None,
    minutes: float,
    seed: int,
    output: Path | None,
) -> int:
    """Run one household with many BackHugs; return 1 for a violation."""
    table = Table(title=f"{devices} BackHugs, seed {seed}")
    for column in Sample.__slots__:
        table.add_column(column, justify="right")
    with _progress() as progress:
        total = round(minutes) if steps is None else steps
        bar = progress.add_task(f"seed {seed}", total=total)

        def enough(taken: int, took: float) -> bool:
            done = took if steps is None else taken
            progress.update(bar, completed=int(done))
            return done >= (minutes if steps is None else steps)

        def sampled(sample: Sample) -> None:
            row = (str(getattr(sample, name)) for name in Sample.__slots__)
            progress.console.print("  ".join(row))

        def violated(violation: str, steps: list[str]) -> None:
            text = "\n".join((*steps[-SHOWN:], violation))
            progress.console.print(text, markup=False, style="red")

        with asyncio.Runner(loop_factory=TIME.new_loop) as runner:
            report = runner.run(
                endure(
                    TIME,
                    seed=seed,
                    devices=devices,
                    enough=enough,
                    sampled=sampled,
                    violated=violated,
                )
            )
    for sample in report.samples[:: max(1, len(report.samples) // 12)]:
        table.add_row(*(str(getattr(sample, name)) for name in Sample.__slots__))
    _CONSOLE.print(table)
    if output is not None:
        output.write_text(json.dumps(report.as_dict(), indent=2) + "\n")
    _CONSOLE.print(f"{len(report.violations)} violations")
    taken = report.samples[-1].steps
    _CONSOLE.print(
        f"Again: scripts/soak --devices {devices} --steps {taken} --seed {seed}"
    )
    return 1 if report.violations else 0


def main() -> int:
    """Run with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="scripts/soak")
    until = parser.add_mutually_exclusive_group()
    until.add_argument(
        "--steps", type=int, help="default: 10000; no limit with --devices"
    )
    until.add_argument(
        "--minutes",
        type=float,
        help="real time instead of steps; default with --devices: 60",
    )
    parser.add_argument("--seed", type=int, help="default: random")
    parser.add_argument(
        "--shrink", action="store_true", help="reduce a failing run to a few steps"
    )
    parser.add_argument(
        "--devices", type=int, help="one household with so many BackHugs"
    )
    parser.add_argument(
        "--output", type=Path, help="file for the result as JSON, with --devices"
    )
    parser.add_argument(
        "--dialect",
        type=Dialect,
        choices=list(Dialect),
        default=Household.dialect,
        help="error vocabulary of the radio",
    )
    given = parser.parse_args()
    Household.dialect = given.dialect
    seed = given.seed
    if seed is None:
        seed = random.SystemRandom().randrange(1_000_000)
    _CONSOLE.print(f"Seed {seed}")
    gc.collect()
    # Modules stay: the garbage collector need not visit them each time.
    gc.freeze()
    with TIME():
        if given.devices is not None:
            minutes = 60.0 if given.minutes is None else given.minutes
            return _endure(given.devices, given.steps, minutes, seed, given.output)
        steps = 10_000 if given.steps is None else given.steps
        return _households(steps, given.minutes, seed, given.shrink)


if __name__ == "__main__":
    sys.exit(main())
