"""Bars, and how missed ones are reported."""

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command, table
from benchmarks.measure import Bar, Row, Scale, at_most, cpu_of, exactly, in_turn

SLOW = Row("slow", 1.3, bar=at_most(1.2))
GOOD = Row("good", 1.2, bar=at_most(1.2))
UNJUDGED = Row("requests", 99.0)
WRITES = Row("writes", 1, "writes", exactly(0))
BUSY = Row("busy", 10.0, "%", Bar("<", 10))


@pytest.mark.parametrize(
    ("row", "missed", "missed_quick"),
    [
        pytest.param(SLOW, True, False, id="a time is not judged by a quick run"),
        pytest.param(GOOD, False, False, id="met exactly"),
        pytest.param(UNJUDGED, False, False, id="unjudged"),
        pytest.param(WRITES, True, True, id="a count is always judged"),
        pytest.param(BUSY, True, False, id="less than is less"),
    ],
)
def test_judged(row: Row, missed: bool, missed_quick: bool) -> None:
    """A bar is missed, or it is not."""
    results = {"one": [row]}
    assert table.missed(results, quick=False) == [row] * missed
    assert table.missed(results, quick=True) == [row] * missed_quick


@pytest.mark.parametrize(("rows", "code"), [([GOOD, UNJUDGED], 0), ([GOOD, SLOW], 1)])
def test_command(
    rows: list[Row],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """It ends with 1 if a bar is missed; the table says which, and the file holds all of it."""

    async def measure(scale: Scale) -> list[Row]:
        assert not scale.quick
        return rows

    file = tmp_path / "results.json"
    monkeypatch.setattr(command, "BENCHMARKS", {"one": measure, "other": None})
    monkeypatch.setattr("sys.argv", ["bench", "one", "--json", str(file)])
    assert command.main() == code
    shown = capsys.readouterr().out
    assert ("MISSED" in shown) is bool(code)
    assert all(row.what in shown for row in rows)
    written = json.loads(file.read_text())["benchmarks"]["one"]
    assert [(row["what"], row["value"], row["met"]) for row in written] == [
        (row.what, row.value, row.met) for row in rows
    ]


def test_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A benchmark that does not exist is not silently left out."""
    monkeypatch.setattr("sys.argv", ["bench", "everything"])
    with pytest.raises(SystemExit, match="2"):
        command.main()


async def test_in_turn() -> None:
    """Each is measured as often, in turn, and its median is reported."""
    done: list[str] = []
    durations = {"ours": iter((1.0, 9.0, 2.0)), "theirs": iter((3.0, 3.0, 4.0))}

    async def measure(what: str) -> float:
        done.append(what)
        return next(durations[what])

    medians = await in_turn(3, lambda: measure("ours"), lambda: measure("theirs"))
    assert medians == [2.0, 3.0]
    assert done == ["ours", "theirs"] * 3


async def test_cpu_of() -> None:
    """Every call is made, and its CPU time is counted."""
    calls: list[int] = []

    def work(number: int) -> None:
        calls.append(number)
        sum(range(20_000))

    assert await cpu_of(work, 5) > 1e-5
    assert calls == [0, 1, 2, 3, 4]
