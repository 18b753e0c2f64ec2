"""What to do in the weeks after a consultation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ..device.model import Features
from .intensity import level_within, longest, strongest
from .questionnaire import Experience, Feeling, Questionnaire, Reason, Why
from .trends import SessionTrends, Trend

WEEKS: Final = 13
"""Three months, after which the maker wants a fresh consultation (mybackhug.com, FAQ)."""
WEEKS_IF_RISING: Final = 4
"""Sooner, if more tension was measured after the sessions than before them."""
_STAGES: Final = ((1, 2), (3, 4), (5, 8), (9, WEEKS))
"""First and last week of each: the longer it goes on, the less it changes."""
_MINUTES_STEP: Final = 5
_A_WEEK: Final[Mapping[Experience, tuple[int, Why]]] = {
    Experience.FIRST_TIME: (2, Why.OFTEN_FIRST_TIME),
    Experience.OCCASIONAL: (3, Why.OFTEN_OCCASIONAL),
    Experience.REGULAR: (4, Why.OFTEN_REGULAR),
}
_SORE_A_WEEK: Final = 2
"""Sessions: two days at least between them."""
_NEXT: Final[Mapping[Experience, Experience]] = {
    Experience.FIRST_TIME: Experience.OCCASIONAL,
    Experience.OCCASIONAL: Experience.REGULAR,
    Experience.REGULAR: Experience.REGULAR,
}
_TREND: Final[Mapping[Trend, Why]] = {
    Trend.UNKNOWN: Why.TREND_UNKNOWN,
    Trend.EASES: Why.TREND_EASES,
    Trend.STEADY: Why.TREND_STEADY,
    Trend.RISES: Why.TREND_RISES,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Some weeks in which nothing changes."""

    first_week: int
    last_week: int
    sessions: int
    """A week."""
    minutes: int
    strength: int
    """The strongest level of the session."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The coming weeks. It is a proposal: nothing carries it out by itself."""

    stages: tuple[Stage, ...]
    reasons: tuple[Reason, ...]

    @property
    def weeks(self) -> int:
        """After how many weeks to consult anew."""
        return self.stages[-1].last_week


def make_plan(
    questionnaire: Questionnaire,
    features: Features,
    past: SessionTrends,
    minutes: int,
    strength: int,
) -> Plan:
    """Return the plan that begins with sessions of these minutes and this strongest level.

    One thing grows at a time, from one stage to the next: the minutes up to what the person wished for,
    then the strength by a level up to what their firmness allows. What works stays as it is.
    """
    sessions, often = _A_WEEK[questionnaire.experience]
    if questionnaire.feeling is Feeling.SORE and sessions > _SORE_A_WEEK:
        sessions, often = _SORE_A_WEEK, Why.OFTEN_SORE
    if past.trend is Trend.RISES:
        sessions = max(sessions - 1, 1)
        stages = [Stage(1, WEEKS_IF_RISING, sessions, minutes, strength)]
    else:
        goal = replace(questionnaire, experience=_NEXT[questionnaire.experience])
        most_minutes = max(longest(goal, features, SessionTrends())[0], minutes)
        most_strength = strength
        if past.trend is not Trend.EASES:
            share = strongest(goal, features, SessionTrends()).share
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
            _TREND[past.trend],
            {} if past.change is None else {"change": abs(round(past.change))},
        ),
    ]
    if past.trend is Trend.RISES:
        reasons.append(Reason(Why.AGAIN_SOON, {"weeks": WEEKS_IF_RISING}))
    else:
        stages = _joined(stages)
        reasons += [
            Reason(Why.GROWTH if len(stages) > 1 else Why.NO_GROWTH),
            Reason(Why.AGAIN, {"weeks": WEEKS}),
        ]
    return Plan(tuple(stages), tuple(reasons))


def _joined(stages: list[Stage]) -> list[Stage]:
    """Return stages of which each differs from the one before it in more than its weeks."""
    joined = stages[:1]
    for before, stage in pairwise(stages):
        if (before.minutes, before.strength) == (stage.minutes, stage.strength):
            joined[-1] = replace(joined[-1], last_week=stage.last_week)
        else:
            joined.append(stage)
    return joined
