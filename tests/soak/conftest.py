"""Fixtures: virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from custom_components.backhug.device import connection as link_module
from custom_components.backhug.device.connection import LONGEST_BACK_OFF

from .air import Air, Scene, link_of
from .machine import TIME
from .virtual_time import VirtualTime


@pytest.fixture(autouse=True)
def short_back_off() -> None:
    """Keep the real back-off of bleak-retry-connector, which costs no time here."""


@pytest.fixture(scope="module")
def virtual_time() -> Iterator[VirtualTime]:
    """Run the tests of a module in virtual time: replacing all clocks takes longer than many of them."""
    with TIME():
        yield TIME


@pytest.fixture
def live(
    virtual_time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Air]:
    """Return a function that plays a scene with one connection over a given radio."""

    def live(air: Air, scene: Scene, **options: Any) -> Air:
        monkeypatch.setattr(link_module, "connect", air.connect)
        monkeypatch.setattr(link_module, "disconnect", air.disconnect)

        async def run() -> None:
            link = link_of(**options)
            link.hold()
            await scene(link, air)
            began = asyncio.get_running_loop().time()
            await link.release()
            assert asyncio.get_running_loop().time() - began < 1
            attempts = len(air.attempts)
            await asyncio.sleep(2 * LONGEST_BACK_OFF)
            assert len(air.attempts) == attempts, "it was released"

        with asyncio.Runner(loop_factory=virtual_time.new_loop) as runner:
            runner.run(run())
        return air

    return live
