"""The household as a Hypothesis state machine: operations are drawn at random, and a failing run is shrunk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
import logging
from typing import Any, cast, override

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from .builds import BUILDS
from .household import Household
from .operation import Operation
from .operations import OPERATIONS
from .virtual_time import VirtualTime

logging.getLogger("bumble").setLevel(logging.WARNING)

TIME = VirtualTime()
"""The clocks of all households of this process."""


class Machine(RuleBasedStateMachine):
    """One household, from Home Assistant's start to its end."""

    steps = 0
    """Number of steps of all machines."""

    def __init__(self) -> None:
        """Initialize without a household."""
        super().__init__()
        self._runner = asyncio.Runner(loop_factory=TIME.new_loop)
        self.household: Household | None = None
        self.at_once = False

    @initialize(
        residents=st.integers(1, 2),
        first=st.integers(0, len(BUILDS) - 1),
        at_once=st.booleans(),
    )
    def begin(self, residents: int, first: int, *, at_once: bool) -> None:
        """Start Home Assistant with one or two BackHugs; `at_once` stops it without a recovery."""
        self.at_once = at_once
        builds = [BUILDS[(first + n) % len(BUILDS)] for n in range(residents)]
        self.household = Household(TIME)
        self.run(self.household.start(builds))

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine in the loop of the household."""
        self._runner.run(work)

    @invariant()
    def nothing_is_violated(self) -> None:
        """Check the household."""
        if self.household is not None:
            self.run(_check(self.household))

    @override
    def teardown(self) -> None:
        if (household := self.household) is not None:
            self.household = None
            try:
                if not self.at_once:
                    self.run(household.recover())
            finally:
                self.run(household.close(at_once=self.at_once))
        self._runner.close()


async def _check(household: Household) -> None:
    household.check()


def _rule(operation: Operation) -> Callable[..., None]:
    strategies = {
        name: st.sampled_from(choices) for name, choices in operation.choices.items()
    }

    def step(self: Machine, **chosen: Any) -> None:
        Machine.steps += 1
        assert self.household is not None
        self.run(operation.carry_out(self.household, **chosen))

    step.__name__ = operation.name
    step.__doc__ = operation.carry_out.__doc__
    decorate: Callable[[Callable[..., None]], Callable[..., None]]
    decorate = cast("Any", rule)(**strategies)
    return decorate(step)


for _each in OPERATIONS:
    # A rule for each unit of weight.
    for _n in range(_each.weight):
        setattr(Machine, f"{_each.name}_{_n}" if _n else _each.name, _rule(_each))
