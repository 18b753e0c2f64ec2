"""Advice for a device and answers that the tests of the consultation share."""

from typing import Any

from custom_components.backhug.consultation.engine import Advice, consult
from custom_components.backhug.consultation.questionnaire import (
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
)
from custom_components.backhug.device.model import (
    Features,
    Region,
    SessionEnd,
    TensionScan,
)
from custom_components.backhug.programmes.model import FittedStep
from custom_components.backhug.session.record import Session
from simulator.build import Build
from tests.home import features_of

DEFAULT = features_of(Build())
"""A device with six areas, four flows and ten levels; no sides."""


ANSWERS = Questionnaire(
    cautions=frozenset(),
    feeling=Feeling.STIFF,
    firmness=Firmness.MEDIUM,
    experience=Experience.REGULAR,
    minutes=30,
    day_time=DayTime.DAYTIME,
    discomfort={Region.LEFT_UPPER: 2, Region.RIGHT_UPPER: 1},
)


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


def session(**values: Any) -> Session:
    """Return a completed session."""
    return Session(number=1, **{"ended_by": SessionEnd.COMPLETED, **values})
