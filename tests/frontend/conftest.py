"""Fixtures: a development instance of the Home Assistant under test, and pages of it in Chromium.

Playwright comes from the development environment, which has the same Python. Without it, or without Chromium,
the tests are skipped.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import AsyncExitStack
import json
from pathlib import Path
import shutil
import subprocess
import sys
from threading import Timer
from typing import Any

import pytest

from development.instance import HOST, REPOSITORY

ENVIRONMENT = REPOSITORY / ".venv/develop"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
STARTUP = 60
"""Seconds in which an instance has started, also on a busy machine."""
TIMEOUT = 20_000
"""Milliseconds after which something that should show does not."""
DASHBOARDS = {
    "test-section": {
        "views": [
            {
                "type": "sections",
                "sections": [{"strategy": {"type": "custom:backhug"}}],
            }
        ]
    },
    "test-dashboard": {"strategy": {"type": "custom:backhug"}},
}

type OpenPage = Callable[..., Awaitable[Any]]


def chromium() -> str:
    """Return the path of a Chromium; skip the test if there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if (path := next(filter(None, map(shutil.which, names)), None)) is None:
        pytest.skip("Chromium is missing. On Debian: apt-get install chromium")
    return path


def async_playwright() -> Any:
    """Return Playwright of the development environment; skip the test if there is none."""
    (packages,) = [*ENVIRONMENT.glob("lib/python3.*/site-packages")] or [Path()]
    if not (packages / "playwright").is_dir():
        pytest.skip("The development environment is missing: run scripts/develop once")
    sys.path.append(str(packages))
    try:
        from playwright.async_api import async_playwright as found
    finally:
        sys.path.remove(str(packages))
    return found()


def storage(key: str, data: Any) -> str:
    """Return what Home Assistant reads from its storage."""
    return json.dumps({"version": 1, "minor_version": 1, "key": key, "data": data})


def free_port() -> int:
    """Return a port that is free; sockets are disabled in this process."""
    code = f"import socket; s = socket.create_server(('{HOST}', 0)); print(s.getsockname()[1])"
    return int(subprocess.check_output([sys.executable, "-c", code]))


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Generator[int]:
    """Yield the port of a Home Assistant with two simulated BackHugs, one of them added, and DASHBOARDS."""
    chromium()
    async_playwright()
    directory = tmp_path_factory.mktemp("frontend")
    (directory / ".storage").mkdir()
    items = []
    for path, config in DASHBOARDS.items():
        key = path.replace("-", "_")
        shown = {"require_admin": False, "show_in_sidebar": True, "mode": "storage"}
        items.append({"id": key, "url_path": path, "title": path, **shown})
        file = directory / f".storage/lovelace.{key}"
        file.write_text(storage(file.name, {"config": config}))
    file = directory / ".storage/lovelace_dashboards"
    file.write_text(storage(file.name, {"items": items}))
    port = free_port()
    options = ["--speed=20", f"--port={port}", f"--config={directory}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "development", *options],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    too_late = Timer(STARTUP, process.kill)
    too_late.start()
    try:
        assert process.stdout is not None
        assert any("is ready" in line for line in process.stdout), "it did not start"
        too_late.cancel()
        yield port
    finally:
        too_late.cancel()
        process.kill()
        process.communicate()


@pytest.fixture
async def open_page(instance: int) -> AsyncGenerator[OpenPage]:
    """Yield what opens a page of the instance, with options of a browser context."""
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=FLAGS
        )
        stack.push_async_callback(browser.close)

        async def open_page(
            path: str,
            *,
            script: str = "",
            routes: Mapping[str, Callable[[Any], Awaitable[None]]] | None = None,
            **options: Any,
        ) -> Any:
            context = await browser.new_context(
                base_url=f"http://{HOST}:{instance}", service_workers="block", **options
            )
            page = await context.new_page()
            page.set_default_timeout(TIMEOUT)
            await page.add_init_script(script)
            for url, handler in (routes or {}).items():
                await page.route(url, handler)
            await page.goto(path)
            await page.locator("backhug-card h2").wait_for()
            return page

        yield open_page
