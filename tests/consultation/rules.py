"""Every rule of the engine, with a case in which it applies."""

from copy import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.backhug.consultation.engine import Advice
from custom_components.backhug.consultation.questionnaire import (
    DayTime,
    Experience,
    Feeling,
    Firmness,
)
from custom_components.backhug.consultation.reasons import Reason, ReasonKey
from custom_components.backhug.device.model import (
    Area,
    Flow,
    Phase,
    Region,
    SessionEnd,
    TensionScan,
)
from custom_components.backhug.session.record import Session
from simulator.build import Build
from tests.home import features_of

from .cases import ANSWERS, DEFAULT, session

EVERYTHING = features_of(Build(areas=tuple(range(8)), flows=tuple(range(5))))


def reasons(found: Advice) -> list[Reason]:
    """Return all reasons."""
    return [
        *found.reasons,
        *(reason for each in found.steps for reason in each.reasons),
        *found.plan.reasons,
    ]


def reason_keys(found: Advice) -> set[ReasonKey]:
    """Return the keys of all reasons."""
    return {reason.key for reason in reasons(found)}


def measured(before: int, after: int, **values: Any) -> Session:
    """Return a session with uniform tension before and after it."""
    return session(
        before=TensionScan(Phase.BEFORE, (before,) * 6),
        after=TensionScan(Phase.AFTER, (after,) * 6),
        **values,
    )


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def weekly(*tensions: tuple[int, int]) -> tuple[Session, ...]:
    """Return sessions a week apart, with the tension before them in the left and the right column."""
    return tuple(
        session(
            ended=NOON + timedelta(weeks=week),
            before=TensionScan(Phase.BEFORE, (left,) * 3 + (right,) * 3),
            after=TensionScan(Phase.AFTER, (left,) * 3 + (right,) * 3),
        )
        for week, (left, right) in enumerate(tensions)
    )


EASING = (measured(127, 100), measured(127, 100))


RISING = (measured(100, 127), measured(100, 127))


STOPPED = session(ended_by=SessionEnd.STOPPED_BY_CLIENT, treated=901, minutes=40)


COMFORTABLE = replace(ANSWERS, discomfort={})


FULL_BACK_ONLY = replace(DEFAULT, areas=(Area.FULL_BACK,), flows=(Flow.FAST,))


