"""Edited programmes that a device cannot run."""

from collections.abc import Mapping
import json
from typing import Any

import pytest

from custom_components.backhug.programmes.editing import problem
from simulator.build import Build
from tests.home import features_of
from tests.repository.common import INTEGRATION

STEP = {"area": "full_back", "flow": "slow", "strength": 2, "minutes": 15}
TEXTS = json.loads((INTEGRATION / "translations" / "en.json").read_text())
ERRORS = TEXTS["config_subentries"]["programme"]["error"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"area": "feet"}, "area_not_offered"),
        ({"area": None}, "area_not_offered"),
        ({"flow": "tide"}, "flow_not_offered"),
        ({"strength": 11}, "strength_not_offered"),
        ({"strength": "two"}, "strength_not_offered"),
        ({"minutes": 0}, "minutes_not_offered"),
        ({"minutes": 1}, "too_short"),
    ],
)
def test_problem_has_all_placeholders_of_its_text(
    changes: Mapping[str, Any], expected: str
) -> None:
    """A form and a language model's tool can both fill its text."""
    found = problem([{**STEP, **changes}], features_of(Build()))
    assert found is not None
    key, placeholders = found
    assert key == expected
    assert "{" not in ERRORS[key].format(**placeholders)


def test_too_long_and_empty_programmes_have_theirs() -> None:
    """Several steps can be too long, and none is not a programme."""
    features = features_of(Build())
    for steps in ([], [{**STEP, "minutes": 40}] * 2):
        found = problem(steps, features)
        assert found is not None
        assert ERRORS[found[0]].format(**found[1])
    assert problem([STEP], features) is None
