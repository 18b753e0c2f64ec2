"""Fixtures: development instances of the oldest and the newest Home Assistant, and pages of them in Chromium."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager
from functools import cache
import json
from pathlib import Path
import subprocess
import sys
from threading import Timer
from typing import Any

import pytest
import pytest_asyncio

from development.instance import HOST, REPOSITORY

from .browser import FLAGS, async_playwright, chromium, missing, packages
from .card_page import call, lie_down, shows
from .scripts import UNMOUNT

NEWEST = REPOSITORY / ".venv/develop/bin/python"
STARTUP = 180
"""Seconds in which an instance has started, also on a busy machine."""
TIMEOUT = 60_000
"""Milliseconds after which something that should show does not, also on a busy machine."""
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
    "test-card": {
        "views": [
            {
                "type": "sections",
                "sections": [{"cards": [{"type": "custom:backhug-card"}] * 2}],
            }
        ]
    },
}

SECTION = "/test-section"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1400, "height": 900}
MEDIA: tuple[dict[str, str], ...] = (
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark"},
    {"color_scheme": "dark", "forced_colors": "active"},
)

type OpenPage = Callable[..., Awaitable[Any]]


def storage(key: str, data: Any) -> str:
    """Return what Home Assistant reads from its storage."""
    return json.dumps({"version": 1, "minor_version": 1, "key": key, "data": data})


def free_port() -> int:
    """Return a port that is free; sockets are disabled in this process."""
    code = f"import socket; s = socket.create_server(('{HOST}', 0)); print(s.getsockname()[1])"
    return int(subprocess.check_output([sys.executable, "-c", code]))


@contextmanager
def running(python: Path | str, directory: Path) -> Generator[Callable[[], int]]:
    """Start a Home Assistant with two simulated BackHugs, one of them added, and DASHBOARDS.

    Yields a function that waits until it has started, and returns its port.
    """
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
        [python, "-m", "development", *options],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    too_late = Timer(STARTUP, process.kill)
    too_late.start()

    @cache
    def started() -> int:
        assert process.stdout is not None
        assert any("is ready" in line for line in process.stdout), "it did not start"
        too_late.cancel()
        return port

    try:
        yield started
    finally:
        too_late.cancel()
        process.kill()
        process.communicate()


@pytest.fixture(scope="package")
def instances(
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[dict[str, Callable[[], int]]]:
    """Yield what waits for the instances of the Home Assistant under test and of the newest, started together."""
    chromium()
    packages()
    pythons = {"tested": Path(sys.executable)}
    if NEWEST.exists():
        pythons["newest"] = NEWEST
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(running(python, tmp_path_factory.mktemp(name)))
            for name, python in pythons.items()
        }


@pytest.fixture(scope="package")
def instance(instances: dict[str, Callable[[], int]]) -> int:
    """Return the port of the Home Assistant under test."""
    return instances["tested"]()


@pytest.fixture(scope="package")
def newest(instances: dict[str, Callable[[], int]]) -> int:
    """Return the port of the newest Home Assistant."""
    if "newest" not in instances:
        missing("The development environment is missing: run scripts/develop once")
    return instances["newest"]()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncGenerator[Any]:
    """Yield a browser, which serves all tests."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium(), args=FLAGS
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def pages(
    instances: dict[str, Callable[[], int]],  # noqa: ARG001, they start meanwhile
    browser: Any,
    instance: int,
) -> Any:
    """Return a browser context: its pages share what they have loaded."""
    return await new_context(browser, instance)


@pytest_asyncio.fixture(loop_scope="package")
async def open_page(pages: Any) -> AsyncGenerator[OpenPage]:
    """Yield what opens a page as `new_page` does, for this test alone."""
    async with AsyncExitStack() as stack:

        async def open_page(
            path: str, viewport: Mapping[str, int], **options: Any
        ) -> Any:
            page = await new_page(pages, path, viewport, **options)
            stack.push_async_callback(page.close)
            return page

        yield open_page


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def phone(pages: Any) -> Any:
    """Return the page of a section on a phone, for several tests."""
    return await new_page(pages, SECTION, PHONE)


@pytest_asyncio.fixture(loop_scope="package")
async def card(phone: Any) -> Any:
    """Return the page on a phone with the section of a BackHug in standby, on which somebody lies."""
    await phone.emulate_media(**MEDIA[0])
    await phone.set_viewport_size(PHONE)
    # Home Assistant adds the view to the address.
    if not phone.url.endswith(f"{SECTION}/0"):
        await phone.goto(SECTION)
    await phone.evaluate(UNMOUNT)
    await phone.locator("backhug-card h2").wait_for()
    await call(phone, "switch.turn_on", "switch.simulator_backhug_in_reach")
    await shows(phone, "binary_sensor.backhug_connected", "state.state === 'on'")
    await call(phone, "button.press", "button.backhug_stop")
    await lie_down(phone)
    await phone.get_by_role("button", name="Start", exact=True).wait_for()
    return phone


async def new_context(browser: Any, port: int) -> Any:
    """Return a new browser context for an instance."""
    context = await browser.new_context(
        base_url=f"http://{HOST}:{port}", service_workers="block"
    )
    context.set_default_timeout(TIMEOUT)
    return context


async def new_page(
    context: Any,
    path: str,
    viewport: Mapping[str, int],
    *,
    language: str = "en-GB",
    script: str = "",
) -> Any:
    """Open a page that has a card."""
    page = await context.new_page()
    await page.set_viewport_size(viewport)
    # All pages of a context have the same storage.
    await page.add_init_script(f"""localStorage.selectedLanguage = '"{language}"'""")
    await page.add_init_script(script)
    await page.goto(path)
    await page.locator("backhug-card h2").first.wait_for()
    return page
