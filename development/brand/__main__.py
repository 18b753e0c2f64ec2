"""Render the SVG sources into the images that Home Assistant shows."""

from pathlib import Path
import re
import sys

from playwright.sync_api import Browser

from development.browser import NoChromiumError, chromium, shrink
from development.console import say
from development.instance import REPOSITORY

SOURCE = Path(__file__).parent
TARGET = REPOSITORY / "custom_components/backhug/brand"
# The height in pixels. Home Assistant takes a logo of 128 to 256, twice that for @2x.
HEIGHTS = {"icon": 256, "logo": 160}


def render(browser: Browser, name: str, *, dark: bool, scale: int) -> None:
    """Render one image with a transparent background."""
    svg = (SOURCE / f"{name}.svg").read_text()
    size = re.search(r'viewBox="\d+ \d+ (\d+) (\d+)"', svg)
    assert size is not None
    height = HEIGHTS[name]
    width = round(height * int(size[1]) / int(size[2]))
    theme = "dark" if dark else "light"
    svg = svg.replace("<svg ", f'<svg class="{theme}" width="{width}" ', 1)
    page = browser.new_page(
        viewport={"width": width, "height": height}, device_scale_factor=scale
    )
    page.set_content(f"<body style='margin: 0; line-height: 0'>{svg}</body>")
    file = f"{'dark_' if dark else ''}{name}{'@2x' if scale > 1 else ''}.png"
    path = TARGET / file
    page.screenshot(path=path, omit_background=True)
    page.close()
    shrink(path)
    say(f"{path.relative_to(REPOSITORY)}: {path.stat().st_size} bytes")


def main() -> None:
    """Render all images."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for name in HEIGHTS:
            for dark in (False, True):
                for scale in (1, 2):
                    render(browser, name, dark=dark, scale=scale)


if __name__ == "__main__":
    try:
        main()
    except NoChromiumError as error:
        say(str(error))
        sys.exit(1)
