"""Options step that installs, updates and removes the sentences of Assist."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util import language as language_util
import voluptuous as vol

from ..const import LANGUAGES
from .sentence_files import Installed, async_apply, async_installed, named, problem_of

CONF_LANGUAGES: Final = "languages"


class VoiceOptionsFlow(OptionsFlowWithReload):
    """Steps for the sentences; they apply to all BackHugs."""

    async def async_step_voice(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the languages and install their sentences."""
        error = None
        try:
            if user_input is not None:
                if left := await async_apply(self.hass, user_input[CONF_LANGUAGES]):
                    return self._show_left(left)
                return self._unchanged()
            languages = [
                language
                for language, installed in (await async_installed(self.hass)).items()
                if installed is not Installed.ABSENT
            ]
        except OSError as raised:
            error = raised
            languages = [] if user_input is None else user_input[CONF_LANGUAGES]
        if not languages and error is None:
            languages = language_util.matches(self.hass.config.language, LANGUAGES)[:1]
        return self.async_show_form(
            step_id="voice",
            data_schema=vol.Schema(
                {
                    vol.Required(CONF_LANGUAGES, default=languages): SelectSelector(
                        SelectSelectorConfig(
                            options=list(LANGUAGES),
                            multiple=True,
                            mode=SelectSelectorMode.LIST,
                            translation_key=CONF_LANGUAGES,
                        )
                    )
                }
            ),
            errors=None if error is None else {"base": problem_of(error)},
            description_placeholders={"problem": str(error or "")},
        )

    def _show_left(self, left: list[Path]) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="voice_changed", description_placeholders={"files": named(left)}
        )

    async def async_step_voice_changed(
        self, _user_input: dict[str, Any]
    ) -> ConfigFlowResult:
        """Finish after the user has read which files were kept."""
        return self._unchanged()

    def _unchanged(self) -> ConfigFlowResult:
        return self.async_create_entry(data=self.config_entry.options)
