"""The reference of the actions is complete."""

from typing import Any

import pytest
import yaml

from custom_components.backhug.device.model import MAX_MINUTES
from custom_components.backhug.plan.model import DAYS
from custom_components.backhug.services import FIELDS
from custom_components.backhug.session.history import KEPT
from development.action_reference import (
    RESPONSES,
    flat_fields,
)

from .common import INTEGRATION

SERVICES: dict[str, Any] = yaml.safe_load((INTEGRATION / "services.yaml").read_text())


def test_every_field_is_described() -> None:
    """services.yaml describes exactly the fields that the actions take."""
    described = {
        action: {key for key, _ in flat_fields(service.get("fields", {}))}
        for action, service in SERVICES.items()
    }
    assert described == {action: set(fields) for action, fields in FIELDS.items()}


def test_every_response_is_described() -> None:
    """Each documented response belongs to an action."""
    assert set(RESPONSES) == {
        "consult",
        "get_programmes",
        "get_tension",
        "save_programme",
        "stop_session",
        "forget_sessions",
    }


@pytest.mark.parametrize(
    ("action", "field", "lowest", "highest"),
    [
        ("start_session", "minutes", 1, MAX_MINUTES),
        ("adjust_session", "minutes", 1, MAX_MINUTES),
        ("adjust_session", "minutes_step", 1 - MAX_MINUTES, MAX_MINUTES - 1),
        ("consult", "minutes", 1, MAX_MINUTES),
        ("get_tension", "sessions", 1, KEPT),
        ("change_plan", "sessions", 1, DAYS),
    ],
)
def test_ranges_are_those_of_the_code(
    action: str, field: str, lowest: int, highest: int
) -> None:
    """The selectors offer the range that the action accepts."""
    number = SERVICES[action]["fields"][field]["selector"]["number"]
    assert (number["min"], number["max"]) == (lowest, highest)
