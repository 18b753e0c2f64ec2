"""Print the requirements of Home Assistant integrations and of all that they depend on.

Usage: closure.py FILE, where FILE names one integration a line. Home Assistant installs these when an
integration is set up; an environment that shall start without a network needs them beforehand.
"""

import json
from pathlib import Path
import sys
from importlib.metadata import distribution


def manifests() -> dict[str, dict[str, object]]:
    """Return the manifests of the installed Home Assistant, without importing it."""
    components = Path(str(distribution("homeassistant").locate_file("homeassistant"))) / "components"
    return {path.parent.name: json.loads(path.read_text()) for path in components.glob("*/manifest.json")}


def closure(wanted: list[str], known: dict[str, dict[str, object]]) -> list[str]:
    """Return the requirements of the integrations in `wanted` and of their dependencies."""
    seen: set[str] = set()
    requirements: set[str] = set()
    queue = list(wanted)
    while queue:
        domain = queue.pop()
        if domain in seen:
            continue
        seen.add(domain)
        manifest = known[domain]
        requirements.update(manifest.get("requirements", ()))  # type: ignore[call-overload]
        queue.extend(manifest.get("dependencies", ()))  # type: ignore[call-overload]
    return sorted(requirements)


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_text().splitlines()
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    print("\n".join(closure(names, manifests())))
