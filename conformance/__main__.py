"""Checks a device against the open BackHug profile: simulated, or on the air."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
import signal
import sys

from .link import FAILURES
from .pairing import pairing_agent
from .report import Clause, Outcome, Report
from .run import check_device
from .surroundings import OnTheAir, Surroundings, in_reach


def main(arguments: list[str] | None = None) -> int:
    """Check a device; return 1 if a clause fails, 2 if it was not checked."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.yes and not options.simulated:
        parser.error("--yes is for --simulated only: a person must be beside a device")
    if options.list:
        return _list(options.adapter)
    report = Report()
    interrupted = False
    try:
        asyncio.run(_run(options, report))
    except asyncio.CancelledError:
        interrupted = True
        report.remarks.append("Interrupted.")
    sys.stdout.write(report.text())
    if options.json:
        options.json.write_text(report.json())
    if options.markdown:
        options.markdown.write_text(report.markdown())
    if report.of(Outcome.FAILED):
        return 1
    last = Clause.BOUNDS if options.read_only else Clause.STOP_ANSWERED
    checked = report.outcome(last) is Outcome.PASSED
    return 0 if checked and not interrupted else 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/conform", description=__doc__)
    device = parser.add_mutually_exclusive_group(required=True)
    device.add_argument("--address", help="the Bluetooth address of a device in reach")
    device.add_argument(
        "--list", action="store_true", help="only list the BackHugs in reach"
    )
    device.add_argument(
        "--simulated", action="store_true", help="a simulated BackHug in this process"
    )
    parser.add_argument("--adapter", help="the adapter to use: hci1")
    parser.add_argument(
        "--read-only", action="store_true", help="write no request, not even stop"
    )
    parser.add_argument(
        "--yes", action="store_true", help="ask nobody; only with --simulated"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also as JSON")
    parser.add_argument(
        "--markdown", type=Path, metavar="FILE", help="also as Markdown"
    )
    return parser


def _list(adapter: str | None) -> int:
    """Print the BackHugs in reach; return 2 if there is none."""
    try:
        found = asyncio.run(in_reach(adapter))
    except FAILURES as error:
        sys.stderr.write(f"Bluetooth is not available: {error}\n")
        return 2
    for address, name in found.items():
        sys.stdout.write(f"{address}  {name}\n")
    if not found:
        sys.stderr.write("No BackHug was heard advertising.\n")
    return 0 if found else 2


async def _run(options: argparse.Namespace, report: Report) -> None:
    if options.simulated:
        from .simulated import simulated

        async with simulated(agrees=options.yes) as surroundings:
            await _interruptible(surroundings, report, options)
    else:
        surroundings_on_air = OnTheAir(options.address, options.adapter)
        async with pairing_agent(options.address):
            await _interruptible(surroundings_on_air, report, options)


async def _interruptible(
    surroundings: Surroundings, report: Report, options: argparse.Namespace
) -> None:
    """Check; the first signal ends that, and none interrupts the stop at the end."""
    loop = asyncio.get_running_loop()
    work = loop.create_task(
        check_device(surroundings, report, read_only=options.read_only)
    )
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt() -> None:
        # Cancelling again would interrupt the stop.
        if not work.cancelling():
            work.cancel()

    for each in signals:
        loop.add_signal_handler(each, interrupt)
    try:
        await work
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


if __name__ == "__main__":
    sys.exit(main())
