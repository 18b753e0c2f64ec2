"""Limits of strength and length.

The numbers are cautious choices of this project, not medical knowledge. Only the 60 minutes and the 20
minutes from which tension is compared are the maker's (mybackhug.com, FAQ).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import math
from typing import Final

from ..device.model import Features
from .questionnaire import (
    MAX_DISCOMFORT,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
)
from .reasons import Reason, ReasonKey
from .trends import SessionTrends, Trend

FIRMNESS_SHARES: Final[Mapping[Firmness, float]] = {
    Firmness.VERY_GENTLE: 0.2,
    Firmness.GENTLE: 0.35,
    Firmness.MEDIUM: 0.5,
    Firmness.FIRM: 0.65,
    Firmness.VERY_FIRM: 0.8,
}
"""Share of the highest level by firmness; the last fifth is reached by hand only."""
FIRST_TIME_STRENGTH: Final = 0.3
"""Share of the highest level for beginners."""
FIRST_TIME_MINUTES: Final = 20
"""The shortest session that the maker names; tension is compared from it on."""
OCCASIONAL_STRENGTH: Final = 0.6
OCCASIONAL_MINUTES: Final = 40
SORE_MINUTES: Final = 30
SORE: Final = 0.6
"""Factor for a sore back."""
TIRED: Final = 0.8
"""Factor for a tired back."""
STRONG: Final = 0.8
"""Factor for strong discomfort in any region."""
RISING: Final = 0.8
"""Factor if past sessions increased the tension."""
MINUTES_STEP: Final = 10
"""Minutes by which a session may exceed the longest completed one."""


@dataclass(frozen=True, slots=True)
class StrengthLimit:
    """Maximum strength of a session."""

    share: float
    """Share of the highest level of the device."""
    reasons: tuple[Reason, ...]


def level_within(share: float, features: Features) -> int:
    """Return the highest level within a share of the levels; at least 1."""
    # The epsilon keeps rounding errors from costing a level.
    return max(math.floor(share * features.strength_levels + 1e-9), 1)


def strength_limit(
    questionnaire: Questionnaire, features: Features, trends: SessionTrends
) -> StrengthLimit:
    """Return the lowest of the limits, reduced by the factors that apply."""
    levels = features.strength_levels
    limits = [(FIRMNESS_SHARES[questionnaire.firmness], ReasonKey.STRENGTH_FIRMNESS)]
    match questionnaire.experience:
        case Experience.FIRST_TIME:
            limits.append((FIRST_TIME_STRENGTH, ReasonKey.STRENGTH_FIRST_TIME))
        case Experience.OCCASIONAL:
            limits.append((OCCASIONAL_STRENGTH, ReasonKey.STRENGTH_OCCASIONAL))
    if trends.strongest is not None:
        # One level more, or a tenth of the levels of a device with many.
        used = trends.strongest + max(levels // 10, 1)
        limits.append((used / levels, ReasonKey.STRENGTH_GROWS))
    share, key = min(limits, key=lambda limit: limit[0])
    factors = [(key, 1.0)]
    match questionnaire.feeling:
        case Feeling.SORE:
            factors.append((ReasonKey.STRENGTH_SORE, SORE))
        case Feeling.TIRED:
            factors.append((ReasonKey.STRENGTH_TIRED, TIRED))
    if MAX_DISCOMFORT in questionnaire.discomfort.values():
        factors.append((ReasonKey.STRENGTH_STRONG, STRONG))
    if trends.trend is Trend.RISES:
        factors.append((ReasonKey.STRENGTH_RISES, RISING))
    reasons = []
    for key, factor in factors:
        share *= factor
        reasons.append(_at_most(key, share, features))
    if share * levels < 1:
        reasons = [_at_most(ReasonKey.STRENGTH_WEAKEST, share, features)]
    return StrengthLimit(share, tuple(reasons))


def _at_most(key: ReasonKey, share: float, features: Features) -> Reason:
    strength = level_within(share, features)
    return Reason(key, {"strength": strength, "levels": features.strength_levels})


def session_length(
    questionnaire: Questionnaire, features: Features, trends: SessionTrends
) -> tuple[int, Reason]:
    """Return the minutes of a session, at most 60, and the reason for this length.

    It is never below the minimum of the device.
    """
    limits = [
        (questionnaire.minutes, ReasonKey.LENGTH_WISHED),
        (features.max_minutes, ReasonKey.LENGTH_LONGEST),
    ]
    match questionnaire.experience:
        case Experience.FIRST_TIME:
            limits.append((FIRST_TIME_MINUTES, ReasonKey.LENGTH_FIRST_TIME))
        case Experience.OCCASIONAL:
            limits.append((OCCASIONAL_MINUTES, ReasonKey.LENGTH_OCCASIONAL))
    if questionnaire.feeling is Feeling.SORE:
        limits.append((SORE_MINUTES, ReasonKey.LENGTH_SORE))
    if trends.longest is not None:
        limits.append((trends.longest + MINUTES_STEP, ReasonKey.LENGTH_GROWS))
    if trends.ran is not None:
        limits.append((trends.ran, ReasonKey.LENGTH_ENDED_EARLY))
    minutes, key = min(limits, key=lambda limit: limit[0])
    if minutes < features.min_minutes:
        minutes, key = features.min_minutes, ReasonKey.LENGTH_SHORTEST
    return minutes, Reason(key, {"minutes": minutes})
