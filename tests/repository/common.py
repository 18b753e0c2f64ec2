"""Where things are in the repository."""

import json
from pathlib import Path
import subprocess
from typing import Any

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "backhug"


def load(name: str) -> dict[str, Any]:
    """Load a JSON file of the integration."""
    loaded: dict[str, Any] = json.loads((INTEGRATION / name).read_text())
    return loaded


def tracked() -> list[Path]:
    """Return the files that are, or are about to be, under version control."""
    listed = subprocess.run(
        # Whoever owns the folder: it is only listed.
        [
            "git",
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    return [file for file in files if file.is_file()]
