"""A request for a session."""

from dataclasses import dataclass
from typing import Final

from ..device.model import Area, Flow
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
    after: int | None = None
    """Start only if no session has begun since the one with this number; None starts in any case."""
