"""The plan for the weeks after a consultation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ..device.model import Features
from ..plan.model import Stage
from .intensity import level_within, session_length, strength_limit
from .questionnaire import Experience, Feeling, Questionnaire
from .reasons import Reason, ReasonKey
from .trends import SessionTrends, Trend

WEEKS: Final = 13
"""Three months, after which the maker recommends a new consultation (mybackhug.com, FAQ)."""
WEEKS_IF_RISING: Final = 4
"""Weeks until the next consultation if past sessions increased the tension."""
_STAGES: Final = ((1, 2), (3, 4), (5, 8), (9, WEEKS))
"""First and last week of each stage."""
_MINUTES_STEP: Final = 5
_A_WEEK: Final[Mapping[Experience, tuple[int, ReasonKey]]] = {
    Experience.FIRST_TIME: (2, ReasonKey.OFTEN_FIRST_TIME),
    Experience.OCCASIONAL: (3, ReasonKey.OFTEN_OCCASIONAL),
    Experience.REGULAR: (4, ReasonKey.OFTEN_REGULAR),
}
_SORE_A_WEEK: Final = 2
"""Sessions a week for a sore back: at least two days between them."""
_NEXT: Final[Mapping[Experience, Experience]] = {
    Experience.FIRST_TIME: Experience.OCCASIONAL,
    Experience.OCCASIONAL: Experience.REGULAR,
    Experience.REGULAR: Experience.REGULAR,
}
_TREND: Final[Mapping[Trend, ReasonKey]] = {
    Trend.UNKNOWN: ReasonKey.TREND_UNKNOWN,
    Trend.EASES: ReasonKey.TREND_EASES,
    Trend.STEADY: ReasonKey.TREND_STEADY,
    Trend.RISES: ReasonKey.TREND_RISES,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Proposal for the coming weeks; `plan` keeps it, and nothing runs it automatically."""

    stages: tuple[Stage, ...]
    reasons: tuple[Reason, ...]

    @property
    def weeks(self) -> int:
        """Weeks until the next consultation."""
        return self.stages[-1].last_week


def make_plan(
    questionnaire: Questionnaire,
    features: Features,
    trends: SessionTrends,
    minutes: int,
    strength: int,
) -> Plan:
    """Return the plan that starts with sessions of this length and highest level.

    From stage to stage one value grows: first the minutes up to the desired length, then the strength by one
    level up to the limit of the firmness. The strength stays if sessions reduce the tension.
    """
    sessions, often = _A_WEEK[questionnaire.experience]
    if questionnaire.feeling is Feeling.SORE and sessions > _SORE_A_WEEK:
        sessions, often = _SORE_A_WEEK, ReasonKey.OFTEN_SORE
    if trends.trend is Trend.RISES:
        sessions = max(sessions - 1, 1)
        stages = [Stage(1, WEEKS_IF_RISING, sessions, minutes, strength)]
    else:
        goal = replace(questionnaire, experience=_NEXT[questionnaire.experience])
        most_minutes = max(session_length(goal, features, SessionTrends())[0], minutes)
        most_strength = strength
        if trends.trend is not Trend.EASES:
            share = strength_limit(goal, features, SessionTrends()).share
            most_strength = max(level_within(share, features), strength)
        stages = []
        for first, last in _STAGES:
            stages.append(Stage(first, last, sessions, minutes, strength))
            if minutes < most_minutes:
                minutes = min(minutes + _MINUTES_STEP, most_minutes)
            else:
                strength = min(strength + 1, most_strength)
    reasons = [
        Reason(often, {"sessions": sessions}),
        Reason(
            _TREND[trends.trend],
            {} if trends.change is None else {"change": abs(round(trends.change))},
        ),
        *_over_weeks(trends),
    ]
    if trends.trend is Trend.RISES:
        reasons.append(Reason(ReasonKey.AGAIN_SOON, {"weeks": WEEKS_IF_RISING}))
    else:
        stages = _merged(stages)
        reasons += [
            Reason(ReasonKey.GROWTH if len(stages) > 1 else ReasonKey.NO_GROWTH),
            Reason(ReasonKey.AGAIN, {"weeks": WEEKS}),
        ]
    return Plan(tuple(stages), tuple(reasons))


def _over_weeks(trends: SessionTrends) -> Iterator[Reason]:
    """Yield how the tension developed over the weeks; it is mentioned and changes nothing."""
    if (eased := trends.eased_most) is not None:
        yield Reason(
            ReasonKey.WEEKS_EASED,
            {"region": (eased.region,), "change": round(eased.points)},
        )
    if not trends.rises:
        return
    if (first := trends.rises[0]).region is None:
        yield Reason(ReasonKey.WEEKS_RISE, {"weeks": first.weeks})
        return
    weeks = max(rise.weeks for rise in trends.rises)
    regions = tuple(
        rise.region
        for rise in trends.rises
        if rise.region is not None and rise.weeks == weeks
    )
    yield Reason(ReasonKey.WEEKS_RISE_IN, {"regions": regions, "weeks": weeks})


def _merged(stages: list[Stage]) -> list[Stage]:
    """Return the stages with equal neighbours merged."""
    merged = stages[:1]
    for before, stage in pairwise(stages):
        if (before.minutes, before.strength) == (stage.minutes, stage.strength):
            merged[-1] = replace(merged[-1], last_week=stage.last_week)
        else:
            merged.append(stage)
    return merged
