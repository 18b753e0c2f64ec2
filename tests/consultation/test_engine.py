"""The rules of the consultation: invariants for all inputs, and each rule once."""

from collections.abc import Iterator
from copy import replace
from itertools import pairwise, product
import json
from pathlib import Path
from string import Formatter
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.backhug.consultation.engine import Advice, consult
from custom_components.backhug.consultation.intensity import (
    FIRMNESS_SHARES,
    FIRST_TIME_MINUTES,
    FIRST_TIME_STRENGTH,
)
from custom_components.backhug.consultation.plan import WEEKS, WEEKS_IF_RISING, Stage
from custom_components.backhug.consultation.questionnaire import (
    MAX_DISCOMFORT,
    NO_CAUTION,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
)
from custom_components.backhug.consultation.reasons import Reason, ReasonKey, Refusal
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
from simulator.build import Build
from tests.home import features_of

DEFAULT = features_of(Build())
"""A device with six areas, four flows and ten levels; no sides."""
EVERYTHING = features_of(Build(areas=tuple(range(8)), flows=tuple(range(5))))
ANSWERS = Questionnaire(
    cautions=frozenset(),
    feeling=Feeling.STIFF,
    firmness=Firmness.MEDIUM,
    experience=Experience.REGULAR,
    minutes=30,
    day_time=DayTime.DAYTIME,
    discomfort={Region.LEFT_UPPER: 2, Region.RIGHT_UPPER: 1},
)


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


def advice(
    questionnaire: Questionnaire = ANSWERS,
    features: Features = DEFAULT,
    sessions: tuple[Session, ...] = (),
    scan: TensionScan | None = None,
) -> Advice:
    """Return the advice."""
    found = consult(questionnaire, features, sessions, scan)
    assert isinstance(found, Advice)
    return found


def steps(found: Advice) -> list[FittedStep]:
    """Return the steps of the programme."""
    return [each.step for each in found.steps]


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


def minute_by_minute(found: Advice) -> list[int]:
    """Return the level of each minute."""
    return [step.strength for step in steps(found) for _ in range(step.minutes)]


def minutes_for(found: Advice, region: Region) -> int:
    """Return the minutes of the steps that target a region."""
    return sum(each.step.minutes for each in found.steps if region in each.regions)


