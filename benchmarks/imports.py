"""CPU time of importing the integration, compared with Home Assistant's `besen`.

Each import runs in a fresh process with bytecode, in turn, after Home Assistant itself with Bluetooth and its entity
platforms. It covers the package, the modules that Home Assistant's loader imports with it (config flow,
diagnostics, intents, repairs), and its platforms.
"""

import asyncio
import compileall
from dataclasses import dataclass
from pathlib import Path
import shutil
import sys
import tempfile

from .measure import Row, Scale, exactly, in_turn, milliseconds

INTEGRATION = Path(__file__).parent.parent / "custom_components/backhug"
OURS, OTHER = "custom_components.backhug", "homeassistant.components.besen"
HEAVY = ("bumble", "simulator", f"{OURS}.session.tension_map")

PROGRAM = """
import pathlib, sys, time
sys.path.insert(0, sys.argv[1])
from homeassistant import bootstrap, loader
from homeassistant.components import (
    binary_sensor, bluetooth, button, diagnostics, event, image, intent, number, repairs, select, sensor, switch
)
before = set(sys.modules)
began = time.process_time()
__import__(sys.argv[2])  # Python's profile does not see what importlib imports.
package = sys.modules[sys.argv[2]]
alone = time.process_time() - began
folder = pathlib.Path(package.__file__).parent
preloaded = [name for name in loader.BASE_PRELOAD_PLATFORMS if (folder / f"{name}.py").exists()]
began = time.process_time()
for platform in (*preloaded, *package.PLATFORMS):
    __import__(f"{sys.argv[2]}.{platform}")
print(alone, alone + time.process_time() - began)
print(*(set(sys.modules) - before))
"""


@dataclass(slots=True)
class Imported:
    """Result of an import in a process of its own."""

    alone: float
    """CPU seconds of the package."""
    whole: float
    """CPU seconds including its platforms."""
    modules: frozenset[str]
    """All that were imported."""


async def _imported(folder: str, package: str) -> Imported:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, folder, package),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = (
        each.decode().splitlines() for each in await process.communicate()
    )
    if process.returncode:
        raise RuntimeError("\n".join(errors))
    alone, whole = map(float, output[0].split())
    return Imported(alone, whole, frozenset(output[1].split()))


async def imports(scale: Scale) -> list[Row]:
    """Import both in turn."""
    with tempfile.TemporaryDirectory(prefix="backhug-bench-") as folder:
        installed = Path(folder) / "custom_components/backhug"
        shutil.copytree(
            INTEGRATION, installed, ignore=shutil.ignore_patterns("__pycache__")
        )
        compileall.compile_dir(installed, quiet=2)
        loaded: set[str] = set()
        alone: dict[str, list[float]] = {OURS: [], OTHER: []}

        async def measure(package: str) -> float:
            imported = await _imported(folder, package)
            alone[package].append(imported.alone)
            if package == OURS:
                loaded.update(imported.modules)
            return imported.whole

        ours, theirs = await in_turn(
            scale.times(15), lambda: measure(OURS), lambda: measure(OTHER)
        )
    heavy = [name for name in HEAVY if name in loaded]
    return [
        Row(
            "import of the integration ÷ besen",
            ours / theirs,
            detail={
                "ours": f"{milliseconds(ours)} ms",
                "besen": f"{milliseconds(theirs)} ms",
                "ours, the package alone": f"{milliseconds(min(alone[OURS]))} ms",
                "besen, the package alone": f"{milliseconds(min(alone[OTHER]))} ms",
            },
        ),
        Row(
            "heavy modules imported before they are used",
            len(heavy),
            "modules",
            exactly(0),
        ),
    ]
