"""A short soak of random households; `scripts/soak` runs long ones."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
import pytest

from .machine import Machine


@pytest.mark.usefixtures("virtual_time")
def test_random_operations_violate_nothing() -> None:
    """No sequence of operations violates a promise; the sequences are the same each time."""
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=4,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
