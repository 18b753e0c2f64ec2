"""Rules that make a programme and a plan from a questionnaire, past sessions and the tension.

They choose settings and are no medical advice. docs/consultation.md explains each rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..device.model import Area, Features, Flow, Region, TensionScan
from ..programmes.model import FittedStep, Programme, Step, fit, nearest_area
from ..session.record import Session
from .intensity import level_within, session_length, strength_limit
from .plan import Plan, make_plan
from .questionnaire import Caution, DayTime, Experience, Feeling, Questionnaire
from .reasons import Reason, ReasonKey, Refusal
from .target_areas import TargetArea, target_areas
from .trends import SessionTrends, newest_scan

_KEY: Final = "consultation"
"""Key of a programme that has no name yet."""
_SHORTEST_WHOLE: Final = 5
"""Minutes from which a session has an opening and a closing."""
_SHORTEST_PART: Final = 3
"""Minimum minutes of each middle step; a shorter one is hardly felt."""
_STEP_UP: Final = 0.2
"""Share of the highest level by which the opening is weaker than the middle ..."""
_WEAKEST_OPENING: Final = 0.5
"""... and its minimum, as a share of the middle."""
_CLOSING_STRENGTH: Final = 0.6
"""Share of the strength of the middle steps."""
_OPENING_PART: Final = 6
"""Opening and closing each take a sixth of the session ..."""
_EVENING_PART: Final = 4
"""... but the closing takes a quarter in the evening."""

_FLOWS: Final[Mapping[Feeling, tuple[Flow, ReasonKey]]] = {
    Feeling.STIFF: (Flow.MEDIUM, ReasonKey.FLOW_STIFF),
    Feeling.SORE: (Flow.SLOW, ReasonKey.FLOW_SORE),
    Feeling.TIRED: (Flow.WAVE, ReasonKey.FLOW_TIRED),
}
_CLOSINGS: Final[Mapping[DayTime, tuple[Flow, ReasonKey]]] = {
    DayTime.MORNING: (Flow.MEDIUM, ReasonKey.CLOSING_MORNING),
    DayTime.DAYTIME: (Flow.WAVE, ReasonKey.CLOSING_DAYTIME),
    DayTime.EVENING: (Flow.SLOW, ReasonKey.CLOSING_EVENING),
}


@dataclass(frozen=True, slots=True)
class AdvisedStep:
    """A step of the advised programme, with its reasons."""

    step: FittedStep
    """Numbers start at 1."""
    regions: tuple[Region, ...]
    """The regions it targets; empty for the whole back."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """A programme for one person and one device, and the plan for the coming weeks."""

    steps: tuple[AdvisedStep, ...]
    reasons: tuple[Reason, ...]
    """Reasons for length and strength; each step has its own."""
    plan: Plan
    strength_levels: int
    """Strength levels of the device it was made for."""

    @property
    def minutes(self) -> int:
        """Length of the programme."""
        return sum(each.step.minutes for each in self.steps)

    @property
    def programme(self) -> Programme:
        """The programme, without a name."""
        return Programme(
            _KEY,
            tuple(
                Step(
                    each.step.area,
                    each.step.strength / self.strength_levels,
                    each.step.flow,
                    each.step.minutes,
                )
                for each in self.steps
            ),
        )


def consult(
    questionnaire: Questionnaire,
    features: Features,
    sessions: Sequence[Session],
    scan: TensionScan | None,
) -> Advice | Refusal:
    """Return the advice, or the refusal if any caution applies.

    `sessions` are those of the device, oldest first; `scan` is the newest scan at rest, or None. Both are
    ignored unless the last sessions were the person's own. The result depends on the arguments only. No step
    exceeds the strength that firmness and experience allow, except the lowest level of the device; the
    programme takes at most 60 minutes.
    """
    if questionnaire.cautions:
        return Refusal(
            tuple(each for each in Caution if each in questionnaire.cautions)
        )
    if not features.sets_strength:
        # Only the softest can be advised.
        features = replace(features, strength_levels=1)
    if not questionnaire.last_sessions_mine:
        sessions, scan = (), None
    trends = SessionTrends.of(sessions)
    minutes, length = session_length(questionnaire, features, trends)
    limit = strength_limit(questionnaire, features, trends)
    targets = target_areas(questionnaire, features, trends, newest_scan(sessions, scan))
    drafts = _drafts(questionnaire, targets, features, minutes, limit.share)
    steps = _fitted(drafts, features)
    return Advice(
        steps,
        (length, *limit.reasons),
        make_plan(
            questionnaire,
            features,
            trends,
            minutes,
            max(each.step.strength for each in steps),
        ),
        features.strength_levels,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """A step not yet fitted to the device."""

    area: Area | None
    flow: Flow
    minutes: int
    strength: float
    """Share of the highest level."""
    regions: tuple[Region, ...]
    reasons: tuple[Reason, ...]


def _shares(weights: Sequence[float], minutes: int) -> list[int]:
    """Divide the minutes by weight into whole minutes, each part at least the minimum.

    By the method of Webster and Sainte-Laguë: a part with more weight never gets fewer minutes.
    """
    shares = [min(_SHORTEST_PART, minutes)] * len(weights)
    given = [0] * len(weights)
    for _ in range(minutes - sum(shares)):
        most = max(range(len(weights)), key=lambda i: weights[i] / (2 * given[i] + 1))
        given[most] += 1
    return [share + more for share, more in zip(shares, given, strict=True)]


def _drafts(
    questionnaire: Questionnaire,
    targets: Sequence[TargetArea],
    features: Features,
    minutes: int,
    share: float,
) -> list[_Draft]:
    """Return opening, middle and closing steps; only the middle of a very short session."""
    flow, key = _flow(questionnaire)
    opening = closing = 0
    if minutes >= _SHORTEST_WHOLE:
        evening = questionnaire.day_time is DayTime.EVENING
        opening = max(minutes // _OPENING_PART, 1)
        closing = max(minutes // (_EVENING_PART if evening else _OPENING_PART), 1)
    middle = minutes - opening - closing
    kept = targets[: max(middle // _SHORTEST_PART, 1)]
    parts = _shares([target.weight for target in kept], middle)
    drafts = [
        _Draft(
            target.area,
            flow,
            part,
            share,
            target.regions,
            (*target.reasons, Reason(key)),
        )
        for target, part in zip(kept, parts, strict=True)
    ]
    if opening:
        whole = nearest_area(Area.FULL_BACK, features) or kept[0].area
        gentle = max(share - _STEP_UP, _WEAKEST_OPENING * share)
        opened = (Reason(ReasonKey.OPENING),)
        closing_flow, closed = _CLOSINGS[questionnaire.day_time]
        drafts = [
            _Draft(whole, Flow.SLOW, opening, gentle, (), opened),
            *drafts,
            _Draft(
                whole,
                closing_flow,
                closing,
                _CLOSING_STRENGTH * share,
                (),
                (Reason(closed),),
            ),
        ]
    return drafts


def _flow(questionnaire: Questionnaire) -> tuple[Flow, ReasonKey]:
    if (
        questionnaire.feeling is Feeling.TIRED
        and questionnaire.day_time is DayTime.MORNING
        and questionnaire.experience is not Experience.FIRST_TIME
    ):
        return Flow.PULSE, ReasonKey.FLOW_LIVELY
    return _FLOWS[questionnaire.feeling]


def _fitted(drafts: Sequence[_Draft], features: Features) -> tuple[AdvisedStep, ...]:
    """Return the steps fitted to the device, with a reason for each replaced flow."""
    meant = tuple(
        Step(
            draft.area,
            level_within(draft.strength, features) / features.strength_levels,
            draft.flow,
            draft.minutes,
        )
        for draft in drafts
    )
    steps = []
    for draft, step in zip(
        drafts, fit(Programme(_KEY, meant), features).steps, strict=True
    ):
        reasons = draft.reasons
        if step.flow is not None and step.flow is not draft.flow:
            replaced = {"wanted": draft.flow, "used": step.flow}
            reasons = (*reasons, Reason(ReasonKey.FLOW_REPLACED, replaced))
        steps.append(AdvisedStep(step, draft.regions, reasons))
    return tuple(steps)
