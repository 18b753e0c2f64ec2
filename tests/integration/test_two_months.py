"""Two months of two people on one BackHug, and of their guests."""

from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    statistics_during_period,
)

from custom_components.backhug.device.model import Phase, Region, TensionScan
from custom_components.backhug.people.statistics import statistic_id, weekly
from custom_components.backhug.session.record import Session, Tension
from custom_components.backhug.session.weeks import SCANS, Scan
from simulator import person as simulated
from tests.home import Home, SimulatedBackHug

from .family import Family, at, choose, end, forget, last, press, tension
from .whole_sessions import complete

WEEKS = 8
PLAN = (
    (0, 8, "Anna"),
    (0, 20, "Ben"),
    (3, 20, "Ben"),
    (4, 9, "Anna"),
    (5, 15, "guest"),
)
"""Day of the week, hour, and who lies down."""


@pytest.fixture
async def home(
    recorder_mock: Recorder,  # noqa: ARG001 (it is to be there before all else)
    home: Home,
) -> Home:
    """Return a home that records."""
    return home


@pytest.fixture
def monday() -> datetime:
    """Return the first day."""
    day = dt_util.start_of_local_day() - timedelta(weeks=WEEKS + 1)
    return day - timedelta(days=day.weekday())


async def live(
    shared: SimulatedBackHug, family: Family, monday: datetime, weeks: int
) -> dict[str, list[Session]]:
    """Live for some weeks; return the sessions by person: Anna chooses herself, Ben just presses."""
    backs = {
        name: simulated.Person(shared.build.fingers, seed)
        for seed, name in enumerate(("Anna", "Ben", "guest"), 3)
    }
    had: dict[str, list[Session]] = {name: [] for name in backs}
    for week in range(weeks):
        for day, hour, name in PLAN:
            shared.back.person = backs[name]
            backs[name].recover()
            with at(monday + timedelta(weeks=week, days=day, hours=hour)):
                if name == "Ben":
                    await press(shared, family.context(name))
                    shared.clock.advance(21)
                    await shared.shows("sensor", "state", "treating")
                    await end(shared)
                else:
                    await choose(shared, name)
                    await complete(shared)
            had[name].append(last(shared))
    return had


async def statistics(
    back_hug: SimulatedBackHug, statistic: str
) -> list[dict[str, Any]]:
    """Return the hours of a statistic."""
    hass = back_hug.hass
    await async_wait_recording_done(hass)
    found: dict[str, Any] = await hass.async_add_executor_job(
        lambda: statistics_during_period(
            hass,
            dt_util.utc_from_timestamp(0),
            statistic_ids={statistic},
            period="hour",
        )
    )
    return list(found.get(statistic, []))


def expected(
    had: list[Session], monday: datetime, scan: str, region: Region | None
) -> list[dict[str, float]]:
    """Return the weeks as they must be in the statistics."""
    weeks = []
    for week in range(WEEKS):
        both = []
        for session in had[2 * week : 2 * week + 2]:
            tension: Tension = getattr(session, f"tension_{scan}")
            value = tension.back if region is None else tension.regions[region]
            assert value is not None
            both.append(value)
        weeks.append(
            {
                "start": (monday + timedelta(weeks=week)).timestamp(),
                "mean": fmean(both),
                "min": min(both),
                "max": max(both),
            }
        )
    return weeks


