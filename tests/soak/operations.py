"""All operations of the household: those of the modules imported here, and the passing of time."""

from __future__ import annotations

import asyncio
from typing import Final

# Each module registers its operations.
from . import (  # noqa: F401
    at_device,
    lifecycle,
    people,
    radio_faults,
    requests,
    sequences,
)
from .household import Household
from .operation import REGISTERED, Operation, household_operation


@household_operation(
    20, seconds=(0.0, 0.01, 0.05, 0.3, 1.0, 3.0, 5.5, 10.0, 31.0, 65.0)
)
async def wait(_household: Household, seconds: float) -> None:
    """Let time pass."""
    await asyncio.sleep(seconds)


@household_operation(2, seconds=(125.0, 310.0, 700.0, 1300.0))
async def wait_long(_household: Household, seconds: float) -> None:
    """Let minutes pass."""
    await asyncio.sleep(seconds)


OPERATIONS: Final[tuple[Operation, ...]] = tuple(REGISTERED)
