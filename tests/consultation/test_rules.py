"""Every rule of the consultation engine applies where it is documented to."""

from copy import replace
from typing import Any

import pytest

from custom_components.backhug.consultation.engine import Advice
from custom_components.backhug.consultation.questionnaire import (
    DayTime,
    Feeling,
)
from custom_components.backhug.consultation.reasons import ReasonKey
from custom_components.backhug.device.model import (
    Area,
    Flow,
    Phase,
    Region,
    SessionEnd,
    TensionScan,
)

from .cases import ANSWERS, DEFAULT, advice, session, steps
from .rules import (
    COMFORTABLE,
    EVERYTHING,
    RISING,
    RULES,
    STOPPED,
    middle_areas,
    reason_keys,
)


def table(found: Advice) -> list[tuple[Any, ...]]:
    """Return the steps as plain values."""
    return [
        (step.area, step.strength, step.flow, step.minutes) for step in steps(found)
    ]


@pytest.mark.parametrize(("key", "asked"), RULES, ids=[key.value for key, _ in RULES])
def test_reason_is_given_where_it_applies(
    key: ReasonKey, asked: dict[str, Any]
) -> None:
    """It is not given without its cause, except for the opening."""
    assert key in reason_keys(advice(**asked))
    everybody = set.intersection(*(reason_keys(advice(**other)) for _, other in RULES))
    assert everybody == {ReasonKey.OPENING}


def test_every_reason_is_tested() -> None:
    """Each reason has a case above."""
    assert [key for key, _ in RULES] == [*ReasonKey]


def test_programme_has_opening_middle_and_closing() -> None:
    """The middle targets the discomfort; opening and closing are gentle."""
    assert table(advice()) == [
        (Area.FULL_BACK, 3, Flow.SLOW, 5),
        (Area.SHOULDER_BLADES, 5, Flow.MEDIUM, 20),
        (Area.FULL_BACK, 3, Flow.WAVE, 5),
    ]
    evening = replace(
        ANSWERS,
        day_time=DayTime.EVENING,
        feeling=Feeling.SORE,
        discomfort={Region.LEFT_UPPER: 1, Region.RIGHT_LOWER: 2},
    )
    assert table(advice(evening)) == [
        (Area.FULL_BACK, 1, Flow.SLOW, 5),
        (Area.LOWER_BACK, 3, Flow.SLOW, 11),
        (Area.UPPER_BACK, 3, Flow.SLOW, 7),
        (Area.FULL_BACK, 1, Flow.SLOW, 7),
    ]


def test_very_short_session_has_the_middle_only() -> None:
    """Below five minutes only the most important area is targeted."""
    brief = replace(DEFAULT, min_minutes=1)
    assert table(advice(replace(ANSWERS, minutes=4), brief)) == [
        (Area.SHOULDER_BLADES, 5, Flow.MEDIUM, 4)
    ]
    assert table(advice(replace(ANSWERS, minutes=5), brief)) == [
        (Area.FULL_BACK, 3, Flow.SLOW, 1),
        (Area.SHOULDER_BLADES, 5, Flow.MEDIUM, 3),
        (Area.FULL_BACK, 3, Flow.WAVE, 1),
    ]


def test_side_gets_its_own_step() -> None:
    """A side with clearly more points gets a step if the device offers the side."""
    left = replace(ANSWERS, discomfort={Region.LEFT_UPPER: 2, Region.LEFT_LOWER: 1})
    assert [step.area for step in steps(advice(left, EVERYTHING))] == [
        Area.FULL_BACK,
        Area.LEFT_SIDE,
        Area.SHOULDER_BLADES,
        Area.LOWER_BACK,
        Area.FULL_BACK,
    ]
    both = replace(left, discomfort={**left.discomfort, Region.RIGHT_MID: 2})
    for found in (advice(left), advice(both, EVERYTHING)):
        assert Area.LEFT_SIDE not in {step.area for step in steps(found)}


def test_areas_below_half_the_points_are_left_out() -> None:
    """The area with the most points is the reference."""
    some = {Region.LEFT_UPPER: 2, Region.RIGHT_UPPER: 2, Region.LEFT_LOWER: 1}
    most_only = advice(replace(ANSWERS, discomfort=some))
    assert middle_areas(most_only) == [Area.SHOULDER_BLADES]
    half = advice(replace(ANSWERS, discomfort={**some, Region.RIGHT_LOWER: 1}))
    assert middle_areas(half) == [
        Area.SHOULDER_BLADES,
        Area.LOWER_BACK,
    ]


