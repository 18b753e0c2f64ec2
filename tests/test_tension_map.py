"""Drawing of the tension map."""

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from custom_components.backhug.device.model import Phase, Region, TensionScan
from custom_components.backhug.session.tension_map import SIDE, draw

SVG = "{http://www.w3.org/2000/svg}"
HARMLESS = {
    "circle",
    "clipPath",
    "defs",
    "ellipse",
    "feComponentTransfer",
    "feFuncA",
    "feGaussianBlur",
    "filter",
    "g",
    "linearGradient",
    "mask",
    "path",
    "stop",
    "svg",
}
BODY = 116
"""Half the width of a back, in its own units."""


def scan(*efforts: int | None, phase: Phase = Phase.BEFORE) -> TensionScan:
    """Return a scan with these efforts."""
    return TensionScan(phase, efforts)


def backs(svg: str) -> list[ET.Element]:
    """Return the backs in an image."""
    return ET.fromstring(svg).findall(f"{SVG}g[@class='back']")


def spots(back: ET.Element) -> list[ET.Element]:
    """Return the spots of a back by finger, without their glow."""
    return back.findall(f"{SVG}ellipse")


def size(spot: ET.Element) -> tuple[float, float]:
    """Return half the width and the height of a spot."""
    return float(spot.attrib["rx"]), float(spot.attrib["ry"])


