"""Topics of a dialogue, and the sentences of a turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..consultation.engine import Advice
from ..consultation.reasons import Reason, Refusal


class Topic(StrEnum):
    """Topic of the last question."""

    CAUTIONS = "cautions"
    FEELING = "feeling"
    WHERE = "where"
    FIRMNESS = "firmness"
    EXPERIENCE = "experience"
    MINUTES = "minutes"
    OFFER = "offer"
    """The programme was shown."""
    NAME = "name"
    SAVED = "saved"
    """Whether to start the saved programme."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Say:
    """A sentence: a translation key without its prefix, and values for its placeholders."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Show:
    """Advice to show: in short, its steps, or its plan."""

    advice: Advice
    part: str = "summary"


type Saying = Say | Show | Reason | Refusal


@dataclass(slots=True)
class Turn:
    """Response to an utterance: sentences and actions."""

    says: list[Saying]
    save_as: str | None = None
    """Name to save the advice under; empty for a default name."""
    start: bool = False
    """Start the saved programme, when somebody lies down."""
    stops: bool = False
    """Stop what runs, whoever has started it."""
    ends: bool = False
