"""A household in which anything may happen: for a few seconds here, for as long as one wants by `scripts/soak`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
import pytest

from .machine import Machine


@pytest.mark.usefixtures("virtual_time")
def test_anything_may_happen() -> None:
    """Whatever persons, devices and the radio do: what must hold holds. The same each time."""
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=8,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
