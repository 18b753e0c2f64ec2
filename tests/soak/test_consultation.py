"""A consultation in a household without faults: what starts, and what a stop prevents."""

from __future__ import annotations

import asyncio

from .builds import BUILDS
from .checks import QUIET
from .household import Household
from .people import CAUTION, talk
from .sequences import consult_and_lie_down
from .virtual_time import VirtualTime


async def _check(household: Household) -> None:
    (resident,) = household.residents
    titles = []
    for says_stop, starts, runs in (
        ("never", 1, True),
        ("before", 1, False),
        ("in", 2, False),
    ):
        await consult_and_lie_down(resident, "firm", says_stop)
        household.check()
        assert resident.watch.starts == starts, says_stop
        assert resident.back.running is runs, says_stop
        titles += [each.title for each in resident.entry.subentries.values()]
        if runs:
            talk(resident, CAUTION)
            await asyncio.sleep(QUIET)
            household.check()
            assert not resident.back.running
    assert titles == 3 * ["After work"]


def test_consultation(virtual_time: VirtualTime) -> None:
    """The programme that was saved starts when the person lies down, unless a stop was said; a stop or a caution ends it."""

    async def run() -> None:
        household = Household(virtual_time)
        await household.start([BUILDS[0]])
        await asyncio.sleep(5)
        await _check(household)
        await household.close()

    with asyncio.Runner(loop_factory=virtual_time.new_loop) as runner:
        runner.run(run())
