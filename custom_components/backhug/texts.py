"""Texts in the language of Home Assistant, where it does not offer that of the user."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN, LANGUAGES


def server_text(hass: HomeAssistant, key: str, **placeholders: str | float) -> str:
    """Return a text; English if the language was changed and is not loaded yet."""
    texts = _texts(hass, hass.config.language) or _texts(hass, LANGUAGES[0])
    return texts[f"component.{DOMAIN}.common.{key}"].format(**placeholders)


def _texts(hass: HomeAssistant, language: str) -> dict[str, str]:
    return async_get_cached_translations(hass, language, "common", DOMAIN)
