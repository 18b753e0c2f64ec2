"""Programmes: fitting to a device, validation and storage."""

from copy import replace
from itertools import pairwise
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.backhug.device.model import Area, Features, Flow
from custom_components.backhug.programmes.catalogue import BUILT_IN
from custom_components.backhug.programmes.editing import (
    from_stored,
    problem,
    to_form,
    to_stored,
)
from custom_components.backhug.programmes.model import (
    NO_PROGRAMME,
    Change,
    Fitted,
    FittedStep,
    Programme,
    Skipped,
    Step,
    begins,
    fit,
    level,
    whole_number,
)
from simulator.build import Build
from tests.home import features_of
from tests.repository.common import INTEGRATION

ERRORS = json.loads((INTEGRATION / "translations" / "en.json").read_text())[
    "config_subentries"
]["programme"]["error"]

FEATURES = features_of(Build(areas=tuple(range(8)), flows=tuple(range(5))))
TRANSLATIONS = Path("custom_components/backhug/translations")


def programme(*steps: tuple[Area | None, float, Flow | None, int]) -> Programme:
    """Return a programme."""
    return Programme("mine", tuple(Step(*step) for step in steps), "Mine")


@pytest.mark.parametrize(
    ("strength", "levels", "expected"),
    [
        (0.3, 10, 3),
        (0.01, 10, 1),
        (1.0, 10, 10),
        (0.5, 3, 1),
        (0.5, 5, 2),
        (0.7, 1, 1),
        (0.65, 20, 13),
        (0.35, 10, 3),
    ],
)
def test_nearest_level_is_chosen(strength: float, levels: int, expected: int) -> None:
    """Of two equally near levels, the lower one."""
    assert level(strength, levels) == expected


@pytest.mark.parametrize("levels", range(1, 21))
def test_level_of_the_same_device_is_unchanged(levels: int) -> None:
    """A stored level becomes the same level."""
    for each in range(1, levels + 1):
        assert level(each / levels, levels) == each


@pytest.mark.parametrize("key", BUILT_IN)
def test_built_in_programme_is_gentle_and_named(key: str) -> None:
    """It starts gently, rises slowly, and has a name in every language."""
    each = BUILT_IN[key]
    assert each.option == each.key == key != NO_PROGRAMME
    fitted = fit(each, FEATURES)
    assert fitted.skipped == ()
    assert len(fitted.steps) == len(each.steps) > 1
    assert 10 <= fitted.minutes <= 60
    strengths = [step.strength for step in each.steps]
    assert max(strengths) <= 0.7
    assert all(b - a <= 0.2 + 1e-9 for a, b in pairwise(strengths))
    assert strengths[0] <= 0.4
    for file in TRANSLATIONS.glob("*.json"):
        texts = json.loads(file.read_text("utf-8"))
        names = texts["entity"]["select"]["programme"]["state"]
        assert names[key]
        assert set(names) == {NO_PROGRAMME, *BUILT_IN}
        assert texts["selector"]["programme"]["options"] == names


def test_there_are_eight_built_in_programmes() -> None:
    """At least eight."""
    assert len(BUILT_IN) >= 8


def test_offered_steps_are_unchanged() -> None:
    """Steps that the device offers are not adapted."""
    fitted = fit(
        programme((Area.LEFT_SIDE, 0.4, Flow.PULSE, 10), (None, 1.0, None, 20)),
        FEATURES,
    )
    assert fitted == Fitted(
        (
            FittedStep(1, Area.LEFT_SIDE, 4, Flow.PULSE, 10),
            FittedStep(2, None, 10, None, 20),
        ),
        (),
    )
    assert fitted.minutes == 30
    assert begins(fitted.steps) == [0, 600]


