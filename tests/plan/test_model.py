"""A plan that is followed: counting, advised days, pauses, growth, storage."""

from copy import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.backhug.device.model import SessionEnd
from custom_components.backhug.plan.model import (
    DAYS,
    FollowedPlan,
    Growth,
    PlanStatus,
    Stage,
    begin,
)
from custom_components.backhug.session.record import Session

MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)
STAGES = (Stage(1, 2, 3, 20, 3), Stage(3, 4, 3, 25, 3), Stage(5, 6, 3, 25, 4))
PLAN = begin(STAGES, MONDAY)


def day(number: int) -> date:
    """Return a day of the plan, from 0."""
    return MONDAY.date() + timedelta(days=number)


def advised(
    plan: FollowedPlan, done: tuple[int, ...] = (), today: int = 0, days: int = 14
) -> list[int]:
    """Return the numbers of the advised days of the next days."""
    found = plan.advised([*map(day, done)], day(today))
    numbers = [(each.day - day(0)).days for each in found]
    return [number for number in numbers if number < today + days]


@pytest.mark.parametrize(
    ("sessions", "days"),
    [
        (1, [0, 7]),
        (2, [0, 3, 7, 10]),
        (3, [0, 2, 4, 7, 9, 11]),
        (4, [0, 1, 3, 5, 7, 8, 10, 12]),
        (7, [*range(14)]),
    ],
)
def test_sessions_are_spread_over_the_week(sessions: int, days: list[int]) -> None:
    """Each week has as many days as sessions, the first one today."""
    assert advised(PLAN.with_sessions(sessions)) == days


@pytest.mark.parametrize(
    ("done", "today", "days"),
    [
        pytest.param((0,), 0, [2, 4, 7], id="done today"),
        pytest.param((0,), 3, [3, 5, 7, 9], id="late: the rest moves"),
        pytest.param((), 5, [5, 7, 9, 11], id="not caught up"),
        pytest.param((0,), 6, [6, 8, 10, 12], id="the last day, and a day of rest"),
        pytest.param((0, 1, 2), 2, [7, 9], id="the week is done"),
        pytest.param((0, 1, 2, 3), 3, [7, 9], id="more than advised"),
    ],
)
def test_plan_adapts_after_each_session(
    done: tuple[int, ...], today: int, days: list[int]
) -> None:
    """What is left of a week is spread over what is left of it; nothing is carried over."""
    assert advised(PLAN, done, today, days=14)[: len(days)] == days
    if done == (0, 1, 2):
        assert advised(PLAN, done, today, days=5) == []


