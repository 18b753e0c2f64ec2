"""Run the benchmarks; `scripts/bench` is the way in."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
import sys
from typing import Final

from . import consultant, cpu, fleet, imports, latency, setup, slider, table, tap
from .measure import Row, Scale

BENCHMARKS: Final[dict[str, Callable[[Scale], Awaitable[list[Row]]]]] = {
    "action": latency.action,
    "first": latency.first,
    "lost": latency.lost,
    "unchanged": cpu.unchanged,
    "changed": cpu.changed,
    "fleet": fleet.fleet,
    "attempts": setup.attempts,
    "setup": setup.setup,
    "import": imports.imports,
    "slider": slider.slider,
    "tap": tap.tap,
    "consultant": consultant.turns,
}


def main() -> int:
    """Run the requested benchmarks; return 1 if a bar is missed."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures the integration in a Home Assistant of its own, on a simulated radio.",
        epilog="It ends with 1 if a bar is missed.",
    )
    parser.add_argument(
        "name", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS) + "; all of them"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all of it")
    parser.add_argument(
        "--quick", action="store_true", help="see that all runs; judge no time"
    )
    options = parser.parse_args()
    if unknown := [name for name in options.name if name not in BENCHMARKS]:
        parser.error(f"no benchmark is called {', '.join(unknown)}")
    results: dict[str, list[Row]] = {}
    for name in options.name or BENCHMARKS:
        print(f"{name} ...", file=sys.stderr)
        results[name] = asyncio.run(BENCHMARKS[name](Scale(options.quick)))
        if options.json is not None:
            # Measured rows are kept if the next benchmark fails.
            table.write(results, options.json, quick=options.quick)
    print("\n".join(table.lines(results, quick=options.quick)))
    return 1 if table.missed(results, quick=options.quick) else 0


if __name__ == "__main__":
    sys.exit(main())
