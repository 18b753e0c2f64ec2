"""Repair flows: a BackHug unreachable for long, sessions of nobody, outdated sentences of Assist."""

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
from .people.household import ISSUE_UNASSIGNED
from .people.repair import UnassignedFlow
from .reachability.unreachable import async_restart_wait
from .voice.sentence_files import ISSUE_OUTDATED, async_update, problem_of


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the repair flow for an issue."""
    if issue_id == ISSUE_OUTDATED:
        return SentencesFlow()
    assert data is not None
    entry = hass.config_entries.async_get_known_entry(data["entry_id"])
    if issue_id.startswith(ISSUE_UNASSIGNED):
        return UnassignedFlow(entry)
    return UnreachableFlow(entry)


class UnreachableFlow(RepairsFlow):
    """Repair flow for an unreachable BackHug: wait, reconfigure, silence the issue, or remove the device."""

    def __init__(self, entry: ConfigEntry[Any]) -> None:
        """Create the flow for a config entry."""
        self._entry = entry

    async def async_step_init(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show the menu."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["wait", "reconfigure", "silence", "forget"],
            description_placeholders={"name": self._entry.title},
        )

    async def async_step_wait(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Restart the waiting time."""
        await async_restart_wait(self.hass, self._entry)
        return self.async_create_entry(data={})

    async def async_step_reconfigure(
        self, _user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Continue with the reconfigure flow; contact with the device deletes the issue."""
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
        """Turn off the issue in the options."""
        self.hass.config_entries.async_update_entry(
            self._entry, options={**self._entry.options, CONF_TELL_UNREACHABLE: False}
        )
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return self.async_create_entry(data={})

    async def async_step_forget(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Remove the config entry after confirmation."""
        if user_input is None:
            return self.async_show_form(
                step_id="forget",
                data_schema=vol.Schema({}),
                description_placeholders={"name": self._entry.title},
            )
        await self.hass.config_entries.async_remove(self._entry.entry_id)
        return self.async_create_entry(data={})


class SentencesFlow(RepairsFlow):
    """Repair flow that updates the sentences of Assist."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Update after confirmation."""
        error = None
        if user_input is not None:
            try:
                await async_update(self.hass)
            except OSError as raised:
                error = raised
            else:
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="init",
            data_schema=vol.Schema({}),
            errors=None if error is None else {"base": problem_of(error)},
            description_placeholders={"problem": str(error or "")},
        )
