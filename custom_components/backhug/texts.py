"""Texts in the language of Home Assistant, where it does not offer that of the user."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN, LANGUAGES


def server_text(hass: HomeAssistant, key: str, **placeholders: str | float) -> str:
    """Return a text; English if the language was changed and is not loaded yet."""
    texts = _texts(hass, hass.config.language) or _texts(hass, LANGUAGES[0])
    return texts[f"component.{DOMAIN}.common.{key}"].format(**placeholders)


def session_summary(hass: HomeAssistant, end: Mapping[str, Any]) -> str:
    """Return the end of a session in words, from `SessionEvent.summary`, with `eased` or without."""
    parts = [server_text(hass, f"activity_{end['type']}")]
    if minutes := end["minutes"]:
        parts.append(server_text(hass, "activity_minutes", minutes=minutes))
    before, after = end["tension_before"], end["tension_after"]
    if before is not None and after is not None:
        parts.append(server_text(hass, "activity_tension", before=before, after=after))
    if region := end.get("eased_most"):
        place, points = server_text(hass, f"region_{region}"), end["eased_by"]
        parts.append(server_text(hass, "activity_eased", region=place, points=points))
    return ", ".join(parts)


def _texts(hass: HomeAssistant, language: str) -> dict[str, str]:
    return async_get_cached_translations(hass, language, "common", DOMAIN)
