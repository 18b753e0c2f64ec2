"""Repairs: ways out for a BackHug that has been out of reach for long, and newer sentences for Assist."""

from typing import Any

from homeassistant.components.repairs import (
    FlowType,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry
from homeassistant.core import HomeAssistant
import voluptuous as vol

from .const import CONF_TELL_UNREACHABLE, DOMAIN
from .reachability.unreachable import async_restart_wait
from .voice.sentence_files import ISSUE_OUTDATED, async_update


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the ways out for an issue."""
    if issue_id == ISSUE_OUTDATED:
        return SentencesFlow()
    assert data is not None
    return UnreachableFlow(hass.config_entries.async_get_known_entry(data["entry_id"]))


class UnreachableFlow(RepairsFlow):
    """Lets a person wait on, look for it or for another one, not be told any more, or forget it."""

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        """Take the entry of the BackHug that is out of reach."""
        self._entry = entry

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Offer the ways out."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["wait", "reconfigure", "silence", "forget"],
            description_placeholders={"name": self._entry.title},
        )

    async def async_step_wait(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Wait another week."""
        await async_restart_wait(self.hass, self._entry)
        return self.async_create_entry(data={})

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Go on to where it is looked for, or replaced: contact then withdraws the issue."""
        flow = await self.hass.config_entries.flow.async_init(
            DOMAIN,
            context={
                "source": SOURCE_RECONFIGURE,
                "entry_id": self._entry.entry_id,
            },
        )
        return self.async_abort(
            reason="reconfigure", next_flow=(FlowType.CONFIG_FLOW, flow["flow_id"])
        )

    async def async_step_silence(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Do not tell of it any more."""
        self.hass.config_entries.async_update_entry(
            self._entry, options={**self._entry.options, CONF_TELL_UNREACHABLE: False}
        )
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})

    async def async_step_forget(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Remove the BackHug from Home Assistant once the person has confirmed."""
        if user_input is None:
            return self.async_show_form(
                step_id="forget",
                data_schema=vol.Schema({}),
                description_placeholders={"name": self._entry.title},
            )
        await self.hass.config_entries.async_remove(self._entry.entry_id)
        return self.async_create_entry(data={})


class SentencesFlow(RepairsFlow):
    """Updates the sentences that Assist understands, once the person has confirmed."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask, and update."""
        problem = None
        if user_input is not None:
            try:
                await async_update(self.hass)
            except OSError as error:
                problem = str(error)
            else:
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="init",
            data_schema=vol.Schema({}),
            errors=None if problem is None else {"base": "cannot_write"},
            description_placeholders={"problem": problem or ""},
        )
