"""Guided consultation: the steps of a subentry flow that end with a programme, or with a physician."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.importlib import async_import_module
from homeassistant.helpers.selector import TextSelector
import voluptuous as vol

from ..const import CONF_FEATURES
from ..device.model import Features
from ..programmes.editing import to_form, to_stored
from ..programmes.names import tidy
from ..programmes.user_programmes import async_name_error

if TYPE_CHECKING:
    from .engine import Advice


class ConsultationFlow(ConfigSubentryFlow):
    """Asks a person, shows what that leads to, and saves it as a programme.

    The answers are kept for as long as the flow runs, and stored nowhere.
    """

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._answers: dict[str, Any] = {}
        self._advice: Advice | None = None

    async def async_step_safety(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what a physician is to be asked about first."""
        # What a consultation is made of is loaded as one begins; in a thread, it holds nothing up.
        await async_import_module(self.hass, f"{__package__}.forms")
        from .forms import (
            CONF_CAUTIONS,
            SAFETY,
            async_refused,
            safety_error,
        )

        errors: dict[str, str] = {}
        if user_input is not None:
            said = user_input.get(CONF_CAUTIONS, [])
            if error := safety_error(said):
                errors[CONF_CAUTIONS] = error
            elif refused := await async_refused(self.hass, said):
                return self.async_abort(
                    reason="ask_physician", description_placeholders=refused
                )
            else:
                return await self.async_step_feel()
        return self._ask("safety", SAFETY, user_input or {}, errors)

    async def async_step_feel(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the back feels, and where."""
        from .forms import FEEL

        if user_input is not None:
            self._answers |= user_input
            return await self.async_step_likes()
        return self._ask("feel", FEEL, self._answers)

    async def async_step_likes(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what the person likes, and knows of the device."""
        from .forms import likes

        if user_input is not None:
            self._answers |= user_input
            return await self.async_step_advice()
        schema, bounds = likes(self._features())
        return self._ask("likes", schema, self._answers, placeholders=bounds)

    async def async_step_advice(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the programme, the reasons and the plan."""
        from .forms import async_advice

        self._advice, page = await async_advice(
            self.hass, self._get_entry(), self._answers
        )
        return self.async_show_menu(
            step_id="advice",
            menu_options=["save", "feel"],
            description_placeholders={"advice": page},
        )

    async def async_step_save(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Name the programme, and save it."""
        assert self._advice is not None
        errors: dict[str, str] = {}
        if user_input is not None:
            name = tidy(user_input[CONF_NAME])
            if error := await async_name_error(self.hass, self._get_entry(), name):
                errors[CONF_NAME] = error
            else:
                features = self._features()
                form = to_form(self._advice.programme, features)
                return self.async_create_entry(
                    title=name, data=to_stored(form, features)
                )
        schema = vol.Schema({vol.Required(CONF_NAME): TextSelector()})
        return self._ask("save", schema, user_input or {}, errors)

    def _ask(
        self,
        step: str,
        schema: vol.Schema,
        answers: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        placeholders: dict[str, str] | None = None,
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, answers),
            errors=errors,
            description_placeholders=placeholders,
        )

    def _features(self) -> Features:
        return Features.from_dict(self._get_entry().data[CONF_FEATURES])