RULES: list[tuple[ReasonKey, dict[str, Any]]] = [
    (ReasonKey.LENGTH_WISHED, {}),
    (
        ReasonKey.LENGTH_FIRST_TIME,
        {"questionnaire": replace(ANSWERS, experience=Experience.FIRST_TIME)},
    ),
    (
        ReasonKey.LENGTH_OCCASIONAL,
        {
            "questionnaire": replace(
                ANSWERS, experience=Experience.OCCASIONAL, minutes=50
            )
        },
    ),
    (
        ReasonKey.LENGTH_SORE,
        {"questionnaire": replace(ANSWERS, feeling=Feeling.SORE, minutes=50)},
    ),
    (ReasonKey.LENGTH_GROWS, {"sessions": (session(minutes=15),) * 3}),
    (ReasonKey.LENGTH_ENDED_EARLY, {"sessions": (STOPPED,) * 2}),
    (ReasonKey.LENGTH_LONGEST, {"features": replace(DEFAULT, max_minutes=25)}),
    (ReasonKey.LENGTH_SHORTEST, {"features": replace(DEFAULT, min_minutes=40)}),
    (ReasonKey.STRENGTH_FIRMNESS, {}),
    (
        ReasonKey.STRENGTH_FIRST_TIME,
        {"questionnaire": replace(ANSWERS, experience=Experience.FIRST_TIME)},
    ),
    (
        ReasonKey.STRENGTH_OCCASIONAL,
        {
            "questionnaire": replace(
                ANSWERS, experience=Experience.OCCASIONAL, firmness=Firmness.VERY_FIRM
            )
        },
    ),
    (ReasonKey.STRENGTH_GROWS, {"sessions": (session(strength=3),) * 3}),
    (
        ReasonKey.STRENGTH_SORE,
        {"questionnaire": replace(ANSWERS, feeling=Feeling.SORE)},
    ),
    (
        ReasonKey.STRENGTH_TIRED,
        {"questionnaire": replace(ANSWERS, feeling=Feeling.TIRED)},
    ),
    (
        ReasonKey.STRENGTH_STRONG,
        {"questionnaire": replace(ANSWERS, discomfort={Region.LEFT_MID: 3})},
    ),
    (ReasonKey.STRENGTH_RISES, {"sessions": RISING}),
    (ReasonKey.STRENGTH_WEAKEST, {"features": replace(DEFAULT, strength_levels=1)}),
    (ReasonKey.OPENING, {}),
    (ReasonKey.FOCUS_DISCOMFORT, {}),
    (ReasonKey.FOCUS_TENSION, {"scan": TensionScan(Phase.AFTER, (127,) * 6)}),
    (ReasonKey.FOCUS_UNCHANGED, {"sessions": RISING}),
    (
        ReasonKey.FOCUS_SIDE,
        {
            "features": EVERYTHING,
            "questionnaire": replace(ANSWERS, discomfort={Region.LEFT_UPPER: 2}),
        },
    ),
    (ReasonKey.FOCUS_EVEN, {"questionnaire": COMFORTABLE}),
    (ReasonKey.FLOW_STIFF, {}),
    (ReasonKey.FLOW_SORE, {"questionnaire": replace(ANSWERS, feeling=Feeling.SORE)}),
    (ReasonKey.FLOW_TIRED, {"questionnaire": replace(ANSWERS, feeling=Feeling.TIRED)}),
    (
        ReasonKey.FLOW_LIVELY,
        {
            "questionnaire": replace(
                ANSWERS, feeling=Feeling.TIRED, day_time=DayTime.MORNING
            )
        },
    ),
    (
        ReasonKey.CLOSING_MORNING,
        {"questionnaire": replace(ANSWERS, day_time=DayTime.MORNING)},
    ),
    (ReasonKey.CLOSING_DAYTIME, {}),
    (
        ReasonKey.CLOSING_EVENING,
        {"questionnaire": replace(ANSWERS, day_time=DayTime.EVENING)},
    ),
    (ReasonKey.AREA_REPLACED, {"features": FULL_BACK_ONLY}),
    (ReasonKey.FLOW_REPLACED, {"features": FULL_BACK_ONLY}),
    (
        ReasonKey.OFTEN_FIRST_TIME,
        {"questionnaire": replace(ANSWERS, experience=Experience.FIRST_TIME)},
    ),
    (
        ReasonKey.OFTEN_OCCASIONAL,
        {"questionnaire": replace(ANSWERS, experience=Experience.OCCASIONAL)},
    ),
    (ReasonKey.OFTEN_REGULAR, {}),
    (ReasonKey.OFTEN_SORE, {"questionnaire": replace(ANSWERS, feeling=Feeling.SORE)}),
    (ReasonKey.TREND_UNKNOWN, {}),
    (ReasonKey.TREND_EASES, {"sessions": EASING}),
    (ReasonKey.TREND_STEADY, {"sessions": (measured(127, 127),) * 2}),
    (ReasonKey.TREND_RISES, {"sessions": RISING}),
    (
        ReasonKey.WEEKS_EASED,
        {"sessions": tuple(replace(each, ended=NOON) for each in EASING)},
    ),
    (
        ReasonKey.WEEKS_RISE,
        {"sessions": weekly((100, 100), (120, 100), (140, 110))},
    ),
    (
        ReasonKey.WEEKS_RISE_IN,
        {"sessions": weekly((100, 140), (120, 120), (140, 100))},
    ),
    (
        ReasonKey.GROWTH,
        {"questionnaire": replace(ANSWERS, experience=Experience.FIRST_TIME)},
    ),
    (ReasonKey.NO_GROWTH, {}),
    (ReasonKey.AGAIN, {}),
    (ReasonKey.AGAIN_SOON, {"sessions": RISING}),
]


def middle_areas(found: Advice) -> list[Area | None]:
    """Return the areas of the middle steps."""
    return [each.step.area for each in found.steps[1:-1]]
