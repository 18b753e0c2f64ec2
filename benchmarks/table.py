"""How results are shown."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
import json
import os
from pathlib import Path
import platform
from typing import Any

from .measure import Row

type Results = Mapping[str, list[Row]]
"""The rows of each benchmark, by its name."""


def environment() -> dict[str, str | int | None]:
    """Return the versions and the machine of the measurement."""
    return {
        "home_assistant": version("homeassistant"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
    }


def missed(results: Results, *, quick: bool) -> list[Row]:
    """Return the rows whose bar is missed; a quick run judges only counts."""
    return [
        row
        for rows in results.values()
        for row in rows
        if row.bar is not None and not (quick and row.bar.timed) and not row.met
    ]


def lines(results: Results, *, quick: bool) -> Iterable[str]:
    """Yield the lines of the table."""
    yield " ".join(f"{what} {value}" for what, value in environment().items())
    yield ""
    width = max((len(row.what) for rows in results.values() for row in rows), default=0)
    for name, rows in results.items():
        yield f"{name}:"
        for row in rows:
            bar = judged = ""
            if row.bar is not None:
                bar = f"{row.bar.limit} {row.bar.value:g} {row.unit}"
                judged = "met" if row.met else "MISSED"
                if quick and row.bar.timed:
                    judged = "not judged"
            value = f"{row.value:.3g} {row.unit}"
            yield f"  {row.what:<{width}}  {value:>12}  {bar:<12}  {judged}".rstrip()
            for what, detail in row.detail.items():
                yield f"      {what}: {detail}"


def write(results: Results, path: Path, *, quick: bool) -> None:
    """Write everything as JSON."""
    document: dict[str, Any] = {
        "environment": environment(),
        "quick": quick,
        "benchmarks": {
            name: [{**asdict(row), "met": row.met} for row in rows]
            for name, rows in results.items()
        },
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    path.write_text(text + "\n")
