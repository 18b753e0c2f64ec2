"""The command line, its reports, and the questions on the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
import os
from pathlib import Path
import pty
import signal
import subprocess
import sys

import pytest

from conformance import surroundings
from conformance.__main__ import main
from conformance.report import Clause, Outcome, Report
from conformance.simulated import Simulated, simulated
from tests.repository.common import ROOT


def failing() -> Report:
    """Return a report with one clause of each outcome."""
    report = Report()
    report.expect(Clause.NAME, True, "")
    report.expect(Clause.BUSY, True, "")
    report.expect(Clause.BUSY, False, "it was answered 0 | 1")
    report.expect(Clause.BUSY, False, "it was answered 0 | 1")
    report.remarks.append("A remark.")
    return report


def test_clause_fails_if_any_finding_does() -> None:
    """A failure counts once, and is not outweighed."""
    report = failing()
    assert report.of(Outcome.PASSED) == [Clause.NAME]
    assert report.of(Outcome.FAILED) == [Clause.BUSY]
    assert report.failures(Clause.BUSY) == ["it was answered 0 | 1"]
    assert report.summary == f"1 passed, 1 failed, {len(Clause) - 2} not checked"


def test_reports_say_the_same() -> None:
    """Text, Markdown and JSON hold each clause, its section, outcome and findings."""
    report = failing()
    text, markdown = report.text(), report.markdown()
    content = json.loads(report.json())
    assert len(content["clauses"]) == len(Clause)
    for each in content["clauses"]:
        assert each["section"] in text
        assert f"{each['outcome']:<12} {each['demand']}" in text
        assert (
            f"| {each['section']} | {each['demand']} | {each['outcome']} |" in markdown
        )
    busy = next(each for each in content["clauses"] if each["clause"] == "busy")
    assert busy["findings"] == ["it was answered 0 | 1"]
    assert "- it was answered 0 | 1" in text
    assert "it was answered 0 \\| 1" in markdown
    assert content["remarks"] == ["A remark."]
    assert "A remark." in text
    assert "A remark." in markdown


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_simulated_device_passes(tmp_path: Path) -> None:
    """Everything passes, on the terminal and in both files."""
    ended = run(
        *("--simulated", "--yes"),
        *("--json", str(tmp_path / "report.json")),
        *("--markdown", str(tmp_path / "report.md")),
    )
    assert ended.returncode == 0
    assert f"{len(Clause)} passed, 0 failed, 0 not checked" in ended.stdout
    content = json.loads((tmp_path / "report.json").read_text())
    assert {each["outcome"] for each in content["clauses"]} == {"passed"}
    assert f"{len(Clause)} passed" in (tmp_path / "report.md").read_text()


def test_nobody_agrees_without_a_terminal() -> None:
    """Without a terminal the part that moves the device is left out."""
    ended = run("--simulated")
    assert ended.returncode == 0
    assert "There is no terminal to answer on, so the answer is no." in ended.stderr
    assert f"not checked  {Clause.START.demand}" in ended.stdout


def test_reading_only() -> None:
    """Only what can be read is checked."""
    ended = run("--simulated", "--read-only")
    assert ended.returncode == 0
    assert f"passed       {Clause.BOUNDS.demand}" in ended.stdout
    assert f"not checked  {Clause.STOP_ANSWERED.demand}" in ended.stdout


def test_device_in_a_session_is_only_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its requests are not checked, which is an error unless only reading was asked for."""

    @asynccontextmanager
    async def running(*, agrees: bool) -> AsyncGenerator[Simulated]:
        async with simulated(agrees=agrees) as device:
            device.back.lie_down()
            device.back.start_at_device(20)
            yield device

    monkeypatch.setattr("conformance.simulated.simulated", running)
    assert main(["--simulated", "--yes"]) == 2
    assert "not standby" in capsys.readouterr().out
    assert main(["--simulated", "--read-only"]) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--simulated", "--address", "C0:FF:EE:00:7F:2A"],
        ["--yes", "--address", "C0:FF:EE:00:7F:2A"],
    ],
)
def test_wrong_arguments(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """One device is named, and a real one is never checked without a person."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "agrees"), [(b"yes\n", True), (b"y\n", False), (b"\n", False)]
)
async def test_only_yes_agrees(
    typed: bytes, agrees: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word has to be typed; a slip of the Enter key moves nothing."""
    controller, terminal = pty.openpty()
    with os.fdopen(terminal) as stdin, os.fdopen(controller, "wb", 0) as keyboard:
        monkeypatch.setattr(sys, "stdin", stdin)
        asking = asyncio.create_task(surroundings.ask("May it move?"))
        await asyncio.sleep(0.05)
        assert not asking.done()
        keyboard.write(typed)
        assert await asyncio.wait_for(asking, 5) is agrees


def test_interrupt_at_a_question_ends_the_check() -> None:
    """Ctrl-C while a question waits ends at once, with a report."""
    controller, terminal = pty.openpty()
    with (
        os.fdopen(controller, "rb", 0),
        subprocess.Popen(
            [sys.executable, "-m", "conformance", "--simulated"],
            cwd=ROOT,
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        os.close(terminal)
        assert process.stderr is not None
        while b"Is that so?" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert b"Interrupted." in output
    assert f"passed       {Clause.STOP_ANSWERED.demand}".encode() in output