def lightness(spot: ET.Element) -> float:
    """Return the perceived lightness of a spot (CIELAB L*)."""
    code = spot.attrib["fill"]
    linear = []
    for index in (1, 3, 5):
        value = int(code[index : index + 2], 16) / 255
        linear.append(
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        )
    red, green, blue = linear
    luminance: float = (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** (1 / 3)
    return 116 * luminance - 16


@pytest.mark.parametrize("fingers", range(2, 65, 2))
def test_one_spot_for_every_finger(fingers: int) -> None:
    """The spots are on the side of their column, ordered by row, within the back, and do not overlap."""
    (back,) = backs(draw(fingers, scan(*[254] * fingers)))
    drawn = spots(back)
    assert len(drawn) == fingers
    rows = fingers // 2
    for finger, spot in enumerate(drawn):
        x, y = float(spot.attrib["cx"]), float(spot.attrib["cy"])
        width, height = size(spot)
        # The back is seen from behind: the person's left is at the left.
        assert (x < 0) == (finger < rows)
        assert width < abs(x) < BODY - width
        assert 50 <= y - height < y + height <= 270
    for column in (drawn[:rows], drawn[rows:]):
        for upper, lower in pairwise(column):
            gap = float(lower.attrib["cy"]) - float(upper.attrib["cy"])
            assert gap > size(upper)[1] + size(lower)[1]


def test_left_and_right_mirror_each_other() -> None:
    """The two fingers of a row have the same height and distance from the spine."""
    (back,) = backs(draw(26, scan(*[100] * 26)))
    drawn = spots(back)
    for left, right in zip(drawn[:13], drawn[13:], strict=True):
        assert left.attrib["cy"] == right.attrib["cy"]
        assert float(left.attrib["cx"]) == -float(right.attrib["cx"])


@pytest.mark.parametrize("fingers", [2, 26, 64])
def test_more_effort_is_lighter_and_larger(fingers: int) -> None:
    """Lightness and size both increase with the effort, over a visible range."""
    pictures = [
        spots(backs(draw(fingers, scan(*[effort] * fingers)))[0])[0]
        for effort in range(255)
    ]
    for less, more in pairwise(pictures):
        assert lightness(less) < lightness(more) + 0.3
        assert size(less) <= size(more)
    for less, more in zip(pictures, pictures[16:], strict=False):
        assert lightness(less) < lightness(more)
        assert size(less) < size(more)
    assert lightness(pictures[-1]) - lightness(pictures[0]) > 30
    assert size(pictures[-1])[0] > 2.5 * size(pictures[0])[0]


def test_finger_without_touch_is_an_empty_ring() -> None:
    """It differs from a finger that touches without effort."""
    (back,) = backs(draw(4, scan(None, 0, 254, None)))
    assert [spot.attrib["class"] for spot in spots(back)] == [
        "untouched",
        "finger",
        "finger",
        "untouched",
    ]
    assert [spot.attrib["fill"] == "none" for spot in spots(back)] == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("fingers", [6, 8, 10, 24, 26, 28, 64])
def test_lines_separate_the_regions(fingers: int) -> None:
    """The lines run between the rows where the profile divides the regions."""
    rows = fingers // 2
    (back,) = backs(draw(fingers, scan(*[9] * fingers)))
    heights = [float(spot.attrib["cy"]) for spot in spots(back)][:rows]
    lines = [
        float(path.attrib["d"].split()[2])
        for path in back.iter(f"{SVG}path")
        if path.attrib["d"].startswith("M-84")
    ]
    # A curve through its control point at the middle has its middle half way there.
    middles = [line - 6.5 for line in lines]
    assert len(middles) == 2
    counted = {
        Region.LEFT_UPPER: sum(height < middles[0] for height in heights),
        Region.LEFT_MID: sum(middles[0] < height < middles[1] for height in heights),
        Region.LEFT_LOWER: sum(height > middles[1] for height in heights),
    }
    assert counted == {
        Region.LEFT_UPPER: sum(3 * row < rows for row in range(rows)),
        Region.LEFT_MID: sum(rows <= 3 * row < 2 * rows for row in range(rows)),
        Region.LEFT_LOWER: sum(2 * rows <= 3 * row for row in range(rows)),
    }


def test_two_scans_are_side_by_side() -> None:
    """The first is at the left; both are smaller than a single back."""
    before, after = scan(200, 100), scan(50, 20, phase=Phase.AFTER)
    pair = draw(2, before, after)
    left, right = backs(pair)
    places = [back.attrib["transform"] for back in (left, right)]
    assert places == ["translate(99 64) scale(.82)", "translate(301 64) scale(.82)"]
    assert [size(spot) for spot in spots(left)] > [size(spot) for spot in spots(right)]
    (single,) = backs(draw(2, before))
    assert single.attrib["transform"].endswith("scale(1.06)")


def test_each_phase_looks_different() -> None:
    """The timeline distinguishes before, live and after."""
    pictures = {draw(2, scan(9, 9, phase=phase)) for phase in Phase}
    assert len(pictures) == 3


def test_back_without_scan_is_empty() -> None:
    """Without a scan there is a back without spots or a timeline."""
    (back,) = backs(draw(26))
    assert spots(back) == []
    assert draw(26) != draw(26, scan(*[None] * 26))


@pytest.mark.parametrize("effort", [-(10**9), -1, 255, 10**9])
def test_impossible_efforts_stay_within_bounds(effort: int) -> None:
    """An effort out of range is drawn as the nearest valid one."""
    nearest = 0 if effort < 0 else 254
    assert draw(2, scan(effort, effort)) == draw(2, scan(nearest, nearest))


@pytest.mark.parametrize("fingers", [2, 24, 64])
@pytest.mark.parametrize("effort", [None, 0, 254])
@pytest.mark.parametrize("scans", range(3))
def test_image_is_small_and_self_contained(
    fingers: int, effort: int | None, scans: int
) -> None:
    """The image is square and has only harmless shapes: no script, text or reference."""
    svg = draw(fingers, *[scan(*[effort] * fingers)] * scans)
    assert len(svg.encode()) < 40_000
    root = ET.fromstring(svg)
    assert root.attrib["viewBox"] == f"0 0 {SIDE} {SIDE}"
    names = {element.attrib["id"] for element in root.iter() if "id" in element.attrib}
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in HARMLESS
        assert not element.text
        for name, value in element.attrib.items():
            assert not name.startswith(("on", "{"))
            assert name not in {"href", "style"}
            if "url" in value:
                assert value.removeprefix("url(#").removesuffix(")") in names
    assert svg.count("//") == 1, "only the namespace"
