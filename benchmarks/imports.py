"""What importing the integration costs, against Home Assistant's `besen`.

Each import is in a fresh process, in turn. Home Assistant itself, with its Bluetooth and the platforms
that it always loads, is imported before: what is measured is what the integration brings, with all
that its set-up imports. That is the package, what Home Assistant's loader imports beside it whether it is used or
not (config flow, diagnostics, intents, repairs), and the platforms of its entities. Both have their bytecode beside
them, as from the second start on.
"""

import asyncio
import compileall
from pathlib import Path
import shutil
import sys
import tempfile

from .measure import Row, Scale, at_most, exactly, in_turn, milliseconds

INTEGRATION = Path(__file__).parent.parent / "custom_components/backhug"
OURS, OTHER = "custom_components.backhug", "homeassistant.components.besen"
HEAVY = (
    "bumble",
    "simulator",
    *(
        f"{OURS}.{name}"
        for name in ("account", "consult_action", "consultation", "tension_map")
    ),
)

PROGRAM = """
import importlib, pathlib, sys, time
sys.path.insert(0, sys.argv[1])
from homeassistant import bootstrap, loader
from homeassistant.components import (
    binary_sensor, bluetooth, button, diagnostics, event, image, intent, number, repairs, select, sensor, switch
)
began = time.process_time()
package = importlib.import_module(sys.argv[2])
alone = time.process_time() - began
folder = pathlib.Path(package.__file__).parent
preloaded = [name for name in loader.BASE_PRELOAD_PLATFORMS if (folder / f"{name}.py").exists()]
began = time.process_time()
for platform in (*preloaded, *package.PLATFORMS):
    importlib.import_module(f"{sys.argv[2]}.{platform}")
print(alone, alone + time.process_time() - began)
print(*sys.modules)
"""


async def _imported(folder: str, package: str) -> tuple[float, float, set[str]]:
    """Import a package in a process of its own.

    Return the CPU seconds of the package alone, those with its platforms, and all modules.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, folder, package, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    taken, modules = output.decode().splitlines()
    alone, whole = map(float, taken.split())
    return alone, whole, set(modules.split())


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
            package_alone, whole, modules = await _imported(folder, package)
            alone[package].append(package_alone)
            if package == OURS:
                loaded.update(modules)
            return whole

        ours, theirs = await in_turn(
            scale.times(15), lambda: measure(OURS), lambda: measure(OTHER)
        )
    heavy = [name for name in HEAVY if name in loaded]
    return [
        Row(
            "import of the integration ÷ besen",
            ours / theirs,
            bar=at_most(1),
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
