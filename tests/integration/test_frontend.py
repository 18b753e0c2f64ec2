"""The card is served and registered with the frontend while there is a BackHug."""

import hashlib
import re
from unittest.mock import patch

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.backhug import frontend
from simulator.build import Build
from tests.home import Home, SimulatedBackHug

LARGEST = 25_000
"""Bytes of the card at most: it is loaded with every page."""


async def set_up(home: Home) -> SimulatedBackHug:
    """Return a BackHug in a home with a frontend."""
    assert await async_setup_component(home.hass, "frontend", {})
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    return back_hug


def modules(hass: HomeAssistant) -> list[str]:
    """Return the modules of ours that the frontend loads."""
    return sorted(
        url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if "backhug" in url
    )


async def test_url_changes_with_the_content(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """The URL changes with the content, so that no cache serves an old card."""
    await set_up(home)
    files = [frontend.FOLDER / name for name in frontend.MODULES]
    content = [file.read_bytes() for file in files]
    version = hashlib.sha256(b"".join(content)).hexdigest()[:12]
    assert modules(home.hass) == [f"/backhug/{version}/{file.name}" for file in files]
    client = await hass_client()
    for file, expected in zip(files, content, strict=True):
        response = await client.get(f"/backhug/{version}/{file.name}")
        assert response.status == 200
        assert await response.read() == expected
        assert "max-age" in response.headers["Cache-Control"]
        # For Cast, whose resources have lasting URLs.
        response = await client.get(f"/backhug/{file.name}")
        assert await response.read() == expected
        assert "Cache-Control" not in response.headers
    # Nothing else of the folder is served.
    assert (await client.get("/backhug/__init__.py")).status == 404


def test_card_is_small() -> None:
    """It is loaded with every page, and no build step shrinks it."""
    assert len((frontend.FOLDER / "backhug-card.js").read_bytes()) <= LARGEST


def test_card_uses_no_internal_elements() -> None:
    """The frontend's own elements change with each release; a card that uses them breaks."""
    source = "".join((frontend.FOLDER / name).read_text() for name in frontend.MODULES)
    assert set(re.findall(r"<((?:ha|hui|mwc|wa)-[\w-]+)", source)) == {"ha-card"}


async def test_card_is_registered_while_there_are_devices(home: Home) -> None:
    """It is registered as long as there is an entry."""
    first = await set_up(home)
    second = await home.add(Build(name="BackHug-26AB", address="C0:FF:EE:00:26:AB"))
    await home.seen(second)
    await second.set_up()
    urls = modules(home.hass)
    assert len(urls) == len(frontend.MODULES)
    await home.hass.config_entries.async_remove(first.entry.entry_id)
    assert modules(home.hass) == urls
    home.hass.config_entries.async_update_entry(second.entry, title="Other")
    assert modules(home.hass) == urls
    await home.hass.config_entries.async_remove(second.entry.entry_id)
    assert modules(home.hass) == []
    third = await home.add(Build(name="BackHug-26AC", address="C0:FF:EE:00:26:AC"))
    await home.seen(third)
    await home.hass.config_entries.async_add(third.entry)
    await third.live()
    assert modules(home.hass) == urls


async def test_without_a_frontend_nothing_is_served(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """Home Assistant may run without a frontend."""
    back_hug = await home.add()
    await home.seen(back_hug)
    await back_hug.set_up()
    assert DATA_EXTRA_MODULE_URL not in home.hass.data
    client = await hass_client()
    assert (await client.get(f"/backhug/{frontend.MODULES[0]}")).status == 404


async def test_missing_card_breaks_nothing(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """The device works, and the log says why there is no card."""
    with patch.object(frontend, "MODULES", ("missing.js",)):
        back_hug = await set_up(home)
    await back_hug.shows("binary_sensor", "connected", "on")
    assert modules(home.hass) == []
    assert "The card is not available" in caplog.text
    caplog.clear()