@given(*EVERYBODY)
def test_device_runs_the_programme_unchanged(
    questionnaire: Questionnaire,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """Fitting, editing and storing change nothing."""
    found = advice(questionnaire, features, sessions, scan)
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
def test_length_is_within_the_limits(
    questionnaire: Questionnaire,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """At most 60 minutes, the desired length and the limit, or the minimum of the device."""
    found = advice(questionnaire, features, sessions, scan)
    most = questionnaire.minutes
    if questionnaire.experience is Experience.FIRST_TIME:
        most = min(most, FIRST_TIME_MINUTES)
    for minutes in (found.minutes, *(stage.minutes for stage in found.plan.stages)):
        assert features.min_minutes <= minutes <= features.max_minutes <= 60
        assert minutes <= max(questionnaire.minutes, features.min_minutes)
    assert found.minutes <= max(most, features.min_minutes)


@given(*EVERYBODY)
def test_strength_is_within_the_limits(
    questionnaire: Questionnaire,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """Never above the limit of firmness and experience, except at level 1."""
    found = advice(questionnaire, features, sessions, scan)
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


@given(*EVERYBODY)
def test_every_choice_has_a_reason(
    questionnaire: Questionnaire,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """The same answers give the same advice."""
    found = advice(questionnaire, features, sessions, scan)
    assert advice(questionnaire, features, sessions, scan) == found
    assert found.reasons
    assert found.plan.reasons
    assert all(each.reasons for each in found.steps)
    assert sum(each.key.value.startswith("length") for each in found.reasons) == 1
    assert any(each.key.value.startswith("strength") for each in found.reasons)


@given(*EVERYBODY)
def test_plan_grows_slowly_without_gaps(
    questionnaire: Questionnaire,
    features: Features,
    sessions: tuple[Session, ...],
    scan: TensionScan | None,
) -> None:
    """The plan starts with the programme, and one value grows at a time."""
    found = advice(questionnaire, features, sessions, scan)
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

    distinct = {tuple(steps(advice(questionnaire))) for questionnaire in grid()}
    assert len(distinct) >= 2000


# Rules


def session(**values: Any) -> Session:
    """Return a completed session."""
    return Session(number=1, **{"ended_by": SessionEnd.COMPLETED, **values})


def measured(before: int, after: int, **values: Any) -> Session:
    """Return a session with uniform tension before and after it."""
    return session(
        before=TensionScan(Phase.BEFORE, (before,) * 6),
        after=TensionScan(Phase.AFTER, (after,) * 6),
        **values,
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
        ReasonKey.GROWTH,
        {"questionnaire": replace(ANSWERS, experience=Experience.FIRST_TIME)},
    ),
    (ReasonKey.NO_GROWTH, {}),
    (ReasonKey.AGAIN, {}),
    (ReasonKey.AGAIN_SOON, {"sessions": RISING}),
]


def table(found: Advice) -> list[tuple[Any, ...]]:
    """Return the steps as plain values."""
    return [
        (step.area, step.strength, step.flow, step.minutes) for step in steps(found)
    ]


def middle_areas(found: Advice) -> list[Area | None]:
    """Return the areas of the middle steps."""
    return [each.step.area for each in found.steps[1:-1]]


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


def test_plan_grows_minutes_then_strength() -> None:
    """Minutes up to the desired length, then strength up to the limit."""
    newcomer = replace(ANSWERS, experience=Experience.FIRST_TIME, minutes=28)
    assert advice(newcomer).plan.stages == (
        Stage(1, 2, 2, 20, 3),
        Stage(3, 4, 2, 25, 3),
        Stage(5, 8, 2, 28, 3),
        Stage(9, 13, 2, 28, 4),
    )


def test_plan_keeps_the_strength_if_tension_falls() -> None:
    """Only the minutes may grow."""
    newcomer = replace(ANSWERS, experience=Experience.FIRST_TIME)
    stages = advice(newcomer, sessions=EASING).plan.stages
    assert {stage.strength for stage in stages} == {3}
    assert stages[-1].minutes == 30


def test_plan_is_gentler_if_tension_rises() -> None:
    """Gentler and fewer sessions, and an earlier consultation."""
    found = advice(sessions=RISING)
    assert found.plan.stages == (Stage(1, WEEKS_IF_RISING, 3, 30, 4),)


@pytest.mark.parametrize("experience", Experience)
def test_sore_back_gets_two_sessions_a_week(experience: Experience) -> None:
    """Regardless of experience."""
    sore = replace(ANSWERS, feeling=Feeling.SORE, experience=experience)
    assert {stage.sessions for stage in advice(sore).plan.stages} == {2}


@pytest.mark.parametrize(
    ("change", "sessions", "minutes", "strength"),
    [
        ({}, (), 60, 10),
        ({"experience": Experience.OCCASIONAL}, (), 40, 10),
        ({"feeling": Feeling.TIRED}, (), 60, 8),
        ({"feeling": Feeling.SORE}, (), 30, 6),
        ({"discomfort": {Region.LEFT_MID: 3}}, (), 60, 8),
        ({}, RISING, 60, 8),
    ],
)
def test_limits_are_as_documented(
    change: dict[str, Any],
    sessions: tuple[Session, ...],
    minutes: int,
    strength: int,
) -> None:
    """The values of docs/consultation.md."""
    questionnaire = replace(ANSWERS, **{"minutes": 60, **change})
    found = advice(questionnaire, replace(DEFAULT, strength_levels=20), sessions)
    assert (found.minutes, found.plan.stages[0].strength) == (minutes, strength)


def test_beginners_get_no_pulse() -> None:
    """A first session has no pulsing flow."""
    tired = replace(ANSWERS, feeling=Feeling.TIRED, day_time=DayTime.MORNING)
    new = replace(tired, experience=Experience.FIRST_TIME)
    assert ReasonKey.FLOW_LIVELY not in reason_keys(advice(new, EVERYTHING))


def test_unchanged_region_counts_a_point() -> None:
    """A region whose tension did not fall is targeted without other points."""
    still = session(
        before=TensionScan(Phase.BEFORE, (0, 0, 0, 0, 0, 0)),
        after=TensionScan(Phase.AFTER, (0, 0, 0, 0, 0, 0)),
    )
    assert len(middle_areas(advice(COMFORTABLE, sessions=(still,) * 2))) == 3


def test_plan_never_exceeds_the_desired_length() -> None:
    """The plan stays at the desired length."""
    assert advice().plan.stages == (Stage(1, WEEKS, 4, 30, 5),)


@pytest.mark.parametrize("language", ["en", "de"])
def test_reasons_have_texts(language: str) -> None:
    """Every reason and caution has a text with its placeholders, and there are no others."""
    texts = json.loads(
        Path(f"custom_components/backhug/translations/{language}.json").read_text(
            "utf-8"
        )
    )
    common = texts["common"]
    for key, asked in RULES:
        for reason in reasons(advice(**asked)):
            common[f"consultation_{reason.key}"].format(**reason.placeholders)
        wanted = {
            name for _, name, _, _ in Formatter().parse(common[f"consultation_{key}"])
        } - {None}
        (given,) = [r for r in reasons(advice(**asked)) if r.key is key][:1]
        assert wanted <= set(given.placeholders)
    frame = {"as_set", "refused", "stage", "step"}
    frame |= {"heading_plan", "heading_programme", "heading_why"}
    # tests/repository checks the others.
    ours = {key for key in common if key.startswith("consultation_")}
    assert ours == {f"consultation_{key}" for key in (*ReasonKey, *frame)}
    for name, kind in (
        ("caution", {*Caution, NO_CAUTION}),
        ("day_time", DayTime),
        ("experience", Experience),
        ("feeling", Feeling),
        ("firmness", Firmness),
        ("region", Region),
    ):
        assert set(texts["selector"][name]["options"]) == set(kind)


def test_softest_where_no_level_can_be_set() -> None:
    """A device whose strength only goes up and down gets no strength advised."""
    found = advice(features=replace(DEFAULT, strength_levels=0, steps_strength=True))
    assert {step.strength for step in steps(found)} == {1}
