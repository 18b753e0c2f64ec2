"""A programme made for one person and one device: what holds for all of them, and each rule once."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.backhug.account import (
    MAX_DISCOMFORT,
    Account,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Reason,
    Why,
)
from custom_components.backhug.consultation import Advice, Refusal, consult
from custom_components.backhug.device.model import (
    Area,
    Features,
    Flow,
    Phase,
    Region,
    SessionEnd,
    TensionScan,
)
from custom_components.backhug.limits import (
    FIRMNESS,
    FIRST_TIME_MINUTES,
    FIRST_TIME_STRENGTH,
)
from custom_components.backhug.plan import WEEKS, WEEKS_IF_RISING
from custom_components.backhug.programmes import (
    FittedStep,
    fit,
    problem,
    to_form,
    to_stored,
)
from custom_components.backhug.session import Session
from simulator.build import Build
from tests.home import features_of

DEFAULT = features_of(Build())
"""A device with six areas, four flows and ten levels; no sides."""
EVERYTHING = features_of(Build(areas=tuple(range(8)), flows=tuple(range(5))))
FINE_EVERYTHING = replace(EVERYTHING, strength_levels=20)
ACCOUNT = Account(
    cautions=frozenset(),
    feeling=Feeling.STIFF,
    firmness=Firmness.MEDIUM,
    experience=Experience.REGULAR,
    minutes=30,
    day_time=DayTime.DAYTIME,
    discomfort={Region.LEFT_UPPER: 2, Region.RIGHT_UPPER: 1},
)


# Whoever comes, with whatever device


def accounts() -> st.SearchStrategy[Account]:
    """Return anybody for whom nothing speaks against it."""
    return st.builds(
        Account,
        cautions=st.just(frozenset[Caution]()),
        feeling=st.sampled_from(Feeling),
        firmness=st.sampled_from(Firmness),
        experience=st.sampled_from(Experience),
        minutes=st.integers(1, 60),
        day_time=st.sampled_from(DayTime),
        discomfort=st.dictionaries(
            st.sampled_from(Region), st.integers(0, MAX_DISCOMFORT)
        ),
    )


@st.composite
def devices(draw: st.DrawFn) -> Features:
    """Return any device that the profile allows, also one whose areas and flows are all unknown ones."""
    shortest = draw(st.integers(1, 60))
    return Features(
        strength_levels=draw(st.integers(1, 20)),
        fingers=draw(st.integers(1, 32)) * 2,
        areas=tuple(draw(st.sets(st.sampled_from(Area)))),
        flows=tuple(draw(st.sets(st.sampled_from(Flow)))),
        min_minutes=shortest,
        max_minutes=draw(st.integers(shortest, 60)),
        can_pause=True,
        senses_occupancy=True,
        reports_leg_rest=True,
        measures_tension=draw(st.booleans()),
    )


def scans(phase: Phase = Phase.AFTER) -> st.SearchStrategy[TensionScan]:
    """Return any scan of six fingers, one a region."""
    efforts = st.tuples(*[st.none() | st.integers(0, 254)] * 6)
    return st.builds(TensionScan, st.just(phase), efforts)


def histories() -> st.SearchStrategy[tuple[Session, ...]]:
    """Return any few sessions."""
    session = st.builds(
        Session,
        number=st.integers(1, 1000),
        ended_by=st.none() | st.sampled_from(SessionEnd),
        programme=st.none() | st.just("after_desk"),
        minutes=st.none() | st.integers(1, 60),
        treated=st.none() | st.integers(0, 3600),
        strength=st.none() | st.integers(1, 20),
        before=st.none() | scans(Phase.BEFORE),
        after=st.none() | scans(Phase.AFTER),
    )
    return st.lists(session, max_size=7).map(tuple)


EVERYBODY = (accounts(), devices(), histories(), st.none() | scans())


def advice(
    account: Account = ACCOUNT,
    features: Features = DEFAULT,
    sessions: tuple[Session, ...] = (),
    scan: TensionScan | None = None,
) -> Advice:
    """Return advice to somebody who gets some."""
    found = consult(account, features, sessions, scan)
    assert isinstance(found, Advice)
    return found


def steps(found: Advice) -> list[FittedStep]:
    """Return what the device is told."""
    return [each.step for each in found.steps]


def reasons(found: Advice) -> list[Reason]:
    """Return every reason that is given."""
    return [
        *found.reasons,
        *(reason for each in found.steps for reason in each.reasons),
        *found.plan.reasons,
    ]


def why(found: Advice) -> set[Why]:
    """Return the keys of every reason that is given."""
    return {reason.key for reason in reasons(found)}


def minute_by_minute(found: Advice) -> list[int]:
    """Return the level of each minute."""
    return [step.strength for step in steps(found) for _ in range(step.minutes)]


def minutes_for(found: Advice, region: Region) -> int:
    """Return the minutes of the steps that are there for a region."""
    return sum(each.step.minutes for each in found.steps if region in each.regions)


@given(*EVERYBODY)
def test_only_what_the_device_offers(
    account: Account,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """The steps are the device's own, saved as they are, and run as they are."""
    found = advice(account, features, sessions, scan)
    form = to_form(found.programme, features)
    assert problem(form, features) is None
    assert len(form) == len(found.steps) > 0
    assert all(
        step.area in features.areas or not features.areas for step in steps(found)
    )
    assert fit(found.programme, features).steps == tuple(steps(found))
    assert fit(found.programme, features).skipped == ()
    assert to_stored(form, features)["steps"] == form
    assert [step.number for step in steps(found)] == [*range(1, len(form) + 1)]


