"""A consultation for one BackHug, with the sessions and the tension that it measured."""

from __future__ import annotations

from homeassistant.config_entries import ConfigEntryState

from ..const import CONF_FEATURES
from ..coordinator import BackHugConfigEntry
from ..device.model import Features
from .engine import Advice, consult
from .questionnaire import Questionnaire
from .reasons import Refusal


def advise(entry: BackHugConfigEntry, questionnaire: Questionnaire) -> Advice | Refusal:
    """Return the advice for a person and a device, or the refusal.

    Sessions and tension are considered only while the entry is loaded.
    """
    if entry.state is not ConfigEntryState.LOADED:
        features = Features.from_dict(entry.data[CONF_FEATURES])
        return consult(questionnaire, features, (), None)
    coordinator = entry.runtime_data
    return consult(
        questionnaire,
        coordinator.features,
        coordinator.history.sessions,
        coordinator.resting_scan,
    )
