"""Subentry flow to create, copy and edit a user's own programmes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from ..const import CONF_FEATURES, DOMAIN
from ..device.model import Area, Features, Flow
from .catalogue import BUILT_IN
from .editing import CONF_STEPS, from_stored, problem, to_form, to_stored
from .model import NO_PROGRAMME
from .names import ProgrammeNames, household, tidy
from .user_programmes import async_name_error

CONF_COPY_OF: Final = "copy_of"
_OPTION_FIELDS: Final[Mapping[str, type[Area | Flow]]] = {"area": Area, "flow": Flow}
"""The fields of a step with options."""
_DEFAULTS: Final[Mapping[str, int]] = {"strength": 1, "minutes": 5}
"""Defaults of a new step."""


def stored_features(entry: ConfigEntry[Any]) -> Features:
    """Return the features of a device, also while its entry is not loaded."""
    return Features.from_dict(entry.data[CONF_FEATURES])


class StepsSelector(ObjectSelector):
    """Selector for a list of steps; the flow validates them, with translated errors."""

    @override
    def __call__(self, data: Any) -> list[dict[str, Any]]:
        """Check that the value is a list of steps."""
        if not isinstance(data, list) or not all(
            isinstance(each, dict) for each in data
        ):
            raise vol.Invalid("not a list of steps")
        return data


class ProgrammeFlow(ConfigSubentryFlow):
    """Steps that create a programme, empty or as a copy, or edit one."""

    def __init__(self) -> None:
        """Initialise the flow."""
        super().__init__()
        self._name = ""
        self._steps: list[dict[str, Any]] = []
        self._texts: dict[str, str] = {}

    async def async_step_own(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the name and for a programme to copy."""
        errors: dict[str, str] = {}
        names = await ProgrammeNames.async_load(self.hass)
        own = names.own(household(self.hass, self._get_entry()))
        if user_input is not None:
            self._name = tidy(user_input[CONF_NAME])
            if error := await self._async_name_error(self._name):
                errors[CONF_NAME] = error
            else:
                origin = {**BUILT_IN, **own}.get(user_input[CONF_COPY_OF])
                if origin is not None:
                    self._steps = to_form(origin, stored_features(self._get_entry()))
                return await self.async_step_steps()
        options: list[SelectOptionDict] = [
            SelectOptionDict(value=key, label=key) for key in (NO_PROGRAMME, *BUILT_IN)
        ]
        options += [
            SelectOptionDict(value=each.key, label=each.option) for each in own.values()
        ]
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME): TextSelector(),
                vol.Required(CONF_COPY_OF, default=NO_PROGRAMME): SelectSelector(
                    SelectSelectorConfig(
                        options=options,
                        mode=SelectSelectorMode.DROPDOWN,
                        translation_key="copy_of",
                    )
                ),
            }
        )
        return self.async_show_form(
            step_id="own",
            data_schema=self.add_suggested_values_to_schema(schema, user_input or {}),
            errors=errors,
        )

    async def async_step_steps(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the steps of a new programme."""
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        await self._async_load_texts()
        if user_input is not None:
            self._steps = self._from_names(user_input.get(CONF_STEPS, []))
            if not (errors := self._steps_errors(placeholders)):
                return self.async_create_entry(
                    title=self._name,
                    data=to_stored(self._steps, stored_features(self._get_entry())),
                )
        return self.async_show_form(
            step_id="steps",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Optional(CONF_STEPS): self._selector()}),
                {CONF_STEPS: self._to_names(self._steps)},
            ),
            errors=errors,
            description_placeholders={**placeholders, **self._bounds()},
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Edit the name and the steps of a programme."""
        subentry = self._get_reconfigure_subentry()
        errors: dict[str, str] = {}
        placeholders: dict[str, str] = {}
        await self._async_load_texts()
        if user_input is None:
            self._name = subentry.title
            programme = from_stored(subentry.subentry_id, subentry.title, subentry.data)
            self._steps = to_form(programme, stored_features(self._get_entry()))
        else:
            self._name = tidy(user_input[CONF_NAME])
            self._steps = self._from_names(user_input.get(CONF_STEPS, []))
            errors = self._steps_errors(placeholders)
            if error := await self._async_name_error(self._name):
                errors[CONF_NAME] = error
            if not errors:
                return self.async_update_and_abort(
                    self._get_entry(),
                    subentry,
                    title=self._name,
                    data=to_stored(self._steps, stored_features(self._get_entry())),
                )
        schema = vol.Schema(
            {
                vol.Required(CONF_NAME): TextSelector(),
                vol.Optional(CONF_STEPS): self._selector(),
            }
        )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                schema,
                {CONF_NAME: self._name, CONF_STEPS: self._to_names(self._steps)},
            ),
            errors=errors,
            description_placeholders={**placeholders, **self._bounds()},
        )

    def _bounds(self) -> dict[str, str]:
        features = stored_features(self._get_entry())
        return {
            "shortest": str(features.min_minutes),
            "longest": str(features.max_minutes),
            "strongest": str(features.strength_levels),
            "areas": ", ".join(
                self._option_name("area", each) for each in features.areas
            ),
            "flows": ", ".join(
                self._option_name("flow", each) for each in features.flows
            ),
        }

    async def _async_name_error(self, name: str) -> str | None:
        """Return the error key of a name; an edited programme may keep its own."""
        edited = None
        if self.source == SOURCE_RECONFIGURE:
            edited = self._get_reconfigure_subentry().subentry_id
        return await async_name_error(self.hass, self._get_entry(), name, edited)

    async def _async_load_texts(self) -> None:
        """Load the names of areas and flows.

        In a list, the frontend does not translate the options of a selector. The options are therefore the
        names, in the language of Home Assistant.
        """
        self._texts = await async_get_translations(
            self.hass, self.hass.config.language, "selector", [DOMAIN]
        )

    def _option_name(self, field: str, value: str) -> str:
        return self._texts.get(
            f"component.{DOMAIN}.selector.{field}.options.{value}", value
        )

    def _to_names(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the steps with names of areas and flows."""
        return [
            {
                field: self._option_name(field, value)
                if field in _OPTION_FIELDS
                else value
                for field, value in step.items()
            }
            for step in steps
        ]

    def _from_names(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the steps with values of areas and flows; unknown names stay."""
        values = {
            field: {self._option_name(field, each): each.value for each in kind}
            for field, kind in _OPTION_FIELDS.items()
        }
        return [
            {
                field: values[field].get(value, value)
                if field in values and isinstance(value, str)
                else value
                for field, value in step.items()
            }
            for step in steps
        ]

    def _steps_errors(self, placeholders: dict[str, str]) -> dict[str, str]:
        found = problem(self._steps, stored_features(self._get_entry()))
        if found is None:
            return {}
        error, values = found
        placeholders.update(values)
        return {CONF_STEPS: error}

    def _selector(self) -> StepsSelector:
        """Return the selector for the steps, with the options of this device."""
        features = stored_features(self._get_entry())
        fields: dict[str, ObjectSelectorField] = {}
        choices = {
            field: [self._option_name(field, each) for each in offered]
            for field, offered in (("area", features.areas), ("flow", features.flows))
        }
        numbers = {
            "strength": NumberSelectorConfig(
                min=1,
                max=features.strength_levels,
                step=1,
                mode=NumberSelectorMode.SLIDER,
                # The list of steps shows the number with its unit only.
                unit_of_measurement=f"/{features.strength_levels}",
            ),
            "minutes": NumberSelectorConfig(
                min=1,
                max=features.max_minutes,
                step=1,
                mode=NumberSelectorMode.SLIDER,
                unit_of_measurement="min",
            ),
        }
        for field in ("area", "strength", "flow", "minutes"):
            if field in numbers:
                fields[field] = ObjectSelectorField(
                    selector=NumberSelector(numbers[field]),
                    required=True,
                    default=_DEFAULTS[field],
                )
            elif choices[field]:
                fields[field] = ObjectSelectorField(
                    selector=SelectSelector(
                        SelectSelectorConfig(
                            options=choices[field],
                            mode=SelectSelectorMode.DROPDOWN,
                        )
                    ),
                    required=True,
                )
        return StepsSelector(
            ObjectSelectorConfig(
                fields=fields, multiple=True, translation_key="programme_step"
            )
        )
