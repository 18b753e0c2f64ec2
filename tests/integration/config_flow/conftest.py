"""Fixtures of the tests of the config flow."""

from homeassistant.components import bluetooth
from homeassistant.core import HomeAssistant
import pytest

from custom_components.backhug.const import DOMAIN
from tests.home import Home


@pytest.fixture(autouse=True)
async def unload(hass: HomeAssistant, home: Home) -> None:
    """Unload the created entries at the end."""

    async def unload_all() -> None:
        for entry in hass.config_entries.async_loaded_entries(DOMAIN):
            await hass.config_entries.async_unload(entry.entry_id)

    home.on_close(unload_all)


@pytest.fixture
def quick_scan(monkeypatch: pytest.MonkeyPatch, home: Home) -> list[float | None]:
    """Shorten active scans; return the requested durations."""
    asked: list[float | None] = []

    async def scan(_hass: HomeAssistant, duration: float | None = None) -> None:
        asked.append(duration)
        for scanner in home.scanners:
            await scanner.async_request_active_window(0.4)

    monkeypatch.setattr(bluetooth, "async_request_active_scan", scan)
    return asked
