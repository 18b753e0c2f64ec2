"""What a person wants of a session."""

from typing import Final, NamedTuple

from ..device.model import Area, Flow
from ..programmes.model import Programme

DEFAULT_MINUTES: Final = 20
"""Length of a session of which nobody said it, before the device has shown one."""


class SessionRequest(NamedTuple):
    """A session to be started: a programme, or settings; None is as the device shows it."""

    programme: Programme | None = None
    minutes: int | None = None
    strength: int | None = None
    area: Area | None = None
    flow: Flow | None = None
    after: int | None = None
    """Only if no session has begun since the one with this number; None begins in any case."""
