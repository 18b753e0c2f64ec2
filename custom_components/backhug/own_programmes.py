"""A person's own programmes: which there are, what a new one may be called, and how it is saved."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN, SUBENTRY_PROGRAMME
from .programmes import BUILT_IN, NO_PROGRAMME, Programme

_LONGEST_NAME: Final = 40


def own_programmes(entry: ConfigEntry[Any]) -> dict[str, Programme]:
    """Return the programmes that a person made for a device, by the id of their subentry."""
    return {
        key: Programme.from_stored(key, subentry.title, subentry.data)
        for key, subentry in entry.subentries.items()
        if subentry.subentry_type == SUBENTRY_PROGRAMME
    }


async def async_name_error(
    hass: HomeAssistant, entry: ConfigEntry[Any], name: str, edited: str | None = None
) -> str | None:
    """Return what is wrong with a name: each is told from all others where one is chosen.

    `edited` is the key of the programme that bears it already.
    """
    if not 0 < len(name) <= _LONGEST_NAME:
        return "name_length"
    taken = {NO_PROGRAMME, *BUILT_IN}
    # Two that read the same could not be told from each other either.
    translations = await async_get_translations(
        hass, hass.config.language, "entity", [DOMAIN]
    )
    prefix = f"component.{DOMAIN}.entity.select.programme.state."
    taken |= {text for key, text in translations.items() if key.startswith(prefix)}
    own = own_programmes(entry).values()
    taken |= {each.option for each in own if each.key != edited}
    if name.casefold() in {each.casefold() for each in taken}:
        return "name_taken"
    return None


def async_save_programme(
    hass: HomeAssistant, entry: ConfigEntry[Any], name: str, stored: dict[str, Any]
) -> ConfigSubentry:
    """Save what `to_stored` made of a programme, under a name in which nothing is wrong."""
    subentry = ConfigSubentry(
        data=MappingProxyType(stored),
        subentry_type=SUBENTRY_PROGRAMME,
        title=name,
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, subentry)
    return subentry
