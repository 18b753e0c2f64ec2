"""Operations that may be carried out in a household, each with the choices for its arguments."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .builds import BUILDS
from .household import Household


@dataclass(frozen=True)
class Operation:
    """An operation and the choices for its arguments."""

    name: str
    carry_out: Callable[..., Coroutine[Any, Any, None]]
    choices: dict[str, Sequence[Any]]
    weight: int = 1
    """Relative frequency."""


REGISTERED: Final[list[Operation]] = []


def household_operation(
    weight: int = 1, **choices: Sequence[Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register an operation on the household."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        REGISTERED.append(Operation(function.__name__, function, choices, weight))
        return function

    return register


def resident_operation(
    weight: int = 1, **choices: Sequence[Any]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register an operation on one resident."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        async def carry_out(household: Household, which: int, **chosen: Any) -> None:
            residents = household.residents
            result = function(residents[which % len(residents)], **chosen)
            if asyncio.iscoroutine(result):
                await result

        choices["which"] = range(len(BUILDS))
        REGISTERED.append(Operation(function.__name__, carry_out, choices, weight))
        return function

    return register
