"""Presence of a device: how long it has been silent."""

from __future__ import annotations

import math
from typing import Final

SILENCE: Final = 5.0
"""Seconds after a failed attempt that do not count as silence: the scanner has yet to start again."""
AWAY: Final = 60.0
"""Seconds of silence after which a device was away, perhaps switched off."""


class Presence:
    """Tracks the silence of a device, without the times in which we connect.

    A scanner hears nothing while its adapter connects. Times are those of the event loop, in seconds.
    """

    def __init__(self) -> None:
        """Begin with a device that was never heard."""
        self._heard_at = -math.inf
        self._silent_for = 0.0
        self._silent_since = -math.inf
        self.heard = False
        """Whether the device has advertised since the last attempt to connect began."""

    @property
    def known(self) -> bool:
        """Whether the device was heard since the start, or since it was last reported gone."""
        return self._heard_at > -math.inf

    def away(self, now: float) -> bool:
        """Return whether the device has been silent for so long that it was away."""
        if not self.known:
            return True
        return self._silent_for + max(0.0, now - self._silent_since) >= AWAY

    def advertised(self, now: float) -> None:
        """Note an advertisement."""
        self.heard = True
        self._end_silence(now)

    def gone(self) -> None:
        """Note that Home Assistant no longer sees the device."""
        self._heard_at = -math.inf

    def attempt_began(self, now: float) -> None:
        """Note that an attempt to connect has begun: silence no longer counts."""
        self.heard = False
        self._silent_for += max(0.0, now - self._silent_since)
        self._silent_since = math.inf

    def attempt_failed(self, now: float) -> None:
        """Note that an attempt to connect has failed."""
        self._silent_since = now + SILENCE

    def connected(self, now: float) -> None:
        """Note that an attempt to connect has succeeded."""
        self._end_silence(now)

    def disconnected(self, now: float) -> None:
        """Note the end of a connection: the device was present until then, unless it is gone."""
        self._silent_since = now
        if self.known:
            self._end_silence(now)

    def _end_silence(self, now: float) -> None:
        self._heard_at = now
        self._silent_for = 0.0
        if self._silent_since < math.inf:
            self._silent_since = now
