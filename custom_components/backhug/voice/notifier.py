"""Notifications to the sentence triggers, which exist only while Assist is set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import singleton
from homeassistant.helpers.intent import Intent

from ..const import DOMAIN
from ..exposure import ExposedBackHug


@dataclass
class Notifier:
    """Listeners to events that concern voice."""

    asked: list[Callable[[Intent, Sequence[ExposedBackHug]], None]] = field(
        default_factory=list
    )
    """Called with an intent, and the BackHugs among which the speaker is asked to choose."""
    sentences_changed: list[Callable[[], None]] = field(default_factory=list)
    """Called after sentences were installed or removed."""


@singleton.singleton(f"{DOMAIN}_voice")
@callback
def async_notifier(_hass: HomeAssistant) -> Notifier:
    """Return the notifier."""
    return Notifier()
