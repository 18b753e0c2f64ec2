"""Card and dashboard strategies: served, and loaded with the frontend."""

import hashlib
import logging
from pathlib import Path
from typing import Final

from homeassistant.components import frontend
from homeassistant.components.http import StaticPathConfig
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import DOMAIN

_LOGGER = logging.getLogger(__name__)

FOLDER: Final = Path(__file__).parent
MODULES: Final = (
    "backhug-card.js",
    "backhug-plan.js",
    "backhug-strategies.js",
    "backhug-summary.js",
)
"""JavaScript modules that every page loads; they import each other."""


async def async_register(hass: HomeAssistant) -> None:
    """Serve the card, and have the frontend load it while there is a BackHug."""
    if frontend.DOMAIN not in hass.config.components:
        return
    try:
        version = await hass.async_add_executor_job(_hash)
        await hass.http.async_register_static_paths(
            [
                StaticPathConfig(f"{base}/{name}", str(FOLDER / name), cache_headers)
                # The frontend caches by URL: the hash makes it load a new version at once. Cast needs a lasting URL.
                for base, cache_headers in (
                    (f"/{DOMAIN}/{version}", True),
                    (f"/{DOMAIN}", False),
                )
                for name in MODULES
            ]
        )
    except (OSError, RuntimeError) as error:
        _LOGGER.warning("The card is not available: %s", error)
        return
    urls = [f"/{DOMAIN}/{version}/{name}" for name in MODULES]

    @callback
    def update() -> None:
        wanted = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        for url in urls:
            if wanted:
                frontend.add_extra_js_url(hass, url)
            else:
                frontend.remove_extra_js_url(hass, url)

    @callback
    def entry_changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN and change is not ConfigEntryChange.UPDATED:
            update()

    update()
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)


def _hash() -> str:
    content = b"".join((FOLDER / name).read_bytes() for name in MODULES)
    return hashlib.sha256(content).hexdigest()[:12]
