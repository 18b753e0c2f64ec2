"""A request for a session."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from ..device.model import Area, Features, Flow, Settings
from ..programmes.model import Programme

DEFAULT_MINUTES: Final = 20
"""Length of a session without a given one, before the device has shown its own."""


@dataclass(frozen=True)
class SessionRequest:
    """A session to start: a programme, or settings; None means as the device shows it."""

    programme: Programme | None = None
    minutes: int | None = None
    strength: int | None = None
    area: Area | None = None
    flow: Flow | None = None
    person: str | None = None
    """The person whose session it is; None for the chosen one."""
    asked_by: str | None = None
    """The person who asks: the session is theirs unless somebody else was chosen by hand."""
    after: int | None = None
    """Start only if no session has begun since the one with this number; None starts in any case."""

    def with_settings(self, settings: Mapping[str, Any]) -> Self:
        """Return the request with settings that it does not give itself, by field name."""
        missing = {
            name: value
            for name, value in settings.items()
            if getattr(self, name) is None
        }
        return replace(self, **missing)

    def length(self, shown: Settings | None, features: Features) -> int:
        """Return the length in minutes; if it is not given, the one shown, within what the device offers."""
        if self.minutes is not None:
            return self.minutes
        minutes = DEFAULT_MINUTES if shown is None else shown.minutes
        return min(max(minutes, features.min_minutes), features.max_minutes)
