"""Tension map: an SVG image of the back, drawn from scans.

The back is seen from behind, so the person's left is at the left of the image. Every finger is a spot that
shows its effort twice, as brightness and as size: it is readable without colour vision and as a thumbnail.
The palette gets steadily lighter, from blue to yellow, and avoids red against green.

The spots lie on a dark body with a light rim, so the same image works on light and dark pages. (A media
query for dark pages would follow the operating system, not the theme of the dashboard.)

The image contains only shapes with computed numbers: no text, and nothing received from a device or a user.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from ..device.model import Phase, TensionScan

SIDE: Final = 400
"""Width and height of the image in its own units; constant, so that dashboards keep their layout."""

_MOST_EFFORT: Final = 254
_PALETTE: Final = tuple(
    tuple(bytes.fromhex(colour))
    for colour in ("5a86d6", "9e96d2", "e0a3b0", "ffbd7e", "ffe873")
)
"""Colours from no effort to the most, in even steps of lightness (CIELAB L* 56, 65, 73, 82, 92)."""

BODY: Final = "#2c3850"
RIM: Final = "#8593ae"
LINE: Final = "#4b5975"
UNTOUCHED: Final = "#71809c"
_SIGN: Final = "#7d899f"
"""Colour of the signs below the back: enough contrast with white and with black."""

# One back in its own units: the spine at x = 0, the neck at the top, between x = -116 and 116.
OUTLINE: Final = (
    "M-23-8C-22 16-24 27-40 35C-58 43-80 46-91 62C-102 78-104 112-106 150C-108 200-112 260-115 330"
    "H-89C-88 280-86 220-81 152C-77 184-69 206-67 228C-66 252-73 288-78 330"
    "H78C73 288 66 252 67 228C69 206 77 184 81 152C86 220 88 280 89 330"
    "H115C112 260 108 200 106 150C104 112 102 78 91 62C80 46 58 43 40 35C24 27 22 16 23-8Z"
)
_TOP: Final = 50.0
_BOTTOM: Final = 270.0
"""Top of the first row of fingers, and bottom of the last one."""
_COLUMN: Final = ((_TOP, 28), (112, 40), (215, 30), (_BOTTOM, 34))
"""Pairs of a height, from neck to waist, and the distance of a column from the spine."""
_TALLEST: Final = 15.0
_WIDEST: Final = 24.0
"""Maximum half height and half width of a spot; smaller if there are many fingers."""
_LEAST: Final = 0.36
"""Size of a spot without effort, as a fraction of the largest."""

_DEFINITIONS: Final = (
    f'<clipPath id="body"><path d="{OUTLINE}"/></clipPath>'
    '<linearGradient id="ends" x1="0" y1="-8" x2="0" y2="330" gradientUnits="userSpaceOnUse">'
    '<stop offset="0" stop-color="#000"/><stop offset=".08" stop-color="#fff"/>'
    '<stop offset=".83" stop-color="#fff"/><stop offset="1" stop-color="#000"/></linearGradient>'
    '<mask id="fading" maskUnits="userSpaceOnUse" x="-120" y="-10" width="240" height="342">'
    '<path d="M-120-10H120V332H-120Z" fill="url(#ends)"/></mask>'
    '<filter id="glow" filterUnits="userSpaceOnUse" x="-120" y="0" width="240" height="330">'
    '<feGaussianBlur stdDeviation="9"/>'
    '<feComponentTransfer><feFuncA type="linear" slope="1.3"/></feComponentTransfer></filter>'
)


def draw(fingers: int, *scans: TensionScan) -> str:
    """Return the SVG of a back with this number of fingers.

    One scan is drawn large, two are drawn side by side; without a scan the back is empty.
    """
    return "".join(_image(fingers, scans))


def _image(fingers: int, scans: tuple[TensionScan, ...]) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" '
        f'width="{SIDE}" height="{SIDE}"><defs>{_DEFINITIONS}</defs>'
    )
    match scans:
        case before, after:
            yield from _back(fingers, before, "translate(99 64) scale(.82)")
            yield from _back(fingers, after, "translate(301 64) scale(.82)")
            yield from _timeline(99, 301, (before.phase, after.phase))
        case (scan,):
            yield from _back(fingers, scan, "translate(200 12) scale(1.06)")
            yield from _timeline(140, 260, (scan.phase,))
        case _:
            yield from _back(fingers, None, "translate(200 12) scale(1.06)")
    yield "</svg>"


def _back(fingers: int, scan: TensionScan | None, place: str) -> Iterator[str]:
    """Draw one back."""
    spots = "".join(map(_ellipse, spots_of(fingers, scan)))
    yield (
        f'<g class="back" transform="{place}"><g mask="url(#fading)">'
        f'<path d="{OUTLINE}" fill="{BODY}"/>'
        '<g clip-path="url(#body)" fill="none" stroke-width="1.6" stroke-linecap="round">'
        f'<g filter="url(#glow)">{spots}</g>'
        f'<path d="M0 6V330" stroke="{LINE}"/>'
    )
    for edge in region_edges(fingers):
        yield f'<path d="M-84 {edge - 6:.1f}Q0 {edge + 7:.1f} 84 {edge - 6:.1f}" stroke="{LINE}"/>'
    yield (
        f'</g><path d="{OUTLINE}" fill="none" stroke="{RIM}" stroke-width="1.6"/></g>'
        f"{spots}</g>"
    )


def _height(row: float, rows: int) -> float:
    return _TOP + (_BOTTOM - _TOP) * row / rows


def region_edges(fingers: int) -> Iterator[float]:
    """Yield the heights at which the upper and the middle regions end."""
    rows = fingers // 2
    for region in (1, 2):
        # Row r is in region 3 * r // rows, as in the profile.
        yield _height(-(-region * rows // 3), rows)


@dataclass(frozen=True, slots=True)
class Spot:
    """A finger in the units of one back, with its effort as brightness and size."""

    x: float
    y: float
    half_width: float
    half_height: float
    colour: str | None
    """None if the finger does not touch the back."""


def spots_of(fingers: int, scan: TensionScan | None) -> Iterator[Spot]:
    """Yield the spots of a scan by finger."""
    rows = fingers // 2
    for finger, effort in enumerate(() if scan is None else scan.efforts):
        column, row = divmod(finger, rows)
        y = _height(row + 0.5, rows)
        x = _from_spine(y) * (1 if column else -1)
        tall = min(_TALLEST, 0.455 * (_BOTTOM - _TOP) / rows)
        wide = min(_WIDEST, max(1.9 * tall, 11.0))
        if effort is None:
            yield Spot(x, y, 0.5 * wide, 0.5 * tall, None)
            continue
        share = min(max(effort / _MOST_EFFORT, 0.0), 1.0)
        size = _LEAST + (1 - _LEAST) * share
        yield Spot(x, y, wide * size, tall * size, _colour(share))


def _ellipse(spot: Spot) -> str:
    """Draw one finger."""
    place = (
        f'cx="{spot.x:.1f}" cy="{spot.y:.1f}" '
        f'rx="{spot.half_width:.2f}" ry="{spot.half_height:.2f}"'
    )
    if spot.colour is None:
        return (
            f'<ellipse class="untouched" {place} '
            f'fill="none" stroke="{UNTOUCHED}" stroke-width="1.2"/>'
        )
    return f'<ellipse class="finger" {place} fill="{spot.colour}"/>'


def _from_spine(y: float) -> float:
    """Return the distance of a column from the spine at a height."""
    (upper, near), (lower, far) = next(
        pair for pair in pairwise(_COLUMN) if y <= pair[1][0]
    )
    return near + (far - near) * (y - upper) / (lower - upper)


def _colour(share: float) -> str:
    """Return the colour of an effort, given as a fraction of the most."""
    step, part = divmod(share * (len(_PALETTE) - 1), 1)
    darker = _PALETTE[int(step)]
    lighter = _PALETTE[min(int(step) + 1, len(_PALETTE) - 1)]
    mixed = (round(a + (b - a) * part) for a, b in zip(darker, lighter, strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _timeline(start: int, end: int, phases: tuple[Phase, ...]) -> Iterator[str]:
    """Draw the phases on a timeline of the session, from left to right."""
    y = 381
    middle = (start + end) // 2
    yield (
        f'<g fill="{_SIGN}" stroke="{_SIGN}" stroke-width="4" stroke-linecap="round">'
        f'<path d="M{start + 24} {y}H{end - 28}M{end - 35} {y - 9}L{end - 25} {y}L{end - 35} {y + 9}" fill="none"/>'
    )
    if Phase.LIVE in phases:
        yield f'<circle class="live" cx="{middle}" cy="{y}" r="9"/>'
    ends = ((Phase.BEFORE, start), (Phase.AFTER, end))
    for phase, x in ends:
        filled = phase in phases
        yield f'<circle cx="{x}" cy="{y}" r="8"{"" if filled else ' fill="none"'}/>'
    yield "</g>"
