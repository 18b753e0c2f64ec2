"""Makes the pictures of the tension map that the documentation shows."""

import base64
from collections.abc import Iterator
import sys

from playwright.sync_api import Browser

from custom_components.backhug.device.model import Phase, TensionScan
from custom_components.backhug.session.tension_map import draw
from simulator.person import NOT_TOUCHING, Person

from .browser import NoChromiumError, chromium, shrink
from .console import say
from .instance import REPOSITORY

TARGET = REPOSITORY / "docs/images"
LIMIT = 200_000
"""Bytes of a picture at most: the documentation shall load quickly."""
LIGHT, DARK = "#fff", "#111"

_VISION = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "no-colour": ((0.2126, 0.7152, 0.0722),) * 3,
}
"""How others see: matrices for linear RGB (Machado, Oliveira and Fernandes 2009, severity 1)."""

type Row = tuple[str, list[str]]
"""A background, and what stands on it."""


def scans(fingers: int) -> tuple[TensionScan, TensionScan, TensionScan]:
    """Return the scans of a simulated back before, during and after a session."""
    person = Person(fingers, seed=3)

    def scan(phase: Phase) -> TensionScan:
        return TensionScan(
            phase, tuple(None if e == NOT_TOUCHING else e for e in person.scan())
        )

    before = scan(Phase.BEFORE)
    person.relieve(seconds=700, strength=0.7, area=0)
    live = scan(Phase.LIVE)
    person.relieve(seconds=900, strength=0.8, area=0)
    return before, live, scan(Phase.AFTER)


def image(svg: str, size: int, vision: str = "") -> str:
    """Return an element that shows a picture as a dashboard does, for somebody's vision."""
    source = base64.b64encode(svg.encode()).decode()
    look = f"filter: url(#{vision})" if vision else ""
    return (
        f'<img width="{size}" height="{size}" style="margin: {size // 25}px; {look}" '
        f'src="data:image/svg+xml;base64,{source}">'
    )


def pictures() -> Iterator[tuple[str, list[Row]]]:
    """Yield the name of each picture with its rows."""
    before, live, after = scans(26)
    empty, untouched = draw(26), draw(26, TensionScan(Phase.LIVE, (None,) * 26))
    pair, during = draw(26, before, after), draw(26, live)
    steps = tuple(round(254 * step / 25) for step in range(26))
    ramp = draw(26, TensionScan(Phase.LIVE, steps))
    for theme, background in (("light", LIGHT), ("dark", DARK)):
        yield f"before-after-{theme}", [(background, [image(pair, 600)])]
        yield f"live-{theme}", [(background, [image(during, 600)])]
        yield (
            f"thumbnails-{theme}",
            [
                (
                    background,
                    [
                        image(svg, 100)
                        for svg in (pair, during, draw(26, before), ramp, empty)
                    ],
                )
            ],
        )
    backs = [(fingers, scans(fingers)) for fingers in (2, 24, 28, 64)]
    yield (
        "fingers",
        [
            (LIGHT, [image(draw(fingers, scan[0]), 240) for fingers, scan in backs]),
            (
                DARK,
                [
                    image(draw(fingers, scan[0], scan[2]), 240)
                    for fingers, scan in backs
                ],
            ),
        ],
    )
    yield (
        "without",
        [
            (color, [image(empty, 240), image(untouched, 240)])
            for color in (LIGHT, DARK)
        ],
    )
    yield (
        "vision",
        [
            (color, [image(svg, 240, vision) for vision in ("", *_VISION)])
            for color, svg in ((LIGHT, ramp), (DARK, pair))
        ],
    )


def page(rows: list[Row]) -> str:
    """Return a page with these rows."""
    filters = "".join(
        f'<filter id="{name}" color-interpolation-filters="linearRGB"><feColorMatrix values="'
        + " ".join(f"{red} {green} {blue} 0 0" for red, green, blue in matrix)
        + ' 0 0 0 1 0"/></filter>'
        for name, matrix in _VISION.items()
    )
    lines = "".join(
        f'<div style="background: {color}; line-height: 0">{"".join(images)}</div>'
        for color, images in rows
    )
    return (
        f'<svg width="0" height="0" style="position: absolute">{filters}</svg>'
        f'<main style="display: inline-block; white-space: nowrap">{lines}</main>'
    )


def take(browser: Browser, name: str, rows: list[Row]) -> int:
    """Take one picture; return its size in bytes."""
    path = TARGET / f"tension-map-{name}.png"
    tab = browser.new_page(viewport={"width": 1300, "height": 900})
    tab.set_content(page(rows))
    tab.locator("main").screenshot(path=path)
    tab.close()
    shrink(path)
    size = path.stat().st_size
    say(f"{path.relative_to(REPOSITORY)}: {size // 1000} kB")
    return size


def main() -> int:
    """Take all pictures; return 1 if one is too large."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        sizes = [take(browser, name, rows) for name, rows in pictures()]
    return int(max(sizes) > LIMIT)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except NoChromiumError as error:
        say(str(error))
        sys.exit(1)