def test_missing_areas_and_flows_are_replaced_or_skipped() -> None:
    """A similar area or flow replaces it; without one the step is skipped. Each change is listed."""
    features = replace(
        FEATURES,
        areas=(Area.FULL_BACK, Area.UPPER_BACK),
        flows=(Flow.FAST, Flow.MEDIUM),
    )
    fitted = fit(
        programme(
            (Area.SHOULDER_BLADES, 0.4, Flow.SLOW, 10),
            (Area.LEFT_SIDE, 0.4, Flow.MEDIUM, 10),
            (Area.FULL_BACK, 0.4, Flow.FAST, 10),
        ),
        features,
    )
    assert fitted.steps == (
        FittedStep(1, Area.UPPER_BACK, 4, Flow.MEDIUM, 10),
        FittedStep(3, Area.FULL_BACK, 4, Flow.FAST, 10),
    )
    assert fitted.skipped == (
        Skipped(1, Change.AREA_REPLACED, "shoulder_blades", "upper_back"),
        Skipped(1, Change.FLOW_REPLACED, "slow", "medium"),
        Skipped(2, Change.SKIPPED, "left_side"),
    )


def test_first_flow_replaces_one_without_a_similar_flow() -> None:
    """Without any known flow, none is set."""
    one = programme((Area.FULL_BACK, 0.4, Flow.SLOW, 10))
    fitted = fit(one, replace(FEATURES, flows=(Flow.FAST,)))
    assert fitted.steps[0].flow is Flow.FAST
    fitted = fit(one, replace(FEATURES, areas=(), flows=()))
    assert fitted.steps == (FittedStep(1, None, 4, None, 10),)
    assert fitted.skipped == (
        Skipped(1, Change.AREA_REPLACED, "full_back"),
        Skipped(1, Change.FLOW_REPLACED, "slow"),
    )
    assert fit(one, replace(FEATURES, areas=(Area.LEFT_SIDE,))).steps == ()


def test_minutes_are_within_the_bounds_of_the_device() -> None:
    """At most 60 minutes on any device."""
    steps = programme(
        (Area.FULL_BACK, 0.4, Flow.SLOW, 10),
        (Area.FULL_BACK, 0.5, Flow.SLOW, 10),
        (Area.FULL_BACK, 0.6, Flow.SLOW, 10),
    )
    fitted = fit(steps, replace(FEATURES, max_minutes=15))
    assert [step.minutes for step in fitted.steps] == [10, 5]
    assert fitted.skipped == (
        Skipped(2, Change.SHORTENED, 10, 5),
        Skipped(3, Change.SHORTENED, 10, 0),
    )
    fitted = fit(steps, replace(FEATURES, min_minutes=40))
    assert [step.minutes for step in fitted.steps] == [10, 10, 20]
    assert fitted.skipped == (Skipped(3, Change.LENGTHENED, 10, 20),)
    long = programme(*[(Area.FULL_BACK, 0.4, Flow.SLOW, 50)] * 2)
    assert fit(long, FEATURES).minutes == FEATURES.max_minutes == 60


