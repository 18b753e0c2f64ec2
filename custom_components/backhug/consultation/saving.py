"""Saving of advice: as a programme of the household, and as a plan that its person follows."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import Context, HomeAssistant, callback

from ..coordinator import BackHugConfigEntry
from ..plan.model import Stage
from ..programmes.editing import to_form, to_stored
from ..programmes.user_programmes import async_save_programme
from .engine import Advice


@callback
def async_save_advice(
    hass: HomeAssistant,
    entry: BackHugConfigEntry,
    name: str,
    advice: Advice,
    context: Context,
    person: str | None = None,
) -> ConfigSubentry:
    """Save the programme under a name without problems, and begin the plan of a person or of whoever asks."""
    features = entry.runtime_data.features
    stored = to_stored(to_form(advice.programme, features), features)
    subentry = async_save_programme(hass, entry, name, stored)
    async_begin_plan(entry, advice.plan.stages, context, person)
    return subentry


@callback
def async_begin_plan(
    entry: BackHugConfigEntry,
    stages: tuple[Stage, ...],
    context: Context | None = None,
    person: str | None = None,
) -> None:
    """Begin the plan of a person, or as `Household.plan_owner` says; only while the entry is loaded."""
    if entry.state is ConfigEntryState.LOADED:
        household = entry.runtime_data.household
        household.plans.async_begin(household.plan_owner(context, person), stages)
