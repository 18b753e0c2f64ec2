"""The household as a state machine of Hypothesis: what happens is drawn at random, and made small when it goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
import logging
from typing import Any, cast, override

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from .household import Household
from .operations import BUILDS, OPERATIONS, Operation
from .virtual_time import VirtualTime

logging.getLogger("bumble").setLevel(logging.WARNING)

TIME = VirtualTime()
"""The clocks that the households of this process live by."""


class Machine(RuleBasedStateMachine):
    """One household, from Home Assistant's start to its end."""

    steps = 0
    """How many steps were taken by all machines."""

    def __init__(self) -> None:
        """Start nothing yet."""
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
        """Start Home Assistant, with a few BackHugs in its reach; it may be stopped in the midst of things."""
        self.at_once = at_once
        builds = [BUILDS[(first + n) % len(BUILDS)] for n in range(residents)]
        self.household = Household(TIME)
        self.run(self.household.start(builds))

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let something happen."""
        self._runner.run(work)

    @invariant()
    def all_is_as_it_must_be(self) -> None:
        """Look at everything."""
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
    # What is to happen more often is there more often.
    for _n in range(_each.weight):
        setattr(Machine, f"{_each.name}_{_n}" if _n else _each.name, _rule(_each))
