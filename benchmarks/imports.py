"""What importing the integration costs, against Home Assistant's `besen`.

Each import is in a fresh process, in turn. Home Assistant itself, with its Bluetooth and the platforms
that it always loads, is imported before: what is measured is what the integration brings, with all
that its set-up imports. That is the package, what Home Assistant's loader imports beside it whether it is used or
not (config flow, diagnostics, intents, repairs), and the platforms of its entities. Both have their bytecode beside
them, as from the second start on. Python's own profile then tells for each module what it alone took.
"""

import asyncio
import compileall
from dataclasses import dataclass
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

BESIDES = {
    "history, programmes, arming": (
        "arming",
        "contact",
        "happenings",
        "history",
        "memory",
        "programme_names",
        "programmes",
        "repairs",
        "runner",
        "session",
        "wish",
    ),
    "voice": ("addressed", "custom_sentences", "exposed", "intent", "spoken"),
    "forms of programmes and consultation": (
        "consultation_flow",
        "own_programmes",
        "programme_flow",
    ),
}
"""The modules of what `besen` has not, by what they are for."""

PROFILED = "import time:"

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
    """What an import took, in a process of its own."""

    alone: float
    """CPU seconds of the package alone."""
    whole: float
    """Those with its platforms."""
    modules: frozenset[str]
    """All that it brought."""
    profile: dict[str, float]
    """Seconds that each of them took for itself, if that was asked for."""


async def _imported(folder: str, package: str, *options: str) -> Imported:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *options, "-c", PROGRAM, folder, package),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = (
        each.decode().splitlines() for each in await process.communicate()
    )
    if process.returncode:
        raise RuntimeError("\n".join(errors))
    alone, whole = map(float, output[0].split())
    modules = frozenset(output[1].split())
    profile = {}
    for line in errors:
        if line.startswith(PROFILED):
            # Microseconds of its own, those with what it imports, its name.
            took, _, name = line.removeprefix(PROFILED).split("|")
            if name.strip() in modules:
                profile[name.strip()] = float(took) / 1e6
    return Imported(alone, whole, modules, profile)


async def _profiles(folder: str, times: int) -> dict[str, dict[str, float]]:
    """Return what each module of both took for itself: the least of so many times."""
    least: dict[str, dict[str, float]] = {OURS: {}, OTHER: {}}
    for _ in range(times):
        for package, found in least.items():
            imported = await _imported(folder, package, "-X", "importtime")
            for name, took in imported.profile.items():
                found[name] = min(took, found.get(name, took))
    return least


def _by_purpose(profile: dict[str, float]) -> dict[str, float]:
    """Return what our modules took, by what they are for."""
    purposes = {
        module: purpose for purpose, those in BESIDES.items() for module in those
    }
    taken = dict.fromkeys(("device", *BESIDES, "Home Assistant's", "the rest"), 0.0)
    for name, took in profile.items():
        first, _, _ = name.removeprefix(f"{OURS}.").partition(".")
        if first == "device":
            purpose = first
        elif first == "homeassistant":
            purpose = "Home Assistant's"
        else:
            purpose = purposes.get(first, "the rest")
        taken[purpose] += took
    return taken


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
        profiles = await _profiles(folder, scale.times(12))
    purposes = _by_purpose(profiles[OURS])
    as_theirs = purposes["device"] + purposes["the rest"]
    all_of_theirs = sum(profiles[OTHER].values())
    library = sum(
        took for name, took in profiles[OTHER].items() if name.startswith("besen")
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
            "import of what besen has too ÷ besen, by the modules' own time",
            as_theirs / all_of_theirs,
            detail={
                **{
                    f"ours, {purpose}": f"{milliseconds(taken)} ms"
                    for purpose, taken in purposes.items()
                },
                "besen, its library": f"{milliseconds(library)} ms",
                "besen, all": f"{milliseconds(all_of_theirs)} ms",
            },
        ),
        Row(
            "heavy modules imported before they are used",
            len(heavy),
            "modules",
            exactly(0),
        ),
    ]
