"""Taster, invented: the keys of a remote control. One starts and stops in turn, one pauses and resumes in turn.

Each write is the code of one key, each notification is the state. The state is reported a while after it has changed, or when asked for.
"""

import asyncio
from enum import IntEnum
from typing import override

from bumble.core import UUID

from ..clock import Clock
from ..radio import Radio
from .bed import VendorBed


class Key(IntEnum):
    """What is written."""

    POWER = 1
    PAUSE = 2
    ASK = 3


class State(IntEnum):
    """What is reported; OTHER is a state that no description knows."""

    STANDBY = 0
    TREATING = 1
    PAUSED = 2
    OTHER = 9


class Taster(VendorBed):
    """The bed."""

    service = UUID("fff0")
    written = UUID("fff1")
    notified = UUID("fff2")
    with_response = True

    def __init__(
        self, radio: Radio, clock: Clock, *, address: str = "C4:00:00:00:1A:04"
    ) -> None:
        """Put a bed on a radio, at rest."""
        super().__init__("Taster", address, radio, clock)
        self.state = State.STANDBY
        self.delay = 0.02
        """Seconds after which a change is reported."""
        self.keys: list[Key] = []
        """Those that were pressed, without questions."""

    @override
    def take(self, value: bytes) -> None:
        key = Key(value[0])
        if key is Key.ASK:
            self.report(self.state)
            return
        self.keys.append(key)
        before = self.state
        if key is Key.POWER:
            at_rest = self.state is State.STANDBY
            self.state = State.TREATING if at_rest else State.STANDBY
        elif self.state is not State.STANDBY:
            paused = self.state is State.PAUSED
            self.state = State.TREATING if paused else State.PAUSED
        if self.state is not before:
            self._spawn(self._report_later(self.state))

    async def _report_later(self, state: State) -> None:
        await asyncio.sleep(self.delay)
        self.report(state)

    def become(self, state: State) -> None:
        """Change the state as by hand, and report it."""
        self.state = state
        self.report(state)

    def report(self, state: State) -> None:
        """Report a state."""
        self.notify(bytes((state,)))
