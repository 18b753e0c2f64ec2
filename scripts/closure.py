"""Print the requirements of integrations and of all that these depend on.

Usage: closure.py FILE, where FILE names one integration a line. Home Assistant installs
these when an integration is set up; an environment that shall start without a network
needs them beforehand.
"""

from importlib.metadata import distribution
import json
from pathlib import Path
import sys

type Manifest = dict[str, list[str]]


def manifests() -> dict[str, Manifest]:
    """Return the manifests of the installed Home Assistant, without importing it."""
    package = distribution("homeassistant").locate_file("homeassistant")
    components = Path(str(package)) / "components"
    return {
        path.parent.name: json.loads(path.read_text())
        for path in components.glob("*/manifest.json")
    }


def closure(wanted: list[str], known: dict[str, Manifest]) -> list[str]:
    """Return the requirements of the integrations `wanted` and their dependencies."""
    seen: set[str] = set()
    requirements: set[str] = set()
    queue = list(wanted)
    while queue:
        domain = queue.pop()
        if domain in seen:
            continue
        seen.add(domain)
        requirements.update(known[domain].get("requirements", []))
        queue.extend(known[domain].get("dependencies", []))
    return sorted(requirements)


if __name__ == "__main__":
    lines = Path(sys.argv[1]).read_text().splitlines()
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    print("\n".join(closure(names, manifests())))
