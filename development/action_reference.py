"""The reference of the actions in docs/actions.md."""

from collections.abc import Iterator, Mapping
import json
from typing import Any, Final

from custom_components.backhug.consultation.questionnaire import DEFAULT_MINUTES
from custom_components.backhug.programmes.names import LONGEST_NAME
from custom_components.backhug.session.start_on_occupancy import (
    DEFAULT_TIMEOUT,
    LONGEST_TIMEOUT,
)

_PROGRAMME: Final = {
    "devices[].programme.minutes": "length in minutes",
    "devices[].programme.strength_levels": "number of strength levels of the device",
    "devices[].programme.steps[].area": "area of the back; null: as set on the device",
    "devices[].programme.steps[].strength": "strength level",
    "devices[].programme.steps[].flow": "flow; null: as set on the device",
    "devices[].programme.steps[].minutes": "length in minutes",
    "devices[].programme.steps[].regions[]": "regions of the back that the step targets",
    "devices[].programme.steps[].reasons[].key": "key of a reason for the step",
    "devices[].programme.steps[].reasons[].text": "the reason for the step as a sentence",
    "devices[].programme.reasons[].key": "key of a reason for the programme",
    "devices[].programme.reasons[].text": "the reason for the programme as a sentence",
    "devices[].plan.stages[].first_week": "first week, from 1",
    "devices[].plan.stages[].last_week": "last week",
    "devices[].plan.stages[].sessions_a_week": "sessions a week",
    "devices[].plan.stages[].minutes": "length of a session, in minutes",
    "devices[].plan.stages[].strength": "highest strength level",
    "devices[].plan.consult_again_after_weeks": "weeks until the next consultation",
    "devices[].plan.reasons[].key": "key of a reason for the plan",
    "devices[].plan.reasons[].text": "the reason for the plan as a sentence",
    "devices[].saved_as": "name of the saved programme; null if it was not saved",
    "devices[].refused.cautions[].key": "key of a caution that applies; if refused, there is no programme and no plan",
    "devices[].refused.cautions[].text": "the caution in words",
    "devices[].refused.text": "the refusal as a sentence",
}

_NAME: Final = {"devices[].name": "name of the device"}

RESPONSES: Final[Mapping[str, Mapping[str, str]]] = {
    "stop_session": {
        **_NAME,
        "devices[].session_ended": "`true` if a running session was ended, else `false`",
    },
    "get_programmes": {
        **_NAME,
        "devices[].programmes[].key": "key of the programme",
        "devices[].programmes[].name": "name in the language of Home Assistant",
        "devices[].programmes[].own": "`false` if it is built in, else `true`",
        "devices[].programmes[].minutes": "length on this device, in minutes",
        "devices[].programmes[].steps[].area": "area of the back; null: as set on the device",
        "devices[].programmes[].steps[].strength": "strength level",
        "devices[].programmes[].steps[].flow": "flow; null: as set on the device",
        "devices[].programmes[].steps[].minutes": "length in minutes",
        "devices[].programmes[].skipped[].step": "number of a step that was changed for this device",
        "devices[].programmes[].skipped[].change": "kind of change",
        "devices[].programmes[].skipped[].wanted": "value in the programme",
        "devices[].programmes[].skipped[].used": "value on this device",
    },
    "save_programme": {
        **_NAME,
        "devices[].key": "key of the new programme",
        "devices[].saved_as": "its name",
        "devices[].strength": "strength level",
        "devices[].area": "area of the back",
        "devices[].flow": "flow",
        "devices[].minutes": "length in minutes",
    },
    "forget_sessions": {
        **_NAME,
        "devices[].forgotten": "number of sessions that were deleted",
    },
    "get_tension": {
        **_NAME,
        "devices[].sessions[].number": "number of the session as counted by the device",
        "devices[].sessions[].started": "start, in ISO 8601 (UTC)",
        "devices[].sessions[].ended": "end, in ISO 8601 (UTC)",
        "devices[].sessions[].ended_by": "how the session ended",
        "devices[].sessions[].programme": "name or key of the programme",
        "devices[].sessions[].minutes": "length as set, in minutes",
        "devices[].sessions[].strength": "strength level at the end",
        "devices[].sessions[].area": "area at the end",
        "devices[].sessions[].flow": "flow at the end",
        **{
            f"devices[].sessions[].{scan}{part}": f"{meaning} {when}, in whole per cent"
            for scan, when in (
                ("before", "before the session"),
                ("after", "after the session"),
                ("change", "after the session minus before it"),
            )
            for part, meaning in (
                (".back", "tension of the whole back"),
                (".regions.*", "tension of each region, by its key,"),
                (".fingers[]", "tension at each finger, in the order above,"),
            )
        },
        "devices[].weeks[].week": "Monday of the week, as a date; newest first, at most 13 weeks",
        **{
            f"devices[].weeks[].{scan}{part}": f"mean {meaning} {scan} the sessions of the week, in whole per cent"
            for scan in ("before", "after")
            for part, meaning in (
                (".back", "tension of the whole back"),
                (".regions.*", "tension of each region, by its key,"),
            )
        },
        "devices[].eased_most.region": "region that the sessions of these weeks eased most; null if none noticeably",
        "devices[].eased_most.points": "mean reduction there, in percentage points",
        "devices[].rises[].region": "region in which the tension before sessions rises from week to week; null for the whole back",
        "devices[].rises[].since": "Monday of the first week of the rise, as a date",
        "devices[].rises[].points": "rise since then, in percentage points",
    },
    "consult": {**_NAME, **_PROGRAMME},
}
"""Contents of the responses, by path; `[]` is a list, `*` stands for any key."""

