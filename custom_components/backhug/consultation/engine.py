"""From what a person says, and what was measured, to a programme and a plan: with a reason for each choice.

Nothing here is medical: it chooses settings. Every rule is explained in docs/consultation.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..device.model import Area, Features, Flow, Region, TensionScan
from ..programmes.model import FittedStep, Programme, Step, fit, nearest_area
from ..session.record import Session
from .intensity import level_within, longest, strongest
from .plan import Plan, make_plan
from .questionnaire import (
    Caution,
    DayTime,
    Experience,
    Feeling,
    Questionnaire,
    Reason,
    Refusal,
    Why,
)
from .target_areas import Focus, foci
from .trends import SessionTrends, newest_scan

_KEY: Final = "consultation"
"""Of a programme that nobody has named yet."""
_SHORTEST_WHOLE: Final = 5
"""Minutes that it takes to have an opening, a focus and a closing."""
_SHORTEST_FOCUS: Final = 3
"""Minutes of each step in the middle: a shorter one would hardly be noticed."""
_STEP_UP: Final = 0.2
"""Share of the strongest that a device offers by which the opening is weaker than the middle, ..."""
_WEAKEST_OPENING: Final = 0.5
"""... but no weaker than this share of the middle."""
_CLOSING_STRENGTH: Final = 0.6
"""Share of the strength of the middle."""
_OPENING_PART: Final = 6
"""The opening takes a sixth of the session, and so does the closing, ..."""
_EVENING_PART: Final = 4
"""... but in the evening a quarter."""

_FLOWS: Final[Mapping[Feeling, tuple[Flow, Why]]] = {
    Feeling.STIFF: (Flow.MEDIUM, Why.FLOW_STIFF),
    Feeling.SORE: (Flow.SLOW, Why.FLOW_SORE),
    Feeling.TIRED: (Flow.WAVE, Why.FLOW_TIRED),
}
_CLOSINGS: Final[Mapping[DayTime, tuple[Flow, Why]]] = {
    DayTime.MORNING: (Flow.MEDIUM, Why.CLOSING_MORNING),
    DayTime.DAYTIME: (Flow.WAVE, Why.CLOSING_DAYTIME),
    DayTime.EVENING: (Flow.SLOW, Why.CLOSING_EVENING),
}


@dataclass(frozen=True, slots=True)
class AdvisedStep:
    """A step that the device can carry out, and why it is in the programme."""

    step: FittedStep
    """Numbered from 1."""
    regions: tuple[Region, ...]
    """Those that it is there for; none if it is there for the whole back."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """A programme made for one person and one device, and what to do in the coming weeks."""

    steps: tuple[AdvisedStep, ...]
    reasons: tuple[Reason, ...]
    """For its length and strength; those for a step are with it."""
    plan: Plan
    strength_levels: int
    """Of the device that it was made for."""

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return sum(each.step.minutes for each in self.steps)

    @property
    def programme(self) -> Programme:
        """The programme, to be shown (`to_form`), stored (`to_stored`) or run; it has no name yet."""
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
    """Return a programme made for a person, or the refusal to make one.

    `sessions` are those of the device, oldest first; `scan` is the newest that was made at rest, or None.
    Both count only if they are the person's own.
    The same input always gives the same advice. No step is stronger than the person's firmness and
    experience allow, except that a device cannot go below its weakest level; the minutes are at most 60.
    """
    if questionnaire.cautions:
        return Refusal(
            tuple(each for each in Caution if each in questionnaire.cautions)
        )
    if not questionnaire.last_sessions_mine:
        sessions, scan = (), None
    past = SessionTrends.of(sessions)
    minutes, length = longest(questionnaire, features, past)
    limit = strongest(questionnaire, features, past)
    turned_to = foci(questionnaire, features, past, newest_scan(sessions, scan))
    drafts = _drafts(questionnaire, features, turned_to, minutes, limit.share)
    steps = _fitted(drafts, features)
    return Advice(
        steps,
        (length, *limit.reasons),
        make_plan(
            questionnaire,
            features,
            past,
            minutes,
            max(each.step.strength for each in steps),
        ),
        features.strength_levels,
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """A step before it is fitted to the device."""

    area: Area | None
    """As of a focus."""
    flow: Flow
    minutes: int
    strength: float
    """Share of the strongest."""
    regions: tuple[Region, ...]
    reasons: tuple[Reason, ...]


def _shares(weights: Sequence[float], minutes: int) -> list[int]:
    """Divide minutes by weight, into whole ones, each part at least the shortest.

    By the method of Webster and Sainte-Laguë: what grows never gets less, and the others never more.
    """
    shares = [min(_SHORTEST_FOCUS, minutes)] * len(weights)
    given = [0] * len(weights)
    for _ in range(minutes - sum(shares)):
        most = max(range(len(weights)), key=lambda i: weights[i] / (2 * given[i] + 1))
        given[most] += 1
    return [share + more for share, more in zip(shares, given, strict=True)]


def _drafts(
    questionnaire: Questionnaire,
    features: Features,
    turned_to: Sequence[Focus],
    minutes: int,
    share: float,
) -> list[_Draft]:
    """Return an opening, the middle, and a closing; of a very short session the middle only."""
    flow, why = _flow(questionnaire)
    opening = closing = 0
    if minutes >= _SHORTEST_WHOLE:
        evening = questionnaire.day_time is DayTime.EVENING
        opening = max(minutes // _OPENING_PART, 1)
        closing = max(minutes // (_EVENING_PART if evening else _OPENING_PART), 1)
    middle = minutes - opening - closing
    kept = turned_to[: max(middle // _SHORTEST_FOCUS, 1)]
    parts = _shares([focus.weight for focus in kept], middle)
    drafts = [
        _Draft(
            focus.area, flow, part, share, focus.regions, (*focus.reasons, Reason(why))
        )
        for focus, part in zip(kept, parts, strict=True)
    ]
    if opening:
        whole = nearest_area(Area.FULL_BACK, features) or kept[0].area
        gentle = max(share - _STEP_UP, _WEAKEST_OPENING * share)
        opened = (Reason(Why.OPENING),)
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


def _flow(questionnaire: Questionnaire) -> tuple[Flow, Why]:
    if (
        questionnaire.feeling is Feeling.TIRED
        and questionnaire.day_time is DayTime.MORNING
        and questionnaire.experience is not Experience.FIRST_TIME
    ):
        return Flow.PULSE, Why.FLOW_LIVELY
    return _FLOWS[questionnaire.feeling]


def _fitted(drafts: Sequence[_Draft], features: Features) -> tuple[AdvisedStep, ...]:
    """Return steps as the device carries them out, and say where it lacks the flow that was meant."""
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
            reasons = (*reasons, Reason(Why.FLOW_REPLACED, replaced))
        steps.append(AdvisedStep(step, draft.regions, reasons))
    return tuple(steps)
