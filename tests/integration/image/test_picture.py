"""The picture of tension for notifications."""

from http import HTTPStatus

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.backhug import image
from custom_components.backhug.device.model import Phase, TensionScan
from custom_components.backhug.session.record import Tension
from custom_components.backhug.session.tension_picture import draw_picture
from tests.home import Home

from .tension_maps import Client, finish


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize(
    ("language", "titles", "sides"),
    [
        ("en", ("Before", "After"), ("left", "right")),
        ("de", ("Vorher", "Nachher"), ("links", "rechts")),
    ],
)
async def test_png_for_notifications(
    home: Home,
    hass_client_no_auth: ClientSessionGenerator,
    language: str,
    titles: tuple[str, str],
    sides: tuple[str, str],
) -> None:
    """The second image shows the same scans, with words in the language of Home Assistant."""
    home.hass.config.language = language
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    client: Client = await hass_client_no_auth()

    async def fetch() -> bytes:
        address = back_hug.state("image", "tension_picture").attributes[
            "entity_picture"
        ]
        response = await client.get(address)
        assert response.status == HTTPStatus.OK
        assert response.content_type == "image/png"
        return await response.read()

    empty = {
        "en": "No tension has been measured yet.",
        "de": "Es wurde noch keine Verspannung gemessen.",
    }
    assert await fetch() == draw_picture(28, [(None, empty[language])], *sides)
    await back_hug.treat()
    back_hug.skip(20 * 60 - 30)
    await finish(back_hug)
    record = back_hug.coordinator.controller.back_hug.snapshot.record
    assert record is not None
    backs: list[tuple[TensionScan | None, str]] = []
    for title, scan in zip(titles, (record.before, record.after), strict=True):
        assert scan is not None
        tension = Tension.of(scan).back
        backs.append((scan, f"{title}: {tension} %"))
    assert await fetch() == draw_picture(28, backs, *sides)
    # A scan without contact has no tension.
    untouched = (
        TensionScan(Phase.LIVE, (None,) * 28),
        {"en": "Now", "de": "Jetzt"}[language],
    )
    draw = image.DESCRIPTIONS[1].draw_fn(home.hass, 28, (untouched[0],))
    assert draw() == draw_picture(28, [untouched], *sides)


def test_png_is_disabled_by_default() -> None:
    """The address of an image is recorded every five minutes: only who needs it enables it."""
    enabled = {
        each.key: each.entity_registry_enabled_default for each in image.DESCRIPTIONS
    }
    assert enabled == {"tension_map": True, "tension_picture": False}
