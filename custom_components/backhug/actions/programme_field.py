"""The field for a programme in the form of an action: offers the household's own programmes too."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.service import (
    async_get_all_descriptions,
    async_set_service_schema,
)

from ..const import DOMAIN
from ..coordinator import BackHugConfigEntry
from ..programmes.catalogue import BUILT_IN
from ..programmes.model import NO_PROGRAMME
from ..service_fields import ATTR_PROGRAMME

_IN_FILE: Final = [NO_PROGRAMME, *BUILT_IN]
"""The options in services.yaml."""


@callback
def async_offer_programmes(
    hass: HomeAssistant, action: str, register: Callable[[], None]
) -> None:
    """Register an action, and keep the options of its field up to date.

    Registering it again, as scripts do when they are reloaded, makes open pages fetch the description.
    """
    offered = _IN_FILE

    async def async_describe() -> None:
        descriptions = await async_get_all_descriptions(hass)
        description = deepcopy(descriptions[DOMAIN][action])
        field = description["fields"][ATTR_PROGRAMME]
        field["selector"]["select"]["options"] = offered
        async_set_service_schema(hass, DOMAIN, action, description)
        register()

    @callback
    def entry_changed(_change: ConfigEntryChange, entry: ConfigEntry[Any]) -> None:
        nonlocal offered
        if entry.domain != DOMAIN:
            return
        loaded: list[BackHugConfigEntry]
        loaded = hass.config_entries.async_loaded_entries(DOMAIN)
        if not loaded:
            return
        options = loaded[0].runtime_data.controller.runner.options
        if options != offered:
            offered = options
            hass.async_create_task(async_describe())

    register()
    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, entry_changed)
