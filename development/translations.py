"""Writes the texts that Home Assistant needs in several places of translations/*.json.

Home Assistant resolves references between texts (`[%key:…%]`) for its own integrations only.
"""

from collections.abc import Mapping
from copy import deepcopy
import json
from pathlib import Path
from typing import Any, Final

from custom_components.backhug.consultation.questionnaire import FIELDS, MINUTES
from custom_components.backhug.device.model import Fault

from .console import say
from .instance import REPOSITORY

TRANSLATIONS: Final = REPOSITORY / "custom_components/backhug/translations"

_FORM: Final = "config_subentries.programme.step"
_ARMED: Final = "entity.sensor.armed_until.state_attributes"
_LAST: Final = "entity.sensor.last_session.state_attributes"
_CONSULT: Final = "services.consult.fields"
_EVENT: Final = "entity.event.session.state_attributes"
_FAULT: Final = "entity.binary_sensor.problem.state_attributes.fault"
_PROGRAMME: Final = "entity.select.programme.state_attributes"
_STEP: Final = "entity.sensor.programme_step.state_attributes"
COPIES: Final[Mapping[str, tuple[str, ...]]] = {
    "selector.area.options": (
        "entity.select.area.state",
        f"{_STEP}.area.state",
        f"{_STEP}.next_area.state",
        f"{_EVENT}.area.state",
    ),
    "selector.flow.options": (
        "entity.select.flow.state",
        f"{_STEP}.flow.state",
        f"{_EVENT}.flow.state",
    ),
    "selector.programme.options": (
        "entity.select.programme.state",
        f"{_STEP}.programme.state",
        f"{_ARMED}.programme.state",
        f"{_PROGRAMME}.next.state",
        f"{_PROGRAMME}.running.state",
        "selector.copy_of.options",
    ),
    "selector.person.options": ("entity.select.person.state",),
    "entity.select.person.name": (
        "services.start_session.fields.person.name",
        "services.get_tension.fields.person.name",
        "services.consult.fields.person.name",
        "services.forget_sessions.fields.person.name",
        "services.change_plan.fields.person.name",
    ),
    "entity.select.area.name": (
        f"{_STEP}.area.name",
        f"{_EVENT}.area.name",
        "selector.programme_step.fields.area.name",
        "services.adjust_session.fields.area.name",
        "services.start_session.fields.area.name",
    ),
    "entity.select.flow.name": (
        f"{_STEP}.flow.name",
        f"{_EVENT}.flow.name",
        "selector.programme_step.fields.flow.name",
        "services.adjust_session.fields.flow.name",
        "services.start_session.fields.flow.name",
    ),
    "entity.select.programme.name": (
        f"{_STEP}.programme.name",
        f"{_ARMED}.programme.name",
        f"{_EVENT}.programme.name",
        "services.start_session.fields.programme.name",
    ),
    "entity.number.strength.name": (
        f"{_STEP}.strength.name",
        f"{_EVENT}.strength.name",
        "selector.programme_step.fields.strength.name",
        "services.adjust_session.fields.strength.name",
        "services.start_session.fields.strength.name",
    ),
    f"{_PROGRAMME}.minutes.name": (
        f"{_STEP}.minutes.name",
        f"{_LAST}.minutes.name",
        f"{_FORM}.likes.data.minutes",
        "selector.programme_step.fields.minutes.name",
        "services.adjust_session.fields.minutes.name",
        "services.consult.fields.minutes.name",
        "services.start_session.fields.minutes.name",
    ),
    "services.start_session.fields.area.description": (
        "selector.programme_step.fields.area.description",
        "services.adjust_session.fields.area.description",
    ),
    "services.start_session.fields.flow.description": (
        "selector.programme_step.fields.flow.description",
        "services.adjust_session.fields.flow.description",
    ),
    "services.start_session.fields.strength.description": (
        "services.adjust_session.fields.strength.description",
    ),
    "entity.sensor.last_session_ended_by.state": (f"{_EVENT}.ended_by.state",),
    "entity.sensor.fault.name": (f"{_FAULT}.name",),
    **{
        f"entity.sensor.fault.state.{fault}": (f"{_FAULT}.state.{fault}",)
        for fault in Fault
        if fault is not Fault.UNKNOWN
    },
    **{
        f"{_FORM}.{field.page}.data.{field.name}": (f"{_CONSULT}.{field.name}.name",)
        for field in FIELDS
        if field is not MINUTES
    },
    **{
        f"config.error.cannot_connect_{obstacle}": (
            f"exceptions.not_reachable_{obstacle}.message",
        )
        for obstacle in ("no_free_slot", "no_scanner", "passive_only", "weak_signal")
    },
}
"""Paths of texts, or of groups of texts, and the paths of their copies."""

EXCEPTIONS: Final = (
    f"{_EVENT}.ended_by.state.unknown",
    "selector.copy_of.options.none",
)
"""Paths within copied groups of texts that are not copies."""


def with_copies(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the texts of a language with all copies updated."""
    result = deepcopy(dict(texts))
    for source, copies in COPIES.items():
        for path in copies:
            _set(result, path, deepcopy(_get(texts, source)))
    for path in EXCEPTIONS:
        _set(result, path, _get(texts, path))
    return result


def written(texts: Mapping[str, Any]) -> str:
    """Return the texts of a language as they are stored in its file."""
    return json.dumps(texts, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def update(folder: Path) -> list[str]:
    """Update the files of all languages; return the names of those that have changed."""
    changed = []
    for path in sorted(folder.glob("*.json")):
        before = path.read_text(encoding="utf-8")
        after = written(with_copies(json.loads(before)))
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path.name)
    return changed


def _get(texts: Mapping[str, Any], path: str) -> Any:
    node: Any = texts
    for key in path.split("."):
        node = node[key]
    return node


def _set(texts: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    node = texts
    for key in parents:
        node = node.setdefault(key, {})
    node[last] = value


if __name__ == "__main__":
    for name in update(TRANSLATIONS):
        say(f"{name} updated")
