"""Programmes as they are edited in forms and stored in subentries."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from ..device.model import MAX_MINUTES, Area, Features, Flow, Settings, member
from .model import Programme, Step, fit, whole_number

CONF_STEPS: Final = "steps"
CONF_STRENGTH_LEVELS: Final = "strength_levels"


def problem(
    steps: Sequence[Mapping[str, Any]], features: Features
) -> tuple[str, dict[str, str]] | None:
    """Return why a device cannot run edited steps: a translation key and all its placeholders."""
    if not steps:
        return "no_steps", {}
    offers: dict[str, list[str]] = {
        "area": [area.value for area in features.areas],
        "flow": [flow.value for flow in features.flows],
    }
    minutes = 0
    for number, step in enumerate(steps, 1):
        for field, allowed in offers.items():
            if allowed and step.get(field) not in allowed:
                return f"{field}_not_offered", {
                    "step": str(number),
                    f"{field}s": ", ".join(allowed),
                }
        try:
            whole_number(step.get("strength"), 1, features.strength_levels)
        except ValueError:
            return "strength_not_offered", {
                "step": str(number),
                "strongest": str(features.strength_levels),
            }
        try:
            minutes += whole_number(step.get("minutes"), 1, MAX_MINUTES)
        except ValueError:
            return "minutes_not_offered", {
                "step": str(number),
                "longest": str(features.max_minutes),
            }
    if minutes > features.max_minutes:
        return "too_long", {
            "minutes": str(minutes),
            "longest": str(features.max_minutes),
        }
    if minutes < features.min_minutes:
        return "too_short", {
            "minutes": str(minutes),
            "shortest": str(features.min_minutes),
        }
    return None


def to_stored(steps: Sequence[Mapping[str, Any]], features: Features) -> dict[str, Any]:
    """Return the subentry data of edited steps for which `problem` returned None."""
    stored = []
    for step in steps:
        values: dict[str, Any] = {
            "strength": whole_number(step["strength"], 1, features.strength_levels),
            "minutes": whole_number(step["minutes"], 1, MAX_MINUTES),
        }
        if features.areas:
            values["area"] = step["area"]
        if features.flows:
            values["flow"] = step["flow"]
        stored.append(values)
    return {CONF_STRENGTH_LEVELS: features.strength_levels, CONF_STEPS: stored}


def one_step(settings: Settings, features: Features) -> dict[str, Any] | None:
    """Return the subentry data of a programme with these settings; None if the device reports one that it lacks."""
    step = asdict(settings)
    return None if problem([step], features) else to_stored([step], features)


def from_stored(key: str, name: str, data: Mapping[str, Any]) -> Programme:
    """Return the programme of a subentry; its strengths are levels of the device it was made for.

    Areas and flows that a later version stored become None. Raises ArithmeticError, LookupError, TypeError or
    ValueError for data that this version cannot read.
    """
    levels = int(data[CONF_STRENGTH_LEVELS])
    return Programme(
        key,
        tuple(
            Step(
                member(Area, step.get("area")),
                min(step["strength"] / levels, 1.0),
                member(Flow, step.get("flow")),
                int(step["minutes"]),
            )
            for step in data[CONF_STEPS]
        ),
        name,
    )


def to_form(programme: Programme, features: Features) -> list[dict[str, Any]]:
    """Return the steps as a device runs them, for editing; strengths are its levels."""
    return [
        {
            **({"area": step.area.value} if step.area else {}),
            "strength": step.strength,
            **({"flow": step.flow.value} if step.flow else {}),
            "minutes": step.minutes,
        }
        for step in fit(programme, features).steps
    ]
