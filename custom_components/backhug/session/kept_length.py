"""The length that was asked for survives a restart where the device does not keep it."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..device.client import BackHug
from ..device.model import MAX_MINUTES, AskedLength
from ..storage import StoredState

_JITTER: Final = timedelta(seconds=2)
"""By this much the end may differ from the stored one without being saved."""


class KeptLength:
    """Stores when Home Assistant ends the session: it is stopped then also after a restart, however late."""

    def __init__(self, back_hug: BackHug, stored: StoredState) -> None:
        """Initialize; nothing is resumed yet."""
        self._back_hug = back_hug
        self._stored = stored

    @callback
    def async_resume(self) -> None:
        """Continue with the stored length."""
        minutes, ends_at = self._stored.asked_minutes, self._stored.session_ends_at
        if minutes is not None and not 1 <= minutes <= MAX_MINUTES:
            minutes = None
        left = None if ends_at is None else (ends_at - dt_util.utcnow()).total_seconds()
        self._back_hug.resume_length(AskedLength(minutes, left))

    @callback
    def async_update(self) -> None:
        """Store a changed length at once: a power cut may follow."""
        minutes, ends_in = self._back_hug.asked_length
        ends_at, stored = None, self._stored.session_ends_at
        if ends_in is not None:
            ends_at = dt_util.utcnow() + timedelta(seconds=ends_in)
            if stored is not None and abs(ends_at - stored) <= _JITTER:
                ends_at = stored
        if (minutes, ends_at) != (self._stored.asked_minutes, stored):
            self._stored.asked_minutes = minutes
            self._stored.session_ends_at = ends_at
            self._stored.async_save_soon()
