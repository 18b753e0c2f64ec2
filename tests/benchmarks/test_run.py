"""The benchmarks with few repetitions: counts are held to their bars, times are not."""

import asyncio
from importlib.util import find_spec
import json
from pathlib import Path
import sys
from typing import Any

from benchmarks import imports
from benchmarks.__main__ import BENCHMARKS

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"setup": "lighthouse_ble", "import": "besen"}
"""Those that need a library that may be missing here."""
IN_A_BROWSER = {"tap"}
"""Those that need Chromium: only by `scripts/bench`."""
COUNTED = {
    "unchanged": ["0 writes"],
    "changed": ["1 writes"] * 5,
    "attempts": ["0 attempts"],
    "import": ["0 modules"],
    "slider": ["4 writes", "1 "],
}
"""What each of them counts, at most."""


async def test_benchmarks(tmp_path: Path) -> None:
    """Each runs to its end in a process of its own, and its counts meet their bars."""
    names = [
        name
        for name in BENCHMARKS
        if name not in IN_A_BROWSER
        if name not in ELSEWHERE or find_spec(ELSEWHERE[name]) is not None
    ]
    assert names
    file = tmp_path / "results.json"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks", *names, "--quick", "--json", str(file)),
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
    )
    code = await process.wait()
    results: dict[str, Any] = json.loads(file.read_text())["benchmarks"]
    assert list(results) == names
    for name, rows in results.items():
        counted = [row for row in rows if row["bar"] and not row["bar"]["timed"]]
        bars = [f"{row['bar']['value']:g} {row['unit']}" for row in counted]
        assert bars == COUNTED.get(name, []), name
        assert all(row["met"] for row in counted), name
        assert rows, name
    assert code == 0


def test_heavy_modules_exist() -> None:
    """The modules that must not be imported at start are there."""
    prefix = f"{imports.OURS}."
    ours = [name.removeprefix(prefix) for name in imports.HEAVY if prefix in name]
    assert ours
    for name in ours:
        path = imports.INTEGRATION / f"{name.replace('.', '/')}.py"
        assert path.is_file(), name
