"""A headless Chromium, for the pictures that this project makes of itself."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
import shutil

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]


class NoChromiumError(Exception):
    """There is no Chromium; the message says how to get one."""


def find_chromium() -> str:
    """Return the path of the Chromium of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if (path := next(filter(None, map(shutil.which, names)), None)) is None:
        msg = "Chromium is missing. On Debian: apt-get install chromium"
        raise NoChromiumError(msg)
    return path


@contextmanager
def chromium() -> Generator[Browser]:
    """Run Chromium."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def shrink(path: Path) -> None:
    """Make a PNG smaller without any loss."""
    with Image.open(path).convert("RGBA") as image:
        opaque = image.getchannel("A").getextrema() == (255, 255)
        small = image.convert("RGB") if opaque else image.copy()
    small.save(path, optimize=True)
