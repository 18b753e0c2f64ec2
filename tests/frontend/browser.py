"""Playwright and Chromium, which not every machine has.

Playwright comes from an environment of its own, which has the same Python. Without it, or without Chromium,
the tests are skipped, unless the environment variable BACKHUG_BROWSER_REQUIRED is set, as in CI.
"""

import os
from pathlib import Path
import shutil
import sys
from typing import Any, NoReturn

import pytest

from development.instance import REPOSITORY

ENVIRONMENT = REPOSITORY / ".venv/browser"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]


def missing(what: str) -> NoReturn:
    """Skip the test because something is missing that not every machine has; fail where it must not be."""
    if os.environ.get("BACKHUG_BROWSER_REQUIRED"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def chromium() -> str:
    """Return the path of a Chromium; skip the test if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if (path := next(filter(None, map(shutil.which, names)), None)) is None:
        missing("Chromium is missing. On Debian: apt-get install chromium")
    return path


def packages() -> Path:
    """Return the packages of the environment of the browser; skip the test if there is none."""
    if not (found := [*ENVIRONMENT.glob("lib/python3.*/site-packages")]):
        missing("The environment of the browser is missing: run scripts/test once")
    return found[0]


def async_playwright() -> Any:
    """Return Playwright; skip the test if there is none."""
    path = str(packages())
    sys.path.append(path)
    try:
        from playwright.async_api import async_playwright as found
    finally:
        sys.path.remove(path)
    return found()
