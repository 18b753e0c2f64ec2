"""Fuzzes the targets with atheris, each in a process of its own. Run by scripts/fuzz."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
import gc
from importlib import import_module
import json
import logging
from pathlib import Path
import random
import re
import subprocess
import sys
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final

from bluetooth_data_tools import parse_advertisement_data
import psutil
from rich.console import Console
from rich.table import Table

WARM: Final = 0.1
"""Share of the runs after which memory is measured for the first time."""
GROWTH: Final = 4.0
"""Megabytes of growth from then on that are a leak: what the fuzzer itself keeps is in them."""
_INSTRUMENTED: Final = (
    "custom_components.backhug.device",
    "custom_components.backhug.session.tracker",
    "custom_components.backhug.programmes.model",
    "custom_components.backhug.programmes.runner",
    "custom_components.backhug.session.record",
)


@dataclass(slots=True)
class Counted:
    """A target that counts its runs, and looks at its memory."""

    target: Callable[[bytes], None]
    runs: int
    report: Path
    done: int = 0
    objects: int = 0
    memory: float = 0.0

    def __call__(self, data: bytes) -> None:
        """Run once."""
        self.done += 1
        self.target(data)
        if self.done == int(self.runs * WARM):
            self.objects, self.memory = _now()
        elif self.done == self.runs - 1:
            objects, memory = _now()
            self.report.write_text(
                json.dumps(
                    {
                        "runs": self.done + 1,
                        "objects": objects - self.objects,
                        "megabytes": round(memory - self.memory, 1),
                        "memory": round(memory, 1),
                    }
                )
            )


def _now() -> tuple[int, float]:
    gc.collect()
    return len(gc.get_objects()), psutil.Process().memory_info().rss / 2**20


def _fuzz(name: str, runs: int, seed: int, report: Path) -> None:
    """Fuzz one target; the process ends with it."""
    atheris = import_module("atheris")
    logging.getLogger("custom_components.backhug").setLevel(logging.ERROR)
    # Ours only: Home Assistant's modules would dominate it.
    parse_advertisement_data((b"",))
    with atheris.instrument_imports(include=list(_INSTRUMENTED)):
        targets = import_module("tests.fuzz.targets")
        seeds = import_module("tests.fuzz.seeds")
    with TemporaryDirectory() as corpus:
        for number, seeded in enumerate(seeds.SEEDS[name]()):
            (Path(corpus) / f"seed-{number}").write_bytes(seeded)
        arguments = [
            sys.argv[0],
            f"-runs={runs}",
            f"-seed={seed}",
            "-max_len=1024",
            "-timeout=10",
            "-print_final_stats=1",
            # Failures are printed, and not left behind.
            f"-artifact_prefix={corpus}/",
            corpus,
        ]
        atheris.Setup(arguments, Counted(targets.TARGETS[name], runs, report))
        atheris.Fuzz()


def main() -> int:
    """Run the requested targets; return 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz")
    parser.add_argument("--runs", type=int, default=1_000_000, help="of all together")
    parser.add_argument("--seed", type=int, help="at random if not given")
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*")
    given = parser.parse_args()
    seed = given.seed or random.SystemRandom().randrange(1, 1_000_000)
    if given.report is not None:
        _fuzz(given.targets[0], given.runs, seed, given.report)
        return 0
    names = given.targets or [
        "advertisement",
        "features",
        "information",
        "values",
        "stored",
    ]
    console = Console()
    table = Table(
        "target",
        "inputs",
        "seconds",
        "more objects",
        "MB",
        "more MB",
        "covered",
        "",
        title=f"Fuzz, seed {seed}",
    )
    failed = False
    with TemporaryDirectory() as directory:
        for name in names:
            report = Path(directory) / name
            runs = given.runs // len(names)
            console.print(f"{name}: {runs} inputs ...")
            began = monotonic()
            command = [sys.executable, "-m", "tests.fuzz", "--runs", str(runs)]
            command += ["--seed", str(seed), "--report", str(report), name]
            ended = subprocess.run(command, capture_output=True, text=True, check=False)
            found = json.loads(report.read_text()) if report.exists() else {}
            covered = re.findall(r"cov: (\d+)", ended.stderr)
            grown = found.get("megabytes", 0.0)
            well = ended.returncode == 0 and bool(found) and grown < GROWTH
            failed |= not well
            if not well:
                console.print(ended.stdout[-2000:], ended.stderr[-4000:], markup=False)
            table.add_row(
                name,
                str(found.get("runs", "?")),
                f"{monotonic() - began:.0f}",
                str(found.get("objects", "?")),
                str(found.get("memory", "?")),
                str(grown),
                covered[-1] if covered else "?",
                "well" if well else "FAILED",
            )
    console.print(table)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
