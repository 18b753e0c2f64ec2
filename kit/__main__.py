"""The kit on the command line; without arguments it opens its page in the browser."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
import sys
import webbrowser

from aiohttp import web

from .analysis.templates import NAMES
from .capture import CaptureError, read_file
from .frames import list_frames
from .notes import MOST_MINUTES, PLAIN, WORDS, NoteError
from .owner import OwnerError, read_minutes
from .proposal import Verdict
from .server import make_app
from .workbench import STATE_NAMES, Workbench, WorkbenchError, alignment

PORT = 8765


def main(arguments: list[str] | None = None) -> int:
    """Run the kit; return 1 if there is no description, 2 if something cannot be read."""
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "look":
                return _look(options)
            case "describe":
                return _describe(options)
            case "check":
                return _check(options)
            case "share":
                return _share(options)
            case _:
                return _page(options)
    except (CaptureError, NoteError, OwnerError, WorkbenchError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/kit", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    page = commands.add_parser(
        "page", help="open the page in the browser (the default)"
    )
    for each in (parser, page):
        each.add_argument("--port", type=int, default=PORT)
        each.add_argument(
            "--no-browser", action="store_true", help="only print the address"
        )
    look = commands.add_parser(
        "look",
        help="show the devices in a capture, and what is found in the chosen one",
    )
    describe = commands.add_parser("describe", help="write a description")
    share = commands.add_parser(
        "share", help="write a bundle of the device's frames only"
    )
    check = commands.add_parser(
        "check", help="hold a description that was edited against a capture"
    )
    check.add_argument("description", type=Path)
    for each in (look, describe, share, check):
        each.add_argument("capture", type=Path)
        each.add_argument(
            "--device",
            help="its address, or its name in “look”; default: the most likely one",
        )
    for each in (look, describe, share, check):
        each.add_argument("--notes", type=Path, help="CSV: time, action, value")
    for each in (describe, share):
        each.add_argument("--output", "-o", type=Path)
    look.add_argument(
        "--frames",
        action="store_true",
        help="print what was written and received with each note",
    )
    for each in (describe, share):
        _add_answers(each)
    for each in (look, describe, share, check):
        each.add_argument(
            "--ends-after",
            type=int,
            metavar="MINUTES",
            choices=range(1, MOST_MINUTES + 1),
            help="minutes after which the device ends a session by itself",
        )
    return parser


def _add_answers(parser: argparse.ArgumentParser) -> None:
    """Add what the owner says of the findings."""
    parser.add_argument(
        "--confirm",
        nargs="+",
        default=[],
        metavar="COMMAND",
        help="commands that you saw work",
    )
    parser.add_argument(
        "--state",
        nargs="+",
        default=[],
        metavar="VALUE=STATE",
        help="what a reported value means that was left open, such as warm=scanning",
    )
    parser.add_argument(
        "--minutes",
        metavar="RANGE",
        help="the shortest and the longest that the app offers, and the step, such as 10-45/5",
    )


def _bench(options: argparse.Namespace) -> Workbench:
    bench = Workbench(ends_after=options.ends_after)
    bench.open(read_file(options.capture))
    if options.device:
        bench.choose(options.device)
    if notes := options.notes:
        bench.take_notes(notes.read_text("utf-8", "replace"))
    return bench


def _look(options: argparse.Namespace) -> int:
    bench = _bench(options)
    assert bench.capture is not None
    _say(
        f"{bench.capture.name}: {bench.capture.kind}, {len(bench.capture.packets)} packets",
        *bench.capture.remarks,
    )
    for device in bench.devices:
        mark = "*" if device is bench.device else " "
        _say(
            f"{mark} {device.key}  {device.name or '(no name)'}: {'; '.join(device.reasons)}"
        )
    if bench.draft is not None:
        _proposals(bench)
        if options.frames:
            _say("", *list_frames(bench.current.study))
    return 0


def _answered(options: argparse.Namespace) -> Workbench:
    """Return the workbench with what the owner says of the findings."""
    bench = _bench(options)
    for word in options.confirm:
        name = WORDS.get(word, word)
        name = NAMES.get(name, name)
        path = f"commands.{name}"
        # A command that was not found is named below, with the reason.
        if bench.current.find(path) or name not in (*PLAIN, *NAMES.values()):
            bench.judge(path, Verdict.ACCEPTED)
    bench.name_states(_pairs(options.state))
    if options.minutes:
        bench.set_minutes(read_minutes(options.minutes))
    return bench


def _describe(options: argparse.Namespace) -> int:
    bench = _answered(options)
    _proposals(bench)
    description = bench.describe()
    if description.blocking:
        _say(
            "",
            "There is no description yet:",
            *(f"- {line}" for line in description.blocking),
        )
        return 1
    if description.missing:
        _say(
            "", "The device will lack:", *(f"- {line}" for line in description.missing)
        )
    playback = bench.play_back()
    _say(
        "",
        "Against the capture:",
        *(f"- {line}" for line in playback.lines + playback.wrong),
    )
    if options.output:
        options.output.write_text(description.text, "utf-8")
    else:
        sys.stdout.write(description.text)
    return 1 if playback.wrong else 0


def _pairs(words: list[str]) -> dict[str, str]:
    """Return values and their meanings; raise WorkbenchError if they cannot be told apart."""
    pairs = [word.rpartition("=") for word in words]
    for value, _, meaning in pairs:
        if not value or meaning not in STATE_NAMES:
            raise WorkbenchError(
                f"--state: write VALUE=STATE. States are {', '.join(STATE_NAMES)}."
            )
    return {value: meaning for value, _, meaning in pairs}


def _share(options: argparse.Namespace) -> int:
    output = options.output or Path("backhug-capture.zip")
    bench = _answered(options)
    output.write_bytes(bench.bundle())
    lacking = bench.describe().blocking
    _say(
        *(f"Without a description: {line}" for line in lacking),
        f"{output}: check it before you share it.",
    )
    return 0


def _check(options: argparse.Namespace) -> int:
    bench = _bench(options)
    text = options.description.read_text("utf-8", "replace")
    playback = bench.check(text, options.description.name)
    if bench.current.study.alignment is None:
        _say("Without notes that fit, only the frames are compared.")
    _say(*(f"- {line}" for line in playback.lines + playback.wrong))
    return 1 if playback.wrong else 0


def _proposals(bench: Workbench) -> None:
    draft = bench.current
    if words := alignment(draft.study):
        _say(words)
    for proposal in draft.proposals:
        mark = (
            "open" if proposal.verdict is Verdict.OPEN else f"{proposal.confidence:.0%}"
        )
        _say(f"{mark:>5}  {proposal.title}: {proposal.value}  ({proposal.evidence})")
    _say(*draft.study.remarks)


def _say(*lines: str) -> None:
    for line in lines:
        sys.stderr.write(line + "\n")


def _page(options: argparse.Namespace) -> int:
    try:
        asyncio.run(_serve(options.port, not options.no_browser))
    except KeyboardInterrupt:
        return 0
    return 0


async def _serve(port: int, browser: bool) -> None:
    runner = web.AppRunner(make_app())
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        address = f"http://127.0.0.1:{port}/"
        _say(f"The kit is at {address}; Ctrl-C ends it.")
        if browser:
            await asyncio.to_thread(webbrowser.open, address)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


if __name__ == "__main__":
    sys.exit(main())
