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


@contextmanager
def chromium() -> Generator[Browser]:
    """Run the Chromium of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        msg = "Chromium is missing. On Debian: apt-get install chromium"
        raise NoChromiumError(msg)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def shrink(path: Path, colours: int = 256) -> None:
    """Make a PNG smaller by a palette, which the eye hardly sees."""
    with Image.open(path) as image:
        small = image.quantize(
            colours,
            method=Image.Quantize.FASTOCTREE,
            dither=Image.Dither.NONE,
        )
        small.save(path, optimize=True)
