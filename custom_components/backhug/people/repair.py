"""Repair flow for sessions that belong to nobody yet."""

from __future__ import annotations

from typing import Any, Final

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
import voluptuous as vol

from .options import async_person_selector

CONF_PERSON: Final = "person"


class UnassignedFlow(RepairsFlow):
    """Assigns the sessions of nobody to a person or to a guest."""

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        """Create the flow for a config entry."""
        self._entry = entry

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_person()

    async def async_step_person(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask to whom the sessions belong."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(
                reason="not_loaded",
                description_placeholders={"name": self._entry.title},
            )
        if user_input is not None:
            household = self._entry.runtime_data.household
            await household.async_assign_unassigned(user_input[CONF_PERSON])
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="person",
            data_schema=vol.Schema(
                {vol.Required(CONF_PERSON): async_person_selector(self.hass)}
            ),
            description_placeholders={"name": self._entry.title},
        )