@given(*EVERYBODY)
def test_never_too_long(
    account: Account,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """Never over 60 minutes, nor over the wish or the cap, unless the device cannot run for less."""
    found = advice(account, features, sessions, scan)
    most = account.minutes
    if account.experience is Experience.FIRST_TIME:
        most = min(most, FIRST_TIME_MINUTES)
    for minutes in (found.minutes, *(stage.minutes for stage in found.plan.stages)):
        assert features.min_minutes <= minutes <= features.max_minutes <= 60
        assert minutes <= max(account.minutes, features.min_minutes)
    assert found.minutes <= max(most, features.min_minutes)


@given(*EVERYBODY)
def test_never_too_strong(
    account: Account,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """Never above what the firmness allows, nor a first-timer's cap, unless nothing weaker is there."""
    found = advice(account, features, sessions, scan)
    allowed = FIRMNESS[account.firmness]
    levels = features.strength_levels
    for strength in (
        *(step.strength for step in steps(found)),
        *(stage.strength for stage in found.plan.stages),
    ):
        assert 1 <= strength <= max(allowed * levels + 1e-6, 1)
    if account.experience is Experience.FIRST_TIME:
        for step in steps(found):
            assert step.strength <= max(FIRST_TIME_STRENGTH * levels + 1e-6, 1)


@given(*EVERYBODY)
def test_firmer_is_no_weaker(
    account: Account,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """Who likes it firmer gets the same minutes, none of them weaker."""
    profiles = [
        minute_by_minute(
            advice(replace(account, firmness=firmness), features, sessions, scan)
        )
        for firmness in Firmness
    ]
    for gentler, firmer in pairwise(profiles):
        assert len(gentler) == len(firmer)
        assert all(a <= b for a, b in zip(gentler, firmer, strict=True))


@given(*EVERYBODY, st.sampled_from(Region), st.sampled_from([(0, 1), (1, 2), (2, 3)]))
def test_more_for_what_is_uncomfortable(
    account: Account,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
    region: Region,
    degrees: tuple[int, int],
) -> None:
    """A region of which more discomfort is said gets no less, whatever else is said."""
    less, more = (
        minutes_for(
            advice(
                replace(account, discomfort={**account.discomfort, region: degree}),
                features,
                sessions,
                scan,
            ),
            region,
        )
        for degree in degrees
    )
    assert less <= more


@given(*EVERYBODY[:3], scans(), st.integers(0, 5), st.integers(1, 254), st.data())
def test_more_for_what_is_tense(
    account: Account,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan,
    finger: int,
    effort: int,
    data: st.DataObject,
) -> None:
    """A region in which more is measured gets no less, whatever else is measured."""
    less, more = (
        minutes_for(
            advice(
                account,
                features,
                sessions,
                replace(
                    scan,
                    efforts=(*scan.efforts[:finger], each, *scan.efforts[finger + 1 :]),
                ),
            ),
            tuple(Region)[finger],
        )
        for each in (data.draw(st.integers(0, effort - 1)), effort)
    )
    assert less <= more


@given(*EVERYBODY)
def test_explained(
    account: Account,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """The same account leads to the same advice, and everything in it has a reason."""
    found = advice(account, features, sessions, scan)
    assert advice(account, features, sessions, scan) == found
    assert found.reasons
    assert found.plan.reasons
    assert all(each.reasons for each in found.steps)
    assert sum(each.key.value.startswith("length") for each in found.reasons) == 1
    assert any(each.key.value.startswith("strength") for each in found.reasons)


@given(*EVERYBODY)
def test_plan(
    account: Account,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """The plan begins with the programme, has no gap, and grows one thing at a time, a little."""
    found = advice(account, features, sessions, scan)
    stages = found.plan.stages
    assert stages[0].first_week == 1
    assert stages[0].minutes == found.minutes
    assert stages[0].strength == max(step.strength for step in steps(found))
    assert found.plan.weeks in {WEEKS, WEEKS_IF_RISING}
    assert all(1 <= stage.sessions <= 4 for stage in stages)
    for before, after in pairwise(stages):
        assert after.first_week == before.last_week + 1
        longer, stronger = (
            after.minutes - before.minutes,
            after.strength - before.strength,
        )
        assert (longer, stronger) == (0, 1) or (0 < longer <= 5 and not stronger)


# What else holds


@given(accounts(), st.sets(st.sampled_from(Caution), min_size=1))
def test_refused(account: Account, cautions: set[Caution]) -> None:
    """Whatever speaks against it, nothing is advised, and all of it is said."""
    found = consult(replace(account, cautions=frozenset(cautions)), DEFAULT, (), None)
    assert isinstance(found, Refusal)
    assert set(found.cautions) == cautions
    assert list(found.cautions) == [each for each in Caution if each in cautions]


@pytest.mark.parametrize("caution", Caution)
def test_each_ground_refuses(caution: Caution) -> None:
    """One of them is enough."""
    asked = replace(ACCOUNT, cautions=frozenset({caution}))
    assert consult(asked, DEFAULT, (), None) == Refusal((caution,))


@pytest.mark.parametrize(
    "wrong",
    [
        {"minutes": 0},
        {"minutes": 61},
        {"discomfort": {Region.LEFT_MID: 4}},
        {"discomfort": {Region.LEFT_MID: -1}},
    ],
)
def test_account_out_of_range(wrong: dict[str, Any]) -> None:
    """What cannot be meant is not taken."""
    with pytest.raises(ValueError, match="out of range"):
        replace(ACCOUNT, **wrong)


def test_thousands_of_programmes() -> None:
    """At least 2,000 different ones come out for one device, of what a person says alone."""

    def grid() -> Iterator[Account]:
        degrees = range(MAX_DISCOMFORT + 1)
        for upper, mid, lower in product(degrees, degrees, degrees):
            for feeling, firmness, day_time in product(Feeling, Firmness, DayTime):
                for minutes in (15, 20, 30, 45, 60):
                    yield replace(
                        ACCOUNT,
                        feeling=feeling,
                        firmness=firmness,
                        minutes=minutes,
                        day_time=day_time,
                        discomfort={
                            Region.LEFT_UPPER: upper,
                            Region.RIGHT_MID: mid,
                            Region.RIGHT_LOWER: lower,
                        },
                    )

    distinct = {tuple(steps(advice(account))) for account in grid()}
    assert len(distinct) >= 2000