@given(
    sessions=st.integers(1, DAYS),
    done=st.frozensets(st.integers(0, 41)),
    today=st.integers(0, 50),
)
@settings(deadline=None, max_examples=25)
def test_never_more_than_advised(
    sessions: int, done: frozenset[int], today: int
) -> None:
    """No week exceeds its sessions, days of rest are kept, and none is in the past or after the plan."""
    plan = PLAN.with_sessions(sessions)
    past = {number for number in done if number <= today}
    days = [*plan.advised({*map(day, past)}, day(today))]
    numbers = [(each.day - day(0)).days for each in days]
    assert all(today <= number < 42 for number in numbers)
    assert not past & {*numbers}
    for week in {each.week for each in days}:
        had = sum(number // DAYS == week - 1 for number in past)
        own = [each for each in days if each.week == week]
        assert had + len(own) <= sessions
        assert [each.number for each in own] == [*range(had + 1, had + len(own) + 1)]
    latest = [max(past), *numbers] if past else numbers
    assert all(
        later - earlier >= DAYS // sessions for earlier, later in pairwise(latest)
    )


@pytest.mark.parametrize(
    ("session", "counts"),
    [
        pytest.param({"ended_by": SessionEnd.COMPLETED}, True, id="completed"),
        pytest.param({"treated": 600}, True, id="half of it"),
        pytest.param({"treated": 599}, False, id="too short"),
        pytest.param({"ended_by": SessionEnd.PERSON_LEFT}, False, id="unknown length"),
        pytest.param(
            {"ended": MONDAY - timedelta(seconds=1), "treated": 1200},
            False,
            id="before",
        ),
        pytest.param({"ended": None, "treated": 1200}, False, id="no time"),
    ],
)
def test_finished_sessions_count(session: dict[str, Any], counts: bool) -> None:
    """A session counts if it was completed or ran for half of the advised minutes, after the plan began."""
    found = PLAN.done(
        [Session(1, **{"ended": MONDAY + timedelta(hours=1), **session})],
        datetime.date,
    )
    assert found == ({day(0)} if counts else set())


def test_the_day_of_a_session_is_that_of_its_start() -> None:
    """A session over midnight counts for the evening, two on a day as one; each stage has its own length."""
    late = MONDAY + timedelta(hours=11, minutes=50)
    sessions = [
        Session(1, started=late, ended=late + timedelta(minutes=20), treated=1200),
        Session(2, started=MONDAY, ended=late, treated=1200),
        Session(3, ended=MONDAY + timedelta(weeks=2), treated=600),
    ]
    assert PLAN.done(sessions, datetime.date) == {day(0)}


@pytest.mark.parametrize(
    ("today", "week", "minutes", "grows", "status"),
    [
        (0, 1, 20, Growth.MINUTES, PlanStatus.FOLLOWED),
        (13, 2, 20, Growth.MINUTES, PlanStatus.FOLLOWED),
        (14, 3, 25, Growth.STRENGTH, PlanStatus.FOLLOWED),
        (41, 6, 25, None, PlanStatus.FOLLOWED),
        (42, 6, 25, None, PlanStatus.OVER),
        # The clock was wrong when the plan was begun.
        (-3, 1, 20, Growth.MINUTES, PlanStatus.FOLLOWED),
    ],
)
def test_progress(
    today: int, week: int, minutes: int, grows: Growth | None, status: PlanStatus
) -> None:
    """The week, its sessions, and what grows next."""
    found = PLAN.progress({day(0), day(8), day(14), day(41)}, day(today))
    assert (found.week, found.weeks, found.status) == (week, 6, status)
    assert (found.stage.minutes, found.grows, found.done) == (minutes, grows, 1)


def test_equal_stages_grow_nothing() -> None:
    """A later stage with fewer sessions only is no growth."""
    plan = begin((STAGES[0], replace(STAGES[0], first_week=3, last_week=4)), MONDAY)
    assert plan.progress((), day(0)).grows is None


def test_paused_plan_advises_nothing() -> None:
    """It stays in its week; resumed on another day, that week begins again."""
    paused = PLAN.pause(day(16))
    assert advised(paused, today=20) == []
    progress = paused.progress([day(14)], day(40))
    assert (progress.status, progress.week, progress.done) == (PlanStatus.PAUSED, 3, 1)
    assert paused.pause(day(20)) == paused
    resumed = paused.resume(day(40))
    assert resumed.paused is None
    assert advised(resumed, (14,), today=40) == [40, 42, 44, 47, 49, 51]
    assert resumed.progress([day(14)], day(40)).week == 3
    assert len([*resumed.advised((), day(40))]) == 12
    assert PLAN.pause(day(16)).resume(day(16)) == PLAN
    assert PLAN.resume(day(9)) == PLAN


def test_plan_survives_storage() -> None:
    """The stored form contains everything."""
    for plan in (PLAN, PLAN.pause(day(3))):
        assert FollowedPlan.from_dict(plan.as_dict()) == plan


@pytest.mark.parametrize(
    "values",
    [{"stages": []}, {"stages": None}, {"began": "2026-11-02T12:00:00"}, {"paused": 1}],
)
def test_other_values_are_refused(values: dict[str, Any]) -> None:
    """Without stages, a time zone or dates it is no plan."""
    with pytest.raises((TypeError, ValueError)):
        FollowedPlan.from_dict({**PLAN.as_dict(), **values})
