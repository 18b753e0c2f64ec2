"""Drawing of the tension map as a PNG."""

from io import BytesIO

from PIL import Image
import pytest

from custom_components.backhug.device.model import Phase, TensionScan
from custom_components.backhug.session.tension_map import BODY, spots_of
from custom_components.backhug.session.tension_picture import (
    HEIGHT,
    SCALE,
    TOP,
    WIDTH,
    centres,
    draw_picture,
)

BACKGROUND = "#161d2b"


def scan(*efforts: int | None) -> TensionScan:
    """Return a scan with these efforts."""
    return TensionScan(Phase.BEFORE, efforts)


def picture(
    fingers: int, *scans: TensionScan | None, title: str = "Before"
) -> Image.Image:
    """Return the drawn picture."""
    backs = [(each, title) for each in scans]
    image = Image.open(BytesIO(draw_picture(fingers, backs, "left", "right")))
    assert image.format == "PNG"
    assert image.size == (WIDTH, HEIGHT)
    return image.convert("RGB")


def colour(image: Image.Image, centre: int, x: float, y: float) -> str:
    """Return the colour at a place of a back."""
    pixel = image.getpixel((round(centre + SCALE * x), round(TOP + SCALE * y)))
    assert isinstance(pixel, tuple)
    return "#" + "".join(f"{value:02x}" for value in pixel)


@pytest.mark.parametrize("fingers", [2, 4, 28, 64])
def test_every_finger_is_at_its_place(fingers: int) -> None:
    """The middle of each spot has the colour of its effort, as in the SVG."""
    drawn = scan(*(254 * finger // fingers for finger in range(fingers)))
    image = picture(fingers, drawn)
    (centre,) = centres(1)
    spots = list(spots_of(fingers, drawn))
    assert len(spots) == fingers
    for spot in spots:
        assert spot.colour is not None
        shown = bytes.fromhex(colour(image, centre, spot.x, spot.y)[1:])
        expected = bytes.fromhex(spot.colour[1:])
        # The smallest of many spots is a few pixels high.
        assert all(abs(a - b) < 8 for a, b in zip(shown, expected, strict=True))


def test_left_finger_is_at_the_left() -> None:
    """The first column is the person's left one, at the left of the picture."""
    image = picture(2, scan(254, None))
    (centre,) = centres(1)
    left, right = spots_of(2, scan(254, 254))
    assert left.x < 0 < right.x
    assert colour(image, centre, left.x, left.y) == "#ffe873"
    assert colour(image, centre, right.x, right.y) == BODY


def test_finger_without_contact_is_an_empty_ring() -> None:
    """Its middle is the body, its edge is not."""
    image = picture(4, scan(None, None, None, None))
    (centre,) = centres(1)
    for spot in spots_of(4, scan(None, None, None, None)):
        assert spot.colour is None
        assert colour(image, centre, spot.x, spot.y) == BODY
        edge = colour(image, centre, spot.x + spot.half_width - 0.6, spot.y)
        assert edge != BODY


def test_before_is_left_of_after() -> None:
    """Two scans are two backs, in their order."""
    before, after = scan(254, 254), scan(0, 0)
    image = picture(2, before, after)
    first, second = centres(2)
    assert first < second
    for centre, each in ((first, before), (second, after)):
        for spot in spots_of(2, each):
            assert colour(image, centre, spot.x, spot.y) == spot.colour


def test_body_is_a_back() -> None:
    """Filled between the shoulders, empty between arm and waist, beside the neck and around; faded out below."""
    image = picture(28, None)
    (centre,) = centres(1)
    for side in (-1, 1):
        assert colour(image, centre, side * 50, 100) == BODY
        assert colour(image, centre, side * 40, 250) == BODY
        assert colour(image, centre, side * 100, 200) == BODY
        assert colour(image, centre, side * 78, 240) == BACKGROUND
        assert colour(image, centre, side * 40, -3) == BACKGROUND
        assert colour(image, centre, side * 125, 200) == BACKGROUND
        assert colour(image, centre, side * 40, 333) == BACKGROUND
    assert image.getpixel((0, 0)) == image.getpixel((WIDTH - 1, HEIGHT - 1))


def test_titles_and_sides_are_written() -> None:
    """Every text changes the picture where it belongs."""
    plain = Image.open(BytesIO(draw_picture(2, [(None, "")], "", "")))
    for texts, box in (
        (("Before: 47 %", "", ""), (300, 15, 660, 65)),
        (("", "left", ""), (250, 95, 400, 140)),
        (("", "", "right"), (560, 95, 710, 140)),
    ):
        title, left, right = texts
        data = draw_picture(2, [(None, title)], left, right)
        image = Image.open(BytesIO(data)).convert("RGB")
        difference = [
            (index % WIDTH, index // WIDTH)
            for index, (one, other) in enumerate(
                zip(
                    image.get_flattened_data(),
                    plain.convert("RGB").get_flattened_data(),
                    strict=True,
                )
            )
            if one != other
        ]
        assert len(difference) > 100
        x, y = zip(*difference, strict=True)
        assert box[0] <= min(x) < max(x) <= box[2]
        assert box[1] <= min(y) < max(y) <= box[3]
