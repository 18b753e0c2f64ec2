"""Forms of the consultation, built from the fields of the questionnaire."""

from __future__ import annotations

from typing import Any

from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    Selector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..device.model import Features
from .questionnaire import (
    FIELDS,
    MINUTES,
    ChoiceField,
    Field,
    MultiChoiceField,
    NumberField,
    Page,
    minutes_of,
)


def selector(field: Field) -> Selector[Any]:
    """Return the selector of a field."""
    match field:
        case ChoiceField():
            return SelectSelector(
                SelectSelectorConfig(
                    options=[*field.options],
                    multiple=isinstance(field, MultiChoiceField),
                    mode=SelectSelectorMode.LIST,
                    translation_key=field.translation_key,
                )
            )
        case NumberField():
            config = NumberSelectorConfig(
                min=field.lowest,
                max=field.highest,
                step=1,
                mode=NumberSelectorMode.SLIDER,
            )
            if field.unit is not None:
                config["unit_of_measurement"] = field.unit
            return NumberSelector(config)
    return BooleanSelector()


class FieldSelector(Selector[Any]):
    """Shows a field with its selector and validates by the field itself."""

    def __init__(self, field: Field) -> None:
        """Initialise the selector."""
        shown = selector(field)
        self.selector_type, self.config = shown.selector_type, shown.config
        self.allowed_context_keys = {}
        self._field = field

    def __call__(self, data: Any) -> Any:
        """Return the answer. Raises AnswerError."""
        return self._field.parse(data)


def page_schema(page: Page, features: Features) -> vol.Schema:
    """Return the form of a page; the minutes have the bounds of the device."""
    fields = [
        minutes_of(features) if field is MINUTES else field
        for field in FIELDS
        if field.page is page
    ]
    return vol.Schema(dict(map(_form_field, fields)))


def _form_field(field: Field) -> tuple[Any, Any]:
    """Return the key and the value of a form's schema."""
    if isinstance(field, MultiChoiceField):
        # The flow parses it, to show an error next to the field.
        return vol.Optional(field.name), vol.All(cv.ensure_list, selector(field))
    key = vol.Required(field.name)
    if not field.required:
        key = vol.Required(field.name, default=field.default)
    return key, FieldSelector(field)
