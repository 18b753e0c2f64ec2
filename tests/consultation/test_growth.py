"""The plan for the coming weeks, limits of beginners, and texts of the reasons."""

from copy import replace
import json
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from custom_components.backhug.consultation.plan import WEEKS, WEEKS_IF_RISING
from custom_components.backhug.consultation.questionnaire import (
    NO_CAUTION,
    Caution,
    DayTime,
    Experience,
    Feeling,
    Firmness,
)
from custom_components.backhug.consultation.reasons import ReasonKey
from custom_components.backhug.device.model import (
    Phase,
    Region,
    TensionScan,
)
from custom_components.backhug.plan.model import Stage
from custom_components.backhug.session.record import Session

from .cases import ANSWERS, DEFAULT, advice, session, steps
from .rules import (
    COMFORTABLE,
    EASING,
    EVERYTHING,
    RISING,
    RULES,
    middle_areas,
    reason_keys,
    reasons,
)


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