@pytest.mark.parametrize(
    ("left", "right", "offered"),
    [
        ((3, 0, 0), (1, 0, 0), True),
        ((2, 0, 0), (0, 0, 0), True),
        # Not two more, or not twice as many.
        ((1, 0, 0), (0, 0, 0), False),
        ((2, 2, 1), (1, 1, 1), False),
    ],
)
def test_side_needs_twice_the_points_and_two_more(
    left: tuple[int, ...], right: tuple[int, ...], offered: bool
) -> None:
    """Compared with the other side."""

    def areas(left: tuple[int, ...], right: tuple[int, ...]) -> set[Area | None]:
        """Return where a session goes with this discomfort."""
        discomfort = dict(zip(Region, (*left, *right), strict=True))
        found = advice(replace(ANSWERS, discomfort=discomfort), EVERYTHING)
        return {step.area for step in steps(found)}

    assert (Area.LEFT_SIDE in areas(left, right)) is offered
    assert (Area.RIGHT_SIDE in areas(right, left)) is offered


def test_similar_area_replaces_a_missing_one() -> None:
    """Rows with the same replacement count as one."""
    lacking = replace(DEFAULT, areas=(Area.LOWER_BACK, Area.UPPER_BACK, Area.FULL_BACK))
    found = advice(features=lacking)
    assert middle_areas(found) == [Area.UPPER_BACK]
    rows = {Region.LEFT_UPPER: 2, Region.LEFT_MID: 2, Region.LEFT_LOWER: 2}
    everywhere = replace(ANSWERS, discomfort=rows)
    lacking = replace(DEFAULT, areas=(Area.LOWER_BACK, Area.FULL_BACK))
    assert middle_areas(advice(everywhere, lacking)) == [
        Area.FULL_BACK,
        Area.LOWER_BACK,
    ]


def test_tension_counts_like_discomfort() -> None:
    """Without a newer scan, that of the last session counts."""
    lower = TensionScan(Phase.AFTER, (0, 0, 254, 0, 0, 254))
    found = advice(COMFORTABLE, scan=lower)
    assert middle_areas(found) == [Area.LOWER_BACK]
    assert advice(COMFORTABLE, sessions=(session(after=lower), session())) == found
    assert advice(COMFORTABLE, sessions=(session(before=lower),)) == found
    upper = TensionScan(Phase.BEFORE, (254, 0, 0, 254, 0, 0))
    older, newer = session(after=upper), session(before=upper, after=lower)
    assert middle_areas(advice(COMFORTABLE, sessions=(older, newer))) == [
        Area.LOWER_BACK
    ]
    with_upper = advice(
        replace(COMFORTABLE, discomfort={Region.LEFT_UPPER: 3}), scan=lower
    )
    assert {Area.LOWER_BACK, Area.SHOULDER_BLADES} <= {
        step.area for step in steps(with_upper)
    }


def test_habits_limit_strength_and_length() -> None:
    """Strength counts without a programme, minutes of completed sessions."""
    strong = (session(strength=3, programme="after_desk"),) * 3
    assert ReasonKey.STRENGTH_GROWS not in reason_keys(advice(sessions=strong))
    left_early = session(ended_by=SessionEnd.FAULT, minutes=15)
    assert ReasonKey.LENGTH_GROWS not in reason_keys(advice(sessions=(left_early,) * 3))


def test_sessions_of_others_are_ignored() -> None:
    """History and scan of another person change nothing."""
    scan = RISING[0].before
    mine = replace(ANSWERS, last_sessions_mine=False)
    assert advice(mine, sessions=RISING, scan=scan) == advice(mine)
    assert advice(sessions=RISING, scan=scan) != advice()


def test_sessions_ended_early_limit_the_length() -> None:
    """As long as the last sessions, at least ten minutes."""
    assert advice(sessions=(STOPPED,) * 2).minutes == 16
    at_once = replace(STOPPED, treated=30)
    assert advice(sessions=(at_once,) * 2).minutes == 10
    assert advice(sessions=(STOPPED,)).minutes == 30
    assert advice(sessions=(STOPPED, STOPPED, session(), session())).minutes == 30


def test_only_the_last_five_sessions_count() -> None:
    """Older sessions change nothing."""
    assert ReasonKey.TREND_RISES in reason_keys(
        advice(sessions=(*RISING, *(session(),) * 3))
    )
    assert ReasonKey.TREND_UNKNOWN in reason_keys(
        advice(sessions=(*RISING, *(session(),) * 4))
    )


def test_first_area_is_the_last_resort() -> None:
    """A device without a similar area uses its first one."""
    found = advice(features=replace(DEFAULT, areas=(Area.LEFT_SIDE,)))
    assert {step.area for step in steps(found)} == {Area.LEFT_SIDE}
    lower = replace(ANSWERS, discomfort={Region.LEFT_LOWER: 1})
    found = advice(lower, replace(DEFAULT, areas=(Area.UPPER_BACK, Area.LOWER_BACK)))
    assert {step.area for step in steps(found)} == {Area.LOWER_BACK}