_DEFAULTS: Final = {
    ("start_session", "timeout"): str(DEFAULT_TIMEOUT),
    ("start_session", "when_occupied"): False,
    ("consult", "minutes"): DEFAULT_MINUTES,
}
"""Defaults that the user interface does not fill in."""

_OPTIONAL_RESPONSE: Final = {"forget_sessions", "save_programme", "stop_session"}


def reference(services: Mapping[str, Any], translations: Mapping[str, Any]) -> str:
    """Return the reference of the actions in Markdown, from services.yaml and the texts of one language."""
    return "\n".join(
        line
        for name, service in services.items()
        for line in _action(name, service, translations["services"][name])
    )


def _action(
    name: str, service: Mapping[str, Any], texts: Mapping[str, Any]
) -> Iterator[str]:
    yield from (f"## `backhug.{name}`", "", texts["description"], "")
    if fields := dict(flat_fields(service.get("fields", {}))):
        yield "| field | required | values | default | meaning |"
        yield "| --- | --- | --- | --- | --- |"
        for key, field in fields.items():
            yield (
                f"| `{key}` | {'yes' if field.get('required') else 'no'} | {_values(field['selector'])} "
                f"| {_default(name, key, field)} | {texts['fields'][key]['description']} |"
            )
    else:
        yield "No fields."
    yield ""
    if response := RESPONSES.get(name):
        wanted = " (if requested)" if name in _OPTIONAL_RESPONSE else ""
        yield from (f"Response{wanted}; unknown values are null:", "")
        yield from ("| key | meaning |", "| --- | --- |")
        yield from (f"| `{key}` | {meaning} |" for key, meaning in response.items())
    else:
        yield "No response."
    yield ""


def flat_fields(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the fields of an action, also those in sections."""
    for key, field in fields.items():
        if "fields" in field:
            yield from field["fields"].items()
        else:
            yield key, field


def _values(selector: Mapping[str, Any]) -> str:
    ((kind, options),) = selector.items()
    match kind:
        case "number":
            unit = options.get("unit_of_measurement", "")
            return f"{options['min']}…{options['max']} {unit}".strip()
        case "select":
            values = ", ".join(f"`{option}`" for option in options["options"])
            if options.get("custom_value"):
                return f"{values}, or a name"
            return f"one or several of {values}" if options.get("multiple") else values
        case "boolean":
            return "`true`, `false`"
        case "entity":
            return "an entity of the domain `person`, or the name of a person"
        case "date":
            return "YYYY-MM-DD"
        case "duration":
            return f"more than 0:00:00, at most {LONGEST_TIMEOUT}"
        case _:
            return f"1…{LONGEST_NAME} characters"


def _default(action: str, key: str, field: Mapping[str, Any]) -> str:
    default = field.get("default", _DEFAULTS.get((action, key)))
    return "–" if default is None else f"`{json.dumps(default).strip('"')}`"
