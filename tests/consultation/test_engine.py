"""The rules of the consultation: invariants for all inputs, and each rule once."""

from collections.abc import Iterator
from copy import replace
from itertools import pairwise, product
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.backhug.consultation.engine import Advice, consult
from custom_components.backhug.consultation.intensity import (
    FIRMNESS_SHARES,
    FIRST_TIME_MINUTES,
    FIRST_TIME_STRENGTH,
)
from custom_components.backhug.consultation.plan import WEEKS, WEEKS_IF_RISING
from custom_components.backhug.consultation.questionnaire import (
    MAX_DISCOMFORT,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
)
from custom_components.backhug.consultation.reasons import Refusal
from custom_components.backhug.device.model import (
    Area,
    Features,
    Flow,
    Phase,
    Region,
    SessionEnd,
    TensionScan,
)
from custom_components.backhug.programmes.editing import problem, to_form, to_stored
from custom_components.backhug.programmes.model import FittedStep, fit
from custom_components.backhug.session.record import Session

from .cases import ANSWERS, DEFAULT, advice, steps

# Invariants


def questionnaires() -> st.SearchStrategy[Questionnaire]:
    """Generate questionnaires without cautions."""
    return st.builds(
        Questionnaire,
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
    """Generate devices within the profile, also without known areas and flows."""
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
    """Generate scans of six fingers, one per region."""
    efforts = st.tuples(*[st.none() | st.integers(0, 254)] * 6)
    return st.builds(TensionScan, st.just(phase), efforts)


def histories() -> st.SearchStrategy[tuple[Session, ...]]:
    """Generate up to seven sessions."""
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


EVERYBODY = (questionnaires(), devices(), histories(), st.none() | scans())


def minute_by_minute(found: Advice) -> list[int]:
    """Return the level of each minute."""
    return [step.strength for step in steps(found) for _ in range(step.minutes)]


def minutes_for(found: Advice, region: Region) -> int:
    """Return the minutes of the steps that target a region."""
    return sum(each.step.minutes for each in found.steps if region in each.regions)


def device_runs_it_unchanged(
    _questionnaire: Questionnaire, features: Features, found: Advice
) -> None:
    """Fitting, editing and storing change nothing."""
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


def length_is_within_the_limits(
    questionnaire: Questionnaire, features: Features, found: Advice
) -> None:
    """At most 60 minutes, the desired length and the limit, or the minimum of the device."""
    most = questionnaire.minutes
    if questionnaire.experience is Experience.FIRST_TIME:
        most = min(most, FIRST_TIME_MINUTES)
    for minutes in (found.minutes, *(stage.minutes for stage in found.plan.stages)):
        assert features.min_minutes <= minutes <= features.max_minutes <= 60
        assert minutes <= max(questionnaire.minutes, features.min_minutes)
    assert found.minutes <= max(most, features.min_minutes)


def strength_is_within_the_limits(
    questionnaire: Questionnaire, features: Features, found: Advice
) -> None:
    """Never above the limit of firmness and experience, except at level 1."""
    allowed = FIRMNESS_SHARES[questionnaire.firmness]
    levels = features.strength_levels
    for strength in (
        *(step.strength for step in steps(found)),
        *(stage.strength for stage in found.plan.stages),
    ):
        assert 1 <= strength <= max(allowed * levels + 1e-6, 1)
    if questionnaire.experience is Experience.FIRST_TIME:
        for step in steps(found):
            assert step.strength <= max(FIRST_TIME_STRENGTH * levels + 1e-6, 1)


def every_choice_has_a_reason(
    _questionnaire: Questionnaire, _features: Features, found: Advice
) -> None:
    """Length, strength, each step and the plan have one."""
    assert found.reasons
    assert found.plan.reasons
    assert all(each.reasons for each in found.steps)
    assert sum(each.key.value.startswith("length") for each in found.reasons) == 1
    assert any(each.key.value.startswith("strength") for each in found.reasons)


def plan_grows_slowly_without_gaps(
    _questionnaire: Questionnaire, _features: Features, found: Advice
) -> None:
    """Start with the programme, and let one value grow at a time."""
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


@given(*EVERYBODY)
def test_advice_keeps_all_rules(
    questionnaire: Questionnaire,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """The same answers give the same advice, which keeps each rule."""
    found = advice(questionnaire, features, sessions, scan)
    assert advice(questionnaire, features, sessions, scan) == found
    for rule in (
        device_runs_it_unchanged,
        length_is_within_the_limits,
        strength_is_within_the_limits,
        every_choice_has_a_reason,
        plan_grows_slowly_without_gaps,
    ):
        rule(questionnaire, features, found)


@given(*EVERYBODY)
def test_more_firmness_is_never_weaker(
    questionnaire: Questionnaire,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """More firmness gives the same minutes, none of them weaker."""
    profiles = [
        minute_by_minute(
            advice(replace(questionnaire, firmness=firmness), features, sessions, scan)
        )
        for firmness in Firmness
    ]
    for gentler, firmer in pairwise(profiles):
        assert len(gentler) == len(firmer)
        assert all(a <= b for a, b in zip(gentler, firmer, strict=True))


@given(*EVERYBODY, st.sampled_from(Region), st.sampled_from([(0, 1), (1, 2), (2, 3)]))
def test_more_discomfort_never_gets_fewer_minutes(
    questionnaire: Questionnaire,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
    region: Region,
    degrees: tuple[int, int],
) -> None:
    """Each region, with any other answers."""
    less, more = (
        minutes_for(
            advice(
                replace(
                    questionnaire,
                    discomfort={**questionnaire.discomfort, region: degree},
                ),
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
def test_more_tension_never_gets_fewer_minutes(
    questionnaire: Questionnaire,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan,
    finger: int,
    effort: int,
    data: st.DataObject,
) -> None:
    """Each region, with any other tension."""
    less, more = (
        minutes_for(
            advice(
                questionnaire,
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


# Refusals and variety


@given(questionnaires(), st.sets(st.sampled_from(Caution), min_size=1))
def test_refusal_names_all_cautions(
    questionnaire: Questionnaire, cautions: set[Caution]
) -> None:
    """Any caution leads to a refusal that lists all of them."""
    found = consult(
        replace(questionnaire, cautions=frozenset(cautions)), DEFAULT, (), None
    )
    assert isinstance(found, Refusal)
    assert set(found.cautions) == cautions
    assert list(found.cautions) == [each for each in Caution if each in cautions]


@pytest.mark.parametrize("caution", Caution)
def test_each_caution_refuses(caution: Caution) -> None:
    """One caution is enough."""
    asked = replace(ANSWERS, cautions=frozenset({caution}))
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
def test_answers_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    """Values out of range raise ValueError."""
    with pytest.raises(ValueError, match="out of range"):
        replace(ANSWERS, **wrong)


def test_answers_lead_to_thousands_of_programmes() -> None:
    """At least 2,000 different programmes for one device, from answers alone."""

    def grid() -> Iterator[Questionnaire]:
        degrees = range(MAX_DISCOMFORT + 1)
        for upper, mid, lower in product(degrees, degrees, degrees):
            for feeling, firmness, day_time in product(Feeling, Firmness, DayTime):
                for minutes in (15, 20, 30, 45, 60):
                    yield replace(
                        ANSWERS,
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

    distinct: set[tuple[FittedStep, ...]] = set()
    for questionnaire in grid():
        distinct.add(tuple(steps(advice(questionnaire))))
        if len(distinct) == 2000:
            break
    assert len(distinct) == 2000
