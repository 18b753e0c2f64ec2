"""The consultation as steps of the programme subentry flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import TextSelector
import voluptuous as vol

from ..programmes.editing import to_form, to_stored
from ..programmes.flow import stored_features
from ..programmes.names import tidy
from ..programmes.user_programmes import async_name_error
from .advise import advise
from .engine import Advice
from .forms import page_schema
from .questionnaire import (
    CAUTIONS,
    NO_CAUTION,
    AnswerError,
    Caution,
    Page,
    Questionnaire,
    minutes_of,
)
from .reasons import Refusal
from .saving import async_begin_plan
from .text import ConsultationText


class ConsultationFlow(ConfigSubentryFlow):
    """Steps that ask the questionnaire, show the advice and save it as a programme.

    The answers are discarded when the flow ends.
    """

    def __init__(self) -> None:
        """Initialise the flow."""
        super().__init__()
        self._answers: dict[str, Any] = {}
        self._advice: Advice | None = None

    async def async_step_safety(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for cautions."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                cautions = CAUTIONS.parse(user_input.get(CAUTIONS.name))
            except AnswerError as error:
                errors[CAUTIONS.name] = f"{CAUTIONS.name}_{error.problem}"
            else:
                if cautions != [NO_CAUTION]:
                    return await self._async_refuse(map(Caution, cautions))
                self._answers[CAUTIONS.name] = cautions
                return await self.async_step_feel()
        return self._show_page(Page.SAFETY, user_input or {}, errors=errors)

    async def _async_refuse(self, cautions: Iterable[Caution]) -> SubentryFlowResult:
        text = await ConsultationText.async_load(self.hass)
        names = text.cautions(Refusal(tuple(cautions)))
        return self.async_abort(
            reason="ask_physician",
            description_placeholders={
                "cautions": "\n".join(f"- {name}" for name in names)
            },
        )

    async def async_step_feel(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the back feels, and where there is discomfort."""
        if user_input is not None:
            self._answers |= user_input
            return await self.async_step_likes()
        return self._show_page(Page.BACK, self._answers)

    async def async_step_likes(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for preferences and experience."""
        if user_input is not None:
            self._answers |= user_input
            return await self.async_step_advice()
        minutes = minutes_of(stored_features(self._get_entry()))
        return self._show_page(
            Page.PREFERENCES,
            self._answers,
            placeholders={
                "shortest": str(minutes.lowest),
                "longest": str(minutes.highest),
            },
        )

    async def async_step_advice(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the programme, the reasons and the plan."""
        advice = advise(self._get_entry(), Questionnaire.from_answers(self._answers))
        assert isinstance(advice, Advice)
        self._advice = advice
        text = await ConsultationText.async_load(self.hass)
        return self.async_show_menu(
            step_id="advice",
            menu_options=["save", Page.BACK.value],
            description_placeholders={"advice": text.page(advice)},
        )

    async def async_step_save(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a name and save the programme."""
        assert self._advice is not None
        errors: dict[str, str] = {}
        if user_input is not None:
            entry, name = self._get_entry(), tidy(user_input[CONF_NAME])
            if error := await async_name_error(self.hass, entry, name):
                errors[CONF_NAME] = error
            else:
                features = stored_features(entry)
                steps = to_form(self._advice.programme, features)
                async_begin_plan(entry, self._advice.plan.stages)
                return self.async_create_entry(
                    title=name, data=to_stored(steps, features)
                )
        schema = vol.Schema({vol.Required(CONF_NAME): TextSelector()})
        return self.async_show_form(
            step_id="save",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or {}),
            errors=errors,
        )

    def _show_page(
        self,
        page: Page,
        answers: Mapping[str, Any],
        *,
        errors: dict[str, str] | None = None,
        placeholders: dict[str, str] | None = None,
    ) -> SubentryFlowResult:
        schema = page_schema(page, stored_features(self._get_entry()))
        return self.async_show_form(
            step_id=page.value,
            data_schema=self.add_suggested_values_to_schema(schema, answers),
            errors=errors,
            description_placeholders=placeholders,
        )
