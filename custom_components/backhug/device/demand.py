"""Demand for a connection: always, or only while something needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
import math


class Demand:
    """Decides whether a connection is wanted: always, or with `idle_after` on demand only.

    On demand it is wanted while it is needed, while the client is `busy`, while the device's state is unknown,
    and for `idle_after` seconds after all of that.
    """

    def __init__(self, busy: Callable[[], bool], idle_after: float | None) -> None:
        """Begin with a device whose state is unknown."""
        self._busy = busy
        self.idle_after = idle_after
        self.state_unknown = True
        """Whether the state must be read: there is no connection, and none was closed on purpose."""
        self.needs = 0
        self._used_at = -math.inf

    @property
    def wanted(self) -> bool:
        """Whether something wants the connection, apart from the idle time."""
        return (
            self.idle_after is None
            or self.state_unknown
            or self.needs > 0
            or self._busy()
        )

    def need(self) -> Callable[[], None]:
        """Need the connection until the returned function is called, which may happen more than once."""
        self.needs += 1
        needed = True

        def release() -> None:
            nonlocal needed
            if needed:
                needed = False
                self.needs -= 1
                self.used()

        return release

    def used(self) -> None:
        """Reset the idle timer."""
        self._used_at = asyncio.get_running_loop().time()

    def idle_at(self) -> float | None:
        """Return when the connection will be idle, by the event loop's clock; None if never."""
        if self.idle_after is None:
            return None
        if self.wanted:
            self.used()
        return self._used_at + self.idle_after