def entered(**values: Any) -> dict[str, Any]:
    """Return a step as entered in the form."""
    return {
        "area": "full_back",
        "strength": 3.0,
        "flow": "slow",
        "minutes": 10.0,
        **values,
    }


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([entered()], None),
        ([entered(minutes=30)] * 2, None),
        ([], ("no_steps", {})),
        (
            [entered(), entered(area="moon")],
            ("area_not_offered", {"step": "2", "areas": ", ".join(FEATURES.areas)}),
        ),
        (
            [{"strength": 1, "minutes": 5, "area": "full_back"}],
            ("flow_not_offered", {"step": "1", "flows": ", ".join(FEATURES.flows)}),
        ),
        (
            [entered(strength=11)],
            ("strength_not_offered", {"step": "1", "strongest": "10"}),
        ),
        (
            [entered(strength=0)],
            ("strength_not_offered", {"step": "1", "strongest": "10"}),
        ),
        (
            [entered(strength="x")],
            ("strength_not_offered", {"step": "1", "strongest": "10"}),
        ),
        (
            [entered(strength=2.5)],
            ("strength_not_offered", {"step": "1", "strongest": "10"}),
        ),
        (
            [entered(strength=True)],
            ("strength_not_offered", {"step": "1", "strongest": "10"}),
        ),
        ([entered(strength="3", minutes="10.0")], None),
        (
            [entered(minutes=float("nan"))],
            ("minutes_not_offered", {"step": "1", "longest": "60"}),
        ),
        (
            [entered(minutes=10**400)],
            ("minutes_not_offered", {"step": "1", "longest": "60"}),
        ),
        ([entered(minutes=0)], ("minutes_not_offered", {"step": "1", "longest": "60"})),
        (
            [entered(minutes=61)],
            ("minutes_not_offered", {"step": "1", "longest": "60"}),
        ),
        ([entered(minutes=31)] * 2, ("too_long", {"minutes": "62", "longest": "60"})),
        ([entered(minutes=4)], ("too_short", {"minutes": "4", "shortest": "5"})),
    ],
)
def test_invalid_step_is_named(
    steps: list[dict[str, Any]], expected: tuple[str, dict[str, str]] | None
) -> None:
    """The result is a translation key with all placeholders of its text, whoever shows it."""
    assert problem(steps, FEATURES) == expected
    if expected is not None:
        key, placeholders = expected
        assert "{" not in ERRORS[key].format(**placeholders)


def test_steps_are_stored_as_whole_numbers() -> None:
    """A template or a form gives text or a float."""
    (step,) = to_stored([entered(strength="3", minutes="10.0")], FEATURES)["steps"]
    assert (step["strength"], step["minutes"]) == (3, 10)
    assert type(step["strength"]) is type(step["minutes"]) is int


@pytest.mark.parametrize("value", [3, 3.0, "3", "3.0"])
def test_whole_number(value: object) -> None:
    """Whole numbers are accepted as integer, float or text."""
    assert whole_number(value, 1, 10) == 3


@pytest.mark.parametrize(
    "value",
    [0, 11, 2.5, "2.5", True, None, "", "three", [3], float("inf"), "nan", 10**400],
)
def test_not_a_whole_number(value: object) -> None:
    """Everything else is refused, and the message gives the bounds."""
    with pytest.raises(ValueError, match="whole number from 1 to 10"):
        whole_number(value, 1, 10)


def test_stored_programme_is_edited_unchanged() -> None:
    """Storing and loading changes nothing, also without areas."""
    steps = [entered(), entered(area="left_side", strength=10, minutes=7)]
    mine = from_stored("id", "Mine", to_stored(steps, FEATURES))
    assert mine.option == "Mine"
    assert to_form(mine, FEATURES) == steps
    bare = replace(FEATURES, areas=(), flows=())
    data = to_stored([{"strength": 2, "minutes": 6}], bare)
    mine = from_stored("id", "Mine", data)
    assert mine.steps == (Step(None, 0.2, None, 6),)
    assert to_form(mine, bare) == [{"strength": 2, "minutes": 6}]
    # The device has fewer levels now.
    assert problem([{"strength": 2, "minutes": 6}], bare) is None
    assert to_form(mine, replace(bare, strength_levels=5))[0]["strength"] == 1
    assert isinstance(FEATURES, Features)


def test_unknown_area_and_flow_keep_the_setting() -> None:
    """An area or flow of a later version becomes None."""
    step = {"area": "tail", "flow": "tide", "strength": 5, "minutes": 10, "heat": 3}
    mine = from_stored(
        "id", "Mine", {"strength_levels": 10, "steps": [step], "mood": "fine"}
    )
    assert mine == replace(programme((None, 0.5, None, 10)), key="id")


def test_device_without_levels_runs_no_programme() -> None:
    """A step without its strength could be too strong."""
    features = replace(FEATURES, strength_levels=0, steps_strength=True)
    assert fit(next(iter(BUILT_IN.values())), features).steps == ()