async def test_two_months(
    shared: SimulatedBackHug,
    family: Family,
    monday: datetime,
) -> None:
    """Each sees their own sessions with the right figures; one is forgotten, the other's stay."""
    had = await live(shared, family, monday, WEEKS)

    async def weeks(name: str, scan: Scan, region: Region | None) -> list[Any]:
        key = statistic_id(shared.entry, family.id(name), scan, region)
        return [
            {field: row[field] for field in ("start", "mean", "min", "max")}
            for row in await statistics(shared, key)
        ]

    for name in ("Anna", "Ben"):
        sessions = await tension(shared, family.context(name))
        assert sessions == [session.shown() for session in reversed(had[name])]
        assert len(sessions) == 2 * WEEKS
        for scan in SCANS:
            for region in (None, *Region):
                assert await weeks(name, scan, region) == expected(
                    had[name], monday, scan, region
                )
    assert [each.before for each in had["guest"]] == [None] * WEEKS
    totals = shared.value("sensor", "minutes_treated")
    assert totals == str(20 * len(PLAN) * WEEKS)

    assert await forget(shared, family.context("Ben"), person="Ben") == 2 * WEEKS
    assert await tension(shared, family.context("Ben")) == []
    assert await tension(shared, family.context("Anna")) == [
        session.shown() for session in reversed(had["Anna"])
    ]
    for scan in SCANS:
        for region in (None, *Region):
            assert await weeks("Ben", scan, region) == []
            assert await weeks("Anna", scan, region) == expected(
                had["Anna"], monday, scan, region
            )

    half = (monday + timedelta(weeks=WEEKS // 2, days=-1)).date().isoformat()
    assert await forget(shared, person="Anna", end_date=half) == WEEKS
    assert (
        await weeks("Anna", "before", None)
        == expected(had["Anna"], monday, "before", None)[WEEKS // 2 :]
    )
    key = statistic_id(shared.entry, family.id("Anna"), "before", None)
    await family.leaves("Anna")
    assert await statistics(shared, key) == []
    assert shared.value("sensor", "minutes_treated") == totals


async def test_statistics_of_the_device(
    shared: SimulatedBackHug, family: Family, monday: datetime
) -> None:
    """The hours in which the device's sensors showed a forgotten person are deleted, the others stay."""
    await live(shared, family, monday, 1)
    hass = shared.hass
    sensor = shared.entity_id("sensor", "tension_before")
    hours = [monday + timedelta(hours=hour) for hour in range(24 * 7)]
    after = shared.entity_id("sensor", "tension_after")
    for statistic, rows in ((sensor, hours), (after, hours[30:32])):
        async_import_statistics(
            hass,
            StatisticMetaData(
                mean_type=StatisticMeanType.ARITHMETIC,
                has_sum=False,
                name=None,
                source="recorder",
                statistic_id=statistic,
                unit_class="unitless",
                unit_of_measurement="%",
            ),
            [StatisticData(start=hour, mean=1, min=1, max=1) for hour in rows],
        )
    assert len(await statistics(shared, sensor)) == len(hours)
    await forget(shared, person="Ben")
    # He began on Monday evening and again on Thursday; Anna followed on Friday at nine.
    gone = {*hours[20 : 4 * 24 + 9]}
    left = {
        dt_util.utc_from_timestamp(row["start"])
        for row in await statistics(shared, sensor)
    }
    assert left == set(hours) - gone
    assert await statistics(shared, after) == []
    # A person who is disabled keeps the sessions; without a name there are no new statistics.
    hass.states.async_remove("person.anna")
    key = statistic_id(shared.entry, "anna", "before", None)
    assert len(await statistics(shared, key)) == 1
    assert await forget(shared, person="Ben", end_date="2000-01-01") == 0
    assert len(await statistics(shared, key)) == 1
    # When all are forgotten, nothing is left of a week that others had no part of.
    assert await forget(shared, start_date=hours[0].date().isoformat()) == 3
    assert await statistics(shared, key) == []
    assert {
        dt_util.utc_from_timestamp(row["start"])
        for row in await statistics(shared, sensor)
    } == {*hours[:8]}


async def test_removed_device(
    shared: SimulatedBackHug, family: Family, monday: datetime
) -> None:
    """With a BackHug the statistics of its people go."""
    await live(shared, family, monday, 1)
    keys = [
        statistic_id(shared.entry, family.id(name), "after", Region.LEFT_UPPER)
        for name in ("Anna", "Ben")
    ]
    for key in keys:
        assert len(await statistics(shared, key)) == 1
    assert await shared.hass.config_entries.async_remove(shared.entry.entry_id)
    for key in keys:
        assert await statistics(shared, key) == []


def test_weeks_without_a_tension() -> None:
    """Sessions without a scan, without an end or without contact are in no week."""
    scan = TensionScan(Phase.BEFORE, (127, 127))
    untouched = TensionScan(Phase.BEFORE, (None, None))
    now = dt_util.utcnow()
    sessions = [
        Session(1, ended=now),
        Session(2, before=scan),
        Session(3, ended=now, before=untouched),
    ]
    assert list(weekly(sessions, "before", None)) == []
    (week,) = weekly([*sessions, Session(4, ended=now, before=scan)], "before", None)
    assert week["mean"] == 50
