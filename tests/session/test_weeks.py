"""The tension over the weeks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.backhug.device.model import Phase, Region, TensionScan
from custom_components.backhug.session.record import Session
from custom_components.backhug.session.weeks import (
    WEEKS,
    eased_most,
    recent,
    rises,
    shown,
)

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


def measured(
    week: float, before: int | None, after: int | None = None, right: int | None = None
) -> Session:
    """Return a session; `right` is the effort of the right column before it, if it differs."""
    other = before if right is None else right
    return Session(
        1,
        ended=MONDAY + timedelta(weeks=week),
        before=TensionScan(Phase.BEFORE, (before,) * 3 + (other,) * 3),
        after=None
        if after is None
        else TensionScan(Phase.AFTER, (after,) * 3 + (other,) * 3),
    )


def test_recent_weeks_end_with_the_newest_session() -> None:
    """Sessions without a time or a scan are left out, and those of thirteen weeks before the newest one."""
    old, first, newest = (measured(week, 100) for week in (0, 1, WEEKS))
    untimed = Session(2, before=first.before)
    unmeasured = Session(3, ended=MONDAY + timedelta(weeks=2 * WEEKS))
    assert recent([old, newest, untimed, unmeasured, first]) == (newest, first)
    assert recent([untimed, unmeasured]) == ()


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([], None),
        ([measured(0, 100, 50)], None),
        ([measured(0, 100, 96)] * 2, None),
        ([measured(0, 100, 120)] * 2, None),
        ([measured(0, None, 50)] * 2, None),
        ([measured(0, 127, 100), measured(1, 127, 80)], 15),
    ],
    ids=["none", "one", "hardly", "more", "no contact", "eased"],
)
def test_eased_most(sessions: list[Session], expected: int | None) -> None:
    """The region with the greatest mean reduction, from two sessions and two points."""
    eased = eased_most(sessions)
    assert (eased and round(eased.points)) == expected
    if eased is not None:
        assert eased.region.value.startswith("left")


LEFT = {Region.LEFT_UPPER, Region.LEFT_MID, Region.LEFT_LOWER}


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        ([], {}),
        # Two weeks, or a rise within rounding.
        ([measured(0, 100), measured(1, 150)], {}),
        ([measured(0, 100), measured(1, 103), measured(2, 104)], {}),
        # It fell in the newest week.
        ([measured(week, at) for week, at in enumerate((90, 100, 120, 110))], {}),
        # The rise begins after the last fall; a week without a session does not end it.
        (
            [
                measured(week, at)
                for week, at in ((0, 120), (1, 100), (3, 110), (4, 130))
            ],
            dict.fromkeys((None, *Region), (1, 4, 12)),
        ),
        # The other side fell.
        (
            [
                measured(week, 100 + 20 * week, right=160 - 20 * week)
                for week in range(3)
            ],
            dict.fromkeys(LEFT, (0, 3, 16)),
        ),
        # Week means, not sessions.
        (
            [
                *(measured(week, 100) for week in (0, 1, 2)),
                measured(1.1, 120),
                measured(2.1, 160),
            ],
            dict.fromkeys((None, *Region), (0, 3, 12)),
        ),
    ],
    ids=["none", "two", "rounding", "fell", "since", "one side", "means"],
)
def test_rises(
    sessions: list[Session], expected: dict[Region | None, tuple[int, int, int]]
) -> None:
    """Three rising weeks in a row up to the newest, by two points."""
    assert {
        rise.region: (
            (rise.since.date() - MONDAY.date()).days // 7,
            rise.weeks,
            round(rise.points),
        )
        for rise in rises(sessions)
    } == expected


def test_shown_weeks() -> None:
    """Newest first, in whole per cent; null where nothing was measured."""
    answer: dict[str, Any] = shown(
        [measured(week, at, 50) for week, at in enumerate((100, 130, 160))]
    )
    assert [week["week"] for week in answer["weeks"]] == [
        "2026-03-16",
        "2026-03-09",
        "2026-03-02",
    ]
    assert [week["before"]["back"] for week in answer["weeks"]] == [63, 51, 39]
    assert answer["weeks"][0]["after"]["regions"]["left_mid"] == 20
    assert answer["eased_most"]["points"] == 31
    assert answer["rises"][0] == {"region": None, "since": "2026-03-02", "points": 24}
    (week,) = shown([measured(0, 100)])["weeks"]
    assert set(week["after"]["regions"].values()) == {None}
    assert week["after"]["back"] is None
