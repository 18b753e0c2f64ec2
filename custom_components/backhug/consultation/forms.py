"""What a guided consultation asks for, and what the answers lead to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import CONF_FEATURES
from ..device.model import MAX_MINUTES, Features, Region
from .engine import Advice, consult
from .questionnaire import (
    DEFAULT_DAY_TIME,
    DEFAULT_EXPERIENCE,
    DEFAULT_FIRMNESS,
    DEFAULT_MINUTES,
    MAX_DISCOMFORT,
    NO_CAUTION,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
    Refusal,
)
from .text import ConsultationText

CONF_CAUTIONS: Final = "cautions"
CONF_DAY_TIME: Final = "day_time"
CONF_EXPERIENCE: Final = "experience"
CONF_FEELING: Final = "feeling"
CONF_FIRMNESS: Final = "firmness"
CONF_LAST_SESSIONS_MINE: Final = "last_sessions_mine"
CONF_MINUTES: Final = "minutes"

_ROW_BY_ROW: Final = (
    Region.LEFT_UPPER,
    Region.RIGHT_UPPER,
    Region.LEFT_MID,
    Region.RIGHT_MID,
    Region.LEFT_LOWER,
    Region.RIGHT_LOWER,
)


def _choice(
    options: Iterable[str], translation_key: str, *, multiple: bool = False
) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[str(each) for each in options],
            mode=SelectSelectorMode.LIST,
            multiple=multiple,
            translation_key=translation_key,
        )
    )


SAFETY: Final = vol.Schema(
    {
        vol.Optional(CONF_CAUTIONS): _choice(
            (*Caution, NO_CAUTION), "caution", multiple=True
        )
    }
)
FEEL: Final = vol.Schema(
    {
        vol.Required(CONF_FEELING): _choice(Feeling, "feeling"),
        **{
            vol.Required(region.value, default=0): NumberSelector(
                NumberSelectorConfig(
                    min=0, max=MAX_DISCOMFORT, step=1, mode=NumberSelectorMode.SLIDER
                )
            )
            for region in _ROW_BY_ROW
        },
    }
)


def likes(features: Features) -> tuple[vol.Schema, dict[str, str]]:
    """Return the form of what a person likes and knows of the device, and its placeholders."""
    longest = min(features.max_minutes, MAX_MINUTES)
    usual = min(max(DEFAULT_MINUTES, features.min_minutes), longest)
    schema = vol.Schema(
        {
            vol.Required(CONF_FIRMNESS, default=DEFAULT_FIRMNESS.value): _choice(
                Firmness, "firmness"
            ),
            vol.Required(CONF_EXPERIENCE, default=DEFAULT_EXPERIENCE.value): _choice(
                Experience, "experience"
            ),
            vol.Required(CONF_MINUTES, default=usual): NumberSelector(
                NumberSelectorConfig(
                    min=features.min_minutes,
                    max=longest,
                    step=1,
                    mode=NumberSelectorMode.SLIDER,
                    unit_of_measurement="min",
                )
            ),
            vol.Required(CONF_DAY_TIME, default=DEFAULT_DAY_TIME.value): _choice(
                DayTime, "day_time"
            ),
            vol.Required(CONF_LAST_SESSIONS_MINE, default=True): BooleanSelector(),
        }
    )
    return schema, {"shortest": str(features.min_minutes), "longest": str(longest)}


def safety_error(said: Collection[str]) -> str | None:
    """Return what is wrong with what a person says applies to them; None if nothing is."""
    if not said:
        return "cautions_missing"
    if NO_CAUTION in said and len(said) > 1:
        return "cautions_contradictory"
    return None


async def async_refused(
    hass: HomeAssistant, said: Collection[str]
) -> dict[str, str] | None:
    """Return the placeholders of the refusal if any caution applies; None if none does."""
    cautions = tuple(each for each in Caution if each in said)
    if not cautions:
        return None
    text = await ConsultationText.async_load(hass)
    names = text.cautions(Refusal(cautions))
    return {"cautions": "\n".join(f"- {name}" for name in names)}


async def async_advice(
    hass: HomeAssistant, entry: ConfigEntry[Any], said: Mapping[str, Any]
) -> tuple[Advice, str]:
    """Return the advice for a person to whom no caution applies, and the page that shows it."""
    questionnaire = Questionnaire(
        cautions=frozenset(),
        feeling=Feeling(said[CONF_FEELING]),
        firmness=Firmness(said[CONF_FIRMNESS]),
        experience=Experience(said[CONF_EXPERIENCE]),
        minutes=int(said[CONF_MINUTES]),
        day_time=DayTime(said[CONF_DAY_TIME]),
        discomfort={region: int(said[region.value]) for region in Region},
        last_sessions_mine=said[CONF_LAST_SESSIONS_MINE],
    )
    if entry.state is ConfigEntryState.LOADED:
        advice = await entry.runtime_data.async_consult(questionnaire)
    else:
        # Nothing measured is at hand.
        features = Features.from_dict(entry.data[CONF_FEATURES])
        advice = consult(questionnaire, features, (), None)
    assert isinstance(advice, Advice)
    text = await ConsultationText.async_load(hass)
    return advice, text.page(advice)
