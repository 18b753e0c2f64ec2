"""The tension map as a PNG, for notifications and widgets: they show no SVG, and no more than the picture.

It shows the same backs as the SVG, with words for what an entity's name and a dashboard say otherwise. Its
background is its own, because that of a notification is not known. Pillow comes with Home Assistant itself.
"""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
import re
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from ..device.model import TensionScan
from .tension_map import BODY, LINE, OUTLINE, RIM, UNTOUCHED, region_edges, spots_of

WIDTH: Final = 960
HEIGHT: Final = 720
"""Size in pixels."""
_FINER: Final = 2
"""It is drawn larger by this factor, and then reduced: Pillow draws no smooth edges."""

_BACKGROUND: Final = "#161d2b"
_TEXT: Final = "#e6ebf5"
_TITLE: Final = 34
_SIDE: Final = 24
"""Heights of the letters in pixels."""

TOP: Final = 96
SCALE: Final = 1.8
"""Where the height 0 of a back is, and how large its unit is, in pixels."""
_FADES_FROM: Final = 275
_ENDS: Final = 330
"""Heights between which a back fades out, in its units."""
_CURVE_STEPS: Final = 12


type Back = tuple[TensionScan | None, str]
"""A back to draw: its scan and its title."""


def centres(backs: int) -> list[int]:
    """Return where the spines of so many backs are, in pixels from the left."""
    return [WIDTH * (2 * index + 1) // (2 * backs) for index in range(backs)]


def draw_picture(fingers: int, backs: Sequence[Back], left: str, right: str) -> bytes:
    """Return a PNG of one or two backs with this number of fingers; `left` and `right` name the person's sides."""
    image = Image.new("RGB", (WIDTH * _FINER, HEIGHT * _FINER), _BACKGROUND)
    for (scan, _), centre in zip(backs, centres(len(backs)), strict=True):
        _draw_back(image, fingers, scan, centre)
    image = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(image)
    large, small = ImageFont.load_default(_TITLE), ImageFont.load_default(_SIDE)
    for (_, title), centre in zip(backs, centres(len(backs)), strict=True):
        draw.text((centre, 40), title, _TEXT, large, anchor="mm")
        for text, direction in ((left, -1), (right, 1)):
            place = (centre + direction * 88 * SCALE, TOP + 12 * SCALE)
            draw.text(place, text, RIM, small, anchor="mm")
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _draw_back(
    image: Image.Image, fingers: int, scan: TensionScan | None, centre: int
) -> None:
    scale = SCALE * _FINER

    def at(x: float, y: float) -> tuple[float, float]:
        return centre * _FINER + x * scale, TOP * _FINER + y * scale

    body = Image.new("RGB", image.size, BODY)
    draw = ImageDraw.Draw(body)
    width = round(1.6 * scale)
    draw.line((at(0, 6), at(0, _ENDS)), LINE, width)
    for edge in region_edges(fingers):
        curve = [at(84 * x, edge - 6 + 6.5 * (1 - x * x)) for x in _from_side_to_side()]
        draw.line(curve, LINE, width, joint="curve")
    outline = [at(x, y) for x, y in _outline()]
    draw.line([*outline, outline[0]], RIM, 2 * width, joint="curve")
    for spot in spots_of(fingers, scan):
        box = (
            *at(spot.x - spot.half_width, spot.y - spot.half_height),
            *at(spot.x + spot.half_width, spot.y + spot.half_height),
        )
        if spot.colour is None:
            draw.ellipse(box, None, UNTOUCHED, round(1.2 * scale))
        else:
            draw.ellipse(box, spot.colour)
    shape = Image.new("L", image.size)
    ImageDraw.Draw(shape).polygon(outline, 255)
    image.paste(body, mask=ImageChops.multiply(shape, _fading(image.size, at)))


def _fading(
    size: tuple[int, int], at: Callable[[float, float], tuple[float, float]]
) -> Image.Image:
    """Return a mask that fades a back out at its lower end."""
    (_, begins), (_, ends) = at(0, _FADES_FROM), at(0, _ENDS)
    fading = Image.new("L", size)
    fading.paste(255, (0, 0, size[0], round(begins)))
    slope = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    fading.paste(slope.resize((size[0], round(ends - begins))), (0, round(begins)))
    return fading


def _from_side_to_side() -> Iterator[float]:
    return (step / _CURVE_STEPS for step in range(-_CURVE_STEPS, _CURVE_STEPS + 1))


def _outline() -> Iterator[tuple[float, float]]:
    """Yield the corners of a polygon for the path of the outline, which has absolute commands M, C, H and Z only."""
    here = (0.0, 0.0)
    for command, text in re.findall(r"([MCHZ])([^MCHZ]*)", OUTLINE):
        numbers = [float(each) for each in re.findall(r"-?\d+", text)]
        match command:
            case "M":
                here = (numbers[0], numbers[1])
                yield here
            case "H":
                here = (numbers[0], here[1])
                yield here
            case "C":
                for index in range(0, len(numbers), 6):
                    x1, y1, x2, y2, x3, y3 = numbers[index : index + 6]
                    curve = (here, (x1, y1), (x2, y2), (x3, y3))
                    for step in range(1, _CURVE_STEPS + 1):
                        yield _bezier(curve, step / _CURVE_STEPS)
                    here = (x3, y3)


def _bezier(points: Sequence[tuple[float, float]], share: float) -> tuple[float, float]:
    """Return a point of a cubic Bézier curve."""
    rest = 1 - share
    weights = (rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3)
    x, y = (
        sum(weight * point[axis] for weight, point in zip(weights, points, strict=True))
        for axis in (0, 1)
    )
    return x, y
