"""The person's own settings, while the device still has those of a programme."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, replace
import logging
from typing import Any, Final

from homeassistant.core import callback

from ..device.client import BackHug
from ..device.model import Adjustment, Features, Settings, State, Status
from ..storage import StoredState

_LOGGER = logging.getLogger(__name__)

FIELDS: Final = tuple(field.name for field in fields(Settings))


class OwnSettings:
    """Keeps the settings from before a programme until the next session.

    A programme leaves its last settings in the device. Home Assistant shows those from before it instead, and sends
    them with the next start: nothing is sent, and no strength rises, without one. Each setting is kept until it is
    changed, by hand or at the device. A strength that was turned down below it during the programme ends it, too.
    """

    def __init__(
        self, back_hug: BackHug, stored: StoredState, *, doubted: Callable[[], bool]
    ) -> None:
        """Initialize; `doubted` is as for `ProgrammeRunner`."""
        self._back_hug = back_hug
        self._stored = stored
        self._doubted = doubted
        self._session: int | None = None
        """The session of the programme; None if no settings are kept."""
        self._own: dict[str, Any] = {}
        self._left: dict[str, Any] | None = None
        """The settings that the programme left in the device; None until its session has ended."""

    @property
    def pending(self) -> dict[str, Any]:
        """The settings to send with the next start, by the name of their field in `Settings`."""
        snapshot = self._back_hug.snapshot
        status, settings = snapshot.status, snapshot.settings
        if self._left is None or status is None or status.running:
            return {}
        return {
            name: value
            for name, value in self._own.items()
            if getattr(settings, name) == self._left[name]
        }

    @property
    def shown(self) -> Settings | None:
        """The settings of the running session or, if none runs, of the next one without a programme."""
        settings = self._back_hug.snapshot.settings
        return None if settings is None else replace(settings, **self.pending)

    async def async_refresh(self) -> None:
        """Read the device unless it is connected: it may have been set otherwise. Raises what `look` raises."""
        if not self._back_hug.snapshot.connected:
            await self._back_hug.look()

    async def async_resolved(self, adjustment: Adjustment) -> Adjustment:
        """Return a change with steps from the person's own settings; without these, the device takes the steps.

        A step down of the strength is always the device's: it must not go up there. Raises what `look` raises.
        """
        strength, minutes = adjustment.strength_step, adjustment.minutes_step
        if self.pending and (strength, minutes) != (None, None):
            await self.async_refresh()
        features, own = self._back_hug.snapshot.features, self.pending
        assert features is not None
        if strength is not None and strength > 0 and "strength" in own:
            level = min(own["strength"] + strength, features.strength_levels)
            adjustment = replace(adjustment, strength=level, strength_step=None)
        if minutes is not None and "minutes" in own:
            length = max(own["minutes"] + minutes, features.min_minutes)
            length = min(length, features.max_minutes)
            adjustment = replace(adjustment, minutes=length, minutes_step=None)
        return adjustment

    @callback
    def async_keep(self, settings: Settings, session: int) -> None:
        """Keep settings from before a programme, which runs in a session."""
        self._session, self._left = session, None
        self._own = {
            name: value for name, value in asdict(settings).items() if value is not None
        }
        self._save()

    @callback
    def async_limit(self, strength: int) -> None:
        """Follow the strength being turned down during the programme."""
        if self._own.get("strength", 0) > strength:
            self.async_release("strength")

    @callback
    def async_release(self, *names: str) -> None:
        """Show what the device is set to: somebody has just set it."""
        kept = {name: self._own[name] for name in self._own if name not in names}
        if kept != self._own:
            self._own = kept
            self._save()

    @callback
    def async_update(self) -> None:
        """Follow the device."""
        snapshot = self._back_hug.snapshot
        status = snapshot.status
        if (
            self._session is None
            or status is None
            or not snapshot.connected
            or status.state is State.UNKNOWN
            or self._doubted()
        ):
            return
        if self._left is not None:
            left, now = self._left, _settings(status)
            self.async_release(*(each for each in FIELDS if now[each] != left[each]))
        elif status.session == self._session and not status.running:
            self._left = _settings(status)
            self._save()
        elif status.session > self._session:
            # It is not known how the programme left the device.
            self.async_release(*FIELDS)

    def _save(self) -> None:
        self._stored.own_settings = None
        if not self._own:
            self._session = self._left = None
        else:
            self._stored.own_settings = {
                "session": self._session,
                "own": dict(self._own),
                "left": self._left,
            }
        self._stored.async_save_soon()

    @callback
    def async_resume(self) -> None:
        """Continue with the stored settings."""
        if (stored := self._stored.own_settings) is None:
            return
        try:
            left = stored["left"]
            own = _known(stored["own"], self._back_hug.snapshot.features)
            self._left = None if left is None else {**dict.fromkeys(FIELDS), **left}
            self._session, self._own = int(stored["session"]), own
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            _LOGGER.warning("The stored own settings cannot be read (%r)", error)
            self._stored.own_settings = None


def _settings(status: Status) -> dict[str, Any]:
    return {
        "strength": status.strength,
        "area": status.area,
        "flow": status.flow,
        "minutes": -(-status.length // 60),
    }


def _known(stored: dict[str, Any], features: Features | None) -> dict[str, Any]:
    """Return the stored settings that the device offers: its firmware may have changed."""
    assert features is not None
    offered: dict[str, Iterable[Any]] = {
        "strength": range(1, features.strength_levels + 1),
        "area": features.areas,
        "flow": features.flows,
        "minutes": range(features.min_minutes, features.max_minutes + 1),
    }
    return {
        name: value
        for name in FIELDS
        for value in offered[name]
        if value == stored.get(name)
    }
