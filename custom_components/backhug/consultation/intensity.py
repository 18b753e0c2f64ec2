"""How strong and how long at most: what a person wishes, and what stands against it.

The numbers are choices of this project, on the careful side, and no medical knowledge; the maker names
only the 60 minutes, and 20 as the fewest after which tension is compared (mybackhug.com, FAQ).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Final

from ..device.model import MAX_MINUTES, Features
from .questionnaire import (
    MAX_DISCOMFORT,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
    Reason,
    Why,
)
from .trends import SessionTrends, Trend

FIRMNESS: Final[Mapping[Firmness, float]] = {
    Firmness.VERY_GENTLE: 0.2,
    Firmness.GENTLE: 0.35,
    Firmness.MEDIUM: 0.5,
    Firmness.FIRM: 0.65,
    Firmness.VERY_FIRM: 0.8,
}
"""Share of the strongest that a person's firmness allows: the last fifth is left to their own hand."""
FIRST_TIME_STRENGTH: Final = 0.3
"""Share of the strongest: who does not know the device feels it out first."""
FIRST_TIME_MINUTES: Final = 20
"""The shortest session that the maker names; the tension is compared from it on."""
OCCASIONAL_STRENGTH: Final = 0.6
OCCASIONAL_MINUTES: Final = 40
SORE_MINUTES: Final = 30
SORE: Final = 0.6
"""Share of what is allowed for who feels sore; likewise the others."""
TIRED: Final = 0.8
STRONG: Final = 0.8
"""Where a region is uncomfortable in the strongest degree."""
RISING: Final = 0.8
"""After sessions after which the device measured more tension than before them."""
MINUTES_STEP: Final = 10
"""Minutes beyond the longest completed session."""


@dataclass(frozen=True, slots=True)
class Strongest:
    """How strong a session may be at most."""

    share: float
    """Of the strongest that a device offers."""
    reasons: tuple[Reason, ...]


def level_within(share: float, features: Features) -> int:
    """Return the strongest level within a share of the strongest; the weakest one if none is."""
    # A little more than it is: floating point must not take a level away.
    return max(math.floor(share * features.strength_levels + 1e-9), 1)


def strongest(
    questionnaire: Questionnaire, features: Features, past: SessionTrends
) -> Strongest:
    """Return how strong a session may be: the least of what is allowed, eased where need be."""
    levels = features.strength_levels
    limits = [(FIRMNESS[questionnaire.firmness], Why.STRENGTH_FIRMNESS)]
    match questionnaire.experience:
        case Experience.FIRST_TIME:
            limits.append((FIRST_TIME_STRENGTH, Why.STRENGTH_FIRST_TIME))
        case Experience.OCCASIONAL:
            limits.append((OCCASIONAL_STRENGTH, Why.STRENGTH_OCCASIONAL))
    if past.strongest is not None:
        # One level, or a tenth of them if there are many.
        used = past.strongest + max(levels // 10, 1)
        limits.append((used / levels, Why.STRENGTH_GROWS))
    share, why = min(limits, key=lambda limit: limit[0])
    eased = [(why, 1.0)]
    match questionnaire.feeling:
        case Feeling.SORE:
            eased.append((Why.STRENGTH_SORE, SORE))
        case Feeling.TIRED:
            eased.append((Why.STRENGTH_TIRED, TIRED))
    if MAX_DISCOMFORT in questionnaire.discomfort.values():
        eased.append((Why.STRENGTH_STRONG, STRONG))
    if past.trend is Trend.RISES:
        eased.append((Why.STRENGTH_RISES, RISING))
    reasons = []
    for why, factor in eased:
        share *= factor
        reasons.append(_at_most(why, share, features))
    if share * levels < 1:
        reasons = [_at_most(Why.STRENGTH_WEAKEST, share, features)]
    return Strongest(share, tuple(reasons))


def _at_most(why: Why, share: float, features: Features) -> Reason:
    strength = level_within(share, features)
    return Reason(why, {"strength": strength, "levels": features.strength_levels})


def longest(
    questionnaire: Questionnaire, features: Features, past: SessionTrends
) -> tuple[int, Reason]:
    """Return the minutes of a session, at most 60, and why it is not longer or shorter.

    A device that runs for longer at least gets that: it could not run it otherwise.
    """
    limits = [
        (questionnaire.minutes, Why.LENGTH_WISHED),
        (min(features.max_minutes, MAX_MINUTES), Why.LENGTH_LONGEST),
    ]
    match questionnaire.experience:
        case Experience.FIRST_TIME:
            limits.append((FIRST_TIME_MINUTES, Why.LENGTH_FIRST_TIME))
        case Experience.OCCASIONAL:
            limits.append((OCCASIONAL_MINUTES, Why.LENGTH_OCCASIONAL))
    if questionnaire.feeling is Feeling.SORE:
        limits.append((SORE_MINUTES, Why.LENGTH_SORE))
    if past.longest is not None:
        limits.append((past.longest + MINUTES_STEP, Why.LENGTH_GROWS))
    if past.ran is not None:
        limits.append((past.ran, Why.LENGTH_ENDED_EARLY))
    minutes, why = min(limits, key=lambda limit: limit[0])
    if minutes < features.min_minutes:
        minutes, why = features.min_minutes, Why.LENGTH_SHORTEST
    return minutes, Reason(why, {"minutes": minutes})
