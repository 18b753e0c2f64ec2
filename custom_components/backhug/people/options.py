"""Options step for the default person of sessions."""

from __future__ import annotations

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import CONF_DEFAULT_PERSON, GUEST
from .persons import async_persons


@callback
def async_initial_options(hass: HomeAssistant) -> dict[str, str]:
    """Return the options of a new BackHug: the only person of the home is the default, of several nobody."""
    match async_persons(hass):
        case []:
            return {}
        case [only]:
            return {CONF_DEFAULT_PERSON: only.id}
    return {CONF_DEFAULT_PERSON: GUEST}


@callback
def async_person_selector(hass: HomeAssistant) -> SelectSelector:
    """Return a selector of a person or a guest."""
    options = [
        SelectOptionDict(value=person.id, label=person.name)
        for person in async_persons(hass)
    ]
    # The label is replaced by the translated one.
    options.append(SelectOptionDict(value=GUEST, label=GUEST))
    return SelectSelector(
        SelectSelectorConfig(
            options=options,
            mode=SelectSelectorMode.LIST,
            translation_key="person",
        )
    )


class PeopleOptionsFlow(OptionsFlowWithReload):
    """Step for the household's default person."""

    async def async_step_people(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the default person."""
        options = self.config_entry.options
        if user_input is not None:
            return self.async_create_entry(data={**options, **user_input})
        schema = vol.Schema(
            {vol.Required(CONF_DEFAULT_PERSON): async_person_selector(self.hass)}
        )
        return self.async_show_form(
            step_id="people",
            data_schema=self.add_suggested_values_to_schema(
                schema, {CONF_DEFAULT_PERSON: GUEST, **options}
            ),
        )
