"""What a sentence means, and when it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Final

STOP: Final = "BackHugStopSession"


class Moment(Enum):
    """Situation in which a sentence is said."""

    IDLE = auto()
    RUNNING = auto()
    PAUSED = auto()


@dataclass(frozen=True)
class Meaning:
    """An intent with its slots."""

    intent: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    certain: bool = field(default=False, compare=False)
    """No word is unknown, so nobody else is meant."""
    names_device: bool = field(default=False, compare=False)
    others_too: bool = field(default=False, compare=False)
    """It is meant for the whole home."""
