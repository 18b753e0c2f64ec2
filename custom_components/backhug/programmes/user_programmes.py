"""A user's own programmes: checking a name, saving, and keeping them when a device is removed."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN, SUBENTRY_PROGRAMME
from .names import NameProblem, ProgrammeNames, household, tidy


async def async_name_error(
    hass: HomeAssistant, entry: ConfigEntry[Any], name: str, edited: str | None = None
) -> NameProblem | None:
    """Return the problem of a name, or None; `edited` is the key of a programme that may keep it."""
    names = await ProgrammeNames.async_load(hass)
    return names.problem(household(hass, entry), name, edited)


async def async_free_name(
    hass: HomeAssistant, entry: ConfigEntry[Any], wanted: str
) -> str:
    """Return a name, with a number if it is taken."""
    name, number = wanted, 1
    while await async_name_error(hass, entry, name) is NameProblem.TAKEN:
        number += 1
        name = f"{wanted} {number}"
    return name


def async_save_programme(
    hass: HomeAssistant, entry: ConfigEntry[Any], name: str, stored: dict[str, Any]
) -> ConfigSubentry:
    """Save a programme, as returned by `to_stored`, under a name without problems."""
    subentry = ConfigSubentry(
        data=MappingProxyType(stored),
        subentry_type=SUBENTRY_PROGRAMME,
        title=tidy(name),
        unique_id=None,
    )
    hass.config_entries.async_add_subentry(entry, subentry)
    return subentry


@callback
def async_hand_over_programmes(hass: HomeAssistant, removed: ConfigEntry[Any]) -> None:
    """Keep the programmes of an entry that was removed with another BackHug of the household, if there is one."""
    remaining = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    if not remaining:
        return
    for subentry in removed.subentries.values():
        hass.config_entries.async_add_subentry(remaining[0], subentry)
