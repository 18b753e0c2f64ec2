"""A consultation for one BackHug, with the sessions and the tension that it measured."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntryState

from ..const import CONF_FEATURES
from ..coordinator import BackHugConfigEntry
from ..device.model import Features
from ..session.history import KEPT
from .engine import Advice, consult
from .questionnaire import Questionnaire
from .reasons import Refusal


def advise(
    entry: BackHugConfigEntry,
    questionnaire: Questionnaire,
    persons: frozenset[str | None] | None = None,
) -> Advice | Refusal:
    """Return the advice for a person and a device, or the refusal.

    The sessions and the tension of these persons are considered, by default of those that are shown to somebody
    without a user; only while the entry is loaded.
    """
    if entry.state is not ConfigEntryState.LOADED:
        features = Features.from_dict(entry.data[CONF_FEATURES])
        return consult(questionnaire, features, (), None)
    coordinator = entry.runtime_data
    household = coordinator.household
    if persons is None:
        persons = household.visible_to(None)
    return consult(
        questionnaire,
        coordinator.features,
        coordinator.history.newest(KEPT, of=persons)[::-1],
        coordinator.resting_scan if household.shows_tension_to(persons) else None,
    )
