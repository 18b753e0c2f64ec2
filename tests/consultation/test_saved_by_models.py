"""Limits of the tool that saves programmes."""

from itertools import product

import pytest

from custom_components.backhug.consultation.engine import Advice, consult
from custom_components.backhug.consultation.questionnaire import (
    DayTime,
    Experience,
    Feeling,
    Firmness,
    Questionnaire,
)
from custom_components.backhug.llm_tools.consultation import too_strong
from custom_components.backhug.programmes.editing import to_form
from simulator.build import Build
from tests.home import features_of


@pytest.mark.parametrize("levels", range(1, 21))
def test_every_advice_can_be_saved(levels: int) -> None:
    """No advice exceeds the limits of the tool, on any device."""
    features = features_of(Build(strengths=levels, shortest=1))
    for feeling, firmness, experience, minutes in product(
        Feeling, Firmness, Experience, (1, 4, 5, 20, 60)
    ):
        questionnaire = Questionnaire(
            cautions=frozenset(),
            feeling=feeling,
            firmness=firmness,
            experience=experience,
            minutes=minutes,
            day_time=DayTime.EVENING,
        )
        advice = consult(questionnaire, features, (), None)
        assert isinstance(advice, Advice)
        steps = to_form(advice.programme, features)
        assert too_strong(steps, features) is None
